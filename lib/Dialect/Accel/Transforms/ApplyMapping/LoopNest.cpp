//===- LoopNest.cpp - Generates the loops of a group ----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopNest.h"

#include "Compute.h"
#include "MainMemory.h"
#include "Transfers.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

/// The fan-out that a generated spatial loop stands for.
static constexpr llvm::StringLiteral kFanoutAttrName = "accel.fanout";

namespace {

/// Walks the LoopTree of a group, root to leaf, branches in program order.
class LoopNest {
public:
  explicit LoopNest(const GroupPlan &plan)
      : plan(plan), group(plan.group), builder(group), memory(group),
        holders(plan.ops.size()) {
    for (auto [planned, tiles] : llvm::zip_equal(plan.ops, holders))
      tiles.resize(planned.operands.size());
  }

  void generate();

private:
  /// Ops first to last (inclusive), which share the loops generated so far.
  struct Run {
    unsigned first, last;
  };
  /// An exchanged tensor that still has readers.
  struct Exchange {
    unsigned depth;
    unsigned lastReader;
    Tile tile;
  };

  unsigned depth() const { return iterations.size(); }
  void generateBranches(Run run);
  void generateBranch(Run run);
  void generateLoop(Run run);
  bool combinesResults(Run run) const;
  void prepare(const PlannedOp &planned);

  void enter(unsigned number, const PlannedKeep &keep);
  void leave(unsigned number, const PlannedKeep &keep);
  Tile backingTile(unsigned number, const PlannedKeep &keep);
  Tile readTile(Value base, int producer, bool withMargins);
  void startOutput(unsigned number, const PlannedKeep &keep);
  void initialize(const PlannedOp &planned, unsigned operand, const Tile &tile);
  void makeNeutral(const PlannedOp &planned, unsigned operand,
                   const Tile &tile);
  void finishOutput(const PlannedOp &planned, const PlannedKeep &keep,
                    ArrayRef<Tile> tiles);
  Value isFirst(const PlannedOp &planned, const PlannedKeep &keep,
                unsigned from, bool spatial);
  unsigned parentDepth(const PlannedOp &planned, const PlannedKeep &keep,
                       unsigned above) const;
  void choose(Location loc, Value condition, llvm::function_ref<void()> yes,
              llvm::function_ref<void()> no);
  Value paddingValue(tensor::PadOp pad);
  void compute(unsigned number);

  SmallVector<RankTile, 6> tilesOf(const PlannedOp &planned,
                                   unsigned depth) const;
  Box boxAt(const PlannedOp &planned, unsigned operand) const {
    return boxOf(planned.operands[operand].index, tilesOf(planned, depth()));
  }

  const GroupPlan &plan;
  GroupOp group;
  OpBuilder builder;
  MainMemory memory;
  SmallVector<Iteration, 12> iterations;
  /// Per op and operand: the tiles that its keeps hold, outermost first.
  std::vector<SmallVector<SmallVector<Tile, 3>, 4>> holders;
  /// Results of mapped ops, where their backing keep holds them.
  DenseMap<Value, Tile> results;
  SmallVector<Exchange, 4> exchanges;
};

} // namespace

//===----------------------------------------------------------------------===//
// The tree
//===----------------------------------------------------------------------===//

void LoopNest::generate() {
  if (!plan.ops.empty())
    generateBranches({0, unsigned(plan.ops.size()) - 1});
  for (Operation &op : group.getBody().front().without_terminator())
    if (!op.hasAttr(kMappingAttrName) && !isMemoryEffectFree(&op))
      memory.emit(&op);
  memory.finish();
}

void LoopNest::generateBranches(Run run) {
  unsigned above = depth();
  for (unsigned first = run.first; first <= run.last;) {
    unsigned last = first;
    while (last < run.last && plan.ops[last + 1].shared > above)
      ++last;
    generateBranch({first, last});
    llvm::erase_if(exchanges, [&](const Exchange &exchange) {
      if (exchange.depth != above || exchange.lastReader > last)
        return false;
      freeTile(builder, group.getLoc(), exchange.tile);
      return true;
    });
    first = last + 1;
  }
}

