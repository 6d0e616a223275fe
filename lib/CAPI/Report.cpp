//===- Report.cpp - C API: map and compile with a report ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel-c/Report.h"
#include "accel/Pipelines/Pipelines.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Support.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace mlir::accel;

/// Options that are wrong are an error at the module, like any other.
template <typename Options>
static LogicalResult
runPipeline(void (*build)(OpPassManager &, const Options &, ReportSink),
            ModuleOp module, StringRef text, ReportSink sink) {
  std::string message;
  Options options;
  if (!options.read(text, message))
    return module.emitError() << "options: " << message;
  PassManager manager(module->getName());
  build(manager, options, std::move(sink));
  return manager.run(module);
}

static ReportSink makeSink(MlirStringCallback callback, void *userData) {
  if (!callback)
    return nullptr;
  return [=](StringRef text) { callback(wrap(text), userData); };
}

MlirLogicalResult accelMapModule(MlirModule module, MlirStringRef options,
                                 MlirStringCallback onReport, void *userData) {
  return wrap(runPipeline(buildMapPipeline, unwrap(module), unwrap(options),
                          makeSink(onReport, userData)));
}

MlirLogicalResult accelCompileModule(MlirModule module, MlirStringRef options,
                                     MlirStringCallback onReport,
                                     void *userData) {
  return wrap(runPipeline(buildCompilePipeline, unwrap(module), unwrap(options),
                          makeSink(onReport, userData)));
}
