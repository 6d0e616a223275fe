//===- OutputTiles.cpp - What tiles of outputs hold at first --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OutputTiles.h"

#include "Transfers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

bool OutputTiles::takesInitialValue() const {
  if (tiles.size() == operand.keeps.size())
    return true;
  // A tensor comes down level by level, as the model counts it. In the
  // outermost memory it is where it was.
  return operand.init.kind == InitialValue::Kind::Copy && keep.level;
}

void OutputTiles::start(llvm::function_ref<Tile()> initial) {
  if (tiles.size() == 1) {
    if (takesInitialValue())
      initialize(initial);
    return;
  }
  bool isParentOutside = !planned.keeps[operand.keeps[tiles.size() - 2]].level;
  choose(
      isFirst(0, /*spatial=*/false),
      [&] {
        if (takesInitialValue())
          choose(
              isFirst(0, /*spatial=*/true),
              [&] {
                initialize(
                    [&] { return isParentOutside ? initial() : parent(); });
              },
              [&] { makeNeutral(); });
      },
      [&] {
        Fetch fetch = fetchTile(gen.builder, loc(), parent(), tiles.back());
        gen.name(fetch.copy, planned, keep.operand, TileUse::Fill);
      });
}

void OutputTiles::finish() {
  auto overwrite = [&] {
    gen.name(writeBackTile(gen.builder, loc(), tiles.back(), parent()), planned,
             keep.operand, TileUse::WriteBack);
  };
  auto merge = [&] {
    gen.name(combineTile(gen.builder, loc(), tiles.back(), parent(),
                         operand.combiner.op),
             planned, keep.operand, TileUse::Merge);
  };
  Value isFirstSibling = isFirst(parentDepth(), /*spatial=*/true);
  Value isFirstVisit = isFirst(0, /*spatial=*/false);
  // Later visits go on with the sum so far, which includes what siblings have
  // added.
  if (isFirstSibling && isFirstVisit) {
    Value one = arith::ConstantIntOp::create(gen.builder, loc(), 1, 1);
    Value isLater =
        arith::XOrIOp::create(gen.builder, loc(), isFirstVisit, one);
    isFirstSibling =
        arith::OrIOp::create(gen.builder, loc(), isFirstSibling, isLater);
  }
  choose(isFirstSibling, overwrite, merge);
}

void OutputTiles::initialize(llvm::function_ref<Tile()> initial) {
  if (operand.init.kind == InitialValue::Kind::Undefined)
    return;
  // The tile may have margins, which stay as they are.
  Box box = gen.boxOf(planned, keep.operand);
  Tile part = {viewOf(gen.builder, loc(), tiles.back(), box), box};
  if (operand.init.kind == InitialValue::Kind::Fill)
    linalg::FillOp::create(gen.builder, loc(),
                           gen.memory.outside(operand.init.fill), part.memref);
  else
    gen.name(fetchTile(gen.builder, loc(), initial(), part).copy, planned,
             keep.operand, TileUse::Start);
}

void OutputTiles::makeNeutral() {
  Value neutral =
      arith::ConstantOp::create(gen.builder, loc(), operand.combiner.neutral);
  linalg::FillOp::create(gen.builder, loc(), neutral, tiles.back().memref);
}

/// Loops above the keep that holds the tile that this one is a part of.
unsigned OutputTiles::parentDepth() const {
  return planned.keeps[operand.keeps[tiles.size() - 2]].depth;
}

/// Whether all loops of one kind over reduced ranks, from loop `from` down to
/// the keep, are in their first iteration; null if that is always so.
Value OutputTiles::isFirst(unsigned from, bool spatial) {
  OpBuilder &builder = gen.builder;
  Value result;
  for (unsigned number = from; number < keep.depth; ++number) {
    const PlannedLoop &loop = planned.loops[number];
    Value iteration = gen.iterations[number].value;
    if (!iteration || bool(loop.fanout) != spatial ||
        !planned.isReduction(keep.operand, loop.rank))
      continue;
    Value zero = arith::ConstantIndexOp::create(builder, loc(), 0);
    Value isZero = arith::CmpIOp::create(
        builder, loc(), arith::CmpIPredicate::eq, iteration, zero);
    result =
        result ? arith::AndIOp::create(builder, loc(), result, isZero) : isZero;
  }
  return result;
}

/// Generates `yes` or `no` by `condition`; null stands for true.
void OutputTiles::choose(Value condition, llvm::function_ref<void()> yes,
                         llvm::function_ref<void()> no) {
  if (!condition)
    return yes();
  OpBuilder &builder = gen.builder;
  auto branch = scf::IfOp::create(builder, loc(), condition,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenYield());
  yes();
  builder.setInsertionPoint(branch.elseYield());
  no();
  if (branch.thenBlock()->without_terminator().empty()) {
    // An scf.if may lack its second branch, not its first.
    builder.setInsertionPoint(branch);
    Value one = arith::ConstantIntOp::create(builder, loc(), 1, 1);
    Value inverse = arith::XOrIOp::create(builder, loc(), condition, one);
    branch.getConditionMutable().assign(inverse);
    branch.getThenRegion().takeBody(branch.getElseRegion());
  } else if (branch.elseBlock()->without_terminator().empty()) {
    branch.elseBlock()->erase();
  }
}
