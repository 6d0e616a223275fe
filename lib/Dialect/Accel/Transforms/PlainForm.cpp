//===- PlainForm.cpp - An embedding as a plainly packed op ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlainForm.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

/// The loops of more than one iteration in `expr`.
static SmallVector<unsigned, 3> activeLoops(AffineExpr expr,
                                            ArrayRef<int64_t> bounds) {
  SmallVector<unsigned, 3> loops;
  for (unsigned loop = 0; loop < bounds.size(); ++loop)
    if (bounds[loop] > 1 && expr.isFunctionOfDim(loop))
      loops.push_back(loop);
  return loops;
}

/// `expr`, the index of a dimension of `size`, without loops of one iteration
/// where a single loop over the whole dimension is left.
static AffineExpr dropUnitLoops(AffineExpr expr, ArrayRef<int64_t> bounds,
                                int64_t size) {
  SmallVector<AffineExpr> values;
  for (auto [loop, bound] : llvm::enumerate(bounds))
    values.push_back(bound == 1 ? getAffineConstantExpr(0, expr.getContext())
                                : getAffineDimExpr(loop, expr.getContext()));
  auto alone = dyn_cast<AffineDimExpr>(
      simplifyAffineExpr(expr.replaceDims(values), bounds.size(), 0));
  return alone && bounds[alone.getPosition()] == size ? alone : expr;
}

OperandForm mlir::accel::formOf(linalg::GenericOp op, unsigned operand,
                                const model::Embedding &embedding) {
  OpOperand &value = op->getOpOperand(operand);
  AffineMap map = op.getMatchingIndexingMap(&value);
  auto shape = cast<RankedTensorType>(value.get().getType()).getShape();
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  auto axisOf = [&](unsigned loop) -> const model::EmbeddedAxis & {
    return embedding.axes[embedding.axisOf(loop)];
  };
  auto isFused = [](const model::EmbeddedAxis &axis) {
    return axis.lane >= 0 && axis.ranks.size() > 1;
  };
  SmallVector<bool> unrolled;
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    bool isPlain = isa<AffineDimExpr>(dropUnitLoops(expr, bounds, shape[dim]));
    unrolled.push_back(
        llvm::any_of(activeLoops(expr, bounds), [&](unsigned loop) {
          const model::EmbeddedAxis &axis = axisOf(loop);
          return isFused(axis) || (axis.lane >= 0 && !isPlain);
        }));
  }
  OperandForm form;
  auto axisDim = [&](const model::EmbeddedAxis &axis) {
    OperandForm::Dim dim;
    dim.ranks.assign(axis.ranks.begin(), axis.ranks.end());
    dim.extent = axis.bound;
    dim.lane = axis.lane;
    return dim;
  };
  SmallVector<unsigned> axesSeen;
  SmallVector<OperandForm::Dim> last;
  for (auto [d, expr] : llvm::enumerate(map.getResults())) {
    SmallVector<unsigned, 3> loops = activeLoops(expr, bounds);
    if (!unrolled[d]) {
      OperandForm::Dim dim;
      dim.kept = d;
      dim.extent = shape[d];
      dim.ranks.assign(loops.begin(), loops.end());
      if (loops.size() == 1)
        dim.lane = axisOf(loops.front()).lane;
      form.dims.push_back(dim);
      continue;
    }
    form.isUnrolled = true;
    // Loops first, lanes last.
    for (unsigned loop : loops) {
      unsigned axis = embedding.axisOf(loop);
      if (llvm::is_contained(axesSeen, axis))
        continue;
      axesSeen.push_back(axis);
      OperandForm::Dim dim = axisDim(embedding.axes[axis]);
      (dim.lane >= 0 ? last : form.dims).push_back(dim);
    }
  }
  form.dims.append(last);
  return form;
}

int64_t mlir::accel::groupsOf(const model::MatrixInstruction &instruction,
                              int lane, int64_t bound,
                              const LaneBlocks &blocks) {
  if (lane < 0)
    return bound;
  return std::max<int64_t>(
      llvm::divideCeil(bound, instruction.lanes[lane].extent), blocks[lane]);
}

double OperandForm::elements(const model::MatrixInstruction &instruction,
                             const LaneBlocks &blocks) const {
  double product = 1;
  for (const Dim &dim : dims)
    product *= groupsOf(instruction, dim.lane, dim.extent, blocks);
  return product;
}

