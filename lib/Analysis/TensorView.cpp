//===- TensorView.cpp - Values that are views of other values -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorView.h"

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

/// One step: the value behind `op`, and its index over the dimensions of the
/// op's result. Nothing if `op` is no linear view.
static std::optional<TensorView> stepThrough(Operation *op) {
  if (auto pad = dyn_cast_or_null<tensor::PadOp>(op)) {
    if (!isZero(pad.getConstantPaddingValue()) ||
        !pad.getSourceType().hasStaticShape() ||
        !pad.getResultType().hasStaticShape())
      return std::nullopt;
    TensorView view{pad.getSource(), {}};
    for (auto [dim, low] : llvm::enumerate(pad.getStaticLow())) {
      if (ShapedType::isDynamic(low))
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
    TensorView view{slice.getSource(), {}};
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
    TensorView view{expand.getSrc(), {}};
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
    TensorView view{collapse.getSrc(), {}};
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
    TensorView view{cast.getSource(), {}};
    for (int64_t dim = 0; dim < source.getRank(); ++dim)
      view.index.push_back(LinearExpr::rank(dim));
    return view;
  }
  return std::nullopt;
}

bool mlir::accel::isLinearView(Operation *op) {
  return stepThrough(op).has_value();
}

TensorView mlir::accel::resolveView(Value value) {
  TensorView view{value, {}};
  auto type = cast<RankedTensorType>(value.getType());
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    view.index.push_back(LinearExpr::rank(dim));
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
    view = std::move(*step);
  }
}
