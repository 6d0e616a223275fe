//===- ConvertMovement.cpp - Copies and fills of tiles --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileConverter.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::accel;

/// Columns of the block of zeros that fills are loaded from.
static constexpr int64_t kZeroColumns = 64;

FailureOr<ElementView> TileConverter::viewOuter(Operation *op, Value memref) {
  std::string reason;
  FailureOr<ElementView> view = ElementView::get(memref, reason);
  if (failed(view))
    return op->emitError() << "what an instruction copies " << reason
                           << ", found " << memref.getType();
  return view;
}

void TileConverter::emitLoad(Location loc, const BlockTransfer &block,
                             Value outerRoot, Value buffer) {
  Value source = block.outer.materialize(builder, loc, outerRoot);
  Value dest = block.onChip.materialize(builder, loc, buffer);
  LoadOp::create(builder, loc, Type(), ValueRange(), source, dest,
                 block.pad.empty() ? DenseI64ArrayAttr()
                                   : builder.getDenseI64ArrayAttr(block.pad),
                 IntegerAttr(), SyncAttr());
}

Value TileConverter::zeros(Location loc, MemRefType tileType, int64_t columns) {
  auto element = tileType.getShape().take_back(2);
  auto type = MemRefType::get({columns, element[0], element[1]},
                              tileType.getElementType());
  std::string name = "accel_zeros";
  for (int64_t size : type.getShape())
    name += "_" + std::to_string(size);
  name += "_i" + std::to_string(type.getElementTypeBitWidth());
  if (!symbols.lookup(name)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.clearInsertionPoint();
    auto tensor = RankedTensorType::get(type.getShape(), type.getElementType());
    symbols.insert(
        memref::GlobalOp::create(
            builder, loc, name, builder.getStringAttr("private"), type,
            DenseElementsAttr::get(tensor,
                                   builder.getZeroAttr(type.getElementType())),
            /*constant=*/true, IntegerAttr()),
        func->getBlock()->begin());
  }
  return memref::GetGlobalOp::create(builder, loc, type, name);
}

LogicalResult TileConverter::emitZeroLoads(const TileAccess &access) {
  // Zeros come from a block of them: rows that are no way apart.
  auto tileType = cast<MemRefType>(access.view.root.getType());
  Location loc = access.op->getLoc();
  Value buffer = bufferOf(access.op, access.operand);
  visitRanges(access.view, [&](int64_t begin, int64_t end) {
    while (begin != end) {
      int64_t columns = std::min(end - begin, kZeroColumns);
      int64_t rows = (end - begin) / columns;
      Value block = zeros(loc, tileType, columns);
      BlockTransfer transfer;
      transfer.outer = access.view;
      transfer.outer.root = block;
      transfer.outer.offset = 0;
      transfer.outer.sizes = {rows, columns};
      transfer.outer.strides = {0, 1};
      transfer.onChip = access.view;
      transfer.onChip.offset = begin;
      transfer.onChip.sizes = {rows, columns};
      transfer.onChip.strides = {columns, 1};
      emitLoad(loc, transfer, block, buffer);
      begin += rows * columns;
    }
  });
  return success();
}

LogicalResult TileConverter::emitFill(const TileAccess &access, int64_t value) {
  if (levelOf(access.view.root.getType()) != levels.accumulator) {
    if (value != 0)
      return access.op->emitError()
             << "a fill of \"" << levelOf(access.view.root.getType())
             << "\" needs the value 0, found " << value;
    return emitZeroLoads(access);
  }
  Value dest = operandOf(access.op, access.operand);
  AffineMap map = builder.getMultiDimIdentityMap(access.view.sizes.size());
  emitReset(access.op->getLoc(), dest, map, access.view.sizes);
  if (value == 0)
    return success();
  if (!llvm::isInt<16>(value))
    return access.op->emitError()
           << "a fill of \"" << levels.accumulator
           << "\" needs a value of 16 bits, found " << value;
  emitAlu(access.op->getLoc(), AluKind::Add, {}, {}, dest, map, value,
          access.view.sizes);
  return success();
}

const TileAccess *TileConverter::paddingCopy(const TileAccess &fill) {
  Tile &tile = lives.tiles[tileOf(fill.op, fill.operand)];
  size_t next = &fill - tile.accesses.data() + 1;
  if (next == tile.accesses.size())
    return nullptr;
  const TileAccess &access = tile.accesses[next];
  auto copy = dyn_cast<memref::CopyOp>(access.op);
  if (!copy || !access.writes || isOnChip(copy.getSource().getType()))
    return nullptr;
  std::string reason;
  FailureOr<ElementView> outer = ElementView::get(copy.getSource(), reason);
  if (failed(outer) || failed(splitIntoBlocks(*outer, access.view, &fill.view)))
    return nullptr;
  return &access;
}

