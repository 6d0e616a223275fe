//===- BruteForce.h - Every mapping of a small program ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lists every combination of every path of every Einsum by its cost, and asks
// the model for each in turn whether it is legal and what room it takes. It
// shares nothing with the mapper but the model: no bounds on parts of paths, no
// tables, no dominance, no rule for capacity.
//
// Going down the list once gives the optimum for every size of a level: the
// best mapping of all, the best that takes less room than that, and so on.
// Sizes of these steps are where a wrong rule for capacity shows.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MAPPER_BRUTEFORCE_H
#define ACCEL_TEST_UNIT_MAPPER_BRUTEFORCE_H

#include "PathEnumerator.h"

namespace accel::test {

/// The best mapping that takes no more room.
struct RoomStep {
  double value = kInf;
  /// Peak of the swept level, in bits.
  double bits = 0;
  ProgramMapping mapping;
};

/// (energy, latency or usage), ascending energy.
using Front = std::vector<std::pair<double, double>>;

class BruteForce {
public:
  /// Enumerates; sizes in `arch` play no part. `effort` bounds the number of
  /// prefixes and of combinations.
  BruteForce(const EinsumGraph &graph, const Architecture &arch,
             const MapperOptions &options, uint64_t effort);

  /// The program is too large: nothing else may be asked.
  bool gaveUp() const { return tooLarge; }
  uint64_t numPaths() const { return paths; }
  uint64_t numCombinations() const { return combinations.size(); }

  /// Optima by the size in bits of level `node`, largest first, at most
  /// `maxSteps`; other levels are as large as `arch` says. `complete` tells
  /// that no mapping takes less than the last. Not for fronts.
  std::vector<RoomStep> steps(unsigned node, unsigned maxSteps,
                              bool &complete) const;

  /// The front on `target`, which differs from `arch` in sizes only.
  Front front(const Architecture &target) const;

private:
  struct Combination {
    double energyJ, latencyS;
    std::vector<unsigned> choice;
  };
  void combine();
  void choose(Combination &prefix, unsigned maxCombinations);
  bool mayFollow(const std::vector<unsigned> &before, unsigned e,
                 const PathProfile &profile) const;
  unsigned sharedBefore(const std::vector<unsigned> &choice, unsigned e) const;
  ProgramMapping mappingOf(const Combination &c) const;
  double valueOf(const Combination &c) const;

  const EinsumGraph &graph;
  Architecture arch;
  MapperOptions options;
  double leakW;
  uint64_t effort;
  uint64_t paths = 0;
  bool tooLarge = false;
  std::vector<std::vector<PathProfile>> profiles;
  /// Ascending value (fronts: energy).
  std::vector<Combination> combinations;
};

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MAPPER_BRUTEFORCE_H
