//===- accel-c/VTA.h - C API: VTA programs and their simulation ---*- C -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_C_VTA_H
#define ACCEL_C_VTA_H

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A VTA program; destroy it with accelProgramDestroy. Null after a failure.
typedef struct {
  void *ptr;
} AccelProgram;

/// Row-major elements of a named tensor, little endian, in its own element type
/// (i8 or i32).
typedef struct {
  MlirStringRef name;
  void *data;
  size_t bytes;
} AccelBuffer;

/// Texts that a function hands back; any callback may be null. `error` gets one
/// sentence when the function fails.
typedef struct {
  MlirStringCallback error;
  MlirStringCallback report;
  MlirStringCallback trace;
  void *userData;
} AccelTexts;

/// Encodes function `entry` of a compiled module, or its only one with
/// instructions if that is empty. Errors go to the context's handlers.
MLIR_CAPI_EXPORTED AccelProgram accelProgramFromModule(MlirModule module,
                                                       MlirStringRef entry);

/// Reads and verifies a program folder.
MLIR_CAPI_EXPORTED AccelProgram accelProgramRead(MlirStringRef folder,
                                                 AccelTexts texts);

/// Writes a program folder, under a temporary name that is then renamed.
MLIR_CAPI_EXPORTED MlirLogicalResult accelProgramWrite(AccelProgram program,
                                                       MlirStringRef folder,
                                                       AccelTexts texts);

/// Calls `callback` once with manifest.json: tensors, roles, shapes.
MLIR_CAPI_EXPORTED void accelProgramManifest(AccelProgram program,
                                             MlirStringCallback callback,
                                             void *userData);

/// Simulates one run: packs `inputs`, executes, and copies every tensor named
/// in `outputs` into its buffer. `preset` is the timing, "pipelined" or
/// "rtl2020", or empty for none. `texts.report` gets the figures as JSON,
/// `texts.trace` a timeline; both need a timing. Fails on whatever accel-sim
/// refuses, on missing inputs, and on buffers of a wrong size; outputs are then
/// untouched.
MLIR_CAPI_EXPORTED MlirLogicalResult accelProgramRun(
    AccelProgram program, MlirStringRef preset, const AccelBuffer *inputs,
    intptr_t numInputs, const AccelBuffer *outputs, intptr_t numOutputs,
    AccelTexts texts);

MLIR_CAPI_EXPORTED void accelProgramDestroy(AccelProgram program);

#ifdef __cplusplus
}
#endif

#endif // ACCEL_C_VTA_H