void LoopNest::generateBranch(Run run) {
  if (depth() == 0)
    for (unsigned number = run.first; number <= run.last; ++number)
      prepare(plan.ops[number]);
  SmallVector<std::pair<unsigned, const PlannedKeep *>> entered;
  for (unsigned number = run.first; number <= run.last; ++number)
    for (const PlannedKeep &keep : plan.ops[number].keeps)
      if (keep.depth == depth()) {
        enter(number, keep);
        entered.push_back({number, &keep});
      }
  if (run.first == run.last && depth() == plan.ops[run.first].generated)
    compute(run.first);
  else
    generateLoop(run);
  for (auto [number, keep] : llvm::reverse(entered))
    leave(number, *keep);
}

void LoopNest::generateLoop(Run run) {
  const PlannedOp &planned = plan.ops[run.first];
  const PlannedLoop &loop = planned.loops[depth()];
  if (loop.trips == 1) {
    iterations.push_back({});
    generateBranches(run);
    iterations.pop_back();
    return;
  }
  Location loc = planned.op->getLoc();
  // Below a last tile that is smaller than the others there are fewer tiles.
  RankTile above = tilesOf(planned, depth())[loop.rank];
  SmallVector<OpFoldResult> operands;
  MLIRContext *context = builder.getContext();
  AffineExpr left =
      (Position(above.bound) - above.offset).expression(context, operands);
  AffineExpr ends[] = {getAffineConstantExpr(loop.trips, context),
                       left.ceilDiv(loop.tile)};
  OpFoldResult end = builder.getIndexAttr(loop.trips);
  if (above.bound % above.tile != 0)
    end = affine::makeComposedFoldedAffineMin(
        builder, loc, AffineMap::get(operands.size(), 0, ends, context),
        operands);

  OpBuilder::InsertionGuard guard(builder);
  Value iteration;
  if (loop.fanout && !combinesResults(run)) {
    auto forall = scf::ForallOp::create(builder, loc, ArrayRef(end),
                                        ValueRange(), std::nullopt);
    forall->setAttr(kFanoutAttrName, loop.fanout);
    builder.setInsertionPoint(forall.getTerminator());
    iteration = forall.getInductionVar(0);
  } else {
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    auto loopOp = scf::ForOp::create(
        builder, loc, zero, getValueOrCreateConstantIndexOp(builder, loc, end),
        one);
    if (loop.fanout)
      loopOp->setAttr(kFanoutAttrName, loop.fanout);
    builder.setInsertionPoint(loopOp.getBody()->getTerminator());
    iteration = loopOp.getInductionVar();
  }
  iterations.push_back({iteration, loop.trips});
  generateBranches(run);
  iterations.pop_back();
}

/// Whether instances of the next loop add to the same results, which a parallel
/// loop must not do.
bool LoopNest::combinesResults(Run run) const {
  for (unsigned number = run.first; number <= run.last; ++number)
    if (plan.ops[number].isReduction(plan.ops[number].loops[depth()].rank))
      return true;
  return false;
}

/// What a branch takes from outside must stand in front of its loops.
void LoopNest::prepare(const PlannedOp &planned) {
  for (Operation &op : group.getBody().front()) {
    if (&op == planned.op)
      break;
    if (!op.hasAttr(kMappingAttrName) && !isMemoryEffectFree(&op))
      memory.emit(&op);
  }
  SetVector<Value> used;
  getUsedValuesDefinedAbove(planned.op->getRegions(), used);
  for (auto [number, operand] : llvm::enumerate(planned.operands)) {
    if (operand.keeps.empty())
      used.insert(planned.op->getOperand(number));
    if (operand.init.fill)
      used.insert(operand.init.fill);
    if (operand.init.tensor && operand.initProducer < 0)
      memory.bufferOf(operand.init.tensor);
    for (tensor::PadOp pad : {operand.source.pad(), operand.margins.pad}) {
      Value value = pad ? pad.getConstantPaddingValue() : Value();
      if (value && value.getParentRegion() != &pad.getRegion())
        used.insert(value);
    }
  }
  for (Value value : used)
    memory.outside(value);
}

