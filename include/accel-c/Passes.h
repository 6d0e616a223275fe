//===- accel-c/Passes.h - C API: passes and pipelines -------------*- C -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_C_PASSES_H
#define ACCEL_C_PASSES_H

#include "mlir-c/Support.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Registers every pass of Accel and the pipelines accel-map and accel-compile,
/// so that mlirParsePassPipeline and mlirOpPassManagerAddPipeline know them;
/// with those of upstream that pipelines are commonly made of (canonicalize,
/// cse). Thread-safe; calls after the first do nothing.
MLIR_CAPI_EXPORTED void accelRegisterAllPasses(void);

#ifdef __cplusplus
}
#endif

#endif // ACCEL_C_PASSES_H
