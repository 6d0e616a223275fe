//===- FunctionPacker.cpp - Packs the ops of one function ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionPacker.h"
#include "InstructionFit.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::accel;

int64_t mlir::accel::dimOfRank(AffineMap map, int64_t rank) {
  for (auto [dim, expr] : llvm::enumerate(map.getResults()))
    if (auto alone = dyn_cast<AffineDimExpr>(expr))
      if (int64_t(alone.getPosition()) == rank)
        return dim;
  return -1;
}

/// One pack serves all readers that want the same layout.
Value FunctionPacker::packOnHost(Location loc, Value value,
                                 const PackedLayout &layout) {
  SmallVector<Packed, 1> &packs = hostPacks[value];
  for (const Packed &pack : packs)
    if (pack.layout == layout)
      return pack.value;
  packs.push_back({packTensor(builder, loc, value, layout), layout});
  return packs.back().value;
}

bool FunctionPacker::isPackedAs(Value value, const PackedLayout &layout) const {
  auto it = packedOf.find(value);
  return it != packedOf.end() && it->second.layout == layout;
}

Value FunctionPacker::getPacked(Location loc, Value value,
                                const PackedLayout &layout) {
  if (isPackedAs(value, layout))
    return packedOf.find(value)->second.value;
  auto pad = value.getDefiningOp<tensor::PadOp>();
  Value padding = pad ? pad.getConstantPaddingValue() : Value();
  if (!padding || !matchPattern(padding, m_Zero()))
    return packOnHost(loc, value, layout);
  // Zeros around stay zeros around as long as no element is cut by the border.
  SmallVector<OpFoldResult> low, high;
  for (int64_t dim : layout.order) {
    low.push_back(pad.getMixedLowPad()[dim]);
    high.push_back(pad.getMixedHighPad()[dim]);
    if (llvm::is_contained(layout.lanes, dim) &&
        !(isConstantIntValue(low.back(), 0) &&
          isConstantIntValue(high.back(), 0)))
      return packOnHost(loc, value, layout);
  }
  low.append(2, builder.getIndexAttr(0));
  high.append(2, builder.getIndexAttr(0));
  Value source = getPacked(loc, pad.getSource(), layout);
  auto type = cast<RankedTensorType>(value.getType());
  return tensor::PadOp::create(builder, loc, layout.getPackedType(type), source,
                               low, high, padding)
      .getResult();
}

linalg::GenericOp
FunctionPacker::rebuild(linalg::GenericOp op, ArrayRef<Value> inputs,
                        Value init, ArrayRef<AffineMap> maps,
                        ArrayRef<utils::IteratorType> iterators,
                        ArrayRef<std::string> lanes) {
  auto packed = linalg::GenericOp::create(builder, op.getLoc(), init.getType(),
                                          inputs, init, maps, iterators);
  IRMapping mapping;
  op.getRegion().cloneInto(&packed.getRegion(), mapping);
  setLanes(packed, lanes);
  if (Attribute name = op->getAttr(kNameAttrName))
    packed->setAttr(kNameAttrName, name);
  return packed;
}

void FunctionPacker::setLanes(Operation *op, ArrayRef<std::string> lanes) {
  SmallVector<Attribute> names;
  for (const std::string &lane : lanes)
    names.push_back(builder.getStringAttr(lane));
  op->setAttr(kLanesAttrName, builder.getArrayAttr(names));
}

void FunctionPacker::finish(Operation *op, Value packed,
                            const PackedLayout &layout) {
  packedOf[op->getResult(0)] = {packed, layout};
  replaced.insert(op);
}

AffineMap mlir::accel::packMap(AffineMap map, const PackedLayout &layout,
                               unsigned numDims, ArrayRef<AffineExpr> element) {
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : layout.order)
    exprs.push_back(map.getResult(dim));
  exprs.append(element.begin(), element.end());
  return AffineMap::get(numDims, 0, exprs, map.getContext());
}

/// True if the host has `value`, so that it can hand it over in any form.
bool FunctionPacker::isOnHost(Value value) const {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::PadOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return !packedOf.contains(value);
}

/// True if a matrix instruction reads the result of `op`, or elementwise ops
/// combine it with what another one makes.
bool FunctionPacker::meetsDeviceOps(Operation *op) const {
  SmallVector<Operation *> work = {op};
  DenseSet<Operation *> seen;
  while (!work.empty()) {
    Operation *maker = work.pop_back_val();
    if (!seen.insert(maker).second)
      continue;
    for (Operation *user : maker->getUsers()) {
      if (isa<tensor::PadOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
              user)) {
        work.push_back(user);
        continue;
      }
      auto reader = dyn_cast<linalg::GenericOp>(user);
      if (!reader || !hostOps.lookup(user).empty())
        continue;
      if (reader.getNumReductionLoops() > 0)
        return true;
      for (Value input : reader.getDpsInputs())
        if (Operation *other = input.getDefiningOp())
          if (other != maker && isa<linalg::GenericOp>(other) &&
              hostOps.lookup(other).empty())
            return true;
      work.push_back(user);
    }
  }
  return false;
}

std::string FunctionPacker::pack(linalg::GenericOp op, unsigned einsum) {
  if (op.getNumReductionLoops() == 0)
    return packElementwise(op);
  if (std::optional<Pooling> pooling = matchPooling(op))
    return packPooling(op, *pooling);
  return packContraction(op, einsum);
}

SmallVector<FunctionPacker::HostOp> FunctionPacker::run() {
  // Program order, so that every op sees its operands' final layouts.
  SmallVector<linalg::LinalgOp> ops;
  program.func.walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::FillOp>(op))
      ops.push_back(op);
  });
  hostOps = findDeviceOps(ops, target.channelBlock()).why;
  SmallVector<HostOp> onHost;
  for (linalg::LinalgOp op : ops) {
    std::string why = hostOps.lookup(op);
    auto *found = llvm::find(program.ops, op);
    bool isLate = why.empty();
    if (why.empty() && found == program.ops.end())
      why = "it is no Einsum";
    if (why.empty())
      why = pack(cast<linalg::GenericOp>(op.getOperation()),
                 found - program.ops.begin());
    if (why.empty())
      continue;
    op->setAttr(kHostAttrName, builder.getUnitAttr());
    onHost.push_back({op, why, isLate});
  }
  unpackForHost();
  return onHost;
}

/// What is left of the unpacked values is for the host.
void FunctionPacker::unpackForHost() {
  for (Operation *op : replaced) {
    const Packed &packed = packedOf[op->getResult(0)];
    auto stays = [&](OpOperand &use) {
      Operation *user = use.getOwner();
      if (replaced.contains(user))
        return false;
      // Paddings that were packed have no reader left.
      return !(isa<tensor::PadOp>(user) &&
               llvm::all_of(user->getUsers(), [&](Operation *reader) {
                 return replaced.contains(reader);
               }));
    };
    if (llvm::none_of(op->getUses(), stays))
      continue;
    builder.setInsertionPointAfterValue(packed.value);
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    Value whole =
        unpackTensor(builder, op->getLoc(), packed.value, type, packed.layout);
    op->getResult(0).replaceUsesWithIf(whole, stays);
  }
  for (Operation *op : llvm::reverse(replaced)) {
    for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
      if (user->use_empty())
        user->erase();
    op->erase();
  }
}