SmallVector<RankTile, 6> LoopNest::tilesOf(const PlannedOp &planned,
                                           unsigned depth) const {
  SmallVector<RankTile, 6> tiles;
  for (int64_t bound : planned.bounds)
    tiles.push_back({0, bound, bound});
  for (unsigned number = 0; number < depth; ++number) {
    const PlannedLoop &loop = planned.loops[number];
    tiles[loop.rank].offset.add(iterations[number], loop.tile);
    tiles[loop.rank].tile = loop.tile;
  }
  return tiles;
}

//===----------------------------------------------------------------------===//
// Keeps
//===----------------------------------------------------------------------===//

void LoopNest::enter(unsigned number, const PlannedKeep &keep) {
  const PlannedOp &planned = plan.ops[number];
  Location loc = planned.op->getLoc();
  SmallVector<Tile, 3> &tiles = holders[number][keep.operand];
  if (tiles.empty()) {
    tiles.push_back(backingTile(number, keep));
    if (planned.isOutput(keep.operand)) {
      results[planned.resultOf(keep.operand)] = tiles.back();
      startOutput(number, keep);
    }
    return;
  }
  auto type = cast<ShapedType>(planned.op->getOperand(keep.operand).getType());
  tiles.push_back(allocateTile(builder, loc, boxAt(planned, keep.operand),
                               type.getElementType(), keep.level));
  if (planned.isOutput(keep.operand)) {
    startOutput(number, keep);
    return;
  }
  tensor::PadOp pad = planned.operands[keep.operand].source.pad();
  fetchTile(builder, loc, tiles[tiles.size() - 2], tiles.back(),
            [&] { return paddingValue(pad); });
}

Tile LoopNest::backingTile(unsigned number, const PlannedKeep &keep) {
  const PlannedOp &planned = plan.ops[number];
  const PlannedOperand &operand = planned.operands[keep.operand];
  if (!planned.isOutput(keep.operand))
    return seenThrough(
        builder, planned.op->getLoc(), operand.source,
        readTile(operand.source.base, operand.producer, operand.seesMargins));
  OpResult result = planned.resultOf(keep.operand);
  auto type = cast<RankedTensorType>(result.getType());
  if (!keep.level)
    return {memory.allocate(result), wholeBox(type.getShape())};
  Box box = boxAt(planned, keep.operand);
  const Margins &margins = operand.margins;
  if (margins.pad)
    for (auto [range, before, after] :
         llvm::zip_equal(box, margins.before, margins.after)) {
      range.origin = range.origin + -before;
      range.extent += before + after;
    }
  Tile tile = allocateTile(builder, planned.op->getLoc(), box,
                           type.getElementType(), keep.level);
  if (margins.pad)
    linalg::FillOp::create(builder, planned.op->getLoc(),
                           paddingValue(margins.pad), tile.memref);
  exchanges.push_back({keep.depth, operand.lastReader, tile});
  return tile;
}

/// What holds `base` for its readers.
Tile LoopNest::readTile(Value base, int producer, bool withMargins) {
  if (producer < 0)
    return {memory.bufferOf(base),
            wholeBox(cast<RankedTensorType>(base.getType()).getShape())};
  Tile tile = results.lookup(base);
  const PlannedOp &maker = plan.ops[producer];
  const Margins &margins = maker.operands[maker.outputOf(base)].margins;
  if (!margins.pad || withMargins)
    return tile;
  Box box = tile.box;
  for (auto [range, before, after] :
       llvm::zip_equal(box, margins.before, margins.after)) {
    range.origin = range.origin + before;
    range.extent -= before + after;
  }
  return {viewOf(builder, base.getLoc(), tile, box), box};
}

