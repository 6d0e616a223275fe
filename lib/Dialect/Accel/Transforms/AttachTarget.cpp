//===- AttachTarget.cpp - Sets the target of a module ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/DLTI/DLTI.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELATTACHTARGET
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {
struct AttachTarget
    : public mlir::accel::impl::AccelAttachTargetBase<AttachTarget> {
  using AccelAttachTargetBase::AccelAttachTargetBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    TargetAttr attr = target.empty() ? lookupTarget(module)
                                     : readTarget(target, module.getLoc());
    if (!attr) {
      if (target.empty())
        emitError(module.getLoc(),
                  "module has no target and the option target= is empty");
      return signalPassFailure();
    }
    if (!targetSet.empty())
      attr = overrideTarget(attr, targetSet, module.getLoc());
    if (!attr)
      return signalPassFailure();
    setTarget(module, attr);
  }
};
} // namespace
