//===- ProgramState.h - A whole program's mapping, with exact cost -*- C++
//-*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One path per Einsum, and what they cost and reserve together.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_PROGRAMSTATE_H
#define ACCEL_MAPPER_GRADIENT_PROGRAMSTATE_H

#include "PathCoster.h"

namespace accel::gradient {

struct ProgramState {
  std::vector<Path> paths;
};

/// The cost of a program, valid or not.
struct ProgramValue {
  bool valid = false;
  double value = kInf, energyJ = 0, latencyS = 0;
  /// Peak share of the size of any bounded level.
  double usage = 0;
};

/// What the search agrees on, and the spaces of all Einsums.
class ProgramSpace {
public:
  ProgramSpace(const EinsumGraph &graph, const Architecture &arch,
               const MapperOptions &options);

  const EinsumGraph &graph;
  const Architecture &arch;
  const MapperOptions &options;
  std::vector<PathSpace> spaces;
  /// By Einsum: equal for Einsums that differ in names only.
  std::vector<unsigned> classOf;
  /// What the search minimises now; the objective's, except while a front is
  /// sought.
  Criterion criterion;
  /// Levels may be filled to this share: below 1 while a front is sought.
  double capacityShare = 1;
  /// Not empty if some Einsum has no path at all.
  std::string infeasible;

  unsigned size() const { return spaces.size(); }
  CostOptions model() const { return spaces.front().model(); }

  /// The mapping, with the loops that neighbours share.
  ProgramMapping mappingOf(const ProgramState &state) const;

  /// Exact cost by the cost model; valid only if the verifier accepts the
  /// mapping and it stays within the options' limits and the capacity share.
  ProgramValue evaluate(const ProgramState &state) const;

  /// Energy and latency of one Einsum.
  std::pair<double, double> costOf(const Path &path, unsigned e) const;

  /// What Einsum `e` is to minimise, all others staying as they are.
  PathGoal goalOf(const ProgramState &state, unsigned e) const;

private:
  /// What others leave free while Einsum `moment` runs, for keeps of Einsum
  /// `e`.
  PathGoal::Room roomDuring(const ProgramPlan &plan, unsigned moment,
                            unsigned e) const;
  bool isWithinLimits(const ProgramState &state) const;
};

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_PROGRAMSTATE_H
