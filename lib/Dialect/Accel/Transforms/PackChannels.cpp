//===- PackChannels.cpp - Packs what keeps channels apart -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks of channels sit on lane k of the input and on lane n of the output.
// The weight of a block is a matrix, zero where channels have nothing to do
// with each other:
//
//   pooling, i8 operands of the vector unit   the identity
//   depthwise convolution                     a diagonal for every tap
//   groups of 4 channels on 16 lanes          4 blocks of 4 x 4 for every tap
//
// Sums accumulate in the matrix unit. For a maximum, the matrix unit copies
// every window into the accumulators, and the vector unit reduces it.
//
//===----------------------------------------------------------------------===//

#include "FunctionPacker.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

linalg::GenericOp
FunctionPacker::multiply(Location loc, ValueRange inputs,
                         ArrayRef<int64_t> shape, ArrayRef<AffineMap> maps,
                         ArrayRef<utils::IteratorType> iterators) {
  SmallVector<utils::IteratorType> types(iterators);
  types.append({utils::IteratorType::parallel, utils::IteratorType::parallel,
                utils::IteratorType::reduction});
  SmallVector<std::string> lanes(iterators.size());
  for (Lane lane : {M, N, K})
    lanes.push_back(
        target.instruction.lanes[lane].extent == 1 ? "" : target.fanouts[lane]);
  Value empty =
      tensor::EmptyOp::create(builder, loc, shape, builder.getI32Type());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value init = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);
  auto product = linalg::GenericOp::create(
      builder, loc, init.getType(), inputs, init, maps, types,
      [](OpBuilder &body, Location at, ValueRange args) {
        Value total = args.back();
        Type wide = total.getType();
        Value a = arith::ExtSIOp::create(body, at, wide, args[0]);
        Value b = arith::ExtSIOp::create(body, at, wide, args[1]);
        Value sum = arith::AddIOp::create(
            body, at, total, arith::MulIOp::create(body, at, a, b));
        linalg::YieldOp::create(body, at, sum);
      });
  setLanes(product, lanes);
  return product;
}

Value FunctionPacker::identity(Location loc) {
  int64_t block = target.instruction.lanes[N].extent;
  SmallVector<int8_t> values(block * block, 0);
  for (int64_t i = 0; i < block; ++i)
    values[i * block + i] = 1;
  auto type = RankedTensorType::get({block, block}, builder.getI8Type());
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, ArrayRef<int8_t>(values)));
}

int64_t mlir::accel::findBatch(AffineMap input, std::optional<AffineMap> weight,
                               AffineMap output, int64_t without) {
  for (AffineExpr expr : output.getResults())
    if (auto rank = dyn_cast<AffineDimExpr>(expr))
      if (int64_t position = rank.getPosition();
          position != without && dimOfRank(input, position) >= 0 &&
          !(weight && weight->isFunctionOfDim(position)))
        return position;
  return -1;
}

PackedLayout mlir::accel::channelLayout(int64_t rank, int64_t batch,
                                        int64_t channel, int64_t rows,
                                        int64_t columns) {
  PackedLayout layout;
  layout.lanes = {batch, channel};
  layout.extents = {rows, columns};
  if (batch >= 0)
    layout.order.push_back(batch);
  layout.order.push_back(channel);
  for (int64_t dim = 0; dim < rank; ++dim)
    if (dim != batch && dim != channel)
      layout.order.push_back(dim);
  return layout;
}

namespace {
/// A tensor whose channels are one dimension, and its index over the loops of
/// the op where these are groups.
struct FlatOperand {
  RankedTensorType type;
  SmallVector<ReassociationIndices> reassociation;
  AffineMap map;
  /// The dimension of the channels.
  int64_t channel = -1;

  bool isFlat() const { return int64_t(reassociation.size()) == rank; }
  int64_t rank = 0;
};
} // namespace

/// The operand with the dimensions of `group` and `within` as one, which
/// `index` indexes.
static FlatOperand flatten(RankedTensorType type, AffineMap map, int64_t group,
                           int64_t within, AffineExpr index) {
  FlatOperand flat;
  flat.rank = type.getRank();
  SmallVector<AffineExpr> exprs;
  SmallVector<int64_t> shape;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (within >= 0 && dim == dimOfRank(map, within)) {
      flat.reassociation.back().push_back(dim);
      shape.back() *= type.getDimSize(dim);
      continue;
    }
    bool isGroup = dim == dimOfRank(map, group);
    if (isGroup)
      flat.channel = exprs.size();
    exprs.push_back(isGroup ? index : map.getResult(dim));
    shape.push_back(type.getDimSize(dim));
    flat.reassociation.push_back({dim});
  }
  flat.type = RankedTensorType::get(shape, type.getElementType());
  flat.map = AffineMap::get(map.getNumDims() + 2, 0, exprs, map.getContext());
  return flat;
}

