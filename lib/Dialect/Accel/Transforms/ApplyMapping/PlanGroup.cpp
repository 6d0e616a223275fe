//===- PlanGroup.cpp - Joins the mappings of a group's ops ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Plan.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;
using ::accel::LinearExpr;

int GroupPlan::producerOf(Value value) const {
  Operation *def = value ? value.getDefiningOp() : nullptr;
  for (auto [number, planned] : llvm::enumerate(ops))
    if (planned.op == def)
      return number;
  return -1;
}

unsigned GroupPlan::commonLoops(unsigned first, unsigned last) const {
  unsigned common = ops[first].loops.size();
  for (unsigned number = first + 1; number <= last; ++number)
    common = std::min(common, ops[number].shared);
  return common;
}

namespace {

/// Resolves operands to their producers and checks what one op's mapping
/// assumes about the others.
class GroupPlanner {
public:
  GroupPlanner(GroupPlan &plan, TargetAttr target)
      : plan(plan), target(target) {}

  LogicalResult run();

private:
  LogicalResult checkShared(unsigned number);
  void resolve(unsigned number);
  void noteReader(unsigned reader, int producer, Value base);
  LogicalResult checkOperands(unsigned number);
  LogicalResult checkExchange(unsigned reader, unsigned operand);
  LogicalResult checkSameTiles(unsigned producer, unsigned reader,
                               unsigned operand, unsigned loop);
  LogicalResult checkComplete(unsigned producer, unsigned reader,
                              unsigned operand);
  LogicalResult checkFree(Operation *user, Value value, unsigned branch,
                          llvm::SmallPtrSetImpl<Operation *> &seen);
  LogicalResult checkFreeUses(unsigned number);
  LogicalResult checkUnmapped();
  LogicalResult findCombiners(unsigned number);

  StringAttr levelName(const PlannedKeep &keep) const {
    return keep.level ? keep.level
                      : cast<MemoryAttr>(target.getLevels().front()).getName();
  }
  /// The first op of the run of ops that share loops with op `number`.
  unsigned startOfRun(unsigned number) const {
    while (number > 0 && plan.ops[number].shared > 0)
      --number;
    return number;
  }

  GroupPlan &plan;
  TargetAttr target;
};

} // namespace

LogicalResult GroupPlanner::run() {
  for (unsigned number = 0; number < plan.ops.size(); ++number) {
    if (failed(checkShared(number)))
      return failure();
    resolve(number);
  }
  for (unsigned number = 0; number < plan.ops.size(); ++number)
    if (failed(checkOperands(number)) || failed(checkFreeUses(number)) ||
        failed(findCombiners(number)))
      return failure();
  return checkUnmapped();
}

/// The results that the group gives, and what ops with side effects take.
LogicalResult GroupPlanner::checkUnmapped() {
  unsigned next = 0;
  for (Operation &op : plan.group.getBody().front()) {
    if (next < plan.ops.size() && plan.ops[next].op == &op) {
      ++next;
      continue;
    }
    if (!isa<YieldOp>(op) && isMemoryEffectFree(&op))
      continue;
    unsigned branch = next < plan.ops.size() ? startOfRun(next) : next;
    SetVector<Value> used;
    getUsedValuesDefinedAbove(op.getRegions(), used);
    used.insert(op.operand_begin(), op.operand_end());
    llvm::SmallPtrSet<Operation *, 8> seen;
    for (Value value : used)
      if (failed(checkFree(&op, value, branch, seen)))
        return failure();
  }
  return success();
}

