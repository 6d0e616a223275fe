//===- ElementView.h - Memrefs as arrays of elements ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Instructions address buffers by element: the last two dimensions of a memref
// (for example 1x16 values) are one element, the dimensions before index it.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_DIALECT_ACCEL_TRANSFORMS_ELEMENTVIEW_H
#define ACCEL_DIALECT_ACCEL_TRANSFORMS_ELEMENTVIEW_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mlir::accel {

/// True if `type` is a memref in an `#accel.mem` memory space.
bool isOnChip(Type type);

/// The allocation, argument or global that `memref` is a view of, through any
/// chain of view-like ops.
Value getViewRoot(Value memref);

/// A static, strided view of whole elements of a root memref. Offset, sizes and
/// strides count elements.
struct ElementView {
  Value root;
  int64_t offset = 0;
  SmallVector<int64_t> sizes;
  SmallVector<int64_t> strides;
  /// The shape of one element.
  int64_t elementRows = 1;
  int64_t elementColumns = 1;

  /// Views `memref`. Fails, with the reason as a note-ready sentence in
  /// `reason`, if the memref is dynamic, has fewer than two dimensions, or cuts
  /// through elements.
  static FailureOr<ElementView> get(Value memref, std::string &reason);

  /// Elements of the view.
  int64_t size() const;
  /// Values of one element.
  int64_t elementSize() const { return elementRows * elementColumns; }
  /// True if every element of the root is in the view.
  bool coversRoot() const;
  /// True if both see the same elements of one root in the same order.
  bool sameElements(const ElementView &other) const;

  /// The view as a value: `newRoot` itself or a `memref.reinterpret_cast` of
  /// it. `newRoot` has the shape of `root`, and possibly another element type.
  Value materialize(OpBuilder &builder, Location loc, Value newRoot) const;
};

/// An affine access of a loop nest to elements: the element at a point is base
/// plus the sum of coefficient times index. Coefficients are not negative.
struct NestAccess {
  int64_t base = 0;
  SmallVector<int64_t> coefficients;
};

/// The access of `map` (nest → leading indices of `view`) in elements of the
/// root. Fails if the map is not linear.
FailureOr<NestAccess> getNestAccess(AffineMap map, const ElementView &view);

/// Calls `visit(begin, end)` for ranges of elements that together are those an
/// access touches; a range may be visited more than once.
void visitRanges(const NestAccess &access, ArrayRef<int64_t> nest,
                 llvm::function_ref<void(int64_t, int64_t)> visit);

/// The same for all elements of a view.
void visitRanges(const ElementView &view,
                 llvm::function_ref<void(int64_t, int64_t)> visit);

} // namespace mlir::accel

#endif // ACCEL_DIALECT_ACCEL_TRANSFORMS_ELEMENTVIEW_H
