//===- FanoutSplits.h - Ways to fill fan-outs -------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All ways to spread the ranks of an Einsum over the fan-outs of its path that
// keep to `reuse`, pinned lanes and minimum usage. Minimum usage asks for a
// share of the instances or, where no way reaches it, for the most that one
// reaches. Fan-outs that compete for a rank are served from the outside
// inwards.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_FANOUTSPLITS_H
#define ACCEL_MAPPER_FFM_FANOUTSPLITS_H

#include "EinsumProblem.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <set>

namespace accel::ffm {

class FanoutSplits {
public:
  /// `mayTake(rank, factor)` says whether some tile of a free rank leaves room
  /// for a factor, all fan-outs together. `known` are the instances wanted, if
  /// others decide them.
  FanoutSplits(const EinsumOutline &outline,
               llvm::function_ref<bool(unsigned, int64_t)> mayTake,
               const UsageGoals *known);

  /// Per level, and for the unit: the splits of the fan-outs above it, and the
  /// ranks that are pinned to these or to fan-outs further out.
  std::vector<std::vector<Split>> byLevel;
  std::vector<uint32_t> pinned;
  UsageGoals goals;
  /// Not empty if pinned ranks do not fit.
  std::string infeasible;

private:
  using Factors = llvm::SmallVector<int64_t, 8>;
  std::vector<Split> enumerate(llvm::ArrayRef<unsigned> fanouts);
  double goalOf(unsigned node,
                llvm::ArrayRef<std::pair<Split, int64_t>> choices);
  bool fits(const Factors &taken, const Split &split) const;
  bool fitsBelow(const Split &split) const;
  void extend(llvm::ArrayRef<Split> splits);

  const EinsumOutline &outline;
  const Einsum &einsum;
  llvm::function_ref<bool(unsigned, int64_t)> mayTake;
  const UsageGoals *known;
  /// Ways to spread ranks over all fan-outs so far.
  std::set<Factors> above;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_FANOUTSPLITS_H
