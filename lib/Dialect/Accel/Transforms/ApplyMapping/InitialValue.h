//===- InitialValue.h - What an output holds at first -----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_INITIALVALUE_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_INITIALVALUE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::accel::apply {

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

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_INITIALVALUE_H
