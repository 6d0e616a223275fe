//===- PackOperands.cpp - Embeds ops into the matrix unit ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionPacker.h"
#include "WideResults.h"

#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELPACKOPERANDS
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

namespace {
struct PackOperands
    : public mlir::accel::impl::AccelPackOperandsBase<PackOperands> {
  using AccelPackOperandsBase::AccelPackOperandsBase;
  void runOnOperation() override;

private:
  LogicalResult pack(func::FuncOp func, const MatrixTarget &target,
                     EmbeddingScheme scheme);
};
} // namespace

static SmallVector<linalg::LinalgOp> linalgOps(func::FuncOp func) {
  SmallVector<linalg::LinalgOp> ops;
  func.walk([&](linalg::LinalgOp op) { ops.push_back(op); });
  return ops;
}

/// Packs a copy of `func` that takes its place. What turns out to stay on the
/// host changes what its neighbours need, so that another copy is packed then.
LogicalResult PackOperands::pack(func::FuncOp func, const MatrixTarget &target,
                                 EmbeddingScheme scheme) {
  SmallVector<linalg::LinalgOp> originals = linalgOps(func);
  DenseMap<Operation *, std::string> lateReasons;
  while (true) {
    OpBuilder builder(func);
    auto copy = cast<func::FuncOp>(builder.clone(*func));
    DenseMap<Operation *, Operation *> originalOf;
    for (auto [op, original] : llvm::zip_equal(linalgOps(copy), originals))
      originalOf[op] = original;
    splitWideResults(copy, target.channelBlock());
    FailureOr<FunctionEinsums> program = analyzeFunction(copy);
    if (failed(program))
      return failure();
    bool isDone = true;
    auto onHost = FunctionPacker(*program, target, scheme).run();
    for (const FunctionPacker::HostOp &host : onHost) {
      Operation *original = originalOf.lookup(host.op);
      if (!host.isLate || !original)
        continue;
      original->setAttr(kHostAttrName, builder.getUnitAttr());
      lateReasons[original] = host.why;
      isDone = false;
    }
    if (!isDone) {
      copy.erase();
      continue;
    }
    for (const FunctionPacker::HostOp &host : onHost)
      if (Operation *original = originalOf.lookup(host.op)) {
        auto late = lateReasons.find(original);
        host.op->emitRemark()
            << "stays on the host: "
            << (late == lateReasons.end() ? host.why : late->second);
      }
    func.erase();
    return success();
  }
}

void PackOperands::runOnOperation() {
  FailureOr<model::Architecture> arch = lookupArchitecture(getOperation());
  if (failed(arch))
    return signalPassFailure();
  llvm::Expected<MatrixTarget> target = MatrixTarget::find(*arch);
  if (!target) {
    emitError(getOperation().getLoc()) << llvm::toString(target.takeError());
    return signalPassFailure();
  }
  if (embedding != "best" && embedding != "fixed") {
    emitError(getOperation().getLoc()) << "unknown embedding \"" << embedding
                                       << "\": best and fixed are known";
    return signalPassFailure();
  }
  for (func::FuncOp func :
       llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
    if (failed(pack(func, *target,
                    embedding == "fixed" ? EmbeddingScheme::Fixed
                                         : EmbeddingScheme::Best)))
      return signalPassFailure();
}
