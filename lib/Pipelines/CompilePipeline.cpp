//===- CompilePipeline.cpp - From linalg to instructions ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MapStages.h"

#include "accel/Conversion/Passes.h"
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::accel;

static void cleanUp(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void mlir::accel::buildPackPipeline(OpPassManager &pm,
                                    const CompilePipelineOptions &options) {
  buildAttachTarget(pm, options);
  pm.addPass(createAccelPrepareLinalg());
  cleanUp(pm);
  AccelPackOperandsOptions pack;
  pack.embedding = options.embedding;
  pm.addPass(createAccelPackOperands(pack));
}

void mlir::accel::buildCompilePipeline(OpPassManager &pm,
                                       const CompilePipelineOptions &options,
                                       ReportSink sink) {
  buildPackPipeline(pm, options);
  pm.addPass(createAccelOutlineDevice());
  pm.addPass(createAccelLowerPacks());
  cleanUp(pm);
  buildSearch(pm, options, std::move(sink));
  pm.addPass(createAccelApplyMapping());
  // Paddings and views that the loads took over are dead now.
  cleanUp(pm);
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  cleanUp(pm);
  OpPassManager &function = pm.nest<func::FuncOp>();
  function.addPass(createAccelUnroll());
  cleanUp(function);
  pm.addPass(createConvertLinalgToAccel());
  OpPassManager &instructions = pm.nest<func::FuncOp>();
  instructions.addPass(createAccelOrderLoads());
  instructions.addPass(createAccelAllocate());
  instructions.addPass(createAccelInsertTokens());
  instructions.addPass(createAccelInsertSync());
}

void mlir::accel::registerCompilePipeline() {
  registerPipeline<CompilePipelineOptions>(
      "accel-compile",
      "Accel: compile a module to the instructions of a target with a matrix "
      "unit",
      buildCompilePipeline);
}
