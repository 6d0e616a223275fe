//===- PaddedReads.h - Compute on a tensor as if it were padded -*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_PADDEDREADS_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_PADDEDREADS_H

#include "Plan.h"

namespace mlir::accel::apply {

/// Makes `compute` read operand `operand` element by element from `tile`, and
/// zero where the index lies outside of it. Returns the op that takes its
/// place. An exchanged tensor so needs no room for padding that only one of its
/// readers sees.
linalg::LinalgOp readPadded(OpBuilder &builder, linalg::LinalgOp compute,
                            const PlannedOp &planned, unsigned operand,
                            ArrayRef<RankTile> tiles, const Tile &tile);

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_PADDEDREADS_H
