//===- Passes.h - Conversions to the accel dialect --------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_CONVERSION_PASSES_H
#define ACCEL_CONVERSION_PASSES_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/Pass/Pass.h"

namespace mlir::accel {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "accel/Conversion/Passes.h.inc"

} // namespace mlir::accel

#endif // ACCEL_CONVERSION_PASSES_H
