//===- LoopNest.h - Generates the loops of a group --------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_LOOPNEST_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_LOOPNEST_H

#include "Plan.h"

namespace mlir::accel::apply {

/// Replaces the group by the loops, buffers and copies of its LoopTree. With
/// `nameTiles`, buffers and copies get `accel.tile`.
void generateGroup(const GroupPlan &plan, bool nameTiles);

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_LOOPNEST_H
