//===- PhaseGraph.h - What remains to be placed ------------------*- C++
//-*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A mapping of one Einsum is a chain of tile vectors with keeps placed along
// it. Everything else about a prefix of such a chain is its phase: which level
// is being filled, which operands are still to be held there, where each
// operand is held so far, and how fan-outs crossed above change the price of
// what follows. Phases form a small acyclic graph that does not depend on
// tiles; holder configurations that differ only in what lies behind share it.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_PHASEGRAPH_H
#define ACCEL_MAPPER_FFM_PHASEGRAPH_H

#include "EinsumProblem.h"

namespace accel::ffm {

/// Values that one keep moves.
struct Moved {
  /// Into the keep, the first fills of an output, what the parent gives (not
  /// the zeros that the keep's level pads), and one tile.
  double fills, firsts, given, tile;
  /// Number of tiles.
  double tiles;
};

/// A price that is linear in what moves.
struct Price {
  double perFill = 0, perFirst = 0, perGiven = 0, inTile = 0, perTile = 0;
  double of(const Moved &moved) const {
    return perFill * moved.fills + perFirst * moved.firsts +
           perGiven * moved.given + inTile * moved.tile + perTile * moved.tiles;
  }
  bool isZero() const {
    return perFill == 0 && perFirst == 0 && perGiven == 0 && inTile == 0 &&
           perTile == 0;
  }
  Price &operator+=(const Price &other) {
    perFill += other.perFill;
    perFirst += other.perFirst;
    perGiven += other.perGiven;
    inTile += other.inTile;
    perTile += other.perTile;
    return *this;
  }
  Price operator*(double factor) const {
    return {perFill * factor, perFirst * factor, perGiven * factor,
            inTile * factor, perTile * factor};
  }
};

/// Holding one more operand.
struct Placement {
  unsigned access = 0;
  unsigned level = 0;
  bool backing = false;
  /// The backing keep of an intermediate.
  bool exchanged = false;
  Price energy;
  llvm::SmallVector<std::pair<unsigned, Price>, 4> times;
  /// Operands that the level holds already.
  uint32_t beside = 0;
  /// Ranks that fully index the keep placed last, whichever it was: loops over
  /// them stand above it.
  uint32_t settled = 0;
  unsigned target = 0;
  const AccessTables *tables = nullptr;
  /// The level makes zeros around the tensor by itself.
  bool pads = false;

  Moved moved(uint32_t v) const {
    double inside = pads ? tables->insideAt(v) : 1;
    return {tables->fills[v], tables->firsts[v], tables->fills[v] * inside,
            tables->occupancy[v], tables->fills[v] / tables->occupancy[v]};
  }
};

/// Leaving a level for the next one in which something is held, or for the
/// unit.
struct Advance {
  Split split;
  /// Factor per rank, all fan-outs together.
  llvm::SmallVector<int64_t, 8> factors;
  /// Whether fan-outs lie between, even if nothing is spread over them.
  bool crosses = false;
  unsigned target = 0;
};

struct Phase {
  /// Index into EinsumProblem::levels; the number of levels at the end.
  unsigned level = 0;
  /// Operands still to be held in this level.
  uint32_t pending = 0;
  /// Intermediates whose backing keep is still to come: loops are fused ones.
  uint32_t unbacked = 0;
  bool open() const { return unbacked != 0; }
  bool end = false;
  /// Free ranks over which loops may stand here (while open).
  uint32_t fusable = ~0u;
  std::vector<Placement> placements;
  /// Only if nothing is pending.
  std::vector<Advance> advances;
  /// At the end: compute, and what it moves.
  double endEnergy = 0;
  llvm::SmallVector<double, 6> endTimes;
  /// At the end: spatial factors of free ranks; and what of `endTimes` is spent
  /// on levels that expose their ends.
  double instances = 1;
  llvm::SmallVector<double, 6> endExposed;
  /// Ports that this phase or a later one charges, as a mask.
  uint32_t livePorts = 0;
};

/// A choice of backing levels, and the phase below the outermost level's keeps.
struct Root {
  unsigned phase = 0;
  /// Operands that the outermost level holds.
  uint32_t held = 0;
  /// Per operand: level (path index) of its backing keep.
  llvm::SmallVector<unsigned, 4> backing;
};

class PhaseGraph {
public:
  explicit PhaseGraph(const EinsumProblem &problem);

  /// In topological order: every transition leads to a higher index.
  std::vector<Phase> phases;
  /// They start at the top vector.
  std::vector<Root> roots;

private:
  struct Builder;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_PHASEGRAPH_H
