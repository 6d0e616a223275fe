//===- PackElementwise.cpp - Packs what the vector unit runs -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionPacker.h"
#include "InstructionFit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::accel;

/// No load brings 8 bits into accumulators, so each element is multiplied by
/// the identity matrix.
Value FunctionPacker::widen(Location loc, Value packed) {
  MLIRContext *context = builder.getContext();
  auto type = cast<RankedTensorType>(packed.getType());
  unsigned leading = type.getRank() - 2;
  SmallVector<AffineExpr> input, output;
  for (unsigned dim = 0; dim < leading; ++dim)
    input.push_back(getAffineDimExpr(dim, context));
  output = input;
  auto lane = [&](Lane lane) {
    return getAffineDimExpr(leading + lane, context);
  };
  input.append({lane(M), lane(K)});
  output.append({lane(M), lane(N)});
  unsigned numLoops = leading + 3;
  SmallVector<AffineMap> maps = {
      AffineMap::get(numLoops, 0, input, context),
      AffineMap::get(numLoops, 0, {lane(N), lane(K)}, context),
      AffineMap::get(numLoops, 0, output, context)};
  SmallVector<utils::IteratorType> iterators(leading,
                                             utils::IteratorType::parallel);
  return multiply(loc, {packed, identity(loc)}, type.getShape(), maps,
                  iterators)
      .getResult(0);
}

/// `value` with a last dimension of `bound`, along which it is the same.
static Value repeat(OpBuilder &builder, Location loc, Value value,
                    int64_t bound) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(bound);
  AffineMap all = builder.getMultiDimIdentityMap(shape.size());
  Value empty =
      tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  return linalg::GenericOp::create(
             builder, loc, empty.getType(), value, empty,
             ArrayRef<AffineMap>{all.getMajorSubMap(type.getRank()), all},
             SmallVector<utils::IteratorType>(shape.size(),
                                              utils::IteratorType::parallel),
             [](OpBuilder &body, Location at, ValueRange args) {
               linalg::YieldOp::create(body, at, args.front());
             })
      .getResult(0);
}

/// The layout of the op's result in which the elements of an operand stay what
/// they are; the operand has `layout` and is read by the permutation `map`.
static PackedLayout permute(const PackedLayout &layout, AffineMap map) {
  PackedLayout result = layout;
  for (int64_t &dim : result.lanes)
    if (dim >= 0)
      dim = map.getDimPosition(dim);
  for (int64_t &dim : result.order)
    dim = map.getDimPosition(dim);
  return result;
}

std::string FunctionPacker::packElementwise(linalg::GenericOp op) {
  unsigned numRanks = op.getNumLoops();
  // The layout of what it reads; without such, channels last.
  std::optional<PackedLayout> layout;
  for (OpOperand *input : op.getDpsInputOperands())
    if (auto it = packedOf.find(input->get());
        it != packedOf.end() && !layout &&
        op.getMatchingIndexingMap(input).isPermutation())
      layout = permute(it->second.layout, op.getMatchingIndexingMap(input));
  if (!layout) {
    layout.emplace();
    layout->extents = {target.instruction.lanes[M].extent,
                       target.instruction.lanes[N].extent};
    layout->lanes[1] = numRanks - 1;
    if (numRanks > 1) {
      layout->lanes[0] = 0;
      layout->order.push_back(0);
    } else if (layout->extents[0] > 1) {
      return "it has no rank for lane " + target.instruction.lanes[M].name;
    }
    layout->order.push_back(numRanks - 1);
    for (unsigned dim = 1; dim + 1 < numRanks; ++dim)
      layout->order.push_back(dim);
  }

  builder.setInsertionPoint(op);
  MLIRContext *context = op.getContext();
  SmallVector<AffineExpr, 2> element = {
      getAffineDimExpr(numRanks, context),
      getAffineDimExpr(numRanks + 1, context)};
  SmallVector<utils::IteratorType> iterators(numRanks + 2,
                                             utils::IteratorType::parallel);
  SmallVector<AffineMap> maps;
  SmallVector<Value> inputs;
  SmallVector<unsigned> widened;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    Value plain = input->get();
    PackedLayout own;
    own.extents = layout->extents;
    own.blocks = layout->blocks;
    for (unsigned i = 0; i < 2; ++i) {
      int64_t rank = layout->lanes[i];
      own.lanes[i] = rank < 0 ? -1 : dimOfRank(map, rank);
      if (own.lanes[i] >= 0 || own.extents[i] == 1)
        continue;
      // Every lane needs its copy of what is the same for all.
      if (rank < 0 || !isOnHost(plain))
        return "a broadcast along lanes needs data that is repeated there";
      int64_t bound = op.getStaticLoopRanges()[rank];
      plain = repeat(builder, op.getLoc(), plain, bound);
      own.lanes[i] = map.getNumResults();
      map = map.insertResult(getAffineDimExpr(rank, context),
                             map.getNumResults());
    }
    for (int64_t rank : layout->order)
      if (int64_t dim = dimOfRank(map, rank); dim >= 0)
        own.order.push_back(dim);
    // Accumulators cannot be rearranged: a store cuts them to 8 bits.
    if (getElementTypeOrSelf(plain.getType()).isInteger(32) &&
        !isOnHost(plain) && !isPackedAs(plain, own))
      return "the device has its i32 operand in another order";
    Value value = getPacked(op.getLoc(), plain, own);
    if (isReadExtended(op, *input)) {
      if (!target.channelBlock())
        return "an i8 operand needs blocks of inputs and results of one size";
      value = widen(op.getLoc(), value);
      widened.push_back(inputs.size());
    }
    inputs.push_back(value);
    maps.push_back(packMap(map, own, numRanks + 2, element));
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  maps.push_back(packMap(op.getMatchingIndexingMap(op.getDpsInitOperand(0)),
                         *layout, numRanks + 2, element));
  RankedTensorType packedType = layout->getPackedType(type);
  Value empty = tensor::EmptyOp::create(
      builder, op.getLoc(), packedType.getShape(), packedType.getElementType());
  SmallVector<std::string> lanes(numRanks);
  for (int64_t extent : layout->extents)
    lanes.push_back(extent == 1 ? "" : kWholeRank.str());
  linalg::GenericOp packed = rebuild(op, inputs, empty, maps, iterators, lanes);
  // A store writes 8 bits.
  if (!type.getElementType().isInteger(8))
    packed->setAttr(kOnChipAttrName, builder.getUnitAttr());
  for (unsigned position : widened) {
    BlockArgument value = packed.getBody()->getArgument(position);
    for (Operation *extend : llvm::make_early_inc_range(value.getUsers())) {
      extend->getResult(0).replaceAllUsesWith(value);
      extend->erase();
    }
    value.setType(builder.getI32Type());
  }
  finish(op, packed->getResult(0), *layout);
  return "";
}
