//===- PackedLayout.cpp - Tensors as arrays of elements -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::accel;

int64_t PackedLayout::tileOf(int64_t dim) const {
  int64_t tile = 1;
  for (auto [lane, extent] : llvm::zip(lanes, extents))
    if (lane == dim)
      tile *= extent;
  return tile;
}

int64_t PackedLayout::elementsAlong(int64_t dim, int64_t size) const {
  int64_t count = llvm::divideCeil(size, tileOf(dim));
  for (auto [lane, least] : llvm::zip(lanes, blocks))
    if (lane == dim)
      count = std::max(count, least);
  return count;
}

RankedTensorType PackedLayout::getWidenedType(RankedTensorType type) const {
  SmallVector<int64_t> shape(type.getShape());
  for (auto [dim, size] : llvm::enumerate(shape))
    if (int64_t count = elementsAlong(dim, size);
        count > int64_t(llvm::divideCeil(size, tileOf(dim))))
      size = count * tileOf(dim);
  return RankedTensorType::get(shape, type.getElementType());
}

RankedTensorType PackedLayout::getPackedType(RankedTensorType type) const {
  SmallVector<int64_t> shape;
  for (int64_t dim : order)
    shape.push_back(elementsAlong(dim, type.getDimSize(dim)));
  shape.append(extents.begin(), extents.end());
  return RankedTensorType::get(shape, type.getElementType());
}

AffineMap PackedLayout::getIndexMap(MLIRContext *context) const {
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : order)
    exprs.push_back(getAffineDimExpr(dim, context).floorDiv(tileOf(dim)));
  for (auto [lane, extent] : llvm::zip(lanes, extents))
    exprs.push_back(lane < 0 ? getAffineConstantExpr(0, context)
                             : getAffineDimExpr(lane, context) % extent);
  return AffineMap::get(order.size(), 0, exprs, context);
}

namespace {
/// A layout in the words of linalg.pack, which knows no lane without dimension:
/// the element it makes is then reshaped to the whole one.
struct PackWords {
  SmallVector<int64_t> dims;
  SmallVector<OpFoldResult> tiles;
  RankedTensorType type;
  SmallVector<ReassociationIndices> reassociation;
};
} // namespace

static PackWords toPackWords(Builder &builder, RankedTensorType type,
                             const PackedLayout &layout) {
  PackWords words;
  SmallVector<int64_t> shape(
      layout.getPackedType(type).getShape().drop_back(2));
  for (int64_t dim = 0; dim < int64_t(shape.size()); ++dim)
    words.reassociation.push_back({dim});
  // Element dimensions without lane join the one after them, or, at the end,
  // the last dimension before.
  ReassociationIndices waiting;
  for (unsigned i = 0; i < 2; ++i) {
    int64_t dim = layout.order.size() + i;
    if (layout.lanes[i] < 0) {
      waiting.push_back(dim);
      continue;
    }
    words.dims.push_back(layout.lanes[i]);
    words.tiles.push_back(builder.getIndexAttr(layout.extents[i]));
    shape.push_back(layout.extents[i]);
    waiting.push_back(dim);
    words.reassociation.push_back(waiting);
    waiting.clear();
  }
  if (!waiting.empty())
    words.reassociation.back().append(waiting);
  words.type = RankedTensorType::get(shape, type.getElementType());
  return words;
}

Value mlir::accel::packTensor(OpBuilder &builder, Location loc, Value value,
                              const PackedLayout &layout) {
  auto type = cast<RankedTensorType>(value.getType());
  PackWords words = toPackWords(builder, type, layout);
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(type.getElementType()));
  if (RankedTensorType widened = layout.getWidenedType(type); widened != type) {
    SmallVector<OpFoldResult> low(type.getRank(), builder.getIndexAttr(0)),
        high;
    for (auto [size, wide] : llvm::zip(type.getShape(), widened.getShape()))
      high.push_back(builder.getIndexAttr(wide - size));
    value =
        tensor::PadOp::create(builder, loc, widened, value, low, high, zero);
  }
  Value empty = tensor::EmptyOp::create(builder, loc, words.type.getShape(),
                                        type.getElementType());
  Value packed = linalg::PackOp::create(builder, loc, value, empty, words.dims,
                                        words.tiles, zero, layout.order)
                     .getResult();
  RankedTensorType wanted = layout.getPackedType(type);
  if (wanted == words.type)
    return packed;
  return tensor::ExpandShapeOp::create(builder, loc, wanted, packed,
                                       words.reassociation);
}

Value mlir::accel::unpackTensor(OpBuilder &builder, Location loc, Value packed,
                                RankedTensorType type,
                                const PackedLayout &layout) {
  PackWords words = toPackWords(builder, type, layout);
  if (words.type != packed.getType())
    packed = tensor::CollapseShapeOp::create(builder, loc, words.type, packed,
                                             words.reassociation);
  RankedTensorType widened = layout.getWidenedType(type);
  Value empty = tensor::EmptyOp::create(builder, loc, widened.getShape(),
                                        type.getElementType());
  Value whole = linalg::UnPackOp::create(builder, loc, packed, empty,
                                         words.dims, words.tiles, layout.order)
                    .getResult();
  if (widened == type)
    return whole;
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
  Value slice = tensor::ExtractSliceOp::create(
      builder, loc, whole, offsets,
      getAsIndexOpFoldResult(builder.getContext(), type.getShape()), strides);
  // No function can return a view with a layout of its own.
  Value own = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                      type.getElementType());
  return linalg::CopyOp::create(builder, loc, slice, own).getResult(0);
}
