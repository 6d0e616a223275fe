//===- AluChain.h - Bodies of linalg ops as ALU operations ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_CONVERSION_LINALGTOACCEL_ALUCHAIN_H
#define ACCEL_CONVERSION_LINALGTOACCEL_ALUCHAIN_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::accel {

/// One ALU operation on an accumulator: with the value of an operand, or with
/// an immediate.
struct AluStep {
  AluKind kind;
  std::optional<unsigned> operand;
  int64_t immediate = 0;
};

/// A body as operations that one value goes through.
struct AluChain {
  /// The operand whose value starts; an output if the body reads it.
  unsigned start = 0;
  SmallVector<AluStep> steps;
  /// True if the result is surely within its element type, so that nobody
  /// needs to wrap it.
  bool inRange = true;
};

/// Linearises the body of `op`. Where two operands could start, the first for
/// which `prefers` holds does, else the first. With `exact`, an i8 result that
/// may be out of range is wrapped by shifts. Emits an error naming the
/// operation that the ALU does not have.
FailureOr<AluChain> linearizeBody(linalg::LinalgOp op, bool exact,
                                  llvm::function_ref<bool(unsigned)> prefers);

} // namespace mlir::accel

#endif // ACCEL_CONVERSION_LINALGTOACCEL_ALUCHAIN_H
