//===- InstructionFit.h - What an instruction can run -----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_INSTRUCTIONFIT_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_INSTRUCTIONFIT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::accel {

/// Empty if a matrix instruction (i8 times i8, added to i32 that starts from
/// zeros) can compute `op`, else why not.
std::string whyNoMatrixInstruction(linalg::GenericOp op);

/// True if `input` has i8 values that the body sign-extends to i32 and uses in
/// no other way: a matrix instruction can put them into accumulators.
bool isReadExtended(linalg::GenericOp op, OpOperand &input);

/// Empty if the vector unit (chains of add, sub, min, max and shifts on i32
/// accumulators, or on i8 values that are extended, results i32 or i8) can
/// compute `op`, else why not.
std::string whyNoVectorInstruction(linalg::GenericOp op);

/// Operations of the vector unit on one value that `op` takes: those of its
/// body, those with a second tensor twice (its port reads one value a cycle),
/// and the reset of the accumulator where the op works on what a matrix
/// instruction made.
int64_t countVectorOps(linalg::GenericOp op);

/// Which ops instructions run.
struct DeviceFit {
  DenseSet<Operation *> device;
  /// Why the others stay on the host.
  DenseMap<Operation *, std::string> why;
  /// Device ops whose i32 result something else reads, and the value that it
  /// reads: the result, or the result with the channels of its groups joined.
  SmallVector<std::pair<linalg::LinalgOp, Value>> wide;
};

/// Sorts `ops`, in program order. A result of 32 bits can leave the device in
/// bytes (WideResults.h); where nothing but the host made it, its op stays
/// there instead. `block` is the target's `channelBlock`.
DeviceFit findDeviceOps(ArrayRef<linalg::LinalgOp> ops,
                        std::optional<int64_t> block);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_INSTRUCTIONFIT_H
