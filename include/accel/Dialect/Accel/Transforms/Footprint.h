//===- Footprint.h - What an instruction reads and writes -------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_DIALECT_ACCEL_TRANSFORMS_FOOTPRINT_H
#define ACCEL_DIALECT_ACCEL_TRANSFORMS_FOOTPRINT_H

#include "accel/Dialect/Accel/Transforms/ElementView.h"

namespace mlir::accel {

/// True for accel.load, store, gemm, alu and wait.
bool isInstruction(Operation *op);

/// The queue that runs the instruction.
Queue queueOf(Operation *instruction);

StringRef queueName(Queue queue);

/// What an instruction does with one memref operand.
struct OperandAccess {
  ElementView view;
  /// Elements of the root.
  NestAccess access;
  SmallVector<int64_t> nest;
  bool onChip = false;
  bool reads = false;
  bool writes = false;
  /// Where the operand's address stands in `base` or `bases`.
  unsigned baseIndex = 0;
};

using OperandAccesses = SmallVector<OperandAccess, 0>;

/// The operands that the instruction accesses; a reset reads none of its
/// inputs. Emits an error on an operand whose elements are not static.
FailureOr<OperandAccesses> getAccesses(Operation *instruction);

/// The on-chip address that `accel-allocate` gave an operand, in elements: that
/// of the first element of its view.
std::optional<int64_t> getBase(Operation *instruction, unsigned baseIndex);

/// Writes on-chip addresses, as many as the instruction has bases.
void setBases(Operation *instruction, ArrayRef<int64_t> bases);
unsigned numBases(Operation *instruction);

} // namespace mlir::accel

#endif // ACCEL_DIALECT_ACCEL_TRANSFORMS_FOOTPRINT_H
