//===- Fusion.h - Which tensors are exchanged on chip, and how --*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fusion as a decision of its own: per intermediate the level of its backing
// keep and the loops above it, in terms of the tensor's dimensions, so that
// producer and consumers share them by construction. At every Einsum the lists
// of its exchanged tensors must be prefixes of one another.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_FUSION_H
#define ACCEL_MAPPER_GRADIENT_FUSION_H

#include "ProgramState.h"

namespace accel::gradient {

/// A fused loop as seen by a tensor.
struct DimLoop {
  unsigned dim = 0;
  int64_t count = 1;
  /// Architecture node, or -1.
  int fanout = -1;
  bool operator==(const DimLoop &o) const {
    return dim == o.dim && count == o.count && fanout == o.fanout;
  }
};
using DimLoops = llvm::SmallVector<DimLoop, 4>;

/// How one intermediate goes from its producer to its consumers.
struct Exchange {
  /// Architecture node; the outermost level if not fused.
  unsigned level = 0;
  DimLoops loops;
  bool operator==(const Exchange &o) const {
    return level == o.level && loops == o.loops;
  }
};

/// One entry per tensor; those of external tensors mean nothing.
using FusionPlan = std::vector<Exchange>;

FusionPlan fusionOf(const ProgramSpace &program, const ProgramState &state);

/// Inner levels in which all users of a tensor may exchange it.
llvm::SmallVector<unsigned, 3> exchangeLevels(const ProgramSpace &program,
                                              unsigned tensor);

/// Gives tensor `t` a new exchange and adapts the others at the same Einsums,
/// and their neighbours in turn, as little as possible; what cannot be adapted
/// goes through the outermost level.
void setExchange(const ProgramSpace &program, FusionPlan &plan, unsigned t,
                 const Exchange &exchange);

/// The same, and every intermediate that can be reached over Einsums in
/// between, at most `distance` of them, goes through the same level below the
/// same loops, as far as it can have them.
void spreadExchange(const ProgramSpace &program, FusionPlan &plan, unsigned t,
                    const Exchange &exchange, unsigned distance);

/// Changes for tensor `t` that are worth trying.
std::vector<Exchange> neighbourExchanges(const ProgramSpace &program,
                                         const FusionPlan &plan, unsigned t);

/// Rebuilds the path of Einsum `e` for `plan`; keeps and factors stay as far as
/// possible. False if the path cannot follow it.
bool followPlan(const ProgramSpace &program, const FusionPlan &plan, unsigned e,
                Path &path);

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_FUSION_H
