//===- TileLives.h - Tiles and their accesses -------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_CONVERSION_LINALGTOACCEL_TILELIVES_H
#define ACCEL_CONVERSION_LINALGTOACCEL_TILELIVES_H

#include "accel/Dialect/Accel/Transforms/ElementView.h"

#include <vector>

namespace mlir::accel {

/// An access of one operand to a tile.
struct TileAccess {
  Operation *op = nullptr;
  unsigned operand = 0;
  /// Position of the op in its block.
  unsigned position = 0;
  ElementView view;
  bool reads = false;
  bool writes = false;
};

/// What an on-chip allocation holds from one full overwrite to the next.
struct Tile {
  Value root;
  /// In program order.
  SmallVector<TileAccess> accesses;

  bool isRead() const;
  /// True if anything but a copy to the outermost memory reads it.
  bool isReadOnChip() const;
  unsigned first() const { return accesses.front().position; }
  unsigned last() const { return accesses.back().position; }
};

/// All tiles of a straight-line block, and which tile an operand means.
struct TileLives {
  std::vector<Tile> tiles;

  /// The tile of an on-chip operand.
  unsigned tileOf(Operation *op, unsigned operand) const {
    return places.lookup({op, operand}).first;
  }
  const TileAccess &accessOf(Operation *op, unsigned operand) const {
    auto [tile, access] = places.lookup({op, operand});
    return tiles[tile].accesses[access];
  }

  /// Collects the accesses of `memref.copy` and linalg ops. Fails with a
  /// located error on an on-chip memref that no instruction can address, and on
  /// any other op that uses one. Linear in the number of ops.
  static FailureOr<TileLives> get(Block &block);

private:
  /// Tile of each on-chip operand, and which of its accesses it is.
  DenseMap<std::pair<Operation *, unsigned>, std::pair<unsigned, unsigned>>
      places;
};

} // namespace mlir::accel

#endif // ACCEL_CONVERSION_LINALGTOACCEL_TILELIVES_H
