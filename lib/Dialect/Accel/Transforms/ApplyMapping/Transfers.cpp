//===- Transfers.cpp - Allocates tiles and moves them ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Transfers.h"

#include "accel/Support/Assert.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

/// Upstream's deallocation passes refuse frees that they did not place, unless
/// both ends say so.
static void markManual(Operation *op) {
  op->setAttr(bufferization::BufferizationDialect::kManualDeallocation,
              UnitAttr::get(op->getContext()));
}

Tile apply::allocateTile(OpBuilder &builder, Location loc, const Box &box,
                         Type elementType, StringAttr level) {
  SmallVector<int64_t> shape;
  for (const DimRange &range : box)
    shape.push_back(range.extent);
  auto type = MemRefType::get(shape, elementType, MemRefLayoutAttrInterface(),
                              MemAttr::get(builder.getContext(), level));
  auto alloc = memref::AllocOp::create(builder, loc, type);
  markManual(alloc);
  return {alloc, box};
}

void apply::freeTile(OpBuilder &builder, Location loc, const Tile &tile) {
  markManual(memref::DeallocOp::create(builder, loc, tile.memref));
}

namespace {

/// What a box and a tile have in common: where it starts in both, and its
/// sizes.
struct Overlap {
  SmallVector<OpFoldResult> tileOffsets, boxOffsets, sizes;
  /// The tile need not hold all of the box.
  bool isPartial = false;
};

} // namespace

static void overlapDim(OpBuilder &builder, Location loc, const DimRange &range,
                       const DimRange &held, Overlap &overlap) {
  MLIRContext *context = builder.getContext();
  Position start = range.origin - held.origin;
  bool before = start.min() < 0;
  int64_t last = start.max() + range.extent;
  if (held.origin.isConstant())
    last = std::min(last, range.limit - held.origin.min());
  bool after = last > held.extent;
  overlap.isPartial |= before || after;
  if (!before && !after && !range.isCut) {
    overlap.tileOffsets.push_back(start.materialize(builder, loc));
    overlap.boxOffsets.push_back(builder.getIndexAttr(0));
    overlap.sizes.push_back(builder.getIndexAttr(range.extent));
    return;
  }
  // A constant place outside: no subview may start there, not even an empty
  // one.
  if (start.isConstant() &&
      (start.min() + range.extent <= 0 || start.min() >= held.extent)) {
    overlap.tileOffsets.push_back(builder.getIndexAttr(0));
    overlap.boxOffsets.push_back(builder.getIndexAttr(0));
    overlap.sizes.push_back(builder.getIndexAttr(0));
    return;
  }
  SmallVector<OpFoldResult> operands;
  AffineExpr from = start.expression(context, operands);
  auto constant = [&](int64_t value) {
    return getAffineConstantExpr(value, context);
  };
  SmallVector<AffineExpr, 3> ends = {from + range.extent};
  if (range.isCut)
    ends.push_back(
        (Position(range.limit) - held.origin).expression(context, operands));
  if (after)
    ends.push_back(constant(held.extent));
  unsigned dims = operands.size();
  OpFoldResult end = affine::makeComposedFoldedAffineMin(
      builder, loc, AffineMap::get(dims, 0, ends, context), operands);
  OpFoldResult begin =
      before
          ? affine::makeComposedFoldedAffineMax(
                builder, loc,
                AffineMap::get(dims, 0, {from, constant(0)}, context), operands)
          : start.materialize(builder, loc);
  AffineExpr d0 = getAffineDimExpr(0, context);
  AffineExpr d1 = getAffineDimExpr(1, context);
  OpFoldResult size = affine::makeComposedFoldedAffineApply(
      builder, loc, d1 - d0, {begin, end});
  if (start.min() + range.extent < 0 || start.max() > held.extent)
    size = affine::makeComposedFoldedAffineMax(
        builder, loc, AffineMap::get(1, 0, {d0, constant(0)}, context), {size});
  overlap.tileOffsets.push_back(begin);
  operands.push_back(begin);
  overlap.boxOffsets.push_back(
      before
          ? affine::makeComposedFoldedAffineApply(
                builder, loc, getAffineDimExpr(dims, context) - from, operands)
          : OpFoldResult(builder.getIndexAttr(0)));
  overlap.sizes.push_back(size);
}

static Overlap overlapOf(OpBuilder &builder, Location loc, const Box &box,
                         const Tile &tile) {
  Overlap overlap;
  for (auto [range, held] : llvm::zip_equal(box, tile.box))
    overlapDim(builder, loc, range, held, overlap);
  return overlap;
}

