//===- LoopNest.cpp - Generates the loops of a group ----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopNest.h"

#include "Compute.h"
#include "Generation.h"
#include "Keeps.h"
#include "PaddedReads.h"
#include "Transfers.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

SmallVector<RankTile, 6> Generation::tilesOf(const PlannedOp &planned) const {
  SmallVector<RankTile, 6> tiles;
  for (int64_t bound : planned.bounds)
    tiles.push_back({0, bound, bound});
  for (auto [loop, iteration] : llvm::zip(planned.loops, iterations)) {
    tiles[loop.rank].offset.add(iteration, loop.tile);
    tiles[loop.rank].tile = loop.tile;
  }
  return tiles;
}

void Generation::name(Operation *op, const PlannedOp &planned, unsigned operand,
                      TileUse use, int64_t box) const {
  const PlannedOperand &of = planned.operands[operand];
  if (nameTiles && of.name)
    op->setAttr(kTileAttrName, TileAttr::get(op->getContext(), use, of.name,
                                             planned.name, of.role, box));
}

namespace {

/// Walks the LoopTree of a group, root to leaf, branches in program order.
class LoopNest {
public:
  LoopNest(const GroupPlan &plan, bool nameTiles)
      : plan(plan), gen(plan, nameTiles), keeps(gen) {}

  void generate();

private:
  /// Ops first to last (inclusive), which share the loops generated so far.
  struct Run {
    unsigned first, last;
  };

  void generateBranches(Run run);
  void generateBranch(Run run);
  void generateLoop(Run run);
  void generateBody(Run run, Iteration iteration);
  void generateCompute(unsigned number);
  OpFoldResult tripsOf(const PlannedOp &planned, const PlannedLoop &loop);
  bool combinesResults(Run run) const;

  const GroupPlan &plan;
  Generation gen;
  Keeps keeps;
};

} // namespace

void LoopNest::generate() {
  if (!plan.ops.empty())
    generateBranches({0, unsigned(plan.ops.size()) - 1});
  gen.memory.finish();
}

void LoopNest::generateBranches(Run run) {
  unsigned depth = gen.depth();
  for (unsigned first = run.first; first <= run.last;) {
    unsigned last = first;
    while (last < run.last && plan.ops[last + 1].shared > depth)
      ++last;
    generateBranch({first, last});
    keeps.freeExchanged(last);
    first = last + 1;
  }
}

void LoopNest::generateBranch(Run run) {
  if (gen.depth() == 0)
    for (unsigned number = run.first; number <= run.last; ++number)
      keeps.prepare(number);
  SmallVector<std::pair<unsigned, const PlannedKeep *>> entered;
  for (unsigned number = run.first; number <= run.last; ++number)
    for (const PlannedKeep &keep : plan.ops[number].keeps)
      if (keep.depth == gen.depth()) {
        keeps.enter(number, keep);
        entered.push_back({number, &keep});
      }
  if (run.first == run.last && gen.depth() == plan.ops[run.first].generated)
    generateCompute(run.first);
  else
    generateLoop(run);
  for (auto [number, keep] : llvm::reverse(entered))
    keeps.leave(number, *keep);
}

void LoopNest::generateLoop(Run run) {
  const PlannedOp &planned = plan.ops[run.first];
  const PlannedLoop &loop = planned.loops[gen.depth()];
  if (loop.trips == 1)
    return generateBody(run, {});
  OpBuilder &builder = gen.builder;
  OpBuilder::InsertionGuard guard(builder);
  Location loc = planned.op->getLoc();
  OpFoldResult trips = tripsOf(planned, loop);
  auto over = loop.fanout ? OverAttr::get(builder.getContext(), loop.fanout)
                          : OverAttr();
  if (over && !combinesResults(run)) {
    auto forall =
        scf::ForallOp::create(builder, loc, ArrayRef(trips), ValueRange(),
                              builder.getArrayAttr(over));
    builder.setInsertionPoint(forall.getTerminator());
    return generateBody(run, {forall.getInductionVar(0), loop.trips});
  }
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  Value one = arith::ConstantIndexOp::create(builder, loc, 1);
  Value end = getValueOrCreateConstantIndexOp(builder, loc, trips);
  auto forOp = scf::ForOp::create(builder, loc, zero, end, one);
  if (over)
    forOp->setAttr(kOverAttrName, over);
  builder.setInsertionPoint(forOp.getBody()->getTerminator());
  generateBody(run, {forOp.getInductionVar(), loop.trips});
}

void LoopNest::generateBody(Run run, Iteration iteration) {
  gen.iterations.push_back(iteration);
  for (unsigned number = run.first; number <= run.last; ++number)
    keeps.slide(number);
  generateBranches(run);
  gen.iterations.pop_back();
}

/// The trip count of the next loop: smaller than elsewhere below a last tile
/// that is smaller than the others.
OpFoldResult LoopNest::tripsOf(const PlannedOp &planned,
                               const PlannedLoop &loop) {
  RankTile above = gen.tilesOf(planned)[loop.rank];
  if (above.bound % above.tile == 0)
    return gen.builder.getIndexAttr(loop.trips);
  MLIRContext *context = gen.builder.getContext();
  SmallVector<OpFoldResult> operands;
  AffineExpr left =
      (Position(above.bound) - above.offset).expression(context, operands);
  AffineExpr ends[] = {getAffineConstantExpr(loop.trips, context),
                       left.ceilDiv(loop.tile)};
  return affine::makeComposedFoldedAffineMin(
      gen.builder, planned.op->getLoc(),
      AffineMap::get(operands.size(), 0, ends, context), operands);
}

/// Whether instances of the next loop add to the same results, which a parallel
/// loop must not do.
bool LoopNest::combinesResults(Run run) const {
  for (unsigned number = run.first; number <= run.last; ++number) {
    const PlannedOp &planned = plan.ops[number];
    if (planned.isReduction(planned.loops[gen.depth()].rank))
      return true;
  }
  return false;
}

void LoopNest::generateCompute(unsigned number) {
  const PlannedOp &planned = plan.ops[number];
  SmallVector<RankTile, 6> ranks = gen.tilesOf(planned);
  linalg::LinalgOp compute = apply::generateCompute(
      gen.builder, planned, ranks, keeps.operandsOf(number),
      [&](Value value) { return gen.memory.outside(value); });
  for (auto [position, tile] : llvm::enumerate(keeps.tilesOf(number)))
    if (planned.operands[position].readsPadding)
      compute =
          readPadded(gen.builder, compute, planned, position, ranks, tile);
  // A copy Einsum moves between the levels that hold its two tensors.
  if (isa<linalg::CopyOp>(compute.getOperation()) &&
      planned.backing(0).level != planned.backing(1).level)
    gen.name(compute, planned, 0, TileUse::Fill);
}

void apply::generateGroup(const GroupPlan &plan, bool nameTiles) {
  LoopNest(plan, nameTiles).generate();
}