/// `value` with the dimensions of `form`, before fused ones are collapsed.
static Value gather(OpBuilder &builder, linalg::GenericOp op, unsigned operand,
                    const OperandForm &form) {
  Value value = op->getOperand(operand);
  Location loc = op.getLoc();
  MLIRContext *context = op.getContext();
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  // Loops of the gathering, and what stands for each loop of the op.
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> loops(bounds.size(),
                                getAffineConstantExpr(0, context));
  SmallVector<AffineExpr> kept(type.getRank());
  for (const OperandForm::Dim &dim : form.dims) {
    if (dim.kept >= 0) {
      kept[dim.kept] = getAffineDimExpr(shape.size(), context);
      shape.push_back(dim.extent);
      continue;
    }
    for (unsigned rank : dim.ranks) {
      loops[rank] = getAffineDimExpr(shape.size(), context);
      shape.push_back(bounds[rank]);
    }
  }
  SmallVector<AffineExpr> source;
  AffineMap map = op.getMatchingIndexingMap(&op->getOpOperand(operand));
  for (auto [dim, expr] : llvm::enumerate(map.getResults()))
    source.push_back(kept[dim] ? kept[dim] : expr.replaceDims(loops));
  AffineMap from = AffineMap::get(shape.size(), 0, source, context);
  if (from.isIdentity() && type.getShape() == ArrayRef<int64_t>(shape))
    return value;
  // Rows and columns that no window reaches would contradict the bounds of the
  // loops.
  SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> steps(type.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> sizes;
  bool isCropped = false;
  SmallVector<AffineExpr> lastOf;
  for (int64_t extent : shape)
    lastOf.push_back(getAffineConstantExpr(extent - 1, context));
  for (auto [expr, size] : llvm::zip(source, type.getShape())) {
    auto last = dyn_cast<AffineConstantExpr>(
        simplifyAffineExpr(expr.replaceDims(lastOf), 0, 0));
    int64_t needed = last ? last.getValue() + 1 : size;
    sizes.push_back(builder.getIndexAttr(needed));
    isCropped |= needed < size;
  }
  if (isCropped)
    value = tensor::ExtractSliceOp::create(builder, loc, value, offsets, sizes,
                                           steps);
  Value empty =
      tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  SmallVector<utils::IteratorType> iterators(shape.size(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, empty.getType(), value, empty,
             ArrayRef<AffineMap>{from,
                                 builder.getMultiDimIdentityMap(shape.size())},
             iterators,
             [](OpBuilder &inner, Location at, ValueRange args) {
               linalg::YieldOp::create(inner, at, args.front());
             })
      .getResult(0);
}

/// Collapses the loops of each fused dimension of `form`.
static Value collapse(OpBuilder &builder, Location loc, Value value,
                      const OperandForm &form) {
  SmallVector<ReassociationIndices> groups;
  int64_t next = 0;
  bool isFused = false;
  for (const OperandForm::Dim &dim : form.dims) {
    ReassociationIndices &group = groups.emplace_back();
    size_t count = dim.kept >= 0 ? 1 : dim.ranks.size();
    for (size_t i = 0; i < count; ++i)
      group.push_back(next++);
    isFused |= count > 1;
  }
  return isFused ? tensor::CollapseShapeOp::create(builder, loc, value, groups)
                       .getResult()
                 : value;
}

PlainContraction mlir::accel::makePlain(OpBuilder &builder,
                                        linalg::GenericOp op,
                                        const model::Embedding &embedding,
                                        unsigned numLanes) {
  MLIRContext *context = op.getContext();
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  SmallVector<utils::IteratorType> types = op.getIteratorTypesArray();
  PlainContraction plain;
  plain.laneRanks.assign(numLanes, -1);
  // The first of the ranks of a fused axis stands for all.
  SmallVector<utils::IteratorType> iterators;
  SmallVector<AffineExpr> newLoops(bounds.size());
  for (unsigned loop = 0; loop < bounds.size(); ++loop) {
    const model::EmbeddedAxis &axis = embedding.axes[embedding.axisOf(loop)];
    if (axis.lane >= 0 &&
        *std::min_element(axis.ranks.begin(), axis.ranks.end()) != loop)
      continue;
    if (axis.lane >= 0)
      plain.laneRanks[axis.lane] = iterators.size();
    newLoops[loop] = getAffineDimExpr(iterators.size(), context);
    iterators.push_back(types[loop]);
  }
  SmallVector<Value> operands;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    OperandForm form = formOf(op, operand.getOperandNumber(), embedding);
    AffineMap map = op.getMatchingIndexingMap(&operand);
    Value value = operand.get();
    auto shape = cast<RankedTensorType>(value.getType()).getShape();
    SmallVector<AffineExpr> exprs;
    if (form.isUnrolled)
      value =
          collapse(builder, op.getLoc(),
                   gather(builder, op, operand.getOperandNumber(), form), form);
    for (const OperandForm::Dim &dim : form.dims) {
      AffineExpr expr =
          dim.kept >= 0
              ? dropUnitLoops(map.getResult(dim.kept), bounds, shape[dim.kept])
              : getAffineDimExpr(
                    *std::min_element(dim.ranks.begin(), dim.ranks.end()),
                    context);
      exprs.push_back(expr.replaceDims(newLoops));
    }
    operands.push_back(value);
    maps.push_back(AffineMap::get(iterators.size(), 0, exprs, context));
  }
  if (embedding.swapped) {
    std::swap(operands[0], operands[1]);
    std::swap(maps[0], maps[1]);
  }
  plain.op = linalg::GenericOp::create(
      builder, op.getLoc(), op->getResultTypes(),
      ValueRange{operands[0], operands[1]}, operands[2], maps, iterators);
  IRMapping mapping;
  op.getRegion().cloneInto(&plain.op.getRegion(), mapping);
  if (Attribute name = op->getAttr(kNameAttrName))
    plain.op->setAttr(kNameAttrName, name);
  return plain;
}