LogicalResult GroupPlanner::checkShared(unsigned number) {
  PlannedOp &planned = plan.ops[number];
  if (planned.shared == 0)
    return success();
  if (number == 0)
    return planned.op.emitOpError()
           << "mapping shares " << planned.shared
           << " loops with the op before but is the first of its group";
  PlannedOp &before = plan.ops[number - 1];
  if (planned.shared > before.loops.size())
    return planned.op.emitOpError()
           << "mapping shares " << planned.shared
           << " loops with the op before which has " << before.loops.size();
  for (unsigned loop = 0; loop < planned.shared; ++loop) {
    const PlannedLoop &ours = planned.loops[loop];
    const PlannedLoop &theirs = before.loops[loop];
    if (ours.trips != theirs.trips || ours.fanout != theirs.fanout)
      return planned.op.emitOpError()
             << "mapping shares loop " << loop << " with the op before but has "
             << ours.trips << (ours.fanout ? " spatial" : " temporal")
             << " trips where that has " << theirs.trips
             << (theirs.fanout ? " spatial" : " temporal");
    bool isInner = llvm::any_of(
        ArrayRef(planned.loops).take_front(loop),
        [&](const PlannedLoop &outer) { return outer.rank == ours.rank; });
    if (isInner && planned.bounds[ours.rank] % ours.tile != 0)
      return planned.op.emitOpError()
             << "mapping shares an inner loop over rank " << ours.rank
             << " whose tile " << ours.tile << " does not divide "
             << planned.bounds[ours.rank];
  }
  planned.generated = std::max(planned.generated, planned.shared);
  before.generated = std::max(before.generated, planned.shared);
  return success();
}

void GroupPlanner::resolve(unsigned number) {
  PlannedOp &planned = plan.ops[number];
  for (OpOperand &operand : planned.op->getOpOperands()) {
    unsigned position = operand.getOperandNumber();
    PlannedOperand &result = planned.operands[position];
    if (result.keeps.empty())
      continue;
    if (planned.isOutput(position)) {
      result.lastReader = std::max(result.lastReader, number);
      result.init = resolveInit(planned.op, operand);
      if (result.init.kind == InitialValue::Kind::Copy)
        result.initProducer = plan.producerOf(result.init.tensor);
      noteReader(number, result.initProducer, result.init.tensor);
      continue;
    }
    result.producer = plan.producerOf(result.view.base);
    result.readsPadding = result.producer >= 0 && result.keeps.size() == 1 &&
                          reachesOutside(planned, result);
    noteReader(number, result.producer, result.view.base);
  }
}

void GroupPlanner::noteReader(unsigned reader, int producer, Value base) {
  if (producer < 0)
    return;
  PlannedOp &maker = plan.ops[producer];
  unsigned &last = maker.operands[maker.outputOf(base)].lastReader;
  last = std::max(last, reader);
}

LogicalResult GroupPlanner::checkOperands(unsigned number) {
  PlannedOp &planned = plan.ops[number];
  for (auto [position, operand] : llvm::enumerate(planned.operands)) {
    if (operand.keeps.empty())
      continue;
    if (operand.producer >= 0) {
      if (failed(checkExchange(number, position)))
        return failure();
    } else if (!planned.isOutput(position) && planned.backing(position).level) {
      return planned.op.emitOpError()
             << "mapping first keeps operand " << position << " in "
             << planned.backing(position).level
             << " but it comes from outside the group's mapped ops and must "
                "first be kept in "
             << cast<MemoryAttr>(target.getLevels().front()).getName();
    }
    if (operand.initProducer >= 0 &&
        failed(checkComplete(operand.initProducer, number, position)))
      return failure();
  }
  return success();
}

