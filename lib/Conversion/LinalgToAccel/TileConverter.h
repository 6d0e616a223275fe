//===- TileConverter.h - Ops on tiles to instructions ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_CONVERSION_LINALGTOACCEL_TILECONVERTER_H
#define ACCEL_CONVERSION_LINALGTOACCEL_TILECONVERTER_H

#include "BlockTransfers.h"
#include "Contraction.h"
#include "TileLives.h"
#include "TilePlace.h"
#include "accel/Analysis/InstructionLevels.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::accel {

/// What is emitted for a Tile. Tiles that work in place share one.
struct Storage {
  Value buffer;
  /// Elements, and the tiles that are in it.
  int64_t size = 0;
  SmallVector<unsigned> tiles;
  /// A load wrote it: not every element has been computed.
  bool loaded = false;
};

/// Converts one function. Methods emit before the op that they convert; the old
/// ops go at the end.
class TileConverter {
public:
  TileConverter(func::FuncOp func, SymbolTable &symbols,
                const InstructionLevels &levels)
      : func(func), symbols(symbols), levels(levels), builder(func) {}

  LogicalResult run();

private:
  LogicalResult convert(Operation *op);
  LogicalResult convertCopy(memref::CopyOp copy);
  LogicalResult convertLoad(memref::CopyOp copy);
  LogicalResult convertStore(memref::CopyOp copy);
  LogicalResult convertFill(linalg::FillOp fill);
  LogicalResult convertContraction(linalg::LinalgOp op);
  LogicalResult convertElementwise(linalg::LinalgOp op);
  LogicalResult convertAccumulatorCopy(memref::CopyOp copy);

  /// Emits what fills `access` with zeros or, in ACC, a constant.
  LogicalResult emitFill(const TileAccess &access, int64_t value);
  void emitReset(Location loc, Value buffer, AffineMap map,
                 ArrayRef<int64_t> nest);
  void emitAlu(Location loc, AluKind kind, Value source, AffineMap sourceMap,
               Value dest, AffineMap destMap, std::optional<int64_t> immediate,
               ArrayRef<int64_t> nest);
  void emitLoad(Location loc, const BlockTransfer &block, Value outerRoot,
                Value buffer);
  LogicalResult emitZeroLoads(const TileAccess &access);
  /// A constant of `columns` zero elements in the outermost memory.
  Value zeros(Location loc, MemRefType tileType, int64_t columns);

  const TileAccess &accessOf(Operation *op, unsigned operand) {
    return lives.accessOf(op, operand);
  }
  unsigned tileOf(Operation *op, unsigned operand) {
    return lives.tileOf(op, operand);
  }
  Storage &storageOf(unsigned tile);
  Value bufferOf(Operation *op, unsigned operand);
  /// An access of a tile as one of its storage.
  ElementView place(const ElementView &view, unsigned tile) const {
    // Checked for all accesses when the tile got its place.
    return *places[tile].apply(view);
  }
  /// The operand as the instruction sees it.
  Value operandOf(Operation *op, unsigned operand);
  /// Where the tile that `op` starts in `output` can be in the storage of the
  /// tile that it reads in `input`, such that the op works in place: both agree
  /// element by element, and what is overwritten nobody reads any more.
  std::optional<TilePlace> findPlace(linalg::LinalgOp op, unsigned input,
                                     unsigned output, const ElementNest &nest);
  /// True if `op` may put its result where it reads `input`: each element is
  /// read once, and nobody reads it afterwards.
  bool canOverwrite(linalg::LinalgOp op, unsigned input,
                    const ElementNest &nest);
  /// Accumulators for a result of `op` that is about to leave the chip.
  Value allocateAccumulators(linalg::LinalgOp op, unsigned output);
  /// Stores what `op` computed in `accumulators`, at `map` over the nest.
  LogicalResult storeResult(linalg::LinalgOp op, unsigned output,
                            Value accumulators, AffineMap map,
                            ArrayRef<int64_t> nest, AffineMap outputMap);
  /// Stores the view `source` of `buffer` to `target` in the outermost memory.
  LogicalResult emitStore(Operation *op, const ElementView &source,
                          Value buffer, Value target);
  /// The copy right after a fill that shall pad instead; null if there is none.
  const TileAccess *paddingCopy(const TileAccess &fill);
  FailureOr<ElementView> viewOuter(Operation *op, Value memref);

  func::FuncOp func;
  SymbolTable &symbols;
  const InstructionLevels &levels;
  OpBuilder builder;
  TileLives lives;
  /// Storage of each tile, as an index that tiles may share.
  SmallVector<unsigned> storageIndex;
  /// Where each tile lies in its storage.
  SmallVector<TilePlace> places;
  std::vector<Storage> storages;
  /// Copies that pad, and the filled view around each.
  DenseMap<Operation *, ElementView> paddedCopies;
  Value unreadInput;
  Value unreadWeight;
};

} // namespace mlir::accel

#endif // ACCEL_CONVERSION_LINALGTOACCEL_TILECONVERTER_H
