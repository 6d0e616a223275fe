//===- PathSpace.h - What one Einsum's path may be --------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything about mapping one Einsum that does not depend on the mapping: the
// levels and fan-outs on the way to each compute unit, who may hold what, which
// ranks may be spread or fused, and the prime factors that tiles are made of.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_PATHSPACE_H
#define ACCEL_MAPPER_GRADIENT_PATHSPACE_H

#include "accel/Mapper/Mapper.h"
#include "accel/Model/CostModel.h"

namespace accel::gradient {

struct SpaceRank {
  int64_t bound = 1;
  /// Loops may split it anywhere.
  bool isFree = true;
  /// Split only below the last keep.
  bool whole = false;
  /// Its outermost tile need not divide the bound.
  bool mayPad = false;
  /// Prime factors of the bound, ascending, with repetition.
  llvm::SmallVector<int64_t, 12> primes;
};

struct SpaceAccess {
  unsigned tensor = 0;
  bool isIntermediate = false;
  /// Ranks as bit masks; `fusable` ones may be loops above the backing keep.
  uint32_t full = 0, partial = 0, fusable = 0;
  /// By rank: the tensor dimension that it is alone in.
  llvm::SmallVector<int, 6> dimOf;
};

struct SpaceFanout {
  unsigned node = 0;
  int64_t n = 1;
  /// Ranks that may be spread here.
  uint32_t ranks = 0;
  /// Pinned lanes fill the fan-out; nothing else may.
  uint32_t pinned = 0;
  /// Least number of instances that a mapping uses (minimum usage).
  int64_t least = 1;
};

/// The way to one compute unit.
struct SpaceUnit {
  unsigned node = 0;
  /// Memory levels as architecture nodes, outermost first.
  llvm::SmallVector<unsigned, 6> levels;
  llvm::SmallVector<SpaceFanout, 3> fanouts;
  /// By access: every allowed set of levels that hold it, as masks over
  /// `levels`.
  std::vector<std::vector<uint32_t>> holders;

  /// Whether a fan-out lies between two memory levels (architecture nodes).
  bool crosses(unsigned outer, unsigned inner) const;
};

class PathSpace {
public:
  PathSpace(const EinsumGraph &graph, const Architecture &arch,
            const MapperOptions &options, unsigned einsum);

  const EinsumGraph &graph;
  const Architecture &arch;
  const MapperOptions &options;
  unsigned index;
  const Einsum &einsum;
  llvm::SmallVector<SpaceRank, 6> ranks;
  llvm::SmallVector<SpaceAccess, 4> accesses;
  llvm::SmallVector<SpaceUnit, 2> units;

  unsigned numRanks() const { return ranks.size(); }
  unsigned numAccesses() const { return accesses.size(); }
  /// The cost model's options for this search.
  CostOptions model() const;

private:
  SpaceUnit describeUnit(unsigned node) const;
  std::vector<uint32_t> holdersOf(const SpaceUnit &unit, unsigned access) const;
  void findLeastUsage(SpaceUnit &unit) const;
};

/// Prime factors of `n`, ascending, with repetition.
llvm::SmallVector<int64_t, 12> primeFactors(int64_t n);

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_PATHSPACE_H
