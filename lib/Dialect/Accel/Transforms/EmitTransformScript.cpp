//===- EmitTransformScript.cpp - Schedules as transform dialect -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ApplyMapping/Plan.h"

#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELEMITTRANSFORMSCRIPT
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

namespace {

/// Writes the script of one group, loop by loop from the outside. Where ops
/// share a loop, the last of them is tiled and the others are fused into it.
class GroupScript {
public:
  GroupScript(const GroupPlan &plan, unsigned &numValues, raw_ostream &os)
      : plan(plan), numValues(numValues), os(os) {}

  LogicalResult write(unsigned function);

private:
  LogicalResult writeBranches(unsigned first, unsigned last, unsigned depth);
  LogicalResult writeLoop(unsigned first, unsigned last, unsigned depth);
  LogicalResult checkFusible(unsigned number, unsigned last);
  std::string newValue() { return "%" + std::to_string(numValues++); }

  const GroupPlan &plan;
  unsigned &numValues;
  raw_ostream &os;
  /// The handle of each op, tiled as far as written.
  std::vector<std::string> handles;
};

struct EmitTransformScript
    : public mlir::accel::impl::AccelEmitTransformScriptBase<
          EmitTransformScript> {
  using AccelEmitTransformScriptBase::AccelEmitTransformScriptBase;

  void runOnOperation() override {
    std::string script;
    llvm::raw_string_ostream os(script);
    if (failed(write(os)))
      return signalPassFailure();
    if (output == "-") {
      llvm::errs() << script;
      return;
    }
    std::string problem;
    std::unique_ptr<llvm::ToolOutputFile> file =
        openOutputFile(output, &problem);
    if (!file) {
      emitError(getOperation().getLoc()) << problem;
      return signalPassFailure();
    }
    file->os() << script;
    file->keep();
  }

private:
  LogicalResult write(raw_ostream &os);
};

} // namespace

static constexpr llvm::StringLiteral kHandle = "!transform.any_op";

/// Fusion tiles a producer where its reader takes slices of it: the reader must
/// be in the same loop, take it as it is, and be the only one outside of it
/// that does.
LogicalResult GroupScript::checkFusible(unsigned number, unsigned last) {
  linalg::LinalgOp op = plan.ops[number].op;
  for (Operation *user : op->getUsers()) {
    bool isInside = false;
    for (unsigned other = number + 1; other <= last; ++other)
      isInside |= plan.ops[other].op == user;
    if (!isInside)
      return op.emitOpError()
             << "shares loops with ops after it but is also read outside of "
                "them, which no transform script can express";
  }
  if (op->use_empty())
    return op.emitOpError() << "shares loops with ops that do not read it, "
                               "which no transform script can express";
  return success();
}

LogicalResult GroupScript::writeLoop(unsigned first, unsigned last,
                                     unsigned depth) {
  const PlannedOp &planned = plan.ops[last];
  linalg::LinalgOp op = planned.op;
  const PlannedLoop &loop = planned.loops[depth];
  if (loop.trips == 1)
    return writeBranches(first, last, depth + 1);
  for (unsigned number = first; number < last; ++number)
    if (failed(checkFusible(number, last)))
      return failure();
  if (loop.fanout && planned.isReduction(loop.rank))
    return op.emitOpError() << "spreads the reduction over rank " << loop.rank
                            << " across fan-out " << loop.fanout
                            << ", which no transform script can express";
  std::string tiled = newValue(), around = newValue();
  os << "    " << tiled << ", " << around
     << " = transform.structured.tile_using_"
     << (loop.fanout ? "forall " : "for ") << handles[last] << " tile_sizes [";
  for (unsigned rank = 0; rank < planned.bounds.size(); ++rank)
    os << (rank ? ", " : "") << (rank == loop.rank ? loop.tile : 0);
  os << "]";
  if (loop.fanout)
    os << " (mapping = [" << OverAttr::get(op->getContext(), loop.fanout)
       << "])";
  os << " : (" << kHandle << ") -> (" << kHandle << ", " << kHandle << ")\n";
  handles[last] = tiled;
  for (unsigned number = last; number-- > first;) {
    std::string fused = newValue(), next = newValue();
    os << "    " << fused << ", " << next
       << " = transform.structured.fuse_into_containing_op " << handles[number]
       << " into " << around << " : (" << kHandle << ", " << kHandle << ") -> ("
       << kHandle << ", " << kHandle << ")\n";
    handles[number] = fused;
    around = next;
  }
  return writeBranches(first, last, depth + 1);
}

LogicalResult GroupScript::writeBranches(unsigned first, unsigned last,
                                         unsigned depth) {
  while (first <= last) {
    unsigned end = first;
    while (end < last && plan.ops[end + 1].shared > depth)
      ++end;
    if ((first < end || depth < plan.ops[first].generated) &&
        failed(writeLoop(first, end, depth)))
      return failure();
    first = end + 1;
  }
  return success();
}

LogicalResult GroupScript::write(unsigned function) {
  for (const PlannedOp &planned : plan.ops) {
    auto name = planned.op->getAttrOfType<StringAttr>(kNameAttrName);
    if (!name)
      return planned.op->emitOpError()
             << "has no " << kNameAttrName
             << ", by which a transform script finds it";
    handles.push_back(newValue());
    os << "    " << handles.back()
       << " = transform.structured.match attributes {" << kNameAttrName << " = "
       << name << "} in %" << function << " : (" << kHandle << ") -> "
       << kHandle << "\n";
  }
  return writeBranches(0, plan.ops.size() - 1, 0);
}

LogicalResult EmitTransformScript::write(raw_ostream &os) {
  TargetAttr target = lookupTarget(getOperation());
  if (!target)
    return getOperation().emitError(
        "module has mappings to express but no target");
  os << "module attributes {transform.with_named_sequence} {\n"
     << "  transform.named_sequence @__transform_main(%module: " << kHandle
     << ") {\n";
  unsigned numValues = 0;
  for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
    SmallVector<GroupOp> groups;
    func.walk([&](GroupOp group) { groups.push_back(group); });
    if (groups.empty())
      continue;
    unsigned function = numValues++;
    os << "    %" << function
       << " = transform.structured.match ops{[\"func.func\"]} attributes "
          "{sym_name = "
       << func.getSymNameAttr() << "} in %module : (" << kHandle << ") -> "
       << kHandle << "\n";
    for (GroupOp group : groups) {
      FailureOr<GroupPlan> plan = planGroup(group, target, ProgramNames());
      if (failed(plan) ||
          (!plan->ops.empty() &&
           failed(GroupScript(*plan, numValues, os).write(function))))
        return failure();
    }
  }
  os << "    transform.yield\n  }\n}\n";
  return success();
}
