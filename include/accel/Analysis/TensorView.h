//===- TensorView.h - Values that are views of other values -----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Padding by zeros and reshapes that keep indices linear move no data: they are
// seen through, so that an Einsum reads the tensor behind them. The model
// counts and the generated code copies by the same view.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_ANALYSIS_TENSORVIEW_H
#define ACCEL_ANALYSIS_TENSORVIEW_H

#include "accel/Model/Einsum.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Value.h"
#include <optional>

namespace mlir::accel {

/// `base`, and for each of its dimensions the index as a linear expression over
/// the dimensions of the view. Indices outside of `base` read zero.
struct TensorView {
  Value base;
  SmallVector<::accel::LinearExpr, 4> index;
  /// Dimensions of the view.
  unsigned rank = 0;

  /// `value` as a view of itself. Precondition: a ranked tensor.
  static TensorView whole(Value value);
  /// Whether the view has the dimensions of `base`, apart from padding.
  bool hasSameDims() const;
};

/// Follows `value` through views to what it stands for. Ends at the first op
/// that is no view, or no linear one: then `base` is that op's result.
TensorView resolveView(Value value);

/// True if `op` is a view that resolveView sees through.
bool isLinearView(Operation *op);

/// `outer` with every dimension d replaced by `inner[d]`.
::accel::LinearExpr compose(const ::accel::LinearExpr &outer,
                            ArrayRef<::accel::LinearExpr> inner);

/// The sum of multiples of `numDims` dimensions that `expr` is, or nothing if
/// it is none (division, remainder).
std::optional<::accel::LinearExpr> linearize(AffineExpr expr, unsigned numDims);

} // namespace mlir::accel

#endif // ACCEL_ANALYSIS_TENSORVIEW_H
