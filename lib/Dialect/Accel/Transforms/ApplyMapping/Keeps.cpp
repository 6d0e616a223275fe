//===- Keeps.cpp - Buffers and copies at the keeps of a mapping -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Keeps.h"

#include "OutputTiles.h"
#include "Transfers.h"
#include "Windows.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

static Type elementTypeOf(Value value) {
  return cast<ShapedType>(value.getType()).getElementType();
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
  }
  for (Value value : used)
    gen.memory.outside(value);
}

void Keeps::enter(unsigned number, const PlannedKeep &keep) {
  const PlannedOp &planned = gen.plan.ops[number];
  const PlannedOperand &operand = planned.operands[keep.operand];
  Location loc = planned.op->getLoc();
  SmallVector<Tile, 3> &tiles = holders[number][keep.operand];
  if (tiles.empty()) {
    tiles.push_back(backingTile(planned, keep));
  } else {
    Box box = keep.slide ? firstWindow(gen, planned, keep)
                         : gen.boxOf(planned, keep.operand);
    tiles.push_back(allocate(planned, keep, box));
  }
  if (planned.isOutput(keep.operand)) {
    if (tiles.size() == 1)
      results[planned.resultOf(keep.operand)] = tiles.back();
    OutputTiles(gen, planned, keep, tiles).start([&] {
      return readTile(operand.init.tensor, operand.initProducer);
    });
  } else if (keep.slide) {
    startWindow(gen, planned, keep, tiles[tiles.size() - 2], tiles.back());
  } else if (tiles.size() > 1) {
    Fetch fetch =
        fetchTile(gen.builder, loc, tiles[tiles.size() - 2], tiles.back());
    gen.name(fetch.copy, planned, keep.operand, TileUse::Fill,
             fetch.isPadded ? sizeOf(tiles.back().box) : 0);
  }
}

void Keeps::slide(unsigned number) {
  const PlannedOp &planned = gen.plan.ops[number];
  for (const PlannedKeep &keep : planned.keeps) {
    if (!keep.slide || keep.depth + 1 != gen.depth())
      continue;
    SmallVector<Tile, 3> &tiles = holders[number][keep.operand];
    tiles.back().box = gen.boxOf(planned, keep.operand);
    moveWindow(gen, planned, keep, tiles[tiles.size() - 2], tiles.back());
  }
}

Tile Keeps::allocate(const PlannedOp &planned, const PlannedKeep &keep,
                     const Box &box) {
  Tile tile = allocateTile(gen.builder, planned.op->getLoc(), box,
                           elementTypeOf(planned.op->getOperand(keep.operand)),
                           keep.level);
  gen.name(tile.memref.getDefiningOp(), planned, keep.operand, TileUse::Hold);
  return tile;
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
    return readTile(operand.view.base, operand.producer);
  if (keep.level)
    return exchangeTile(planned, keep);
  OpResult result = planned.resultOf(keep.operand);
  return {gen.memory.allocate(result),
          wholeBox(cast<RankedTensorType>(result.getType()).getShape())};
}

/// A buffer for the part of a result that is exchanged at a time.
Tile Keeps::exchangeTile(const PlannedOp &planned, const PlannedKeep &keep) {
  Tile tile = allocate(planned, keep, gen.boxOf(planned, keep.operand));
  exchanges.push_back(
      {keep.depth, planned.operands[keep.operand].lastReader, tile});
  return tile;
}

/// What holds `base` for its readers.
Tile Keeps::readTile(Value base, int producer) {
  if (producer >= 0)
    return results.lookup(base);
  return {gen.memory.bufferOf(base),
          wholeBox(cast<RankedTensorType>(base.getType()).getShape())};
}

void Keeps::freeExchanged(unsigned last) {
  llvm::erase_if(exchanges, [&](const Exchange &exchange) {
    if (exchange.depth != gen.depth() || exchange.lastReader > last)
      return false;
    freeTile(gen.builder, exchange.tile.memref.getLoc(), exchange.tile);
    return true;
  });
}

SmallVector<Tile, 4> Keeps::tilesOf(unsigned number) const {
  SmallVector<Tile, 4> innermost;
  for (const SmallVector<Tile, 3> &tiles : holders[number])
    innermost.push_back(tiles.empty() ? Tile() : tiles.back());
  return innermost;
}

SmallVector<Value> Keeps::operandsOf(unsigned number) {
  const PlannedOp &planned = gen.plan.ops[number];
  Location loc = planned.op->getLoc();
  SmallVector<RankTile, 6> ranks = gen.tilesOf(planned);
  SmallVector<Value> operands;
  for (auto [position, operand] : llvm::enumerate(planned.operands)) {
    if (operand.keeps.empty()) {
      operands.push_back(gen.memory.outside(planned.op->getOperand(position)));
      continue;
    }
    const Tile &tile = holders[number][position].back();
    if (operand.readsPadding) {
      operands.push_back(tile.memref);
      continue;
    }
    Box box = boxOf(operand.index, ranks);
    operands.push_back(operand.view.hasSameDims()
                           ? viewOf(gen.builder, loc, tile, box)
                           : viewAs(gen.builder, loc, tile, box, operand.view,
                                    boxOf(operand.operandIndex, ranks)));
  }
  return operands;
}
