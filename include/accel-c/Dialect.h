//===- accel-c/Dialect.h - C API: the accel dialect ---------------*- C -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_C_DIALECT_H
#define ACCEL_C_DIALECT_H

#include "mlir-c/IR.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The dialect alone: mlirGetDialectHandle__accel__().
MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(Accel, accel);

/// Adds the accel dialect and every upstream dialect, with the interfaces that
/// Accel's pipelines need of them (bufferization, tiling), to `registry`.
MLIR_CAPI_EXPORTED void accelRegisterAllDialects(MlirDialectRegistry registry);

/// Parses a module; `name` stands for the text in locations. Null if that
/// fails; the context's diagnostic handlers then know why.
MLIR_CAPI_EXPORTED MlirModule accelModuleParse(MlirContext context,
                                               MlirStringRef text,
                                               MlirStringRef name);

/// Calls `callback` once with the name of every shipped target, sorted.
MLIR_CAPI_EXPORTED void accelForEachShippedTarget(MlirStringCallback callback,
                                                  void *userData);

/// True if `attribute` is an #accel.target.
MLIR_CAPI_EXPORTED bool accelAttributeIsATarget(MlirAttribute attribute);

/// True if `attribute` is an #accel.mapping.
MLIR_CAPI_EXPORTED bool accelAttributeIsAMapping(MlirAttribute attribute);

/// True if `attribute` is an #accel.cost.
MLIR_CAPI_EXPORTED bool accelAttributeIsACost(MlirAttribute attribute);

/// Figures of an #accel.cost: joules, seconds, operations.
MLIR_CAPI_EXPORTED double accelCostGetEnergyJ(MlirAttribute cost);
MLIR_CAPI_EXPORTED double accelCostGetLatencyS(MlirAttribute cost);
MLIR_CAPI_EXPORTED double accelCostGetOps(MlirAttribute cost);

#ifdef __cplusplus
}
#endif

#endif // ACCEL_C_DIALECT_H
