//===- OperandSource.cpp - Where an operand's elements come from ----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OperandSource.h"

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

tensor::PadOp OperandSource::pad() const {
  for (Operation *step : steps)
    if (auto pad = dyn_cast<tensor::PadOp>(step))
      return pad;
  return {};
}

bool OperandSource::isReshaped() const {
  return llvm::any_of(
      steps, [](Operation *step) { return !isa<tensor::PadOp>(step); });
}

OperandSource OperandSource::whole(Value value) {
  OperandSource source;
  source.base = value;
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  for (int64_t dim = 0; dim < rank; ++dim)
    source.dims.push_back({int(dim), 0, 0});
  return source;
}

SmallVector<ReshapeGroup> apply::reshapeGroups(Operation *reshape) {
  auto collapse = dyn_cast<tensor::CollapseShapeOp>(reshape);
  SmallVector<ReassociationIndices> indices =
      collapse ? collapse.getReassociationIndices()
               : cast<tensor::ExpandShapeOp>(reshape).getReassociationIndices();
  auto longDim = [](Value value, ArrayRef<int64_t> dims) -> int64_t {
    auto type = cast<RankedTensorType>(value.getType());
    int64_t found = -1;
    for (int64_t dim : dims) {
      if (type.getDimSize(dim) == 1)
        continue;
      if (found >= 0)
        return -1;
      found = dim;
    }
    return found;
  };
  SmallVector<ReshapeGroup> groups;
  for (auto [dim, several] : llvm::enumerate(indices)) {
    ReshapeGroup &group = groups.emplace_back();
    group.sourceDims = group.resultDims = {int64_t(dim)};
    (collapse ? group.sourceDims : group.resultDims)
        .assign(several.begin(), several.end());
    group.sourceDim = longDim(reshape->getOperand(0), group.sourceDims);
    group.resultDim = longDim(reshape->getResult(0), group.resultDims);
    if (group.sourceDim < 0 || group.resultDim < 0)
      group.sourceDim = group.resultDim = -1;
  }
  return groups;
}

bool apply::haveSameValue(tensor::PadOp first, tensor::PadOp second) {
  Value ours = first.getConstantPaddingValue();
  Value theirs = second.getConstantPaddingValue();
  Attribute ourConstant, theirConstant;
  return ours == theirs || (matchPattern(ours, m_Constant(&ourConstant)) &&
                            matchPattern(theirs, m_Constant(&theirConstant)) &&
                            ourConstant == theirConstant);
}

/// Padding that a load can do: constant amounts, none negative, of one value,
/// which must be that of `other` if there is one.
static bool isBoundary(tensor::PadOp pad, tensor::PadOp other) {
  auto isAmount = [](int64_t amount) {
    return !ShapedType::isDynamic(amount) && amount >= 0;
  };
  return pad.getConstantPaddingValue() &&
         llvm::all_of(pad.getStaticLow(), isAmount) &&
         llvm::all_of(pad.getStaticHigh(), isAmount) &&
         (!other || haveSameValue(pad, other));
}

/// Seen through one more step; fails if what is padded would be torn apart.
static bool applyStep(Operation *step, SmallVectorImpl<SourceDim> &dims) {
  if (auto pad = dyn_cast<tensor::PadOp>(step)) {
    for (auto [dim, low, high] :
         llvm::zip_equal(dims, pad.getStaticLow(), pad.getStaticHigh())) {
      dim.low += low;
      dim.high += high;
    }
    return true;
  }
  SmallVector<SourceDim, 6> result(
      cast<RankedTensorType>(step->getResult(0).getType()).getRank());
  for (const ReshapeGroup &group : reshapeGroups(step)) {
    for (int64_t dim : group.sourceDims)
      if (dim != group.sourceDim && dims[dim].isPadded())
        return false;
    if (group.sourceDim >= 0)
      result[group.resultDim] = dims[group.sourceDim];
  }
  dims.assign(result.begin(), result.end());
  return true;
}

OperandSource apply::resolveSource(Value operand) {
  SmallVector<Operation *, 2> steps;
  tensor::PadOp anyPad;
  Value base = operand;
  while (Operation *def = base.getDefiningOp()) {
    auto type = def->getNumOperands() == 0
                    ? RankedTensorType()
                    : dyn_cast<RankedTensorType>(def->getOperand(0).getType());
    if (!type || !type.hasStaticShape())
      break;
    auto pad = dyn_cast<tensor::PadOp>(def);
    if (pad ? !isBoundary(pad, anyPad)
            : !isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp,
                   tensor::CastOp>(def))
      break;
    if (pad)
      anyPad = pad;
    if (!isa<tensor::CastOp>(def))
      steps.insert(steps.begin(), def);
    base = def->getOperand(0);
  }
  // Where a reshape tears padding apart, the padded tensor itself is the base.
  while (true) {
    OperandSource source = OperandSource::whole(base);
    source.steps = steps;
    Operation *const *torn = llvm::find_if(
        steps, [&](Operation *step) { return !applyStep(step, source.dims); });
    if (torn == steps.end())
      return source;
    base = (*torn)->getOperand(0);
    steps.erase(steps.begin(), steps.begin() + (torn - steps.begin()));
  }
}

InitialValue apply::resolveInit(linalg::LinalgOp op, OpOperand &init) {
  InitialValue value;
  Operation *def = init.get().getDefiningOp();
  if (!op.payloadUsesValueFromOperand(&init) ||
      isa_and_nonnull<tensor::EmptyOp>(def))
    return value;
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(def);
      fill && !fill->hasAttr(kMappingAttrName)) {
    value.kind = InitialValue::Kind::Fill;
    value.fill = fill.getInputs().front();
    return value;
  }
  value.kind = InitialValue::Kind::Copy;
  value.tensor = init.get();
  return value;
}
