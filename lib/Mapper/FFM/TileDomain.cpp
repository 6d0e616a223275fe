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

namespace {

/// The vectors that some way of filling fan-outs agrees with: per rank and
/// position one bit a way, met rank by rank.
class Admission {
public:
  template <typename Allows>
  Admission(const TileLattice &lattice, const std::vector<Factors> &ways,
            Allows allows)
      : lattice(lattice), words((ways.size() + 63) / 64) {
    for (unsigned r = 0; r != lattice.numRanks(); ++r) {
      llvm::ArrayRef<int64_t> tiles = lattice.tilesOf(r);
      bits.emplace_back(tiles.size() * words, 0);
      for (unsigned pos = 0; pos != tiles.size(); ++pos)
        for (unsigned w = 0; w != ways.size(); ++w)
          if (ways[w][r] == 1 || allows(r, tiles[pos], ways[w][r]))
            bits[r][pos * words + w / 64] |= uint64_t(1) << w % 64;
    }
    left.assign((lattice.numRanks() + 1) * words, ~uint64_t(0));
  }

  /// Clears the marks of all vectors that no way agrees with.
  void filter(std::vector<char> &marks) { filter(0, 0, marks); }

private:
  void filter(unsigned rank, uint32_t base, std::vector<char> &marks) {
    if (rank == lattice.numRanks())
      return;
    const uint64_t *from = left.data() + rank * words;
    uint64_t *to = left.data() + (rank + 1) * words;
    uint32_t stride = lattice.stride(rank);
    for (unsigned pos = 0; pos != lattice.tilesOf(rank).size(); ++pos) {
      uint64_t any = 0;
      for (unsigned w = 0; w != words; ++w)
        any |= to[w] = from[w] & bits[rank][pos * words + w];
      uint32_t v = base + pos * stride;
      if (any == 0)
        std::fill_n(marks.begin() + v, stride, 0);
      else
        filter(rank + 1, v, marks);
    }
  }

  const TileLattice &lattice;
  unsigned words;
  llvm::SmallVector<std::vector<uint64_t>, 8> bits;
  std::vector<uint64_t> left;
};

} // namespace

TileDomain::TileDomain(const EinsumProblem &problem, unsigned level) {
  const TileLattice &lattice = problem.lattice;
  unsigned numLevels = problem.levels.size();
  auto bound = [&](unsigned r) { return problem.einsum.ranks[r].bound; };
  std::vector<char> marks(lattice.size(), 1);
  Admission(lattice, waysToFill(problem, level + 1, numLevels),
            [&](unsigned r, int64_t tile, int64_t factor) {
              // Below the bound of a padded rank a loop may make it divide.
              return tile % factor == 0 ||
                     (tile == bound(r) && problem.pads[r] != tile);
            })
      .filter(marks);
  Admission(lattice, waysToFill(problem, 0, level),
            [&](unsigned r, int64_t tile, int64_t factor) {
              return bound(r) >= tile * factor;
            })
      .filter(marks);
  positions.assign(lattice.size(), -1);
  for (uint32_t v = 0; v != lattice.size(); ++v)
    if (marks[v]) {
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
