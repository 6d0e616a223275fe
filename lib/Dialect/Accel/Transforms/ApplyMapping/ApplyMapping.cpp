//===- ApplyMapping.cpp - From a mapping to loops, buffers and copies -----===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopNest.h"
#include "Plan.h"

#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELAPPLYMAPPING
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {

struct ApplyMapping
    : public mlir::accel::impl::AccelApplyMappingBase<ApplyMapping> {
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
    // All are checked first: a wrong mapping leaves the module as it was.
    for (GroupOp group : groups)
      if (failed(apply::planGroup(group, target)))
        return signalPassFailure();
    // A group's plan names values that the groups before it replace.
    for (GroupOp group : groups)
      apply::generateGroup(*apply::planGroup(group, target));
  }
};

} // namespace