/// Reader and producer hold the tensor in the same level, under the same loops,
/// and walk it alike in them.
LogicalResult GroupPlanner::checkExchange(unsigned reader, unsigned operand) {
  PlannedOp &ours = plan.ops[reader];
  unsigned producer = ours.operands[operand].producer;
  PlannedOp &theirs = plan.ops[producer];
  unsigned output = theirs.outputOf(ours.operands[operand].view.base);
  const PlannedKeep &made = theirs.backing(output);
  const PlannedKeep &read = ours.backing(operand);
  if (made.level != read.level) {
    InFlightDiagnostic diag = ours.op.emitOpError()
                              << "mapping first keeps operand " << operand
                              << " in " << levelName(read)
                              << " but its producer keeps it in "
                              << levelName(made);
    diag.attachNote(theirs.op.getLoc()) << "producer";
    return diag;
  }
  unsigned common = plan.commonLoops(producer, reader);
  if (made.depth != read.depth || made.depth > common) {
    InFlightDiagnostic diag =
        ours.op.emitOpError()
        << "mapping reads operand " << operand << " in " << levelName(read)
        << " below " << read.depth << " loops, its producer makes it below "
        << made.depth << ", and they share " << common
        << "; both must stand below the same shared loops";
    diag.attachNote(theirs.op.getLoc()) << "producer";
    return diag;
  }
  for (unsigned loop = 0; loop < common; ++loop)
    if (failed(checkSameTiles(producer, reader, operand, loop)))
      return failure();
  ArrayRef<unsigned> inner = theirs.operands[output].keeps;
  for (unsigned keep : inner.drop_front())
    if (theirs.keeps[keep].depth < common)
      return theirs.op.emitOpError()
             << "mapping keeps its result in " << levelName(theirs.keeps[keep])
             << " below " << theirs.keeps[keep].depth << " loops but shares "
             << common << " with a reader, which comes before the write-back";
  return checkComplete(producer, reader, operand);
}

LogicalResult GroupPlanner::checkSameTiles(unsigned producer, unsigned reader,
                                           unsigned operand, unsigned loop) {
  PlannedOp &ours = plan.ops[reader];
  PlannedOp &theirs = plan.ops[producer];
  if (ours.loops[loop].trips == 1)
    return success();
  const PlannedOperand &input = ours.operands[operand];
  unsigned output = theirs.outputOf(input.view.base);
  const PlannedLoop &our = ours.loops[loop];
  const PlannedLoop &their = theirs.loops[loop];
  unsigned walked = 0;
  bool isWalked = true;
  for (auto [read, made] :
       llvm::zip_equal(input.index, theirs.operands[output].index)) {
    int64_t step = read.coefficient(our.rank) * our.tile;
    isWalked &= step == made.coefficient(their.rank) * their.tile;
    if (step == 0)
      continue;
    ++walked;
    isWalked &= read.terms.size() == 1 && read.offset == made.offset;
  }
  if (isWalked && walked == 1)
    return success();
  InFlightDiagnostic diag =
      ours.op.emitOpError()
      << "mapping shares loop " << loop << " with the producer of operand "
      << operand
      << " but they do not walk the same dimension of it in equal tiles";
  diag.attachNote(theirs.op.getLoc()) << "producer";
  return diag;
}

/// What `reader` takes from the tensor before its own branch starts must be
/// there: no copy of it may stand above a loop that runs the producer.
LogicalResult GroupPlanner::checkComplete(unsigned producer, unsigned reader,
                                          unsigned operand) {
  PlannedOp &ours = plan.ops[reader];
  unsigned common = plan.commonLoops(producer, reader);
  ArrayRef<unsigned> keeps = ours.operands[operand].keeps;
  if (!ours.isOutput(operand))
    keeps = keeps.drop_front();
  for (unsigned keep : keeps)
    if (ours.keeps[keep].depth < common)
      return ours.op.emitOpError()
             << "mapping keeps operand " << operand << " in "
             << levelName(ours.keeps[keep]) << " below "
             << ours.keeps[keep].depth << " loops but shares " << common
             << " with its producer, whose results come later";
  return success();
}

