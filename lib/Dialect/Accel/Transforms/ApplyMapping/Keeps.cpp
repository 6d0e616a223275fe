//===- Keeps.cpp - Buffers and copies at the keeps of a mapping -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Keeps.h"

#include "OutputTiles.h"
#include "Transfers.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

static Type elementTypeOf(Value value) {
  return cast<ShapedType>(value.getType()).getElementType();
}

/// The padding's value, if it does not stand in the padding's own region.
static Value outerPaddingValue(tensor::PadOp pad) {
  Value value = pad.getConstantPaddingValue();
  return value.getParentRegion() == &pad.getRegion() ? Value() : value;
}

Keeps::Keeps(Generation &gen) : gen(gen), holders(gen.plan.ops.size()) {
  for (auto [planned, tiles] : llvm::zip_equal(gen.plan.ops, holders))
    tiles.resize(planned.operands.size());
}

void Keeps::prepare(unsigned number) {
  const PlannedOp &planned = gen.plan.ops[number];
  gen.memory.emitEffectsBefore(planned.op);
  SetVector<Value> used;
  getUsedValuesDefinedAbove(planned.op->getRegions(), used);
  for (auto [position, operand] : llvm::enumerate(planned.operands)) {
    if (operand.keeps.empty())
      used.insert(planned.op->getOperand(position));
    if (operand.init.fill)
      used.insert(operand.init.fill);
    if (operand.init.tensor && operand.initProducer < 0)
      gen.memory.bufferOf(operand.init.tensor);
    for (tensor::PadOp pad : {operand.source.pad(), operand.margins.pad})
      if (Value value = pad ? outerPaddingValue(pad) : Value())
        used.insert(value);
  }
  for (Value value : used)
    gen.memory.outside(value);
}

void Keeps::enter(unsigned number, const PlannedKeep &keep) {
  const PlannedOp &planned = gen.plan.ops[number];
  const PlannedOperand &operand = planned.operands[keep.operand];
  Location loc = planned.op->getLoc();
  SmallVector<Tile, 3> &tiles = holders[number][keep.operand];
  if (tiles.empty())
    tiles.push_back(backingTile(planned, keep));
  else
    tiles.push_back(allocateTile(
        gen.builder, loc, gen.boxOf(planned, keep.operand),
        elementTypeOf(planned.op->getOperand(keep.operand)), keep.level));
  if (planned.isOutput(keep.operand)) {
    if (tiles.size() == 1)
      results[planned.resultOf(keep.operand)] = tiles.back();
    OutputTiles(gen, planned, keep, tiles).start([&] {
      return readTile(operand.init.tensor, operand.initProducer,
                      /*withMargins=*/false);
    });
  } else if (tiles.size() > 1) {
    fetchTile(gen.builder, loc, tiles[tiles.size() - 2], tiles.back(),
              [&] { return paddingValue(operand.source.pad()); });
  }
}

void Keeps::leave(unsigned number, const PlannedKeep &keep) {
  const PlannedOp &planned = gen.plan.ops[number];
  SmallVector<Tile, 3> &tiles = holders[number][keep.operand];
  if (tiles.size() > 1) {
    if (planned.isOutput(keep.operand))
      OutputTiles(gen, planned, keep, tiles).finish();
    freeTile(gen.builder, planned.op->getLoc(), tiles.back());
  }
  tiles.pop_back();
}

Tile Keeps::backingTile(const PlannedOp &planned, const PlannedKeep &keep) {
  const PlannedOperand &operand = planned.operands[keep.operand];
  if (!planned.isOutput(keep.operand))
    return seenThrough(
        gen.builder, planned.op->getLoc(), operand.source,
        readTile(operand.source.base, operand.producer, operand.seesMargins));
  if (keep.level)
    return exchangeTile(planned, keep);
  OpResult result = planned.resultOf(keep.operand);
  return {gen.memory.allocate(result),
          wholeBox(cast<RankedTensorType>(result.getType()).getShape())};
}

/// A buffer for the part of a result that is exchanged at a time.
Tile Keeps::exchangeTile(const PlannedOp &planned, const PlannedKeep &keep) {
  const PlannedOperand &operand = planned.operands[keep.operand];
  const Margins &margins = operand.margins;
  Location loc = planned.op->getLoc();
  Box box = gen.boxOf(planned, keep.operand);
  if (margins.pad)
    for (auto [range, before, after] :
         llvm::zip_equal(box, margins.before, margins.after)) {
      range.origin = range.origin + -before;
      range.extent += before + after;
    }
  Tile tile = allocateTile(gen.builder, loc, box,
                           elementTypeOf(planned.op->getOperand(keep.operand)),
                           keep.level);
  if (margins.pad)
    linalg::FillOp::create(gen.builder, loc, paddingValue(margins.pad),
                           tile.memref);
  exchanges.push_back({keep.depth, operand.lastReader, tile});
  return tile;
}

/// What holds `base` for its readers.
Tile Keeps::readTile(Value base, int producer, bool withMargins) {
  if (producer < 0)
    return {gen.memory.bufferOf(base),
            wholeBox(cast<RankedTensorType>(base.getType()).getShape())};
  Tile tile = results.lookup(base);
  const PlannedOp &maker = gen.plan.ops[producer];
  const Margins &margins = maker.operands[maker.outputOf(base)].margins;
  if (!margins.pad || withMargins)
    return tile;
  Box box = tile.box;
  for (auto [range, before, after] :
       llvm::zip_equal(box, margins.before, margins.after)) {
    range.origin = range.origin + before;
    range.extent -= before + after;
  }
  return {viewOf(gen.builder, base.getLoc(), tile, box), box};
}

Value Keeps::paddingValue(tensor::PadOp pad) {
  if (Value value = outerPaddingValue(pad))
    return gen.memory.outside(value);
  Operation *constant = pad.getConstantPaddingValue().getDefiningOp();
  return gen.builder.clone(*constant)->getResult(0);
}

void Keeps::freeExchanged(unsigned last) {
  llvm::erase_if(exchanges, [&](const Exchange &exchange) {
    if (exchange.depth != gen.depth() || exchange.lastReader > last)
      return false;
    freeTile(gen.builder, exchange.tile.memref.getLoc(), exchange.tile);
    return true;
  });
}

SmallVector<Value> Keeps::operandsOf(unsigned number,
                                     SmallVectorImpl<Tile> &copies) {
  const PlannedOp &planned = gen.plan.ops[number];
  Location loc = planned.op->getLoc();
  SmallVector<Value> operands;
  for (unsigned position = 0; position < planned.operands.size(); ++position) {
    const PlannedOperand &operand = planned.operands[position];
    Value original = planned.op->getOperand(position);
    if (operand.keeps.empty()) {
      operands.push_back(gen.memory.outside(original));
      continue;
    }
    Tile tile = holders[number][position].back();
    Box box = gen.boxOf(planned, position);
    if (operand.source.pad() && !operand.seesMargins &&
        operand.keeps.size() == 1) {
      copies.push_back(allocateTile(gen.builder, loc, box,
                                    elementTypeOf(original),
                                    planned.innermost(position).level));
      fetchTile(gen.builder, loc, tile, copies.back(),
                [&] { return paddingValue(operand.source.pad()); });
      tile = copies.back();
    }
    operands.push_back(viewOf(gen.builder, loc, tile, box));
  }
  return operands;
}
