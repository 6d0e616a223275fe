//===- OutputTiles.h - What tiles of outputs hold at first ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_OUTPUTTILES_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_OUTPUTTILES_H

#include "Generation.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::accel::apply {

/// Initial values, partial results and write-backs of one output operand at one
/// of its keeps.
class OutputTiles {
public:
  /// `tiles` are the tiles of the operand's keeps down to `keep`.
  OutputTiles(Generation &gen, const PlannedOp &planned,
              const PlannedKeep &keep, ArrayRef<Tile> tiles)
      : gen(gen), planned(planned), keep(keep), tiles(tiles),
        operand(planned.operands[keep.operand]) {}

  /// Gives the new tile what it holds before compute: the initial value on the
  /// first visit, the partial results of earlier visits afterwards. Of sibling
  /// instances that combine into one result, the first one takes the initial
  /// value, the others start with what adds nothing. `initial` gives what holds
  /// the initial value, if that is a tensor.
  void start(llvm::function_ref<Tile()> initial);

  /// Writes the tile back to the one above. At their first visit, of sibling
  /// instances that combine into one result, the first one overwrites and the
  /// others add: none of them has read the sum so far, which the model leaves
  /// out. At later visits each takes that sum over from the one before it.
  void finish();

private:
  /// Whether the tile of this keep, at its first visit, gets the initial value.
  bool takesInitialValue() const;
  void initialize(llvm::function_ref<Tile()> initial);
  void makeNeutral();
  Value isFirst(unsigned from, bool spatial);
  void choose(Value condition, llvm::function_ref<void()> yes,
              llvm::function_ref<void()> no);
  unsigned parentDepth() const;
  const Tile &parent() const { return tiles[tiles.size() - 2]; }
  Location loc() const { return planned.op->getLoc(); }

  Generation &gen;
  const PlannedOp &planned;
  const PlannedKeep &keep;
  ArrayRef<Tile> tiles;
  const PlannedOperand &operand;
};

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_OUTPUTTILES_H