/// `value` is used by an op that is not mapped, so it must be in main memory,
/// complete, before ops from `branch` on run.
LogicalResult
GroupPlanner::checkFree(Operation *user, Value value, unsigned branch,
                        llvm::SmallPtrSetImpl<Operation *> &seen) {
  Operation *def = value.getDefiningOp();
  if (!def || def->getBlock() != &plan.group.getBody().front() ||
      !seen.insert(def).second)
    return success();
  int producer = plan.producerOf(value);
  if (producer < 0) {
    SetVector<Value> captured;
    getUsedValuesDefinedAbove(def->getRegions(), captured);
    for (Value operand : def->getOperands())
      captured.insert(operand);
    for (Value operand : captured)
      if (failed(checkFree(def, operand, branch, seen)))
        return failure();
    return success();
  }
  PlannedOp &maker = plan.ops[producer];
  const PlannedKeep &backing = maker.backing(maker.outputOf(value));
  if (backing.level) {
    InFlightDiagnostic diag =
        maker.op.emitOpError()
        << "mapping first keeps its result in " << backing.level
        << " but it is used outside the group's mapped ops and must first be "
           "kept in "
        << cast<MemoryAttr>(target.getLevels().front()).getName();
    diag.attachNote(user->getLoc()) << "used here";
    return diag;
  }
  if (unsigned(producer) >= branch) {
    InFlightDiagnostic diag =
        maker.op.emitOpError()
        << "shares loops with an op that needs its whole result";
    diag.attachNote(user->getLoc()) << "needed here";
    return diag;
  }
  return success();
}

/// Everything that op `number` reads as a whole tensor rather than by tiles.
LogicalResult GroupPlanner::checkFreeUses(unsigned number) {
  PlannedOp &planned = plan.ops[number];
  unsigned branch = startOfRun(number);
  SetVector<Value> values;
  getUsedValuesDefinedAbove(planned.op->getRegions(), values);
  for (auto [position, operand] : llvm::enumerate(planned.operands)) {
    if (operand.keeps.empty())
      values.insert(planned.op->getOperand(position));
    else if (!planned.isOutput(position) && operand.producer < 0)
      values.insert(operand.view.base);
    if (operand.init.fill)
      values.insert(operand.init.fill);
    if (operand.init.tensor && operand.initProducer < 0)
      values.insert(operand.init.tensor);
  }
  llvm::SmallPtrSet<Operation *, 8> seen;
  for (Value value : values)
    if (failed(checkFree(planned.op, value, branch, seen)))
      return failure();
  return success();
}

/// Sibling instances that each sum into a tile of their own need to know how
/// their sums are added up.
LogicalResult GroupPlanner::findCombiners(unsigned number) {
  PlannedOp &planned = plan.ops[number];
  for (const PlannedKeep &keep : planned.keeps) {
    if (!planned.isOutput(keep.operand))
      continue;
    for (const PlannedLoop &loop :
         ArrayRef(planned.loops).take_front(keep.depth)) {
      if (!loop.fanout || loop.trips == 1 ||
          !planned.isReduction(keep.operand, loop.rank))
        continue;
      Combiner &combiner = planned.operands[keep.operand].combiner;
      SmallVector<Operation *> combiners;
      matchReduction(planned.op.getRegionOutputArgs(),
                     keep.operand - planned.numInputs, combiners);
      std::optional<TypedAttr> neutral;
      if (combiners.size() == 1)
        neutral = arith::getNeutralElement(combiners.front());
      if (!neutral)
        return planned.op.emitOpError()
               << "mapping spreads the reduction over rank " << loop.rank
               << " across fan-out " << loop.fanout
               << " but the op does not combine its results by one operation "
                  "with a neutral element";
      combiner = {combiners.front(), *neutral};
    }
  }
  return success();
}

FailureOr<GroupPlan> apply::planGroup(GroupOp group, TargetAttr target,
                                      const ProgramNames &names) {
  GroupPlan plan;
  plan.group = group;
  for (Operation &op : group.getBody().front()) {
    auto mapping = op.getAttrOfType<MappingAttr>(kMappingAttrName);
    if (!mapping)
      continue;
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (!linalgOp)
      return op.emitOpError("has a mapping but only linalg ops are mapped");
    PlannedOp &planned = plan.ops.emplace_back();
    if (failed(planPath(linalgOp, mapping, target, planned)))
      return failure();
    auto named = names.find(&op);
    if (named == names.end())
      continue;
    planned.name = named->second.op;
    for (auto [operand, name, role] : llvm::zip_equal(
             planned.operands, named->second.operands, named->second.roles)) {
      operand.name = name;
      operand.role = role;
    }
  }
  if (failed(GroupPlanner(plan, target).run()))
    return failure();
  return plan;
}
