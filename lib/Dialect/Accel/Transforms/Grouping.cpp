//===- Grouping.cpp - Ops that exchange tensors on chip -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Grouping.h"

#include "accel/Analysis/Report.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

/// Last Einsum of the group that begins with Einsum `first`: extends as long as
/// a member shares loops with the next, or hands it a tensor on chip.
static unsigned findGroupEnd(const model::EinsumGraph &graph,
                             const model::Architecture &arch,
                             const model::ProgramMapping &mapping,
                             unsigned first) {
  unsigned last = first;
  for (unsigned e = first; e <= last; ++e) {
    if (e + 1 < graph.einsums.size() && mapping.einsums[e + 1].sharedLoops > 0)
      last = std::max(last, e + 1);
    unsigned tensor = graph.einsums[e].output().tensor;
    if (!graph.tensors[tensor].isIntermediate() ||
        model::findBackingLevel(graph, mapping, tensor) == arch.outermost())
      continue;
    for (unsigned consumer : graph.tensors[tensor].consumers)
      last = std::max(last, consumer);
  }
  return last;
}

/// Wraps the ops from `first` to `last` of one block into a group.
static void wrap(Operation *first, Operation *last) {
  Block *block = first->getBlock();
  llvm::SetVector<Operation *> members;
  SmallVector<Operation *> hoisted;
  for (auto it = first->getIterator(), end = std::next(last->getIterator());
       it != end; ++it) {
    Operation *op = &*it;
    // A constant or an empty tensor needs nothing of the group and would have
    // to leave it again as soon as somebody else uses it.
    if (op->getNumOperands() == 0 && op->getNumRegions() == 0 &&
        isMemoryEffectFree(op))
      hoisted.push_back(op);
    else
      members.insert(op);
  }
  for (Operation *op : hoisted)
    op->moveBefore(first);

  SmallVector<Value> results;
  for (Operation *op : members)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            Operation *ancestor = block->findAncestorOpInBlock(*user);
            return !members.contains(ancestor);
          }))
        results.push_back(result);

  OpBuilder builder(last->getContext());
  builder.setInsertionPointAfter(last);
  SmallVector<Location> locations;
  for (Operation *op : members)
    if (isa<linalg::LinalgOp>(op))
      locations.push_back(op->getLoc());
  auto group = GroupOp::create(builder, builder.getFusedLoc(locations),
                               TypeRange(ValueRange(results)), CostAttr());
  Block *body = builder.createBlock(&group.getBody());
  for (auto [value, result] : llvm::zip(results, group.getResults()))
    value.replaceUsesWithIf(result, [&](OpOperand &use) {
      Operation *ancestor = block->findAncestorOpInBlock(*use.getOwner());
      return !members.contains(ancestor);
    });
  for (Operation *op : members)
    op->moveBefore(body, body->end());
  builder.setInsertionPointToEnd(body);
  YieldOp::create(builder, group.getLoc(), results);
}

void mlir::accel::groupOps(const FunctionEinsums &program,
                           const model::Architecture &arch,
                           const model::ProgramMapping &mapping) {
  unsigned count = program.ops.size();
  for (unsigned first = 0; first < count;) {
    unsigned last = findGroupEnd(program.graph, arch, mapping, first);
    wrap(program.ops[first], program.ops[last]);
    first = last + 1;
  }
}

void mlir::accel::ungroupOps(func::FuncOp func) {
  SmallVector<GroupOp> groups(func.getOps<GroupOp>());
  for (GroupOp group : groups) {
    Block &body = group.getBody().front();
    Operation *yield = body.getTerminator();
    group->replaceAllUsesWith(yield->getOperands());
    yield->erase();
    group->getBlock()->getOperations().splice(group->getIterator(),
                                              body.getOperations());
    group->erase();
  }
}