/// Generates `yes` or `no` by `condition`; null stands for true.
void LoopNest::choose(Location loc, Value condition,
                      llvm::function_ref<void()> yes,
                      llvm::function_ref<void()> no) {
  if (!condition)
    return yes();
  auto branch = scf::IfOp::create(builder, loc, condition,
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenYield());
  yes();
  builder.setInsertionPoint(branch.elseYield());
  no();
  if (branch.thenBlock()->without_terminator().empty()) {
    // An scf.if may lack its second branch, not its first.
    builder.setInsertionPoint(branch);
    Value one = arith::ConstantIntOp::create(builder, loc, 1, 1);
    branch.getConditionMutable().assign(
        arith::XOrIOp::create(builder, loc, condition, one));
    branch.getThenRegion().takeBody(branch.getElseRegion());
  } else if (branch.elseBlock()->without_terminator().empty()) {
    branch.elseBlock()->erase();
  }
}

/// Whether all loops of one kind over reduced ranks, from loop `from` down to
/// `keep`, are in their first iteration; null if that is always so.
Value LoopNest::isFirst(const PlannedOp &planned, const PlannedKeep &keep,
                        unsigned from, bool spatial) {
  Location loc = planned.op->getLoc();
  Value result;
  for (unsigned number = from; number < keep.depth; ++number) {
    const PlannedLoop &loop = planned.loops[number];
    Value iteration = iterations[number].value;
    if (!iteration || bool(loop.fanout) != spatial ||
        !planned.isReduction(keep.operand, loop.rank))
      continue;
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    Value isZero = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                         iteration, zero);
    result =
        result ? arith::AndIOp::create(builder, loc, result, isZero) : isZero;
  }
  return result;
}

/// Loops above the keep that holds the tile that `keep` is a part of; `above`
/// is the number of keeps above.
unsigned LoopNest::parentDepth(const PlannedOp &planned,
                               const PlannedKeep &keep, unsigned above) const {
  return planned.keeps[planned.operands[keep.operand].keeps[above - 1]].depth;
}

/// Gives a new tile of an output what it holds before compute: its initial
/// value on the first visit, the partial results of earlier visits afterwards.
/// Of sibling instances that combine into one result, the first one takes
/// these, the others start with what adds nothing.
void LoopNest::startOutput(unsigned number, const PlannedKeep &keep) {
  const PlannedOp &planned = plan.ops[number];
  const PlannedOperand &operand = planned.operands[keep.operand];
  Location loc = planned.op->getLoc();
  ArrayRef<Tile> tiles = holders[number][keep.operand];
  bool isInnermost = tiles.size() == operand.keeps.size();
  auto start = [&] {
    if (isInnermost)
      initialize(planned, keep.operand, tiles.back());
  };
  if (tiles.size() == 1)
    return start();
  auto neutral = [&] { makeNeutral(planned, keep.operand, tiles.back()); };
  unsigned parent = parentDepth(planned, keep, tiles.size() - 1);
  choose(
      loc, isFirst(planned, keep, 0, /*spatial=*/false),
      [&] {
        if (isInnermost)
          choose(loc, isFirst(planned, keep, 0, /*spatial=*/true), start,
                 neutral);
      },
      [&] {
        choose(
            loc, isFirst(planned, keep, parent, /*spatial=*/true),
            [&] {
              fetchTile(builder, loc, tiles[tiles.size() - 2], tiles.back(),
                        [] { return Value(); });
            },
            neutral);
      });
}

