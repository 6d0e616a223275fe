//===- PackedConstant.cpp - Packs of constants, at compile time -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedConstant.h"

#include "accel/Dialect/Accel/IR/Accel.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>

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

/// From the packed index to the index of what a pack reads.
static AffineMap unpackMap(linalg::PackOp pack) {
  MLIRContext *context = pack.getContext();
  int64_t rank = pack.getSourceRank();
  SmallVector<AffineExpr> exprs(rank);
  ArrayRef<int64_t> perm = pack.getOuterDimsPerm();
  for (int64_t i = 0; i < rank; ++i)
    exprs[perm.empty() ? i : perm[i]] = getAffineDimExpr(i, context);
  for (auto [i, pos, tile] :
       llvm::enumerate(pack.getInnerDimsPos(), pack.getStaticInnerTiles()))
    exprs[pos] = exprs[pos] * tile + getAffineDimExpr(rank + i, context);
  return AffineMap::get(rank + pack.getInnerDimsPos().size(), 0, exprs,
                        context);
}

namespace {
/// Index maps of an op that only moves values: from source to result (null if
/// a value may stand in several places) and back.
struct StepMaps {
  AffineMap layout;
  AffineMap gather;
};
} // namespace

/// Several dimensions of `shape` as one, or one as several.
static StepMaps mapsOfReshape(ArrayRef<ReassociationIndices> groups,
                              RankedTensorType expanded, bool collapses) {
  MLIRContext *context = expanded.getContext();
  SmallVector<AffineExpr> linear, split(expanded.getRank());
  for (auto [group, dims] : llvm::enumerate(groups)) {
    AffineExpr sum = getAffineConstantExpr(0, context);
    AffineExpr rest = getAffineDimExpr(group, context);
    int64_t stride = 1;
    for (int64_t dim : llvm::reverse(dims)) {
      int64_t size = expanded.getDimSize(dim);
      sum = getAffineDimExpr(dim, context) * stride + sum;
      // The slowest one is not cut: what is too large stays outside.
      split[dim] = dim == dims.front() ? rest.floorDiv(stride)
                                       : rest.floorDiv(stride) % size;
      stride *= size;
    }
    linear.push_back(sum);
  }
  AffineMap toOne = AffineMap::get(expanded.getRank(), 0, linear, context);
  AffineMap toSeveral = AffineMap::get(groups.size(), 0, split, context);
  return collapses ? StepMaps{toOne, toSeveral} : StepMaps{toSeveral, toOne};
}

/// The maps of `op` if it only moves values, or fills with zeros around them.
static std::optional<StepMaps> mapsOfStep(Operation *op) {
  MLIRContext *context = op->getContext();
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    return mapsOfReshape(collapse.getReassociationIndices(),
                         collapse.getSrcType(), /*collapses=*/true);
  if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
    return mapsOfReshape(expand.getReassociationIndices(),
                         expand.getResultType(), /*collapses=*/false);
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    Value padding = pad.getConstantPaddingValue();
    if (!padding || !matchPattern(padding, m_Zero()) ||
        llvm::any_of(pad.getStaticLow(), ShapedType::isDynamic))
      return std::nullopt;
    SmallVector<AffineExpr> there, back;
    for (auto [dim, low] : llvm::enumerate(pad.getStaticLow())) {
      there.push_back(getAffineDimExpr(dim, context) + low);
      back.push_back(getAffineDimExpr(dim, context) - low);
    }
    unsigned rank = there.size();
    return StepMaps{AffineMap::get(rank, 0, there, context),
                    AffineMap::get(rank, 0, back, context)};
  }
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    // What is cut off stands nowhere, so there is no map from the source.
    if (!slice.hasUnitStride() || slice.getDroppedDims().any() ||
        llvm::any_of(slice.getStaticOffsets(), ShapedType::isDynamic))
      return std::nullopt;
    SmallVector<AffineExpr> back;
    for (auto [dim, offset] : llvm::enumerate(slice.getStaticOffsets()))
      back.push_back(getAffineDimExpr(dim, context) + offset);
    return StepMaps{AffineMap(), AffineMap::get(back.size(), 0, back, context)};
  }
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic.getNumDpsInputs() != 1 ||
      generic.getNumDpsInits() != 1 || generic.getNumReductionLoops() != 0)
    return std::nullopt;
  Value yielded = generic.getBody()->getTerminator()->getOperand(0);
  SmallVector<AffineMap> maps = generic.getIndexingMapsArray();
  if (yielded != generic.getBody()->getArgument(0) || !maps[1].isIdentity())
    return std::nullopt;
  return StepMaps{maps[0].isPermutation() ? inversePermutation(maps[0])
                                          : AffineMap(),
                  maps[0]};
}

