//===- TargetConversion.h - #accel.target and Architecture ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The same description twice: as an attribute of the IR, and as the plain data
// that model and mapper work on. Both directions keep every field.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_ANALYSIS_TARGETCONVERSION_H
#define ACCEL_ANALYSIS_TARGETCONVERSION_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "accel/Model/Architecture.h"
#include "mlir/IR/BuiltinOps.h"

namespace mlir::accel {

/// The plain data of a (verified) attribute.
::accel::Architecture getArchitecture(TargetAttr target);

/// The attribute of an architecture that `getArchitecture` could have made.
TargetAttr getTargetAttr(MLIRContext *context,
                         const ::accel::Architecture &arch);

/// Names of the shipped targets, sorted.
SmallVector<StringRef> getShippedTargetNames();

/// Reads the target that `name` means: a shipped one, or the path of a file
/// whose module has one. Reports what is wrong at `loc`, or inside the file at
/// the place, and returns null.
TargetAttr readTarget(StringRef name, Location loc);

/// Applies `<level>.<field>=<value>,...` and checks the result. Reports what is
/// wrong at `loc` and returns null.
TargetAttr overrideTarget(TargetAttr target, StringRef overrides, Location loc);

/// Sets the module's target: `"accel.target"` of device `"NPU"`. Other devices
/// and entries of the module's system specification stay.
void setTarget(ModuleOp module, TargetAttr target);

/// The architecture of the module around `op`; reports at `op` if it has no
/// target.
FailureOr<::accel::Architecture> lookupArchitecture(Operation *op);

} // namespace mlir::accel

#endif // ACCEL_ANALYSIS_TARGETCONVERSION_H