static Value slice(OpBuilder &builder, Location loc, Value memref,
                   ArrayRef<OpFoldResult> offsets,
                   ArrayRef<OpFoldResult> sizes) {
  auto type = cast<MemRefType>(memref.getType());
  bool isWhole = llvm::all_of(offsets, [](OpFoldResult offset) {
    return isConstantIntValue(offset, 0);
  });
  for (auto [dim, size] : llvm::enumerate(sizes))
    isWhole &= isConstantIntValue(size, type.getDimSize(dim));
  if (isWhole)
    return memref;
  SmallVector<OpFoldResult> strides(offsets.size(), builder.getIndexAttr(1));
  return memref::SubViewOp::create(builder, loc, memref, offsets, sizes,
                                   strides);
}

Value apply::viewOf(OpBuilder &builder, Location loc, const Tile &tile,
                    const Box &box) {
  Overlap overlap = overlapOf(builder, loc, box, tile);
  return slice(builder, loc, tile.memref, overlap.tileOffsets, overlap.sizes);
}

Value apply::viewAs(OpBuilder &builder, Location loc, const Tile &tile,
                    const Box &box, const TensorView &view, const Box &shown) {
  Overlap overlap = overlapOf(builder, loc, box, tile);
  auto type = cast<MemRefType>(tile.memref.getType());
  SmallVector<int64_t> tileStrides;
  int64_t tileOffset;
  LogicalResult known = type.getStridesAndOffset(tileStrides, tileOffset);
  ACCEL_ASSERT(succeeded(known) && "tiles have static layouts");

  MLIRContext *context = builder.getContext();
  AffineExpr start = getAffineConstantExpr(tileOffset, context);
  SmallVector<OpFoldResult> sizes, strides;
  for (const DimRange &range : shown) {
    sizes.push_back(builder.getIndexAttr(range.extent));
    strides.push_back(builder.getIndexAttr(1));
  }
  for (auto [dim, expr] : llvm::enumerate(view.index)) {
    start = start + getAffineDimExpr(dim, context) * tileStrides[dim];
    for (auto [viewDim, factor] : expr.terms) {
      strides[viewDim] = builder.getIndexAttr(factor * tileStrides[dim]);
      if (expr.terms.size() == 1 && factor == 1)
        sizes[viewDim] = overlap.sizes[dim];
    }
  }
  OpFoldResult offset = affine::makeComposedFoldedAffineApply(
      builder, loc, AffineMap::get(view.index.size(), 0, start),
      overlap.tileOffsets);
  return memref::ReinterpretCastOp::create(builder, loc, tile.memref, offset,
                                           sizes, strides);
}

Fetch apply::fetchTile(OpBuilder &builder, Location loc, const Tile &from,
                       const Tile &to) {
  Overlap overlap = overlapOf(builder, loc, to.box, from);
  if (overlap.isPartial) {
    Type element = cast<MemRefType>(to.memref.getType()).getElementType();
    Value zero =
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(element));
    linalg::FillOp::create(builder, loc, zero, to.memref);
  }
  Value source =
      slice(builder, loc, from.memref, overlap.tileOffsets, overlap.sizes);
  Value target =
      slice(builder, loc, to.memref, overlap.boxOffsets, overlap.sizes);
  return {memref::CopyOp::create(builder, loc, source, target),
          overlap.isPartial};
}

Value apply::sliceAlong(OpBuilder &builder, Location loc, Value memref,
                        unsigned dim, OpFoldResult start, int64_t count) {
  SmallVector<OpFoldResult> offsets, sizes;
  for (int64_t size : cast<MemRefType>(memref.getType()).getShape()) {
    offsets.push_back(builder.getIndexAttr(0));
    sizes.push_back(builder.getIndexAttr(size));
  }
  offsets[dim] = start;
  sizes[dim] = builder.getIndexAttr(count);
  return slice(builder, loc, memref, offsets, sizes);
}

/// The part of `from` that its box allows, and its place in `to`.
static std::pair<Value, Value> aligned(OpBuilder &builder, Location loc,
                                       const Tile &from, const Tile &to) {
  Overlap overlap = overlapOf(builder, loc, from.box, to);
  Value source =
      slice(builder, loc, from.memref, overlap.boxOffsets, overlap.sizes);
  Value target =
      slice(builder, loc, to.memref, overlap.tileOffsets, overlap.sizes);
  return {source, target};
}

memref::CopyOp apply::writeBackTile(OpBuilder &builder, Location loc,
                                    const Tile &from, const Tile &to) {
  auto [source, target] = aligned(builder, loc, from, to);
  return memref::CopyOp::create(builder, loc, source, target);
}

Operation *apply::combineTile(OpBuilder &builder, Location loc,
                              const Tile &from, const Tile &to,
                              Operation *combiner) {
  auto [source, target] = aligned(builder, loc, from, to);
  unsigned rank = from.box.size();
  SmallVector<AffineMap> maps(2, builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
      builder, loc, source, target, maps, iterators,
      [&](OpBuilder &body, Location bodyLoc, ValueRange arguments) {
        Operation *sum = body.clone(*combiner);
        sum->setOperands({arguments[1], arguments[0]});
        linalg::YieldOp::create(body, bodyLoc, sum->getResults());
      });
}
