//===- PrintMapping.cpp - Prints LoopTrees and Einsums for people ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/CostAnalysis.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "llvm/Support/Format.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELPRINTMAPPING
#define GEN_PASS_DEF_ACCELPRINTEINSUMS
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

/// `m + 2*r` for a projection's dimension.
static std::string indexText(const model::Einsum &einsum,
                             const model::LinearExpr &expr) {
  std::string text;
  for (auto [rank, factor] : expr.terms) {
    if (!text.empty())
      text += factor < 0 ? " - " : " + ";
    else if (factor < 0)
      text += "-";
    if (std::abs(factor) != 1)
      text += std::to_string(std::abs(factor)) + "*";
    text += einsum.rankName(rank);
  }
  if (expr.offset != 0 || text.empty()) {
    if (!text.empty())
      text += expr.offset < 0 ? " - " : " + ";
    else if (expr.offset < 0)
      text += "-";
    text += std::to_string(std::abs(expr.offset));
  }
  return text;
}

/// `1 tensor`, `2 tensors`.
static std::string counted(size_t count, StringRef what) {
  return (Twine(count) + " " + what + (count == 1 ? "" : "s")).str();
}

static std::string accessText(const model::EinsumGraph &graph, unsigned id,
                              unsigned access) {
  const model::Einsum &einsum = graph.einsums[id];
  std::string text = graph.tensorOf(einsum.accesses[access]).name + "[";
  llvm::interleave(
      einsum.accesses[access].projection,
      [&](const model::LinearExpr &expr) { text += indexText(einsum, expr); },
      [&] { text += ", "; });
  return text + "]";
}

namespace {

struct PrintEinsums
    : public mlir::accel::impl::AccelPrintEinsumsBase<PrintEinsums> {
  void runOnOperation() override {
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      FailureOr<FunctionEinsums> program = analyzeFunction(func);
      if (failed(program))
        return signalPassFailure();
      print(*program);
    }
  }

private:
  void print(const FunctionEinsums &program) {
    const model::EinsumGraph &graph = program.graph;
    llvm::raw_ostream &os = llvm::errs();
    os << "function " << graph.name << ": "
       << counted(graph.einsums.size(), "Einsum") << ", "
       << counted(graph.tensors.size(), "tensor") << ", "
       << counted(program.barriers.size(), "barrier") << "\n";
    for (unsigned id = 0; id < graph.einsums.size(); ++id) {
      const model::Einsum &einsum = graph.einsums[id];
      os << "  " << einsum.name << ": "
         << accessText(graph, id, einsum.outputIndex())
         << (einsum.readsInit ? " += " : " = ");
      llvm::interleave(
          llvm::seq(einsum.numInputs()),
          [&](unsigned access) { os << accessText(graph, id, access); },
          [&] { os << ", "; });
      os << "   (" << model::stringifyEinsumKind(einsum.kind) << ";";
      for (unsigned r = 0; r < einsum.ranks.size(); ++r)
        os << " " << einsum.rankName(r) << "=" << einsum.ranks[r].bound;
      os << ")\n";
    }
    for (const model::Tensor &tensor : graph.tensors) {
      os << "  tensor " << tensor.name << ": ";
      llvm::interleave(tensor.shape, os, "x");
      os << llvm::format(" of %g bits, ", tensor.bitsPerValue)
         << model::stringifyTensorClass(tensor.cls)
         << (tensor.persistent ? ", persistent" : "") << "\n";
    }
    for (const Barrier &barrier : program.barriers)
      os << "  barrier " << barrier.op->getName() << ": " << barrier.reason
         << "\n";
  }
};

struct PrintMapping
    : public mlir::accel::impl::AccelPrintMappingBase<PrintMapping> {
  using AccelPrintMappingBase::AccelPrintMappingBase;

  void runOnOperation() override {
    std::string text;
    llvm::raw_string_ostream os(text);
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      FailureOr<CostAnalysis> analysis =
          CostAnalysis::compute(func, referenceSlots);
      if (failed(analysis))
        return signalPassFailure();
      if (analysis->program().ops.empty())
        continue;
      if (!analysis->mapping()) {
        func.emitError("has ops without accel.mapping: run accel-map before "
                       "accel-print-mapping");
        return signalPassFailure();
      }
      os << "function " << func.getSymName() << "\n"
         << model::printLoopTree(analysis->program().graph,
                                 analysis->architecture(),
                                 *analysis->mapping());
    }
    if (output == "-") {
      llvm::errs() << text;
      return;
    }
    if (llvm::Error error =
            llvm::writeToOutput(output, [&](llvm::raw_ostream &file) {
              file << text;
              return llvm::Error::success();
            })) {
      emitError(getOperation().getLoc())
          << "mapping: " << llvm::toString(std::move(error));
      signalPassFailure();
    }
  }
};

} // namespace
