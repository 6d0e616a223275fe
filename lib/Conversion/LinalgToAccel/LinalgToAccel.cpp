//===- LinalgToAccel.cpp - Ops on on-chip tiles become instructions -------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileConverter.h"
#include "accel/Conversion/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::accel {
#define GEN_PASS_DEF_CONVERTLINALGTOACCEL
#include "accel/Conversion/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

Storage &TileConverter::storageOf(unsigned tile) {
  Storage &storage = storages[storageIndex[tile]];
  if (!storage.buffer) {
    auto type = cast<MemRefType>(lives.tiles[tile].root.getType());
    if (levelOf(type) == levels.accumulator)
      type = MemRefType::Builder(type).setElementType(builder.getI32Type());
    storage.buffer =
        memref::AllocOp::create(builder, lives.tiles[tile].root.getLoc(), type);
  }
  return storage;
}

Value TileConverter::bufferOf(Operation *op, unsigned operand) {
  return storageOf(tileOf(op, operand)).buffer;
}

Value TileConverter::operandOf(Operation *op, unsigned operand) {
  return place(accessOf(op, operand).view, tileOf(op, operand))
      .materialize(builder, op->getLoc(), bufferOf(op, operand));
}

/// Collects the users of `memref` through views. False if one may read it or
/// lets it escape.
static bool collectWriters(Value memref, SmallVectorImpl<Operation *> &users) {
  for (OpOperand &use : memref.getUses()) {
    Operation *user = use.getOwner();
    bool onlyWrites = isa<memref::DeallocOp>(user);
    if (isa<ViewLikeOpInterface>(user))
      onlyWrites = collectWriters(user->getResult(0), users);
    else if (auto copy = dyn_cast<memref::CopyOp>(user))
      onlyWrites = use.getOperandNumber() == 1;
    else if (auto fill = dyn_cast<linalg::FillOp>(user))
      onlyWrites = fill.isDpsInit(&use);
    if (!onlyWrites)
      return false;
    users.push_back(user);
  }
  return true;
}

/// Erases buffers in the outermost memory that nobody reads, with what writes
/// them: accumulators that were born on chip after all.
static void eraseUnreadBuffers(Block &block) {
  for (auto alloc :
       llvm::make_early_inc_range(block.getOps<memref::AllocOp>())) {
    SmallVector<Operation *> users;
    if (isOnChip(alloc.getType()) || !collectWriters(alloc, users))
      continue;
    // A view comes after its users in the list.
    for (Operation *user : users)
      user->erase();
    alloc.erase();
  }
}

LogicalResult TileConverter::convert(Operation *op) {
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return convertCopy(copy);
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return convertFill(fill);
  auto linalgOp = cast<linalg::LinalgOp>(op);
  if (isContraction(linalgOp))
    return convertContraction(linalgOp);
  return convertElementwise(linalgOp);
}

LogicalResult TileConverter::run() {
  Block &block = func.getBody().front();
  FailureOr<TileLives> found = TileLives::get(block);
  if (failed(found))
    return failure();
  lives = std::move(*found);
  for (auto [index, tile] : llvm::enumerate(lives.tiles)) {
    storageIndex.push_back(index);
    places.emplace_back();
    Storage storage;
    storage.size = cast<MemRefType>(tile.root.getType()).getNumElements() /
                   tile.accesses.front().view.elementSize();
    storage.tiles = {unsigned(index)};
    storages.push_back(std::move(storage));
  }
  SmallVector<Operation *> converted;
  for (Operation &op : block)
    if (isa<memref::CopyOp, linalg::LinalgOp>(op) &&
        llvm::any_of(op.getOperandTypes(), isOnChip))
      converted.push_back(&op);
  for (Operation *op : converted) {
    builder.setInsertionPoint(op);
    if (failed(convert(op)))
      return failure();
  }
  for (Operation *op : converted)
    op->erase();
  if (!converted.empty())
    eraseUnreadBuffers(block);
  // What is left of the old tiles: deallocations, views, allocations.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    if (auto dealloc = dyn_cast<memref::DeallocOp>(op)) {
      if (isOnChip(dealloc.getMemref().getType()))
        op.erase();
    } else if (isa<memref::AllocOp, ViewLikeOpInterface>(op) &&
               op.use_empty()) {
      op.erase();
    }
  }
  return success();
}

namespace {
struct ConvertPass
    : public mlir::accel::impl::ConvertLinalgToAccelBase<ConvertPass> {
  void runOnOperation() override {
    FailureOr<InstructionLevels> levels = InstructionLevels::find(
        lookupTarget(getOperation()), getOperation().getLoc());
    if (failed(levels))
      return signalPassFailure();
    SymbolTable symbols(getOperation());
    for (auto func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (func.isExternal())
        continue;
      if (!func.getBody().hasOneBlock()) {
        func.emitError("needs structured control flow, found ")
            << func.getBody().getBlocks().size() << " blocks";
        return signalPassFailure();
      }
      if (failed(TileConverter(func, symbols, *levels).run()))
        return signalPassFailure();
    }
  }
};
} // namespace
