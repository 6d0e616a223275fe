//===- PaddedReads.cpp - Compute on a tensor as if it were padded ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PaddedReads.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

/// A view of the buffer's first element as a tensor over all ranks: it gives
/// the op its bounds where no other operand does, and is never used.
static Value boundsOf(OpBuilder &builder, Location loc, Value buffer,
                      ArrayRef<RankTile> tiles) {
  SmallVector<int64_t> sizes, strides(tiles.size(), 0);
  for (const RankTile &tile : tiles)
    sizes.push_back(tile.tile);
  auto from = cast<MemRefType>(buffer.getType());
  auto layout = StridedLayoutAttr::get(builder.getContext(), 0, strides);
  auto type = MemRefType::get(sizes, from.getElementType(), layout,
                              from.getMemorySpace());
  return memref::ReinterpretCastOp::create(builder, loc, type, buffer, 0, sizes,
                                           strides);
}

linalg::LinalgOp apply::readPadded(OpBuilder &builder, linalg::LinalgOp compute,
                                   const PlannedOp &planned, unsigned operand,
                                   ArrayRef<RankTile> tiles, const Tile &tile) {
  OpBuilder::InsertionGuard guard(builder);
  Location loc = compute.getLoc();
  MLIRContext *context = builder.getContext();
  IRRewriter rewriter(context);
  auto generic = dyn_cast<linalg::GenericOp>(compute.getOperation());
  if (!generic) {
    rewriter.setInsertionPoint(compute);
    generic = *linalg::generalizeNamedOp(rewriter, compute);
  }
  builder.setInsertionPoint(generic);
  // Where the box that the op touches starts in the buffer.
  ArrayRef<::accel::LinearExpr> index = planned.operands[operand].index;
  SmallVector<Value> starts;
  for (auto [range, held] : llvm::zip_equal(boxOf(index, tiles), tile.box))
    starts.push_back(getValueOrCreateConstantIndexOp(
        builder, loc, (range.origin - held.origin).materialize(builder, loc)));
  generic->setOperand(operand, boundsOf(builder, loc, tile.memref, tiles));
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  maps[operand] = builder.getMultiDimIdentityMap(tiles.size());
  generic.setIndexingMapsAttr(builder.getAffineMapArrayAttr(maps));

  Block *body = generic.getBody();
  builder.setInsertionPointToStart(body);
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value zero = constant(0), isInside;
  SmallVector<Value> indices;
  for (auto [dim, expr] : llvm::enumerate(index)) {
    AffineExpr sum = getAffineDimExpr(0, context);
    SmallVector<OpFoldResult> terms = {starts[dim]};
    for (auto [rank, factor] : expr.terms) {
      sum = sum + getAffineDimExpr(terms.size(), context) * factor;
      if (factor < 0)
        sum = sum - factor * (tiles[rank].tile - 1);
      terms.push_back(linalg::IndexOp::create(builder, loc, rank).getResult());
    }
    Value at = getValueOrCreateConstantIndexOp(
        builder, loc,
        affine::makeComposedFoldedAffineApply(builder, loc, sum, terms));
    Value last = constant(tile.box[dim].extent - 1);
    Value nearest = arith::MinSIOp::create(
        builder, loc, arith::MaxSIOp::create(builder, loc, at, zero), last);
    Value isAt = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                       at, nearest);
    isInside =
        isInside ? arith::AndIOp::create(builder, loc, isInside, isAt) : isAt;
    indices.push_back(nearest);
  }
  Value loaded = memref::LoadOp::create(builder, loc, tile.memref, indices);
  Value padding = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(loaded.getType()));
  Value element = isInside ? arith::SelectOp::create(builder, loc, isInside,
                                                     loaded, padding)
                           : loaded;
  body->getArgument(operand).replaceAllUsesWith(element);
  return generic;
}
