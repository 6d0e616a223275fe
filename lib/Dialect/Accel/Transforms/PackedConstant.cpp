//===- PackedConstant.cpp - Packs of constants, at compile time -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedConstant.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::accel;

/// Index map of a pack: outer dimensions in order, then the inner tiles.
static AffineMap mapOf(int64_t rank, ArrayRef<int64_t> outerPerm,
                       ArrayRef<int64_t> innerPos, ArrayRef<int64_t> tiles,
                       MLIRContext *context) {
  SmallVector<int64_t> tileOf(rank, 1);
  for (auto [pos, tile] : llvm::zip(innerPos, tiles))
    tileOf[pos] = tile;
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < rank; ++i) {
    int64_t dim = outerPerm.empty() ? i : outerPerm[i];
    exprs.push_back(getAffineDimExpr(dim, context).floorDiv(tileOf[dim]));
  }
  for (auto [pos, tile] : llvm::zip(innerPos, tiles))
    exprs.push_back(getAffineDimExpr(pos, context) % tile);
  return AffineMap::get(rank, 0, exprs, context);
}

/// `layout` with a zero for every unit dimension that `reassociation` inserts.
static AffineMap insertUnits(AffineMap layout, RankedTensorType expanded,
                             ArrayRef<ReassociationIndices> reassociation) {
  SmallVector<AffineExpr> exprs(expanded.getRank(),
                                getAffineConstantExpr(0, layout.getContext()));
  for (auto [group, expr] : llvm::zip(reassociation, layout.getResults()))
    for (int64_t dim : group)
      if (expanded.getDimSize(dim) != 1 || group.size() == 1) {
        exprs[dim] = expr;
        break;
      }
  return AffineMap::get(layout.getNumDims(), 0, exprs, layout.getContext());
}

std::optional<PackChain> mlir::accel::findPack(Value value) {
  auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
  auto pack =
      (expand ? expand.getSrc() : value).getDefiningOp<linalg::PackOp>();
  if (!pack)
    return std::nullopt;
  AffineMap layout = mapOf(pack.getSourceRank(), pack.getOuterDimsPerm(),
                           pack.getInnerDimsPos(), pack.getStaticInnerTiles(),
                           value.getContext());
  if (expand)
    layout = insertUnits(layout, expand.getResultType(),
                         expand.getReassociationIndices());
  return PackChain{pack.getSource(), layout};
}

std::optional<PackChain> mlir::accel::findUnpack(Operation *user) {
  auto collapse = dyn_cast<tensor::CollapseShapeOp>(user);
  if (collapse) {
    if (!collapse->hasOneUse())
      return std::nullopt;
    user = *collapse->user_begin();
  }
  auto unpack = dyn_cast<linalg::UnPackOp>(user);
  if (!unpack)
    return std::nullopt;
  AffineMap layout = mapOf(unpack.getDestRank(), unpack.getOuterDimsPerm(),
                           unpack.getInnerDimsPos(),
                           unpack.getStaticInnerTiles(), user->getContext());
  if (collapse)
    layout = insertUnits(layout, collapse.getSrcType(),
                         collapse.getReassociationIndices());
  return PackChain{unpack.getResult(), layout};
}

/// Row-major position of `index` in `shape`.
static int64_t linearise(ArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  int64_t position = 0;
  for (auto [i, extent] : llvm::zip(index, shape))
    position = position * extent + i;
  return position;
}

DenseElementsAttr mlir::accel::packConstant(Value value) {
  std::optional<PackChain> chain = findPack(value);
  DenseElementsAttr data;
  if (!chain || !matchPattern(chain->source, m_Constant(&data)) ||
      !isa<IntegerType>(data.getElementType()))
    return {};
  auto type = cast<RankedTensorType>(value.getType());
  ArrayRef<int64_t> shape = cast<RankedTensorType>(data.getType()).getShape();
  unsigned width = data.getElementType().getIntOrFloatBitWidth();
  SmallVector<APInt> packed(type.getNumElements(), APInt(width, 0));
  SmallVector<int64_t> index(shape.size(), 0), target;
  for (const APInt &element : data.getValues<APInt>()) {
    packed[linearise(chain->layout.compose(index), type.getShape())] = element;
    for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
  }
  return DenseElementsAttr::get(type, packed);
}