LogicalResult TileConverter::convertFill(linalg::FillOp fill) {
  unsigned operand = fill.getNumDpsInputs();
  unsigned tile = tileOf(fill, operand);
  if (!lives.tiles[tile].isRead())
    return success();
  APInt value;
  if (!matchPattern(fill.getDpsInputs().front(), m_ConstantInt(&value)))
    return fill.emitError()
           << "a fill on chip needs an integer constant, found "
           << fill.getDpsInputs().front().getType();
  const TileAccess &access = accessOf(fill, operand);
  if (value.isZero())
    if (const TileAccess *copy = paddingCopy(access)) {
      paddedCopies[copy->op] = access.view;
      return success();
    }
  return emitFill(access, value.getSExtValue());
}

LogicalResult TileConverter::convertLoad(memref::CopyOp copy) {
  unsigned tile = tileOf(copy, 1);
  if (!lives.tiles[tile].isRead())
    return success();
  FailureOr<ElementView> outer = viewOuter(copy, copy.getSource());
  if (failed(outer))
    return failure();
  const TileAccess &access = accessOf(copy, 1);
  MemRefType type = cast<MemRefType>(copy.getTarget().getType());
  unsigned wanted = levelOf(type) == levels.accumulator ? 32 : 8;
  if (!type.getElementType().isInteger(wanted))
    return copy.emitError()
           << "a load to \"" << levelOf(type) << "\" needs i" << wanted
           << " values, found " << type.getElementType();
  auto padded = paddedCopies.find(copy);
  FailureOr<std::vector<BlockTransfer>> blocks =
      splitIntoBlocks(*outer, access.view,
                      padded == paddedCopies.end() ? nullptr : &padded->second);
  if (failed(blocks))
    return copy.emitError("a load cannot copy these views");
  Storage &storage = storageOf(tile);
  storage.loaded = true;
  for (BlockTransfer &block : *blocks)
    block.onChip = place(block.onChip, tile);
  for (const BlockTransfer &block : *blocks)
    emitLoad(copy.getLoc(), block, outer->root, storage.buffer);
  return success();
}

LogicalResult TileConverter::convertStore(memref::CopyOp copy) {
  auto type = cast<MemRefType>(copy.getSource().getType());
  if (levelOf(type) != levels.accumulator)
    return copy.emitError()
           << "only \"" << levels.accumulator
           << "\" can be stored, found a copy from \"" << levelOf(type) << "\"";
  if (!type.getElementType().isInteger(8))
    return copy.emitError() << "a store takes the low 8 bits of the "
                               "accumulator, found a copy of "
                            << type.getElementType();
  return emitStore(copy, place(accessOf(copy, 0).view, tileOf(copy, 0)),
                   bufferOf(copy, 0), copy.getTarget());
}

LogicalResult TileConverter::convertAccumulatorCopy(memref::CopyOp copy) {
  if (!lives.tiles[tileOf(copy, 1)].isRead())
    return success();
  Value source = operandOf(copy, 0);
  Value dest = operandOf(copy, 1);
  ArrayRef<int64_t> nest = accessOf(copy, 0).view.sizes;
  AffineMap map = builder.getMultiDimIdentityMap(nest.size());
  emitReset(copy.getLoc(), dest, map, nest);
  emitAlu(copy.getLoc(), AluKind::Add, source, map, dest, map, std::nullopt,
          nest);
  return success();
}

LogicalResult TileConverter::convertCopy(memref::CopyOp copy) {
  bool fromChip = isOnChip(copy.getSource().getType());
  bool toChip = isOnChip(copy.getTarget().getType());
  if (!fromChip)
    return convertLoad(copy);
  if (!toChip)
    return convertStore(copy);
  if (levelOf(copy.getSource().getType()) == levels.accumulator &&
      levelOf(copy.getTarget().getType()) == levels.accumulator)
    return convertAccumulatorCopy(copy);
  return copy.emitError() << "no instruction copies from \""
                          << levelOf(copy.getSource().getType()) << "\" to \""
                          << levelOf(copy.getTarget().getType()) << "\"";
}
