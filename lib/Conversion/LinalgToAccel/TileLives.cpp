//===- TileLives.cpp - Tiles and their accesses ---------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLives.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::accel;

bool Tile::isRead() const {
  return llvm::any_of(accesses,
                      [](const TileAccess &access) { return access.reads; });
}

bool Tile::isReadOnChip() const {
  return llvm::any_of(accesses, [](const TileAccess &access) {
    auto copy = dyn_cast<memref::CopyOp>(access.op);
    return access.reads && (!copy || isOnChip(copy.getTarget().getType()));
  });
}

/// Fills in how `op` accesses the operand; false if it is no op that we know.
static bool describeAccess(OpOperand &operand, TileAccess &access,
                           bool &writesAll) {
  Operation *op = operand.getOwner();
  if (isa<memref::CopyOp>(op)) {
    access.reads = operand.getOperandNumber() == 0;
    access.writes = writesAll = !access.reads;
    return true;
  }
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp)
    return false;
  access.writes = linalgOp.isDpsInit(&operand);
  access.reads =
      !access.writes || linalgOp.payloadUsesValueFromOperand(&operand);
  // A reduction that ignores its output leaves the last value, and a map that
  // is no permutation leaves holes.
  writesAll = access.writes && !access.reads &&
              linalgOp.getNumLoops() == linalgOp.getNumParallelLoops() &&
              linalgOp.getMatchingIndexingMap(&operand).isPermutation();
  return true;
}

FailureOr<TileLives> TileLives::get(Block &block) {
  TileLives lives;
  DenseMap<Value, unsigned> current;
  unsigned position = 0;
  for (Operation &op : block) {
    ++position;
    if (isa<memref::AllocOp, memref::DeallocOp, ViewLikeOpInterface>(op))
      continue;
    // Reads come before writes: an op that overwrites what it reads starts a
    // new tile.
    for (bool writePass : {false, true}) {
      for (OpOperand &operand : op.getOpOperands()) {
        if (!isOnChip(operand.get().getType()))
          continue;
        TileAccess access;
        bool writesAll = false;
        if (!describeAccess(operand, access, writesAll))
          return op.emitError()
                 << "no instruction does what " << op.getName()
                 << " does on chip: instructions copy, contract, and combine "
                    "integers element by element";
        bool startsTile = access.writes && !access.reads;
        if (startsTile != writePass)
          continue;
        std::string reason;
        FailureOr<ElementView> view = ElementView::get(operand.get(), reason);
        if (failed(view))
          return op.emitError() << "operand " << operand.getOperandNumber()
                                << " of an instruction " << reason << ", found "
                                << operand.get().getType();
        if (!view->root.getDefiningOp<memref::AllocOp>())
          return op.emitError()
                 << "on-chip memory needs to come from a memref.alloc in the "
                    "same function, found "
                 << operand.get().getType();
        auto rootType = cast<MemRefType>(view->root.getType());
        if (rootType.getRank() < 2 ||
            rootType.getShape().take_back(2) !=
                ArrayRef({view->elementRows, view->elementColumns}))
          return op.emitError()
                 << "operand " << operand.getOperandNumber()
                 << " of an instruction needs whole elements in its last two "
                    "dimensions, found "
                 << operand.get().getType() << " of " << rootType;
        access.op = &op;
        access.operand = operand.getOperandNumber();
        access.position = position;
        access.view = *view;
        auto [it, isNew] = current.try_emplace(view->root, lives.tiles.size());
        if (isNew || (writesAll && view->coversRoot())) {
          it->second = lives.tiles.size();
          lives.tiles.emplace_back().root = view->root;
        }
        SmallVector<TileAccess> &accesses = lives.tiles[it->second].accesses;
        lives.places[{&op, access.operand}] = {it->second, accesses.size()};
        accesses.push_back(std::move(access));
      }
    }
    // Ops with regions are looked into only by linalg's own accessors.
    if (op.getNumRegions() != 0 && !isa<linalg::LinalgOp>(op)) {
      WalkResult inside = op.walk([&](Operation *inner) {
        if (inner == &op || llvm::none_of(inner->getOperandTypes(), isOnChip))
          return WalkResult::advance();
        inner->emitError() << "on-chip work needs to be straight-line code, "
                              "found it inside "
                           << op.getName();
        return WalkResult::interrupt();
      });
      if (inside.wasInterrupted())
        return failure();
    }
  }
  return lives;
}
