//===- DecomposeAggregates.cpp - Softmax and the like as linalg ops -------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/IR/Accel.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELDECOMPOSEAGGREGATES
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

/// Gives the ops that became Einsums in place of `name` names of their own.
static void nameParts(ArrayRef<Operation *> parts, StringAttr name) {
  for (auto [index, part] : llvm::enumerate(parts))
    part->setAttr(kNameAttrName,
                  index + 1 == parts.size()
                      ? name
                      : StringAttr::get(name.getContext(),
                                        name.getValue() + "." + Twine(index)));
}

namespace {
struct DecomposeAggregates
    : public mlir::accel::impl::AccelDecomposeAggregatesBase<
          DecomposeAggregates> {
  void runOnOperation() override {
    SmallVector<linalg::AggregatedOpInterface> aggregates;
    getOperation().walk(
        [&](linalg::AggregatedOpInterface op) { aggregates.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::AggregatedOpInterface op : aggregates)
      decompose(rewriter, op);
  }

private:
  /// What has dynamic shapes stays: it could not be mapped in parts either.
  static void decompose(IRRewriter &rewriter,
                        linalg::AggregatedOpInterface op) {
    auto isStaticTensor = [](Type type) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      return tensor && tensor.hasStaticShape();
    };
    if (!llvm::all_of(op->getOperandTypes(), isStaticTensor))
      return;
    Operation *before = op->getPrevNode();
    rewriter.setInsertionPoint(op);
    FailureOr<SmallVector<Value>> results = op.decomposeOperation(rewriter);
    if (failed(results))
      return;
    if (auto name = op->getAttrOfType<StringAttr>(kNameAttrName)) {
      SmallVector<Operation *> parts;
      Operation *first =
          before ? before->getNextNode() : &op->getBlock()->front();
      for (Operation *part = first; part != op; part = part->getNextNode())
        if (isa<linalg::LinalgOp>(part) && !isa<linalg::FillOp>(part))
          parts.push_back(part);
      nameParts(parts, name);
    }
    rewriter.replaceOp(op, *results);
  }
};
} // namespace
