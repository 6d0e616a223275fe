//===- TileLattice.h - Tile vectors of an iteration space -------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile vector gives one tile per rank. Its components come from a short sorted
// list per rank, so a vector is a mixed-radix index; v' can stand below v in a
// mapping only if every component divides, and then its index is no larger.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_TILELATTICE_H
#define ACCEL_MAPPER_FFM_TILELATTICE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <vector>

namespace accel::ffm {

class TileLattice {
public:
  /// All divisors of every bound.
  explicit TileLattice(llvm::ArrayRef<int64_t> bounds);

  unsigned numRanks() const { return tiles.size(); }
  uint32_t size() const { return numVectors; }
  /// The vector of all bounds.
  uint32_t top() const { return numVectors - 1; }

  /// Tiles of a rank, ascending.
  llvm::ArrayRef<int64_t> tilesOf(unsigned rank) const { return tiles[rank]; }
  uint32_t stride(unsigned rank) const { return strides[rank]; }
  unsigned position(uint32_t v, unsigned rank) const {
    return v / strides[rank] % tiles[rank].size();
  }
  int64_t tile(uint32_t v, unsigned rank) const {
    return tiles[rank][position(v, rank)];
  }
  uint32_t withPosition(uint32_t v, unsigned rank, unsigned pos) const {
    return v - (position(v, rank) - pos) * strides[rank];
  }

  /// Positions of the proper divisors of the tile at `pos`, descending.
  llvm::ArrayRef<uint16_t> below(unsigned rank, unsigned pos) const {
    return divisors[rank][pos];
  }
  /// Those of `below` that divide no other of them.
  llvm::ArrayRef<uint16_t> covers(unsigned rank, unsigned pos) const {
    return covered[rank][pos];
  }
  /// Position of tile / factor, or -1 if the factor does not divide.
  int quotient(unsigned rank, unsigned pos, int64_t factor) const;

private:
  llvm::SmallVector<std::vector<int64_t>, 8> tiles;
  llvm::SmallVector<uint32_t, 8> strides;
  llvm::SmallVector<std::vector<std::vector<uint16_t>>, 8> divisors, covered;
  uint32_t numVectors = 1;
};

/// Ascending.
std::vector<int64_t> divisorsOf(int64_t n);

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_TILELATTICE_H
