//===- PlanPath.cpp - Reads and checks the mapping of one op --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;
using ::accel::LinearExpr;

namespace {

/// Reads one path. Every method reports the first thing wrong on the op.
class PathReader {
public:
  PathReader(linalg::LinalgOp op, MappingAttr mapping, TargetAttr target,
             PlannedOp &plan)
      : op(op), mapping(mapping), target(target), plan(plan) {}

  LogicalResult read();

private:
  LogicalResult readOperands();
  LogicalResult readLoop(const MappingNode &node);
  LogicalResult readKeep(const MappingNode &node);
  void findSlides();
  LogicalResult checkKeeps();
  LogicalResult checkRaggedRanks();

  /// Position of a memory in the target, or -1.
  int memoryPosition(StringAttr name) const;

  linalg::LinalgOp op;
  MappingAttr mapping;
  TargetAttr target;
  PlannedOp &plan;
  SmallVector<int64_t, 6> tiles;
};

} // namespace

LogicalResult PathReader::read() {
  plan.op = op;
  plan.numInputs = op.getNumDpsInputs();
  plan.bounds = op.getStaticLoopRanges();
  tiles = plan.bounds;
  plan.shared = mapping.getShared();
  if (failed(readOperands()))
    return failure();
  for (const MappingNode &node : mapping.getNodes().drop_back()) {
    LogicalResult result =
        node.kind == NodeKind::Keep ? readKeep(node) : readLoop(node);
    if (failed(result))
      return failure();
  }
  if (failed(checkKeeps()) || failed(checkRaggedRanks()))
    return failure();
  findSlides();
  return success();
}

static std::string textOf(AffineExpr expr) {
  std::string text;
  llvm::raw_string_ostream(text) << expr;
  return text;
}

static void setView(PlannedOperand &operand, TensorView view) {
  operand.view = std::move(view);
  operand.index.clear();
  for (const LinearExpr &expr : operand.view.index)
    operand.index.push_back(compose(expr, operand.operandIndex));
}

LogicalResult PathReader::readOperands() {
  if (!op.hasPureTensorSemantics())
    return op.emitOpError("has a mapping but works on buffers; mapped ops must "
                          "work on tensors");
  for (int64_t bound : plan.bounds)
    if (ShapedType::isDynamic(bound))
      return op.emitOpError("has a mapping but a dynamic shape; mapped ops "
                            "must have static shapes");
  for (OpOperand &operand : op->getOpOperands()) {
    PlannedOperand &planned = plan.operands.emplace_back();
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (AffineExpr expr : map.getResults()) {
      std::optional<LinearExpr> sum = linearize(expr, map.getNumDims());
      if (!sum)
        return op.emitOpError()
               << "has a mapping but indexes operand "
               << operand.getOperandNumber() << " by " << textOf(expr)
               << ", which is no sum of multiples of loops";
      if (plan.isOutput(operand.getOperandNumber()) && sum->terms.size() > 1)
        return op.emitOpError()
               << "has a mapping but indexes output operand "
               << operand.getOperandNumber() << " by " << textOf(expr)
               << "; each dimension of an output must follow one loop";
      planned.operandIndex.push_back(std::move(*sum));
    }
    bool isRead =
        op.isDpsInput(&operand) && op.payloadUsesValueFromOperand(&operand);
    setView(planned, isRead ? resolveView(operand.get())
                            : TensorView::whole(operand.get()));
  }
  return success();
}

LogicalResult PathReader::readLoop(const MappingNode &node) {
  if (node.rank >= int64_t(plan.bounds.size()))
    return op.emitOpError()
           << "mapping has a loop over rank " << node.rank << " but the op has "
           << plan.bounds.size() << " ranks";
  int64_t above = tiles[node.rank];
  bool isOutermost = llvm::none_of(plan.loops, [&](const PlannedLoop &loop) {
    return loop.rank == node.rank;
  });
  if (node.tile > above || (!isOutermost && above % node.tile != 0))
    return op.emitOpError()
           << "mapping has a loop over rank " << node.rank << " by "
           << node.tile << " but the tile must divide the " << above
           << " of the loop above";
  if (node.kind == NodeKind::Par &&
      llvm::none_of(target.getLevels(), [&](Attribute level) {
        auto fanout = dyn_cast<FanoutAttr>(level);
        return fanout && fanout.getName() == node.name;
      }))
    return op.emitOpError()
           << "mapping names fan-out " << node.name << " which target "
           << target.getName() << " does not have";
  tiles[node.rank] = node.tile;
  plan.loops.push_back({unsigned(node.rank), node.tile,
                        int64_t(llvm::divideCeil(above, node.tile)),
                        node.kind == NodeKind::Par ? node.name : StringAttr()});
  return success();
}

int PathReader::memoryPosition(StringAttr name) const {
  for (auto [position, level] : llvm::enumerate(target.getLevels()))
    if (auto memory = dyn_cast<MemoryAttr>(level);
        memory && memory.getName() == name)
      return position;
  return -1;
}

