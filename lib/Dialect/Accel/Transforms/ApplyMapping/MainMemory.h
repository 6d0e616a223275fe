//===- MainMemory.h - Tensors in the outermost memory -----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The border between a group's tensors and the generated code's buffers: ops of
// the group that are not mapped stay on tensors, in front of the loops that
// need them.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_MAINMEMORY_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_MAINMEMORY_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/IR/IRMapping.h"

namespace mlir::accel::apply {

/// All methods generate code right before the group, so after everything that
/// was generated there before.
class MainMemory {
public:
  explicit MainMemory(GroupOp group) : group(group), builder(group) {}

  /// A new buffer for `result`, a result of a mapped op.
  Value allocate(Value result);

  /// The buffer that holds `tensor`: that of a mapped op's result, or a
  /// read-only view of any other tensor.
  Value bufferOf(Value tensor);

  /// `value` as seen from outside the group. Copies the ops that define it out
  /// of the group where necessary.
  Value outside(Value value);

  /// Copies ops with side effects that stand before `op` out of the group.
  void emitEffectsBefore(Operation *op);

  /// Copies out what is left and replaces the group by its results.
  void finish();

private:
  void emit(Operation *op);
  Value tensorOf(Value result, bool writable);

  GroupOp group;
  OpBuilder builder;
  /// Values of the group, as seen from outside.
  IRMapping values;
  DenseMap<Value, Value> buffers;
  /// Ops that are copied out already.
  DenseSet<Operation *> emitted;
};

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_MAINMEMORY_H
