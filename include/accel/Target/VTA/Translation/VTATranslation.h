//===- VTATranslation.h - accel instructions to VTA programs ----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_TRANSLATION_VTATRANSLATION_H
#define ACCEL_TARGET_VTA_TRANSLATION_VTATRANSLATION_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "accel/Target/VTA/Program.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::accel {

/// The geometry of a target that has a compute unit with a matrix shape and a
/// level for each of its operands (`InstructionLevels`). Emits an error at
/// `loc` if there is none or it cannot be encoded.
FailureOr<::accel::vta::Geometry> getGeometry(TargetAttr target, Location loc);

/// Encodes function `entry` of the module, or its only one with instructions
/// if that is empty. The function is straight-line accel instructions with
/// addresses and flags (`accel-insert-sync`) on static memrefs. Emits a located
/// error on anything else: an op that is no instruction would have to run on
/// the host.
FailureOr<::accel::vta::Program> translateToVTA(ModuleOp module,
                                                StringRef entry = "");

} // namespace mlir::accel

#endif // ACCEL_TARGET_VTA_TRANSLATION_VTATRANSLATION_H
