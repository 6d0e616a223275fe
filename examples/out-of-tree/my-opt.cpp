// mlir-opt with Accel, a pass of our own, and a pipeline that uses both.

#include "ReportBottlenecks.h"

#include "accel/InitAll.h"
#include "accel/Pipelines/Pipelines.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

static void buildMyPipeline(mlir::OpPassManager &manager) {
  manager.addPass(mlir::createCanonicalizerPass());
  mlir::accel::MapPipelineOptions options;
  options.target = "eyeriss";
  options.objective = "latency";
  mlir::accel::buildMapPipeline(manager, options);
  manager.addPass(createReportBottlenecksPass());
}

int main(int argc, char **argv) {
  mlir::registerAllPasses();
  mlir::accel::registerAccelPasses();
  mlir::accel::registerAccelPipelines();
  mlir::registerPass(createReportBottlenecksPass);
  mlir::PassPipelineRegistration<>("my-compiler", "Maps and names bottlenecks",
                                   buildMyPipeline);

  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::accel::registerAccelDialects(registry);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "My compiler\n", registry));
}
