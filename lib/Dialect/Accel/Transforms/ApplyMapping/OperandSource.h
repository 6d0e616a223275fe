//===- OperandSource.h - Where an operand's elements come from --*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Padding and reshapes between a producer and a mapped op move no data: loads
// pad, and buffers are seen in another shape.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_OPERANDSOURCE_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_OPERANDSOURCE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::accel::apply {

/// One dimension of an operand, as seen from its base.
struct SourceDim {
  /// The one dimension of the base that it is, or -1 if it is part of one, made
  /// of several, or of size one.
  int baseDim = -1;
  /// Elements that padding puts before and behind.
  int64_t low = 0, high = 0;

  bool isPadded() const { return low != 0 || high != 0; }
};

/// An operand is `steps(base)`.
struct OperandSource {
  Value base;
  /// `tensor.pad`, `tensor.expand_shape` and `tensor.collapse_shape`, the one
  /// on the base first. All padding is by the same value.
  SmallVector<Operation *, 2> steps;
  SmallVector<SourceDim, 6> dims;

  /// The padding step, or null.
  tensor::PadOp pad() const;
  bool isReshaped() const;

  /// `value` itself.
  static OperandSource whole(Value value);
};

/// Looks through the padding and reshapes that define `operand`, as far as they
/// can be done by loads and by seeing a buffer in another shape.
OperandSource resolveSource(Value operand);

/// Whether both pad by the same constant or value.
bool haveSameValue(tensor::PadOp first, tensor::PadOp second);

/// The dimensions of a reshape's operand and result that belong together.
struct ReshapeGroup {
  SmallVector<int64_t, 2> sourceDims, resultDims;
  /// The only dimension longer than one on either side, or -1 if there are
  /// more.
  int64_t sourceDim = -1, resultDim = -1;
};
SmallVector<ReshapeGroup> reshapeGroups(Operation *reshape);

/// What an output holds before the op's first point is computed.
struct InitialValue {
  enum class Kind {
    Undefined, ///< the op does not read it, or there is nothing in it
    Fill,      ///< one scalar everywhere
    Copy       ///< the elements of a tensor
  };
  Kind kind = Kind::Undefined;
  Value fill;
  Value tensor;
};

/// The initial value of init operand `init` of `op`.
InitialValue resolveInit(linalg::LinalgOp op, OpOperand &init);

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_OPERANDSOURCE_H
