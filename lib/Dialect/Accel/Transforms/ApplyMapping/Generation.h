//===- Generation.h - What all parts of code generation share ---*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_GENERATION_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_GENERATION_H

#include "MainMemory.h"
#include "Plan.h"

namespace mlir::accel::apply {

/// The state of generating one group's code.
struct Generation {
  Generation(const GroupPlan &plan, bool nameTiles)
      : plan(plan), nameTiles(nameTiles), builder(plan.group),
        memory(plan.group) {}

  unsigned depth() const { return iterations.size(); }

  /// The tiles of an op's ranks below the loops generated so far.
  SmallVector<RankTile, 6> tilesOf(const PlannedOp &planned) const;

  /// What the op touches of an operand below the loops generated so far.
  Box boxOf(const PlannedOp &planned, unsigned operand) const {
    return apply::boxOf(planned.operands[operand].index, tilesOf(planned));
  }

  /// Says on `op`, a buffer or a copy, which operand it holds or moves.
  void name(Operation *op, const PlannedOp &planned, unsigned operand,
            TileUse use, int64_t box = 0) const;

  const GroupPlan &plan;
  bool nameTiles;
  /// Inserts into the innermost loop generated so far.
  OpBuilder builder;
  MainMemory memory;
  /// One per loop generated so far, outermost first.
  SmallVector<Iteration, 12> iterations;
};

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_GENERATION_H