/// The pack that `value` is without the steps before it.
static std::optional<PackChain> findLastStep(Value value) {
  if (auto generic = value.getDefiningOp<linalg::GenericOp>())
    if (auto gather = generic->getAttrOfType<AffineMapAttr>(kGatherAttrName))
      return PackChain{generic.getDpsInputs()[0], AffineMap(),
                       gather.getValue()};
  auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
  auto pack =
      (expand ? expand.getSrc() : value).getDefiningOp<linalg::PackOp>();
  if (!pack)
    return std::nullopt;
  PackChain chain;
  chain.layout = mapOf(pack.getSourceRank(), pack.getOuterDimsPerm(),
                       pack.getInnerDimsPos(), pack.getStaticInnerTiles(),
                       value.getContext());
  chain.gather = unpackMap(pack);
  if (expand) {
    chain.layout = insertUnits(chain.layout, expand.getResultType(),
                               expand.getReassociationIndices());
    chain.gather = chain.gather.compose(mapsOfStep(expand)->gather);
  }
  chain.source = pack.getSource();
  return chain;
}

std::optional<PackChain> mlir::accel::findPack(Value value) {
  std::optional<PackChain> last = findLastStep(value);
  if (!last)
    return std::nullopt;
  PackChain chain = *last;
  while (Operation *op = chain.source.getDefiningOp()) {
    std::optional<StepMaps> step = mapsOfStep(op);
    if (!step)
      break;
    chain.layout = chain.layout && step->layout
                       ? chain.layout.compose(step->layout)
                       : AffineMap();
    chain.gather = step->gather.compose(chain.gather);
    chain.source = op->getOperand(0);
  }
  chain.gather = simplifyAffineMap(chain.gather);
  return chain;
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
  // Blocks beyond the tensor are cut off.
  Value whole = unpack.getResult();
  if (whole.hasOneUse())
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(*whole.user_begin());
        slice && slice.hasZeroOffset() && slice.hasUnitStride() &&
        !slice.getDroppedDims().any())
      whole = slice.getResult();
  return PackChain{whole, layout, AffineMap()};
}

namespace {
/// An affine map that is evaluated for millions of indices.
class IndexEvaluator {
public:
  explicit IndexEvaluator(AffineMap map) : map(map) {}

  /// Row-major position in `shape` of what the map gives, -1 if outside.
  int64_t positionIn(ArrayRef<int64_t> shape, ArrayRef<int64_t> index) const {
    int64_t position = 0;
    for (auto [expr, extent] : llvm::zip(map.getResults(), shape)) {
      int64_t at = evaluate(expr, index);
      if (at < 0 || at >= extent)
        return -1;
      position = position * extent + at;
    }
    return position;
  }

private:
  static int64_t evaluate(AffineExpr expr, ArrayRef<int64_t> index) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      return index[dim.getPosition()];
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return constant.getValue();
    auto binary = cast<AffineBinaryOpExpr>(expr);
    int64_t left = evaluate(binary.getLHS(), index);
    int64_t right = evaluate(binary.getRHS(), index);
    switch (expr.getKind()) {
    case AffineExprKind::Add:
      return left + right;
    case AffineExprKind::Mul:
      return left * right;
    case AffineExprKind::FloorDiv:
      return llvm::divideFloorSigned(left, right);
    case AffineExprKind::CeilDiv:
      return llvm::divideCeilSigned(left, right);
    case AffineExprKind::Mod:
      return llvm::mod(left, right);
    default:
      llvm_unreachable("no binary expression");
    }
  }

  AffineMap map;
};
} // namespace

DenseElementsAttr mlir::accel::packConstant(Value value) {
  std::optional<PackChain> chain = findPack(value);
  DenseElementsAttr data;
  if (!chain || !matchPattern(chain->source, m_Constant(&data)) ||
      !isa<IntegerType>(data.getElementType()) ||
      data.getElementType().getIntOrFloatBitWidth() % 8 != 0)
    return {};
  auto type = cast<RankedTensorType>(value.getType());
  ArrayRef<int64_t> from = cast<RankedTensorType>(data.getType()).getShape();
  ArrayRef<int64_t> shape = type.getShape();
  size_t width = data.getElementType().getIntOrFloatBitWidth() / 8;
  ArrayRef<char> bytes = data.getRawData();
  std::vector<char> packed(type.getNumElements() * width, 0);
  IndexEvaluator source(chain->gather);
  SmallVector<int64_t> index(shape.size(), 0);
  for (int64_t at = 0; at < type.getNumElements(); ++at) {
    int64_t position = source.positionIn(from, index);
    if (position >= 0)
      std::memcpy(packed.data() + at * width,
                  bytes.data() + (data.isSplat() ? 0 : position * width),
                  width);
    for (int64_t dim = int64_t(shape.size()) - 1; dim >= 0; --dim) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
  }
  return DenseElementsAttr::getFromRawBuffer(type, packed);
}
