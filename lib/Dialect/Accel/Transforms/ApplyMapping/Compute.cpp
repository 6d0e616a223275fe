//===- Compute.cpp - An op on the tiles that its keeps hold ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compute.h"

#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;
using ::accel::LinearExpr;

/// The index of an access within a buffer that starts at the tile's first
/// element: without its constant, and for a rank that is walked backwards from
/// the tile's end.
static AffineMap localMap(ArrayRef<LinearExpr> index, ArrayRef<RankTile> tiles,
                          MLIRContext *context) {
  SmallVector<AffineExpr> results;
  for (const LinearExpr &expr : index) {
    AffineExpr sum = getAffineConstantExpr(0, context);
    for (auto [rank, coefficient] : expr.terms) {
      sum = sum + getAffineDimExpr(rank, context) * coefficient;
      if (coefficient < 0)
        sum = sum - coefficient * (tiles[rank].tile - 1);
    }
    results.push_back(sum);
  }
  return AffineMap::get(tiles.size(), 0, results, context);
}

linalg::LinalgOp
apply::generateCompute(OpBuilder &builder, const PlannedOp &planned,
                       ArrayRef<RankTile> tiles, ValueRange operands,
                       llvm::function_ref<Value(Value)> outside) {
  linalg::LinalgOp op = planned.op;
  auto compute =
      cast<linalg::LinalgOp>(clone(builder, op, TypeRange(), operands));
  for (StringRef name : {kMappingAttrName, kCostAttrName})
    compute->removeAttr(name);

  if (auto generic = dyn_cast<linalg::GenericOp>(compute.getOperation())) {
    SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
    for (auto [map, operand] : llvm::zip_equal(maps, planned.operands))
      if (!operand.keeps.empty())
        map = localMap(operand.operandIndex, tiles, builder.getContext());
    generic.setIndexingMapsAttr(builder.getAffineMapArrayAttr(maps));
  }

  SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  for (Value value : captured)
    if (Value seen = outside(value); seen != value)
      for (Region &region : compute->getRegions())
        replaceAllUsesInRegionWith(value, seen, region);

  if (compute.hasIndexSemantics()) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(compute);
    SmallVector<OpFoldResult> offsets;
    for (const RankTile &tile : tiles)
      offsets.push_back(tile.offset.materialize(builder, op.getLoc()));
    linalg::offsetIndices(builder, compute, offsets);
  }
  return compute;
}
