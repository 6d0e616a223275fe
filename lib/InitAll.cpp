//===- InitAll.cpp - Registers all of Accel -------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/InitAll.h"
#include "accel/Conversion/Passes.h"
#include "accel/Dialect/Accel/IR/Accel.h"
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"
#include "accel/Pipelines/Pipelines.h"

void mlir::accel::registerAccelDialects(DialectRegistry &registry) {
  registry.insert<AccelDialect>();
}

void mlir::accel::registerAccelPasses() {
  registerAccelConversionPasses();
  registerAccelInstructionPasses();
  registerAccelTransformsPasses();
}

void mlir::accel::registerAccelPipelines() {
  registerMapPipeline();
  registerCompilePipeline();
}
