//===- DumpConstraints.cpp - Prints embedding problems --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstraintsToSMT.h"
#include "EmbeddingChoice.h"

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"
#include "accel/Embedding/GecodeSolver.h"

#include "mlir/Dialect/SMT/IR/SMTDialect.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

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

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<smt::SMTDialect>();
  }

  void runOnOperation() override {
    if (format != "text" && format != "smt") {
      emitError(getOperation().getLoc())
          << "format is \"" << format << "\" but must be text or smt";
      return signalPassFailure();
    }
    if (failed(format == "smt" ? dumpSMT() : dumpText()))
      signalPassFailure();
  }

private:
  /// Calls `visit` with every contraction and its problem.
  LogicalResult
  forEachProblem(function_ref<void(linalg::LinalgOp, model::Problem &)> visit);
  LogicalResult dumpText();
  LogicalResult dumpSMT();
  LogicalResult write(StringRef text, raw_ostream &standard);
};
} // namespace

LogicalResult DumpConstraints::forEachProblem(
    function_ref<void(linalg::LinalgOp, model::Problem &)> visit) {
  FailureOr<model::Architecture> arch = lookupArchitecture(getOperation());
  if (failed(arch))
    return failure();
  llvm::Expected<MatrixTarget> target = MatrixTarget::find(*arch);
  if (!target)
    return emitError(getOperation().getLoc())
           << llvm::toString(target.takeError());
  for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
    FailureOr<FunctionEinsums> program = analyzeFunction(func);
    if (failed(program))
      return failure();
    for (auto [index, op] : llvm::enumerate(program->ops)) {
      if (program->graph.einsums[index].kind != model::EinsumKind::Contraction)
        continue;
      llvm::Expected<model::Problem> problem =
          model::Problem::create(program->graph, index, target->instruction);
      if (problem)
        visit(op, *problem);
      else
        op->emitRemark() << "has no embedding problem: "
                         << llvm::toString(problem.takeError());
    }
  }
  return success();
}

LogicalResult DumpConstraints::dumpText() {
  std::string text;
  llvm::raw_string_ostream os(text);
  LogicalResult result =
      forEachProblem([&](linalg::LinalgOp, model::Problem &problem) {
        problem.dump(os);
        if (!solve)
          return;
        llvm::Expected<model::SolveResult> solved =
            model::solveWithGecode(problem);
        if (solved) {
          os << "best ";
          problem.print(solved->embeddings.front(), os);
        } else {
          os << "none: " << llvm::toString(solved.takeError()) << '\n';
        }
      });
  return succeeded(result) ? write(text, llvm::errs()) : failure();
}

LogicalResult DumpConstraints::dumpSMT() {
  OwningOpRef<ModuleOp> module(ModuleOp::create(getOperation().getLoc()));
  OpBuilder builder(&getContext());
  builder.setInsertionPointToStart(module->getBody());
  LogicalResult result =
      forEachProblem([&](linalg::LinalgOp op, model::Problem &problem) {
        buildSMT(problem, maxMicroOps, op.getLoc(), builder);
      });
  if (failed(result))
    return failure();
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os);
  os << '\n';
  return write(text, llvm::outs());
}

LogicalResult DumpConstraints::write(StringRef text, raw_ostream &standard) {
  if (output == "-") {
    standard << text;
    return success();
  }
  llvm::Error error = llvm::writeToOutput(output, [&](raw_ostream &os) {
    os << text;
    return llvm::Error::success();
  });
  if (!error)
    return success();
  return emitError(getOperation().getLoc())
         << "cannot write \"" << output
         << "\": " << llvm::toString(std::move(error));
}