LogicalResult PathReader::readKeep(const MappingNode &node) {
  if (memoryPosition(node.name) < 0)
    return op.emitOpError()
           << "mapping keeps operands in " << node.name
           << " which is no memory of target " << target.getName();
  bool isOutermost =
      node.name == cast<MemoryAttr>(target.getLevels().front()).getName();
  if (isOutermost && !plan.loops.empty())
    return op.emitOpError() << "mapping keeps operands in " << node.name
                            << " below a loop but the outermost memory must "
                               "stand above all loops";
  for (int64_t operand : node.operands.asArrayRef()) {
    if (operand >= int64_t(plan.operands.size()))
      return op.emitOpError()
             << "mapping keeps operand " << operand << " but the op has "
             << plan.operands.size() << " operands";
    if (!isa<RankedTensorType>(op->getOperand(operand).getType()))
      return op.emitOpError() << "mapping keeps operand " << operand
                              << " which is a scalar but only tensors are kept";
    PlannedOperand &planned = plan.operands[operand];
    if (!planned.keeps.empty()) {
      StringAttr above = plan.keeps[planned.keeps.back()].level;
      if (isOutermost ||
          (above && memoryPosition(above) >= memoryPosition(node.name)))
        return op.emitOpError()
               << "mapping keeps operand " << operand << " in " << node.name
               << " below a keep that is not further out";
    }
    planned.keeps.push_back(plan.keeps.size());
    plan.keeps.push_back({unsigned(operand),
                          isOutermost ? StringAttr() : node.name,
                          unsigned(plan.loops.size()), std::nullopt});
  }
  return success();
}

bool apply::reachesOutside(const PlannedOp &plan,
                           const PlannedOperand &operand) {
  auto shape = cast<RankedTensorType>(operand.view.base.getType()).getShape();
  SmallVector<RankTile, 6> whole;
  for (int64_t bound : plan.bounds)
    whole.push_back({0, bound, bound});
  for (auto [range, size] : llvm::zip_equal(boxOf(operand.index, whole), shape))
    if (range.origin.min() < 0 || range.origin.min() + range.extent > size)
      return true;
  return false;
}

/// How `loop` moves what is held of an operand, or nothing if that is no window
/// that walks forward along one dimension.
static std::optional<Slide> slideAlong(const PlannedOperand &operand,
                                       const PlannedLoop &loop) {
  std::optional<Slide> slide;
  for (auto [dim, expr] : llvm::enumerate(operand.index)) {
    int64_t step = expr.coefficient(loop.rank) * loop.tile;
    if (step == 0)
      continue;
    if (slide || step < 0)
      return std::nullopt;
    slide = {unsigned(dim), step};
  }
  return loop.trips > 1 ? slide : std::nullopt;
}

LogicalResult PathReader::checkKeeps() {
  for (auto [number, planned] : llvm::enumerate(plan.operands)) {
    if (!isa<RankedTensorType>(op->getOperand(number).getType()))
      continue;
    // Only the shape of an input that is never read matters: it needs no
    // place, and gets one in the outermost memory.
    OpOperand &operand = op->getOpOperand(number);
    if (planned.keeps.empty() && op.isDpsInput(&operand) &&
        !op.payloadUsesValueFromOperand(&operand)) {
      planned.keeps.push_back(plan.keeps.size());
      plan.keeps.push_back({unsigned(number), StringAttr(), 0, std::nullopt});
    }
    if (planned.keeps.empty())
      return op.emitOpError() << "mapping has no keep of operand " << number
                              << " but every tensor needs one";
    plan.generated = std::max(plan.generated, plan.innermost(number).depth);
    // What computes from the outermost memory itself reads padding there.
    if (!plan.innermost(number).level && reachesOutside(plan, planned))
      setView(planned, TensorView::whole(op->getOperand(number)));
  }
  return success();
}

/// A window slides where the node right below its keep is a temporal loop over
/// a rank that indexes the tensor in sums only. Of operands that one node
/// keeps, the last one slides.
void PathReader::findSlides() {
  ArrayRef<MappingNode> nodes = mapping.getNodes();
  for (auto [node, next] : llvm::zip(nodes, nodes.drop_front())) {
    if (node.kind != NodeKind::Keep || next.kind != NodeKind::For)
      continue;
    int position = memoryPosition(node.name);
    if (!cast<MemoryAttr>(target.getLevels()[position]).getSlides())
      continue;
    unsigned operand = node.operands.asArrayRef().back();
    const PlannedOperand &planned = plan.operands[operand];
    ::accel::TensorAccess access;
    access.projection.assign(planned.index.begin(), planned.index.end());
    if (relevance(access, next.rank) != ::accel::Relevance::Partial)
      continue;
    for (unsigned number : ArrayRef(planned.keeps).drop_front()) {
      PlannedKeep &keep = plan.keeps[number];
      if (keep.level != node.name)
        continue;
      keep.slide = slideAlong(planned, plan.loops[keep.depth]);
      if (keep.slide)
        plan.generated = std::max(plan.generated, keep.depth + 1);
    }
  }
}

/// A last tile that is smaller than the others must not be part of a window.
LogicalResult PathReader::checkRaggedRanks() {
  for (const PlannedLoop &loop : plan.loops) {
    if (plan.bounds[loop.rank] % loop.tile == 0)
      continue;
    for (const PlannedOperand &operand : plan.operands)
      for (const LinearExpr &expr : operand.index)
        if (expr.coefficient(loop.rank) < 0 ||
            (expr.coefficient(loop.rank) != 0 && expr.terms.size() > 1))
          return op.emitOpError()
                 << "mapping has a loop over rank " << loop.rank << " by "
                 << loop.tile << " but the tile must divide the "
                 << plan.bounds[loop.rank]
                 << " of a rank that is part of a sum";
  }
  return success();
}

bool PlannedOp::isReduction(unsigned operand, unsigned rank) const {
  return llvm::none_of(operands[operand].index, [&](const LinearExpr &expr) {
    return expr.coefficient(rank) != 0;
  });
}

bool PlannedOp::isReduction(unsigned rank) const {
  for (unsigned operand = numInputs; operand < operands.size(); ++operand)
    if (isReduction(operand, rank))
      return true;
  return false;
}

LogicalResult apply::planPath(linalg::LinalgOp op, MappingAttr mapping,
                              TargetAttr target, PlannedOp &plan) {
  return PathReader(op, mapping, target, plan).read();
}
