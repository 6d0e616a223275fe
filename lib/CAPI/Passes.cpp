//===- Passes.cpp - C API: passes and pipelines ---------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel-c/Passes.h"
#include "accel/InitAll.h"

#include "mlir/Transforms/Passes.h"

void accelRegisterAllPasses() {
  // A static's initialiser runs once, whichever thread comes first.
  static bool done = [] {
    mlir::registerTransformsPasses();
    mlir::accel::registerAccelPasses();
    mlir::accel::registerAccelPipelines();
    return true;
  }();
  (void)done;
}
