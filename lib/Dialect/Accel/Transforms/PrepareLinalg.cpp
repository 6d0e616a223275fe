//===- PrepareLinalg.cpp - Brings linalg into the form to embed -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstructionFit.h"

#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELPREPARELINALG
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {

/// Upstream rewrites forget discardable attributes: hands an op's name to the
/// linalg op that replaces it, behind any reshape.
struct NameKeeper : public RewriterBase::Listener {
  void notifyOperationReplaced(Operation *op, ValueRange values) override {
    auto name = op->getAttrOfType<StringAttr>(kNameAttrName);
    if (!name || values.empty())
      return;
    Operation *producer = values.front().getDefiningOp();
    while (isa_and_nonnull<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(
        producer))
      producer = producer->getOperand(0).getDefiningOp();
    if (isa_and_nonnull<linalg::LinalgOp>(producer))
      producer->setAttr(kNameAttrName, name);
  }
};

struct PrepareLinalg
    : public mlir::accel::impl::AccelPrepareLinalgBase<PrepareLinalg> {
  void runOnOperation() override {
    NameKeeper names;
    generalize(names);
    if (failed(moveReshapes(names)))
      return signalPassFailure();
    fuseChains(names);
  }

private:
  void generalize(NameKeeper &names) {
    IRRewriter rewriter(&getContext(), &names);
    SmallVector<linalg::LinalgOp> ops;
    getOperation().walk([&](linalg::LinalgOp op) {
      // Fills start accumulations and copies move: both stay what they are.
      if (!isa<linalg::GenericOp, linalg::FillOp, linalg::CopyOp>(op))
        ops.push_back(op);
    });
    for (linalg::LinalgOp op : ops) {
      rewriter.setInsertionPoint(op);
      (void)linalg::generalizeNamedOp(rewriter, op);
    }
  }

  LogicalResult moveReshapes(NameKeeper &names) {
    RewritePatternSet patterns(&getContext());
    // Only reductions: elementwise chains follow whatever layout they are in.
    linalg::populateFoldReshapeOpsByExpansionPatterns(
        patterns, [](OpOperand *operand) {
          auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
          return consumer && consumer.getNumReductionLoops() > 0;
        });
    tensor::EmptyOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns,
                                                         &getContext());
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    GreedyRewriteConfig config;
    config.setListener(&names);
    return applyPatternsGreedily(getOperation(), std::move(patterns), config);
  }

  /// Fuses `producer -> consumer` pairs of elementwise ops, the last pair
  /// first, as long as nobody else reads the producer.
  void fuseChains(NameKeeper &names) {
    IRRewriter rewriter(&getContext(), &names);
    SmallVector<linalg::GenericOp> work;
    getOperation().walk([&](linalg::GenericOp op) { work.push_back(op); });
    while (!work.empty()) {
      linalg::GenericOp consumer = work.pop_back_val();
      OpOperand *fusable = findFusable(consumer);
      if (!fusable)
        continue;
      auto producer = fusable->get().getDefiningOp<linalg::GenericOp>();
      rewriter.setInsertionPoint(consumer);
      FailureOr<linalg::ElementwiseOpFusionResult> fused =
          linalg::fuseElementwiseOps(rewriter, fusable);
      if (failed(fused))
        continue;
      for (auto [old, replacement] : fused->replacements)
        rewriter.replaceAllUsesWith(old, replacement);
      if (Attribute name = consumer->getAttr(kNameAttrName))
        fused->fusedOp->setAttr(kNameAttrName, name);
      llvm::erase(work, producer);
      rewriter.eraseOp(consumer);
      rewriter.eraseOp(producer);
      work.push_back(cast<linalg::GenericOp>(fused->fusedOp));
    }
  }

  /// True if the body of `consumer` is still operations that one value goes
  /// through when a chain stands in place of `operand`: what it meets must come
  /// from an operand as it is. Host ops may have any body.
  static bool staysChain(linalg::GenericOp consumer, OpOperand &operand) {
    if (!whyNoVectorInstruction(consumer).empty())
      return true;
    Value value = consumer.getMatchingBlockArgument(&operand);
    while (value.hasOneUse()) {
      Operation *user = *value.user_begin();
      if (!isa<arith::ExtSIOp, arith::TruncIOp>(user))
        break;
      value = user->getResult(0);
    }
    if (!value.hasOneUse())
      return value.use_empty();
    for (Value other : value.user_begin()->getOperands()) {
      if (auto extend = other.getDefiningOp<arith::ExtSIOp>();
          extend && other != value)
        other = extend.getIn();
      if (other != value && !isa<BlockArgument>(other) &&
          !matchPattern(other, m_Constant()))
        return false;
    }
    return true;
  }

  static OpOperand *findFusable(linalg::GenericOp consumer) {
    if (consumer.getNumLoops() != consumer.getNumParallelLoops())
      return nullptr;
    for (OpOperand *operand : consumer.getDpsInputOperands()) {
      auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
      // What the vector unit runs must not be drawn into what it does not.
      if (producer && producer->hasOneUse() &&
          whyNoVectorInstruction(producer).empty() ==
              whyNoVectorInstruction(consumer).empty() &&
          producer.getNumLoops() == producer.getNumParallelLoops() &&
          staysChain(consumer, *operand) &&
          linalg::areElementwiseOpsFusable(operand))
        return operand;
    }
    return nullptr;
  }
};

} // namespace
