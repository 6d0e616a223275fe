//===- WideResults.h - Accumulators that leave in bytes ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A store takes the low 8 bits of an accumulator. What the host needs in 32
// bits is stored four times, shifted by one more byte each time, and put
// together by the host:
//
//   byte0 = trunc(r)   s1 = r >> 8   byte1 = trunc(s1)   s2 = s1 >> 8   ...
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_WIDERESULTS_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_WIDERESULTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::accel {

/// Splits every i32 result that the device makes and something else reads.
/// `block` is the target's `channelBlock`. Linear in the number of ops, but for
/// ops that leave the device because their readers do.
void splitWideResults(func::FuncOp func, std::optional<int64_t> block);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_WIDERESULTS_H
