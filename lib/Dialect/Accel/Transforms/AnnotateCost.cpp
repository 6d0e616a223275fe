//===- AnnotateCost.cpp - Attaches the predicted cost to every op ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/CostAnalysis.h"
#include "accel/Analysis/Report.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELANNOTATECOST
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

namespace {
struct AnnotateCost
    : public mlir::accel::impl::AccelAnnotateCostBase<AnnotateCost> {
  using AccelAnnotateCostBase::AccelAnnotateCostBase;

  void runOnOperation() override {
    std::vector<CostAnalysis> analyses;
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      FailureOr<CostAnalysis> analysis =
          CostAnalysis::compute(func, referenceSlots);
      if (failed(analysis))
        return signalPassFailure();
      analyses.push_back(std::move(*analysis));
    }
    if (failed(writeReport(analyses)))
      return signalPassFailure();
    for (const CostAnalysis &analysis : analyses) {
      for (auto [op, cost] :
           llvm::zip(analysis.program().ops, analysis.costs()))
        op->setAttr(kCostAttrName, getCostAttr(&getContext(), cost.energyJ,
                                               cost.latencyS, cost.ops));
      annotateGroups(analysis);
    }
  }

private:
  LogicalResult writeReport(ArrayRef<CostAnalysis> analyses) {
    if (report.empty())
      return success();
    model::CostReport written;
    for (const CostAnalysis &analysis : analyses) {
      const model::EinsumGraph &graph = analysis.program().graph;
      if (graph.einsums.empty())
        continue;
      written.arch = &analysis.architecture();
      written.functions.push_back(
          {graph.name, &graph,
           analysis.mapping() ? &*analysis.mapping() : nullptr,
           analysis.options()});
    }
    if (written.functions.empty())
      return emitError(getOperation().getLoc())
             << "report: module has no linalg op on static tensors";
    if (llvm::Error error =
            model::writeJson(model::makeReport(written), report))
      return emitError(getOperation().getLoc())
             << "report: " << llvm::toString(std::move(error));
    return success();
  }

  void annotateGroups(const CostAnalysis &analysis) {
    DenseMap<Operation *, OpCost> sums;
    for (auto [op, cost] :
         llvm::zip(analysis.program().ops, analysis.costs())) {
      auto group = dyn_cast<GroupOp>(op->getParentOp());
      if (!group)
        continue;
      OpCost &sum = sums[group];
      sum.energyJ += cost.energyJ;
      sum.latencyS += cost.latencyS;
      sum.ops += cost.ops;
    }
    for (auto &[op, sum] : sums)
      cast<GroupOp>(op).setCostAttr(
          getCostAttr(&getContext(), sum.energyJ, sum.latencyS, sum.ops));
  }
};
} // namespace