void LoopNest::initialize(const PlannedOp &planned, unsigned operand,
                          const Tile &tile) {
  const InitialValue &init = planned.operands[operand].init;
  Location loc = planned.op->getLoc();
  // The tile may have margins, which stay as they are.
  Tile part = {viewOf(builder, loc, tile, boxAt(planned, operand)),
               boxAt(planned, operand)};
  switch (init.kind) {
  case InitialValue::Kind::Undefined:
    return;
  case InitialValue::Kind::Fill:
    linalg::FillOp::create(builder, loc, memory.outside(init.fill),
                           part.memref);
    return;
  case InitialValue::Kind::Copy:
    fetchTile(builder, loc,
              readTile(init.tensor, planned.operands[operand].initProducer,
                       /*withMargins=*/false),
              part, [] { return Value(); });
    return;
  }
}

void LoopNest::makeNeutral(const PlannedOp &planned, unsigned operand,
                           const Tile &tile) {
  Location loc = planned.op->getLoc();
  Value neutral = arith::ConstantOp::create(
      builder, loc, planned.operands[operand].combiner.neutral);
  linalg::FillOp::create(builder, loc, neutral, tile.memref);
}

void LoopNest::finishOutput(const PlannedOp &planned, const PlannedKeep &keep,
                            ArrayRef<Tile> tiles) {
  Location loc = planned.op->getLoc();
  const Tile &tile = tiles.back();
  const Tile &parent = tiles[tiles.size() - 2];
  unsigned above = parentDepth(planned, keep, tiles.size() - 1);
  choose(
      loc, isFirst(planned, keep, above, /*spatial=*/true),
      [&] { writeBackTile(builder, loc, tile, parent); },
      [&] {
        combineTile(builder, loc, tile, parent,
                    planned.operands[keep.operand].combiner.op);
      });
}

Value LoopNest::paddingValue(tensor::PadOp pad) {
  Value value = pad.getConstantPaddingValue();
  if (value.getParentRegion() == &pad.getRegion())
    return builder.clone(*value.getDefiningOp())->getResult(0);
  return memory.outside(value);
}

void LoopNest::leave(unsigned number, const PlannedKeep &keep) {
  const PlannedOp &planned = plan.ops[number];
  SmallVector<Tile, 3> &tiles = holders[number][keep.operand];
  if (tiles.size() > 1) {
    if (planned.isOutput(keep.operand))
      finishOutput(planned, keep, tiles);
    freeTile(builder, planned.op->getLoc(), tiles.back());
  }
  tiles.pop_back();
}

//===----------------------------------------------------------------------===//
// Compute
//===----------------------------------------------------------------------===//

void LoopNest::compute(unsigned number) {
  const PlannedOp &planned = plan.ops[number];
  Location loc = planned.op->getLoc();
  SmallVector<RankTile, 6> tiles = tilesOf(planned, depth());
  SmallVector<Value> operands;
  SmallVector<Tile, 1> copies;
  for (auto [position, operand] : llvm::enumerate(planned.operands)) {
    if (operand.keeps.empty()) {
      operands.push_back(memory.outside(planned.op->getOperand(position)));
      continue;
    }
    Tile tile = holders[number][position].back();
    Box box = boxOf(operand.index, tiles);
    if (operand.source.pad() && !operand.seesMargins &&
        operand.keeps.size() == 1) {
      auto type = cast<ShapedType>(planned.op->getOperand(position).getType());
      copies.push_back(allocateTile(builder, loc, box, type.getElementType(),
                                    planned.innermost(position).level));
      fetchTile(builder, loc, tile, copies.back(),
                [&, pad = operand.source.pad()] { return paddingValue(pad); });
      tile = copies.back();
    }
    operands.push_back(viewOf(builder, loc, tile, box));
  }
  generateCompute(builder, planned, tiles, operands,
                  [&](Value value) { return memory.outside(value); });
  for (const Tile &copy : copies)
    freeTile(builder, loc, copy);
}

void apply::generateGroup(const GroupPlan &plan) { LoopNest(plan).generate(); }
