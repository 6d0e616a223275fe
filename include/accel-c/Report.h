//===- accel-c/Report.h - C API: map and compile with a report ----*- C -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The pipelines accel-map and accel-compile in one call each, with the
// report handed back as text instead of written to a file.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_C_REPORT_H
#define ACCEL_C_REPORT_H

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Maps `module` in place. `options` are those of --accel-map, as typed there:
/// `target=simple objective=energy`. `onReport` may be null; it is called with
/// the report as JSON (schema 1) at most once, also if no mapping fits. Errors
/// go to the context's diagnostic handlers; the module is then unchanged apart
/// from its target.
MLIR_CAPI_EXPORTED MlirLogicalResult accelMapModule(MlirModule module,
                                                    MlirStringRef options,
                                                    MlirStringCallback onReport,
                                                    void *userData);

/// Compiles `module` in place to accel instructions, as --accel-compile does.
/// After a failure the module may be anything between the two forms: discard
/// it.
MLIR_CAPI_EXPORTED MlirLogicalResult
accelCompileModule(MlirModule module, MlirStringRef options,
                   MlirStringCallback onReport, void *userData);

#ifdef __cplusplus
}
#endif

#endif // ACCEL_C_REPORT_H
