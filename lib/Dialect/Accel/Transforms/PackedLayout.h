//===- PackedLayout.h - Tensors as arrays of elements -----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A matrix unit moves and multiplies elements: small two-dimensional blocks. A
// packed tensor is an array of elements; its last two dimensions are one.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PACKEDLAYOUT_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PACKEDLAYOUT_H

#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace mlir::accel {

/// How a tensor is cut into elements.
struct PackedLayout {
  /// The tensor's dimension on each dimension of the element, or -1 for none
  /// (then the element's extent there is 1).
  std::array<int64_t, 2> lanes = {-1, -1};
  /// Extents of the element.
  std::array<int64_t, 2> extents = {1, 1};
  /// Elements along each of `lanes`, at least: those beyond the tensor are
  /// zero.
  std::array<int64_t, 2> blocks = {0, 0};
  /// The tensor's dimensions in the order in which they index elements.
  SmallVector<int64_t> order;

  bool operator==(const PackedLayout &other) const {
    return lanes == other.lanes && extents == other.extents &&
           blocks == other.blocks && order == other.order;
  }

  /// Extent of the element along dimension `dim` of the tensor, 1 if it is on
  /// none of the element's.
  int64_t tileOf(int64_t dim) const;

  /// Elements along dimension `dim` of the tensor, whose extent is `size`.
  int64_t elementsAlong(int64_t dim, int64_t size) const;

  /// `type` with the extents that whole elements cover, where `blocks` asks for
  /// more than it has.
  RankedTensorType getWidenedType(RankedTensorType type) const;

  /// Type of the packed tensor.
  RankedTensorType getPackedType(RankedTensorType type) const;

  /// From the index in the tensor to the index in the packed tensor.
  AffineMap getIndexMap(MLIRContext *context) const;
};

/// `value` cut into elements; what an element has too much is zero.
Value packTensor(OpBuilder &builder, Location loc, Value value,
                 const PackedLayout &layout);

/// The tensor of type `type` that `packed` holds.
Value unpackTensor(OpBuilder &builder, Location loc, Value packed,
                   RankedTensorType type, const PackedLayout &layout);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PACKEDLAYOUT_H
