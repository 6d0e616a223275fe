//===- TileLattice.h - Tile vectors of an iteration space -------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile vector gives one tile per rank. Its components come from a short
// sorted list per rank, so a vector is a mixed-radix index; v' can stand below
// v in a mapping only if every component divides, and then its index is no
// larger.
//
// A rank may be padded: its outermost loop has a tile d that does not divide
// the bound N, so that ceil(N/d)*d points are visited. For one padded bound the
// tiles are N itself and all divisors of any such d.
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
  /// Tiles of bounds, padded to `pads` (equal to the bounds where loops
  /// divide).
  TileLattice(llvm::ArrayRef<int64_t> bounds, llvm::ArrayRef<int64_t> pads);

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

  /// Positions that loops can reach from `pos`, descending.
  llvm::ArrayRef<uint16_t> below(unsigned rank, unsigned pos) const {
    return divisors[rank][pos];
  }
  /// Those that a single loop can reach: from the bound of a padded rank, only
  /// tiles that pad it.
  llvm::ArrayRef<uint16_t> oneLoopBelow(unsigned rank, unsigned pos) const {
    return pos + 1 == tiles[rank].size() ? llvm::ArrayRef<uint16_t>(first[rank])
                                         : below(rank, pos);
  }
  /// The tile of a first loop from the bound that `tile` divides; `tile` itself
  /// where that can be one.
  int64_t outermostAbove(unsigned rank, int64_t tile) const;
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
  llvm::SmallVector<std::vector<uint16_t>, 8> first;
  llvm::SmallVector<bool, 8> padded;
  uint32_t numVectors = 1;
};

/// Ascending.
std::vector<int64_t> divisorsOf(int64_t n);

/// Bounds to which tiles pad `n`, ascending: `n` first.
std::vector<int64_t> padsOf(int64_t n);

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_TILELATTICE_H
