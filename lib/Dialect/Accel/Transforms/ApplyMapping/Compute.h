//===- Compute.h - An op on the tiles that its keeps hold -------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_COMPUTE_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_COMPUTE_H

#include "Plan.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::accel::apply {

/// The op itself on buffers `operands` that hold exactly what it touches for
/// `tiles` (apart from those that it sees padded: see readPadded). `outside`
/// gives values of the group as seen from outside it.
linalg::LinalgOp generateCompute(OpBuilder &builder, const PlannedOp &planned,
                                 ArrayRef<RankTile> tiles, ValueRange operands,
                                 llvm::function_ref<Value(Value)> outside);

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_COMPUTE_H
