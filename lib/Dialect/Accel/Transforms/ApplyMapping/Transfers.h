//===- Transfers.h - Allocates tiles and moves them -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_TRANSFERS_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_TRANSFERS_H

#include "Geometry.h"
#include "accel/Analysis/TensorView.h"
#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::accel::apply {

/// A buffer for `box` in memory level `level`.
Tile allocateTile(OpBuilder &builder, Location loc, const Box &box,
                  Type elementType, StringAttr level);

/// Frees a buffer made by allocateTile.
void freeTile(OpBuilder &builder, Location loc, const Tile &tile);

/// The part `box` of `tile`. Precondition: the tile holds all of it, apart from
/// what lies past the limits of `box`.
Value viewOf(OpBuilder &builder, Location loc, const Tile &tile,
             const Box &box);

/// The same part, in the shape in which `view` shows it; `shown` is the part in
/// the dimensions of the view. Precondition: the tile's buffer is contiguous.
Value viewAs(OpBuilder &builder, Location loc, const Tile &tile, const Box &box,
             const TensorView &view, const Box &shown);

/// A copy into a tile.
struct Fetch {
  memref::CopyOp copy;
  /// Not all of the tile need be there to copy: the rest is zero.
  bool isPadded = false;
};

/// Copies to `to` what it has in common with `from`; the rest becomes zero.
Fetch fetchTile(OpBuilder &builder, Location loc, const Tile &from,
                const Tile &to);

/// Copies all of `from` to its place in `to`.
memref::CopyOp writeBackTile(OpBuilder &builder, Location loc, const Tile &from,
                             const Tile &to);

/// Adds the partial results in `from` to those in `to`.
Operation *combineTile(OpBuilder &builder, Location loc, const Tile &from,
                       const Tile &to, Operation *combiner);

/// Elements `start` to `start + count` of one dimension of `memref`.
Value sliceAlong(OpBuilder &builder, Location loc, Value memref, unsigned dim,
                 OpFoldResult start, int64_t count);

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_TRANSFERS_H
