//===- PathCoster.h - Exact cost of a path, many times ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles the structure of a path once and evaluates the cost model for many
// choices of factors.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_PATHCOSTER_H
#define ACCEL_MAPPER_GRADIENT_PATHCOSTER_H

#include "Path.h"
#include "accel/Model/CostModel.h"
#include <map>

namespace accel::gradient {

/// What is minimised: energy^a * latency^b.
struct Criterion {
  double energyPower = 1, latencyPower = 1;

  /// Fronts have none of their own: energy stands for them.
  static Criterion of(Objective objective);
  double value(double energyJ, double latencyS) const;
};

/// What one path is to be good for: the criterion of the whole program, given
/// what all other Einsums cost and reserve.
struct PathGoal {
  Criterion criterion;
  double otherEnergyJ = 0, otherLatencyS = 0;
  /// Share of every level that the whole program may take.
  double capacityShare = 1;
  /// What own keeps may take, by architecture node. Room i is for those with
  /// at most i fused loops above, which last while neighbours run; the last
  /// room is for all.
  struct Room {
    std::vector<double> bits, values;
  };
  std::vector<Room> rooms;

  double value(double energyJ, double latencyS) const {
    return criterion.value(energyJ + otherEnergyJ, latencyS + otherLatencyS);
  }
};

struct PathCost {
  /// By how much capacities are exceeded and minimum usage is missed: sum of
  /// log(needed / there), 0 if all is well.
  double overflow = kInf;
  double value = kInf;
  double energyJ = kInf, latencyS = kInf;

  /// What fits is better than what does not; then the objective counts.
  bool operator<(const PathCost &o) const {
    if (overflow > 0 || o.overflow > 0)
      return overflow < o.overflow * (1 - 1e-9);
    return value < o.value * (1 - 1e-12);
  }
};

class PathCoster {
public:
  /// Precondition: `path` is settled and ordered. The space and the goal must
  /// outlive the coster.
  PathCoster(const PathSpace &space, const PathGoal &goal, const Path &path);

  /// Cost of `path`, which differs from the one given to the constructor in
  /// factors only.
  PathCost evaluate(const Path &path);

  uint64_t numEvaluated = 0;

private:
  /// Where a loop's factor stands: rank, and index into factors or spread.
  struct LoopSource {
    unsigned rank, index;
    bool spread;
    int64_t factor(const Path &path) const {
      return spread ? path.spread[index] : path.factors[index];
    }
  };
  /// The model for one choice of outermost loops of the ranks that may be
  /// padded, and the own loops that it has.
  struct Compiled {
    EinsumPlan plan;
    std::vector<double> tiles;
    std::vector<LoopSource> sources;
  };
  void listSources(const Path &path);
  Compiled &compiledFor(const Path &path);
  void readTiles(const Path &path);

  const PathSpace &space;
  const PathGoal &goal;
  unsigned own;
  /// No rank may be padded: one compilation serves all factors.
  bool isPerfect;
  EinsumCost<double> cost;
  /// All own loops, in the order in which mappingOf writes them.
  std::vector<LoopSource> sources;
  /// By index into `sources` of each padded rank's outermost loop.
  std::map<llvm::SmallVector<unsigned, 4>, Compiled> compiled;
  Compiled *now = nullptr;
  double overflowOf(const PathGoal::Room &room, unsigned depth);

  /// Claims of the Einsum's own keeps: index into the plan's, fused loops
  /// above.
  struct OwnClaim {
    unsigned index, depth;
  };
  llvm::SmallVector<OwnClaim, 12> ownClaims;
  /// What the own claims take now.
  llvm::SmallVector<double, 12> occupied;
  std::vector<double> bits, values;
};

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_PATHCOSTER_H
