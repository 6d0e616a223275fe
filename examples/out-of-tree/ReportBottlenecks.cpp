#include "ReportBottlenecks.h"

#include "accel/Analysis/CostAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Format.h"

using namespace mlir;

namespace {
struct ReportBottlenecks
    : PassWrapper<ReportBottlenecks, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReportBottlenecks)

  StringRef getArgument() const override { return "report-bottlenecks"; }
  StringRef getDescription() const override {
    return "Names the ops that take more than a tenth of the time";
  }

  void runOnOperation() override {
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      FailureOr<mlir::accel::CostAnalysis> analysis =
          mlir::accel::CostAnalysis::compute(func);
      if (failed(analysis))
        return signalPassFailure();
      double totalS = 0;
      for (const mlir::accel::OpCost &cost : analysis->costs())
        totalS += cost.latencyS;
      for (auto [op, cost] :
           llvm::zip(analysis->program().ops, analysis->costs())) {
        if (cost.latencyS <= totalS / 10)
          continue;
        std::string share;
        llvm::raw_string_ostream(share)
            << llvm::format("%.0f %%", 100 * cost.latencyS / totalS);
        op->emitRemark() << "takes " << share << " of the time";
      }
    }
  }
};
} // namespace

std::unique_ptr<Pass> createReportBottlenecksPass() {
  return std::make_unique<ReportBottlenecks>();
}
