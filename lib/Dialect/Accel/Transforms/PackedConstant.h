//===- PackedConstant.h - Packs of constants, at compile time ---*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PACKEDCONSTANT_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PACKEDCONSTANT_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"

namespace mlir::accel {

/// A pack or unpack, with all that goes before or after it, as one step.
struct PackChain {
  /// The tensor that is not packed.
  Value source;
  /// From its index to the packed index; null where values stand in several
  /// places.
  AffineMap layout;
  /// From the packed index to that of the source; outside of the source stand
  /// zeros. Filler may have any value where the other operand of a contraction
  /// is zero. Null for an unpack.
  AffineMap gather;
};

/// The pack whose result `value` is, if any, seen through reshapes, unrolled
/// windows and zero padding before it.
std::optional<PackChain> findPack(Value value);

/// The unpack that `user`, a reader of a packed value, begins, if any.
std::optional<PackChain> findUnpack(Operation *user);

/// The data of `value` if it is the pack of a constant, else null.
DenseElementsAttr packConstant(Value value);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PACKEDCONSTANT_H
