//===- TileDomain.cpp - Tile vectors that a level can see -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileDomain.h"
#include <algorithm>
#include <set>

namespace accel::ffm {

using Factors = std::vector<int64_t>;

/// Ways to fill all fan-outs above the levels in [first, last]: factors per
/// rank.
static std::vector<Factors> waysToFill(const EinsumProblem &problem,
                                       unsigned first, unsigned last) {
  // More choices than this exclude hardly any vector.
  constexpr size_t kMaxWays = 4096;
  unsigned numRanks = problem.einsum.ranks.size();
  std::set<Factors> ways{Factors(numRanks, 1)};
  for (unsigned l = first; l <= last; ++l) {
    std::set<Factors> next;
    for (const Factors &way : ways)
      for (const Split &split : problem.splitsAbove(l)) {
        Factors factors = way;
        for (const SpatialFactor &f : split)
          if (problem.freeRanks >> f.rank & 1)
            factors[f.rank] *= f.factor;
        next.insert(std::move(factors));
        if (next.size() > kMaxWays)
          return {Factors(numRanks, 1)};
      }
    ways = std::move(next);
  }
  return {ways.begin(), ways.end()};
}

int64_t divideVector(const EinsumProblem &problem, uint32_t v,
                     llvm::ArrayRef<int64_t> factors) {
  const TileLattice &lattice = problem.lattice;
  uint32_t w = v;
  for (unsigned r = 0; r != lattice.numRanks(); ++r) {
    if (factors[r] == 1 || !(problem.freeRanks >> r & 1))
      continue;
    int pos = lattice.quotient(r, lattice.position(v, r), factors[r]);
    if (pos < 0)
      return -1;
    w = lattice.withPosition(w, r, pos);
  }
  return w;
}

llvm::SmallVector<uint32_t, 4>
divideBelowLoops(const EinsumProblem &problem, uint32_t v,
                 llvm::ArrayRef<int64_t> factors) {
  const TileLattice &lattice = problem.lattice;
  llvm::SmallVector<uint32_t, 4> found{v};
  for (unsigned r = 0; r != lattice.numRanks(); ++r) {
    if (factors[r] == 1 || !(problem.freeRanks >> r & 1))
      continue;
    unsigned at = lattice.position(v, r);
    llvm::SmallVector<unsigned, 4> targets;
    bool atPaddedBound = problem.pads[r] != problem.einsum.ranks[r].bound &&
                         lattice.tile(v, r) == problem.einsum.ranks[r].bound;
    if (atPaddedBound) {
      for (uint16_t first : lattice.oneLoopBelow(r, at))
        if (int pos = lattice.quotient(r, first, factors[r]); pos >= 0)
          targets.push_back(pos);
    } else if (int pos = lattice.quotient(r, at, factors[r]); pos >= 0) {
      targets.push_back(pos);
    }
    llvm::SmallVector<uint32_t, 4> next;
    for (uint32_t w : found)
      for (unsigned pos : targets)
        next.push_back(lattice.withPosition(w, r, pos));
    found = std::move(next);
  }
  return found;
}

TileDomain::TileDomain(const EinsumProblem &problem, unsigned level) {
  const TileLattice &lattice = problem.lattice;
  unsigned numLevels = problem.levels.size();
  std::vector<Factors> below = waysToFill(problem, level + 1, numLevels);
  std::vector<Factors> above = waysToFill(problem, 0, level);

  // Per rank and factor: which positions the factor divides, and which it can
  // leave.
  auto allows = [&](uint32_t v, llvm::ArrayRef<Factors> ways, bool takes) {
    return llvm::any_of(ways, [&](const Factors &way) {
      for (unsigned r = 0; r != way.size(); ++r) {
        if (way[r] == 1)
          continue;
        int64_t tile = lattice.tile(v, r);
        // Below the bound of a padded rank a loop may make it divide.
        if (takes && tile == problem.einsum.ranks[r].bound &&
            problem.pads[r] != tile)
          continue;
        if (takes ? tile % way[r] != 0
                  : problem.einsum.ranks[r].bound < tile * way[r])
          return false;
      }
      return true;
    });
  };
  positions.assign(lattice.size(), -1);
  for (uint32_t v = 0; v != lattice.size(); ++v) {
    if (!allows(v, below, true) || !allows(v, above, false))
      continue;
    positions[v] = members.size();
    members.push_back(v);
  }

  // A step may pass over vectors outside: from each member to the nearest
  // members below it.
  stepsOf.resize(lattice.numRanks());
  for (unsigned r = 0; r != lattice.numRanks(); ++r)
    for (uint32_t to = 0; to != members.size(); ++to) {
      uint32_t v = members[to];
      llvm::SmallVector<unsigned, 4> taken;
      for (uint16_t pos : lattice.below(r, lattice.position(v, r))) {
        int32_t from = positions[lattice.withPosition(v, r, pos)];
        if (from < 0)
          continue;
        bool covered = llvm::any_of(taken, [&](unsigned t) {
          return llvm::is_contained(lattice.below(r, t), pos);
        });
        if (covered)
          continue;
        taken.push_back(pos);
        stepsOf[r].push_back({to, uint32_t(from)});
      }
    }
}

} // namespace accel::ffm