/// `value` with the dimensions of `flat`.
static Value collapseTo(OpBuilder &builder, Location loc, Value value,
                        const FlatOperand &flat) {
  if (flat.isFlat())
    return value;
  if (auto expand = value.getDefiningOp<tensor::ExpandShapeOp>();
      expand && expand.getSrcType() == flat.type &&
      expand.getReassociationIndices() == flat.reassociation)
    return expand.getSrc();
  return tensor::CollapseShapeOp::create(builder, loc, flat.type, value,
                                         flat.reassociation);
}

/// The weights of `op` as matrices (n, k) by unit, block of outputs and block
/// of inputs, with zeros between the groups; `rest` are its other ranks.
static Value makeBlocks(OpBuilder &builder, linalg::GenericOp op,
                        const ChannelProduct &product, int64_t lanes,
                        ArrayRef<unsigned> rest) {
  Location loc = op.getLoc();
  MLIRContext *context = builder.getContext();
  Value weight = op->getOperand(product.weight);
  AffineMap map = op.getMatchingIndexingMap(&op->getOpOperand(product.weight));
  auto type = cast<RankedTensorType>(weight.getType());
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  int64_t groups = bounds[product.group];
  int64_t groupDim = dimOfRank(map, product.group);
  int64_t lastGroup = (product.units - 1) * product.groupsPerUnit +
                      (product.inputBlocks * lanes - 1) / product.inputs;
  if (lastGroup >= groups) {
    SmallVector<OpFoldResult> low(type.getRank(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> high = low;
    high[groupDim] = builder.getIndexAttr(lastGroup + 1 - groups);
    SmallVector<int64_t> shape(type.getShape());
    shape[groupDim] = lastGroup + 1;
    Value zero = arith::ConstantOp::create(
        builder, loc, builder.getZeroAttr(type.getElementType()));
    weight = tensor::PadOp::create(
        builder, loc, RankedTensorType::get(shape, type.getElementType()),
        weight, low, high, zero);
  }
  SmallVector<int64_t> shape = {product.units, product.outputBlocks,
                                product.inputBlocks};
  SmallVector<AffineExpr> loopOf(bounds.size(),
                                 getAffineConstantExpr(0, context));
  for (unsigned rank : rest) {
    loopOf[rank] = getAffineDimExpr(shape.size(), context);
    shape.push_back(bounds[rank]);
  }
  AffineExpr output = getAffineDimExpr(1, context) * lanes +
                      getAffineDimExpr(shape.size(), context);
  AffineExpr input = getAffineDimExpr(2, context) * lanes +
                     getAffineDimExpr(shape.size() + 1, context);
  shape.append({lanes, lanes});
  AffineExpr groupIn = input.floorDiv(product.inputs);
  AffineExpr groupOut = output.floorDiv(product.outputs);
  AffineExpr group =
      getAffineDimExpr(0, context) * product.groupsPerUnit + groupIn;
  loopOf[product.group] = group;
  if (product.inner >= 0)
    loopOf[product.inner] = input % product.inputs;
  if (product.outer >= 0)
    loopOf[product.outer] = output % product.outputs;
  AffineMap from = map.replaceDimsAndSymbols(loopOf, {}, shape.size(), 0);
  // Where groups differ, the index of the group leaves the tensor.
  loopOf[product.group] = group + (groupOut - groupIn) * (lastGroup + 1);
  AffineMap gather = map.replaceDimsAndSymbols(loopOf, {}, shape.size(), 0);

  Value empty =
      tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  auto isBetween = [&](OpBuilder &body, Location at) -> Value {
    auto index = [&](unsigned loop) -> Value {
      return linalg::IndexOp::create(body, at, loop);
    };
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(body, at, value);
    };
    auto groupOf = [&](unsigned blockLoop, unsigned laneLoop,
                       int64_t channels) -> Value {
      Value channel = arith::AddIOp::create(
          body, at,
          arith::MulIOp::create(body, at, index(blockLoop), constant(lanes)),
          index(laneLoop));
      return arith::DivUIOp::create(body, at, channel, constant(channels));
    };
    Value out = groupOf(1, shape.size() - 2, product.outputs);
    Value in = groupOf(2, shape.size() - 1, product.inputs);
    return arith::CmpIOp::create(body, at, arith::CmpIPredicate::ne, out, in);
  };
  auto blocked = linalg::GenericOp::create(
      builder, loc, empty.getType(), weight, empty,
      ArrayRef<AffineMap>{from, builder.getMultiDimIdentityMap(shape.size())},
      SmallVector<utils::IteratorType>(shape.size(),
                                       utils::IteratorType::parallel),
      [&](OpBuilder &body, Location at, ValueRange args) {
        Value zero = arith::ConstantOp::create(
            body, at, builder.getZeroAttr(args[0].getType()));
        linalg::YieldOp::create(body, at,
                                arith::SelectOp::create(body, at,
                                                        isBetween(body, at),
                                                        zero, args[0])
                                    .getResult());
      });
  blocked->setAttr(kGatherAttrName, AffineMapAttr::get(gather));
  return blocked.getResult(0);
}

std::string FunctionPacker::packChannelProduct(linalg::GenericOp op,
                                               const ChannelProduct &product) {
  const model::MatrixInstruction &instruction = target.instruction;
  int64_t rows = instruction.lanes[M].extent;
  int64_t block = instruction.lanes[N].extent;
  SmallVector<AffineMap> opMaps = op.getIndexingMapsArray();
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  int64_t batch = findBatch(opMaps[product.input], opMaps[product.weight],
                            opMaps[2], product.group);
  if (batch < 0 && rows > 1)
    return "it has no rank for lane " + instruction.lanes[M].name;
  builder.setInsertionPoint(op);
  MLIRContext *context = builder.getContext();
  Location loc = op.getLoc();
  auto typeOf = [&](unsigned operand) {
    return cast<RankedTensorType>(op->getOperand(operand).getType());
  };
  // Loops after the op's own go over the blocks of a unit: of outputs, of
  // inputs.
  unsigned numRanks = bounds.size();
  AffineExpr unit = getAffineDimExpr(product.group, context);
  auto blockIndex = [&](int64_t blocks, unsigned loop) {
    AffineExpr within = getAffineDimExpr(loop, context);
    return blocks == 1          ? unit
           : product.units == 1 ? within
                                : unit * blocks + within;
  };
  FlatOperand input =
      flatten(typeOf(product.input), opMaps[product.input], product.group,
              product.inner, blockIndex(product.inputBlocks, numRanks + 1));
  FlatOperand output =
      flatten(typeOf(2), opMaps[2], product.group, product.outer,
              blockIndex(product.outputBlocks, numRanks));
  auto layoutFor = [&](const FlatOperand &operand) {
    return channelLayout(operand.type.getRank(),
                         batch < 0 ? -1 : dimOfRank(operand.map, batch),
                         operand.channel, rows, block);
  };
  PackedLayout inputLayout = layoutFor(input);
  PackedLayout outputLayout = layoutFor(output);
  RankedTensorType packedType = outputLayout.getPackedType(output.type);

  // Ranks within a group are on the lanes, and loops of the weight's blocks.
  SmallVector<unsigned> inWeight;
  for (AffineExpr expr : opMaps[product.weight].getResults()) {
    int64_t rank = cast<AffineDimExpr>(expr).getPosition();
    if (rank != product.group && rank != product.inner && rank != product.outer)
      inWeight.push_back(rank);
  }
  SmallVector<AffineExpr> loopOf(numRanks + 2);
  SmallVector<utils::IteratorType> iterators;
  SmallVector<utils::IteratorType> types = op.getIteratorTypesArray();
  types.append({utils::IteratorType::parallel, utils::IteratorType::reduction});
  for (unsigned rank = 0; rank < types.size(); ++rank) {
    if (int64_t(rank) == product.inner || int64_t(rank) == product.outer) {
      loopOf[rank] = getAffineConstantExpr(0, context);
      continue;
    }
    loopOf[rank] = getAffineDimExpr(iterators.size(), context);
    iterators.push_back(types[rank]);
  }
  unsigned numLoops = iterators.size() + 3;
  auto lane = [&](Lane l) {
    return getAffineDimExpr(iterators.size() + l, context);
  };
  auto packed = [&](const FlatOperand &operand, const PackedLayout &layout,
                    Lane first, Lane second) {
    AffineMap map =
        operand.map.replaceDimsAndSymbols(loopOf, {}, iterators.size(), 0);
    return packMap(map, layout, numLoops, {lane(first), lane(second)});
  };
  SmallVector<AffineExpr> weight = {loopOf[product.group], loopOf[numRanks],
                                    loopOf[numRanks + 1]};
  for (unsigned rank : inWeight)
    weight.push_back(loopOf[rank]);
  weight.append({lane(N), lane(K)});
  SmallVector<AffineMap> maps = {packed(input, inputLayout, M, K),
                                 AffineMap::get(numLoops, 0, weight, context),
                                 packed(output, outputLayout, M, N)};

  Value inputs = getPacked(
      loc, collapseTo(builder, loc, op->getOperand(product.input), input),
      inputLayout);
  Value weights = makeBlocks(builder, op, product, block, inWeight);
  linalg::GenericOp result =
      multiply(loc, {inputs, weights}, packedType.getShape(), maps, iterators);
  if (Attribute name = op->getAttr(kNameAttrName))
    result->setAttr(kNameAttrName, name);
  if (output.isFlat()) {
    finish(op, result.getResult(0), outputLayout);
    return "";
  }
  // Readers see the channels as one dimension, as the packed tensor has them.
  auto flat = tensor::EmptyOp::create(builder, loc, output.type.getShape(),
                                      output.type.getElementType());
  Value expanded = tensor::ExpandShapeOp::create(
      builder, loc, op->getResult(0).getType(), flat, output.reassociation);
  op->getResult(0).replaceAllUsesWith(expanded);
  for (Operation *user : llvm::make_early_inc_range(expanded.getUsers()))
    if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(user);
        collapse && collapse.getResultType() == output.type &&
        collapse.getReassociationIndices() == output.reassociation) {
      collapse.replaceAllUsesWith(flat.getResult());
      collapse.erase();
    }
  if (expanded.use_empty())
    expanded.getDefiningOp()->erase();
  finish(flat, result.getResult(0), outputLayout);
  replaced.insert(op);
  return "";
}
