//===- PathPolish.h - Descent over one Einsum's neighbours ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Coordinate descent on exact costs: prime factors move between slots, keeps
// change places, holders come and go, until no single move helps. What does not
// fit is repaired by the same moves, since less overflow comes first in the
// order of costs.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_PATHPOLISH_H
#define ACCEL_MAPPER_GRADIENT_PATHPOLISH_H

#include "PathCoster.h"
#include "PathStructures.h"
#include "accel/Mapper/Gradient.h"

namespace accel::gradient {

/// How far to look.
enum class Effort : uint8_t {
  Quick, ///< single factors
  Tiles, ///< single factors and pairs of them
  All,   ///< and the structure: order of keeps, holders, windows, unit
  Deep   ///< and pairs of factors of which one makes room for the other
};

/// Improves `path` for `goal` and returns its cost. `random` decides the order
/// in which moves are tried. Precondition: settled and ordered. The result is a
/// local optimum for the effort.
PathCost polishPath(const PathSpace &space, const PathGoal &goal, Path &path,
                    Effort effort, Random &random,
                    const std::function<bool()> &expired);

/// Descends over the relaxed factors of the path's structure, from a random
/// start, and rounds. False, with `path` unchanged, if what comes out is none.
bool relaxFactors(const PathSpace &space, const PathGoal &goal, Path &path,
                  Random &random);

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_PATHPOLISH_H
