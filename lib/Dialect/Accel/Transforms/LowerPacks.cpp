//===- LowerPacks.cpp - Layout changes as plain tensor ops ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELLOWERPACKS
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {
struct LowerPacks : public mlir::accel::impl::AccelLowerPacksBase<LowerPacks> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::PackOp, linalg::UnPackOp>(op))
        ops.push_back(op);
    });
    // Slices that only drop unit dimensions would become views with a layout of
    // their own, which no function can return: always reshape.
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops) {
      rewriter.setInsertionPoint(op);
      bool isLowered = isa<linalg::PackOp>(op)
                           ? succeeded(linalg::lowerPack(
                                 rewriter, cast<linalg::PackOp>(op),
                                 /*lowerPadLikeWithInsertSlice=*/false))
                           : succeeded(linalg::lowerUnPack(
                                 rewriter, cast<linalg::UnPackOp>(op),
                                 /*lowerUnpadLikeWithExtractSlice=*/false));
      if (!isLowered) {
        op->emitOpError("cannot be lowered: a pack and an unpack need static "
                        "tiles");
        return signalPassFailure();
      }
    }
  }
};
} // namespace
