//===- ApplyMapping.cpp - From a mapping to loops, buffers and copies -----===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopNest.h"
#include "Plan.h"

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Analysis/TensorView.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Iterators.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELAPPLYMAPPING
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {

struct ApplyMapping
    : public mlir::accel::impl::AccelApplyMappingBase<ApplyMapping> {
  using AccelApplyMappingBase::AccelApplyMappingBase;

  void runOnOperation() override {
    SmallVector<GroupOp> groups;
    getOperation().walk([&](GroupOp group) { groups.push_back(group); });
    if (groups.empty())
      return;
    TargetAttr target = lookupTarget(getOperation());
    if (!target) {
      groups.front().emitOpError(
          "is to be applied but its module has no target");
      return signalPassFailure();
    }
    apply::ProgramNames names;
    if (nameTiles && failed(collectNames(names)))
      return signalPassFailure();
    // All are checked first: a wrong mapping leaves the module as it was.
    for (GroupOp group : groups)
      if (failed(apply::planGroup(group, target, names)))
        return signalPassFailure();
    // A group's plan names values that the groups before it replace.
    for (GroupOp group : groups)
      apply::generateGroup(*apply::planGroup(group, target, names), nameTiles);
    eraseDeadViews();
  }

private:
  /// The generated code reads through views; left alone, those that nobody
  /// reads any more would be made in memory.
  void eraseDeadViews() {
    getOperation()->walk<WalkOrder::PostOrder, ReverseIterator>(
        [](Operation *op) {
          if (op->use_empty() && isLinearView(op))
            op->erase();
        });
  }

  /// What reports call the Einsums of the module and their operands.
  LogicalResult collectNames(apply::ProgramNames &names) {
    FailureOr<::accel::Architecture> arch = lookupArchitecture(getOperation());
    if (failed(arch))
      return failure();
    auto text = [&](const std::string &name) {
      return StringAttr::get(&getContext(), name);
    };
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      FailureOr<FunctionEinsums> program = analyzeFunction(func, &*arch);
      if (failed(program))
        return failure();
      for (auto [einsum, op] : llvm::enumerate(program->ops)) {
        apply::OpNames &entry = names[op];
        entry.op = text(program->graph.einsums[einsum].name);
        entry.operands.resize(op->getNumOperands());
        entry.roles.resize(op->getNumOperands());
        for (auto [access, operand] :
             llvm::enumerate(program->operandOf[einsum])) {
          entry.operands[operand] =
              text(program->graph.accessName(einsum, access));
          entry.roles[operand] = Role(
              unsigned(program->graph.einsums[einsum].accesses[access].role));
        }
      }
    }
    return success();
  }
};

} // namespace
