//===- Keeps.h - Buffers and copies at the keeps of a mapping ---*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_KEEPS_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_KEEPS_H

#include "Generation.h"

namespace mlir::accel::apply {

/// Holds the tiles of all operands while the LoopTree is walked.
class Keeps {
public:
  explicit Keeps(Generation &gen);

  /// What op `number` takes from outside its loops is made available in front
  /// of them. Precondition: no loop is generated yet.
  void prepare(unsigned number);

  /// Generates what happens at a keep: the buffer, and the copy into it.
  void enter(unsigned number, const PlannedKeep &keep);

  /// Generates what happens at the begin of a loop's body to windows of op
  /// `number` that slide along the loop.
  void slide(unsigned number);

  /// Generates what happens after everything below a keep.
  void leave(unsigned number, const PlannedKeep &keep);

  /// Frees exchanged tensors made below the loops generated so far of which op
  /// `last` is the last reader or comes after it.
  void freeExchanged(unsigned last);

  /// What op `number` computes on: exactly what it touches, or where it reads
  /// padding, all that is held.
  SmallVector<Value> operandsOf(unsigned number);

  /// The innermost tile of every operand of op `number`, empty for scalars.
  SmallVector<Tile, 4> tilesOf(unsigned number) const;

private:
  /// An exchanged tensor that still has readers.
  struct Exchange {
    unsigned depth;
    unsigned lastReader;
    Tile tile;
  };

  Tile backingTile(const PlannedOp &planned, const PlannedKeep &keep);
  Tile exchangeTile(const PlannedOp &planned, const PlannedKeep &keep);
  Tile readTile(Value base, int producer);
  Tile allocate(const PlannedOp &planned, const PlannedKeep &keep,
                const Box &box);

  Generation &gen;
  /// Per op and operand: the tiles that its keeps hold, outermost first.
  std::vector<SmallVector<SmallVector<Tile, 3>, 4>> holders;
  /// Results of mapped ops, where their backing keep holds them.
  DenseMap<Value, Tile> results;
  SmallVector<Exchange, 4> exchanges;
};

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_KEEPS_H
