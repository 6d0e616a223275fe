//===- TensorView.cpp - Values that are views of other values -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/TensorView.h"

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include <map>

using namespace mlir;
using namespace mlir::accel;
using ::accel::LinearExpr;

LinearExpr mlir::accel::compose(const LinearExpr &outer,
                                ArrayRef<LinearExpr> inner) {
  LinearExpr result;
  result.offset = outer.offset;
  std::map<unsigned, int64_t> terms;
  for (auto [dim, factor] : outer.terms) {
    result.offset += factor * inner[dim].offset;
    for (auto [rank, inside] : inner[dim].terms)
      terms[rank] += factor * inside;
  }
  for (auto [rank, factor] : terms)
    if (factor != 0)
      result.terms.push_back({rank, factor});
  return result;
}

std::optional<LinearExpr> mlir::accel::linearize(AffineExpr expr,
                                                 unsigned numDims) {
  SmallVector<int64_t> flat;
  if (failed(getFlattenedAffineExpr(expr, numDims, 0, &flat)) ||
      flat.size() != numDims + 1)
    return std::nullopt;
  LinearExpr linear;
  for (unsigned dim = 0; dim < numDims; ++dim)
    if (flat[dim] != 0)
      linear.terms.push_back({dim, flat[dim]});
  linear.offset = flat.back();
  return linear;
}

TensorView TensorView::whole(Value value) {
  TensorView view{value, {}, 0};
  view.rank = cast<RankedTensorType>(value.getType()).getRank();
  for (unsigned dim = 0; dim < view.rank; ++dim)
    view.index.push_back(LinearExpr::rank(dim));
  return view;
}

static bool isRank(const LinearExpr &expr, unsigned dim) {
  return expr.terms.size() == 1 && expr.coefficient(dim) == 1;
}

bool TensorView::hasSameDims() const {
  for (auto [dim, expr] : llvm::enumerate(index))
    if (!isRank(expr, dim))
      return false;
  return index.size() == rank;
}

static bool isZero(Value value) {
  Attribute constant;
  if (!value || !matchPattern(value, m_Constant(&constant)))
    return false;
  if (auto integer = dyn_cast<IntegerAttr>(constant))
    return integer.getValue().isZero();
  if (auto real = dyn_cast<FloatAttr>(constant))
    return real.getValue().isZero();
  return false;
}

/// Whether reading `low` before and `high` past dimension `dim` of `source`, of
/// size `size` there, reads outside of its base: around a part of the base lies
/// data, not the zeros of a padding.
static bool isZeroAround(const TensorView &source, unsigned dim, int64_t size,
                         int64_t low, int64_t high) {
  if (low <= 0 && high <= 0)
    return true;
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(source.base.getType()).getShape();
  return llvm::any_of(llvm::zip_equal(source.index, shape), [&](auto at) {
    auto [expr, bound] = at;
    return isRank(expr, dim) && (low <= 0 || expr.offset <= 0) &&
           (high <= 0 || size + expr.offset >= bound);
  });
}

/// One step: the value behind `op`, and its index over the dimensions of the
/// op's result. Nothing if `op` is no linear view.
static std::optional<TensorView> stepThrough(Operation *op) {
  if (auto pad = dyn_cast_or_null<tensor::PadOp>(op)) {
    if (!isZero(pad.getConstantPaddingValue()) ||
        !pad.getSourceType().hasStaticShape() ||
        !pad.getResultType().hasStaticShape())
      return std::nullopt;
    TensorView source = resolveView(pad.getSource());
    TensorView view{pad.getSource(), {}, 0};
    for (auto [dim, low, high] :
         llvm::enumerate(pad.getStaticLow(), pad.getStaticHigh())) {
      if (ShapedType::isDynamic(low) || ShapedType::isDynamic(high) ||
          !isZeroAround(source, dim, pad.getSourceType().getDimSize(dim), low,
                        high))
        return std::nullopt;
      view.index.push_back(LinearExpr::rank(dim));
      view.index.back().offset = -low;
    }
    return view;
  }
  if (auto slice = dyn_cast_or_null<tensor::ExtractSliceOp>(op)) {
    if (!slice.getSourceType().hasStaticShape() ||
        ShapedType::isDynamicShape(slice.getStaticOffsets()) ||
        ShapedType::isDynamicShape(slice.getStaticSizes()) ||
        ShapedType::isDynamicShape(slice.getStaticStrides()))
      return std::nullopt;
    TensorView view{slice.getSource(), {}, 0};
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    unsigned result = 0;
    for (auto [dim, offset] : llvm::enumerate(slice.getStaticOffsets())) {
      LinearExpr expr;
      if (!dropped.test(dim))
        expr = LinearExpr::rank(result++, slice.getStaticStrides()[dim]);
      expr.offset = offset;
      view.index.push_back(expr);
    }
    return view;
  }
  if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op)) {
    RankedTensorType type = expand.getResultType();
    if (!type.hasStaticShape())
      return std::nullopt;
    TensorView view{expand.getSrc(), {}, 0};
    for (ReassociationIndices group : expand.getReassociationIndices()) {
      LinearExpr expr;
      int64_t stride = 1;
      for (int64_t dim : llvm::reverse(group)) {
        if (type.getDimSize(dim) != 1)
          expr.terms.push_back({unsigned(dim), stride});
        stride *= type.getDimSize(dim);
      }
      view.index.push_back(expr);
    }
    return view;
  }
  if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op)) {
    RankedTensorType type = collapse.getSrcType();
    if (!type.hasStaticShape())
      return std::nullopt;
    TensorView view{collapse.getSrc(), {}, 0};
    view.index.resize(type.getRank());
    for (auto [result, group] :
         llvm::enumerate(collapse.getReassociationIndices())) {
      bool taken = false;
      for (int64_t dim : group) {
        if (type.getDimSize(dim) == 1)
          continue;
        if (taken)
          return std::nullopt;
        taken = true;
        view.index[dim] = LinearExpr::rank(result);
      }
    }
    return view;
  }
  if (auto cast = dyn_cast_or_null<tensor::CastOp>(op)) {
    auto source = dyn_cast<RankedTensorType>(cast.getSource().getType());
    if (!source || !source.hasStaticShape())
      return std::nullopt;
    return TensorView::whole(cast.getSource());
  }
  return std::nullopt;
}

bool mlir::accel::isLinearView(Operation *op) {
  return stepThrough(op).has_value();
}

TensorView mlir::accel::resolveView(Value value) {
  TensorView view = TensorView::whole(value);
  while (true) {
    // The result of a group is what its body yields.
    if (auto group = view.base.getDefiningOp<GroupOp>()) {
      Operation *yield = group.getBody().front().getTerminator();
      view.base =
          yield->getOperand(cast<OpResult>(view.base).getResultNumber());
      continue;
    }
    std::optional<TensorView> step = stepThrough(view.base.getDefiningOp());
    if (!step)
      return view;
    for (LinearExpr &expr : step->index)
      expr = compose(expr, view.index);
    step->rank = view.rank;
    view = std::move(*step);
  }
}
