//===- Transfers.h - Allocates tiles and moves them -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_TRANSFERS_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_TRANSFERS_H

#include "Geometry.h"
#include "OperandSource.h"
#include "accel/Dialect/Accel/IR/Accel.h"
#include "llvm/ADT/STLFunctionalExtras.h"

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

/// Copies to `to` what it has in common with `from`. If that need not be all of
/// `to`, fills it with the value that `padding` makes first; `padding` may be
/// null if it is all.
void fetchTile(OpBuilder &builder, Location loc, const Tile &from,
               const Tile &to, llvm::function_ref<Value()> padding);

/// Copies all of `from` to its place in `to`.
void writeBackTile(OpBuilder &builder, Location loc, const Tile &from,
                   const Tile &to);

/// Adds the partial results in `from` to those in `to`.
void combineTile(OpBuilder &builder, Location loc, const Tile &from,
                 const Tile &to, Operation *combiner);

/// `base`, which holds (part of) the base of `source`, as the operand sees it:
/// reshaped, and at its place in the padded tensor. Precondition: `base` is
/// contiguous and whole in the dimensions that a reshape splits or joins.
Tile seenThrough(OpBuilder &builder, Location loc, const OperandSource &source,
                 const Tile &base);

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_TRANSFERS_H
