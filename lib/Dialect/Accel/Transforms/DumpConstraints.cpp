//===- DumpConstraints.cpp - Prints the embedding problems ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmbeddingChoice.h"

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"
#include "accel/Embedding/GecodeSolver.h"

#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/ToolOutputFile.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELDUMPCONSTRAINTS
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

namespace {
struct DumpConstraints
    : public mlir::accel::impl::AccelDumpConstraintsBase<DumpConstraints> {
  using AccelDumpConstraintsBase::AccelDumpConstraintsBase;

  void runOnOperation() override {
    FailureOr<model::Architecture> arch = lookupArchitecture(getOperation());
    if (failed(arch))
      return signalPassFailure();
    llvm::Expected<MatrixTarget> target = MatrixTarget::find(*arch);
    if (!target) {
      emitError(getOperation().getLoc()) << llvm::toString(target.takeError());
      return signalPassFailure();
    }
    std::string text;
    llvm::raw_string_ostream os(text);
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      FailureOr<FunctionEinsums> program = analyzeFunction(func);
      if (failed(program) || failed(dump(*program, *target, os)))
        return signalPassFailure();
    }
    if (output == "-") {
      llvm::errs() << text;
      return;
    }
    std::string message;
    std::unique_ptr<llvm::ToolOutputFile> file =
        openOutputFile(output, &message);
    if (!file) {
      emitError(getOperation().getLoc()) << message;
      return signalPassFailure();
    }
    file->os() << text;
    file->keep();
  }

  /// Prints the problem of every contraction of two tensors.
  LogicalResult dump(FunctionEinsums &program, const MatrixTarget &target,
                     llvm::raw_ostream &os) {
    for (auto [number, einsum] : llvm::enumerate(program.graph.einsums)) {
      if (einsum.kind != model::EinsumKind::Contraction ||
          einsum.numInputs() != 2)
        continue;
      llvm::Expected<model::Problem> problem = model::Problem::create(
          program.graph, number, target.instruction,
          model::EmbeddingOptions::gatheredPacking());
      if (!problem)
        return program.ops[number]->emitError()
               << llvm::toString(problem.takeError());
      problem->dump(os);
      if (!solve)
        continue;
      llvm::Expected<model::SolveResult> solved =
          model::solveWithGecode(*problem);
      if (!solved)
        return program.ops[number]->emitError()
               << llvm::toString(solved.takeError());
      os << "solution\n";
      problem->print(solved->embeddings.front(), os);
    }
    return success();
  }
};
} // namespace
