//===- PackPooling.cpp - Packs sums and extremes over windows -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A sum accumulates in the matrix unit, times the identity. For a maximum, the
// matrix unit copies every window into accumulators, and the vector unit
// reduces it:
//
//   windows[r, s, n, c, p, q] += in[n, c, 2 p + r, 2 q + s] * identity
//   reduced[n, c, p, q] = max(reduced, windows[r, s, n, c, p, q])
//
// So tiles may cut through overlapping windows, and nothing is kept twice in
// accumulators that are shared between tiles.
//
//===----------------------------------------------------------------------===//

#include "FunctionPacker.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

static bool isPadded(tensor::PadOp pad, int64_t dim) {
  return pad.getStaticLow()[dim] != 0 || pad.getStaticHigh()[dim] != 0;
}

std::string FunctionPacker::packPooling(linalg::GenericOp op,
                                        const Pooling &pooling) {
  const model::MatrixInstruction &instruction = target.instruction;
  int64_t rows = instruction.lanes[M].extent;
  std::optional<int64_t> block = target.channelBlock();
  if (!block)
    return "a pooling needs blocks of inputs and results of one size";
  AffineMap inputMap =
      op.getMatchingIndexingMap(&op->getOpOperand(pooling.input));
  AffineMap outputMap = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();

  builder.setInsertionPoint(op);
  Value input = op->getOperand(pooling.input);
  auto pad = input.getDefiningOp<tensor::PadOp>();
  bool hasBorders = false;
  if (Value padding = pad ? pad.getConstantPaddingValue() : Value();
      padding && !matchPattern(padding, m_Zero())) {
    // Loads pad with zeros.
    hasBorders = !isPaddingNeutral(op, pooling, pad);
    if (hasBorders && !isPaddingLeast(op, pooling, pad))
      return "only zeros, or values that lose against all others, can pad";
    Value zero = arith::ConstantOp::create(
        builder, op.getLoc(),
        builder.getZeroAttr(pad.getResultType().getElementType()));
    auto zeros = tensor::PadOp::create(
        builder, op.getLoc(), pad.getResultType(), pad.getSource(),
        pad.getMixedLowPad(), pad.getMixedHighPad(), zero);
    input = zeros.getResult();
  }

  // The channels of what the device has are where they are, else the longest
  // rank that is not pooled.
  Value source = pad ? pad.getSource() : input;
  int64_t channel = -1, batch = -1;
  if (auto found = packedOf.find(source); found != packedOf.end()) {
    auto rankAt = [&](int64_t dim) -> int64_t {
      if (dim < 0)
        return -1;
      auto rank = dyn_cast<AffineDimExpr>(inputMap.getResult(dim));
      bool isKept = rank && dimOfRank(outputMap, rank.getPosition()) >= 0;
      return isKept ? rank.getPosition() : -1;
    };
    channel = rankAt(found->second.layout.lanes[1]);
    batch = rankAt(found->second.layout.lanes[0]);
  }
  for (unsigned rank = 0; rank < bounds.size() && batch < 0; ++rank)
    if (dimOfRank(inputMap, rank) >= 0 && dimOfRank(outputMap, rank) >= 0 &&
        (channel < 0 || bounds[rank] >= bounds[channel]))
      channel = rank;
  if (channel < 0)
    return "it has no rank for the lanes that is neither pooled nor slid over";
  if (batch < 0)
    batch = findBatch(inputMap, std::nullopt, outputMap, channel);
  if (batch < 0 && rows > 1)
    return "it has no rank for lane " + instruction.lanes[M].name;

  if (hasBorders && (isPadded(pad, dimOfRank(inputMap, channel)) ||
                     (batch >= 0 && isPadded(pad, dimOfRank(inputMap, batch)))))
    return "only zeros can pad what is on lanes";

  auto layoutFor = [&](AffineMap map) {
    return channelLayout(map.getNumResults(),
                         batch < 0 ? -1 : dimOfRank(map, batch),
                         dimOfRank(map, channel), rows, *block);
  };
  PackedLayout inputLayout = layoutFor(inputMap);
  PackedLayout outputLayout = layoutFor(outputMap);
  MLIRContext *context = builder.getContext();
  unsigned numRanks = bounds.size();
  unsigned numLoops = numRanks + 3;
  auto lane = [&](Lane l) { return getAffineDimExpr(numRanks + l, context); };
  AffineMap outer = packMap(outputMap, outputLayout, numLoops, {});
  // A maximum takes windows apart first: every position of one is a result. A
  // sum does not, but needs something that tells how large they are.
  SmallVector<AffineExpr> results, window;
  SmallVector<int64_t> shape, windowShape;
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (unsigned rank = 0; rank < numRanks; ++rank) {
    if (iterators[rank] == utils::IteratorType::parallel)
      continue;
    window.push_back(getAffineDimExpr(rank, context));
    windowShape.push_back(bounds[rank]);
  }
  if (!pooling.isSum) {
    results = window;
    shape = windowShape;
    llvm::fill(iterators, utils::IteratorType::parallel);
  }
  llvm::append_range(results, outer.getResults());
  results.append({lane(M), lane(N)});
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  RankedTensorType packedType = outputLayout.getPackedType(type);
  llvm::append_range(shape, packedType.getShape());
  SmallVector<AffineMap> maps = {
      packMap(inputMap, inputLayout, numLoops, {lane(M), lane(K)}),
      AffineMap::get(numLoops, 0, {lane(N), lane(K)}, context)};
  SmallVector<Value> inputs = {getPacked(op.getLoc(), input, inputLayout),
                               identity(op.getLoc())};
  if (pooling.isSum) {
    maps.push_back(AffineMap::get(numLoops, 0, window, context));
    inputs.push_back(tensor::EmptyOp::create(builder, op.getLoc(), windowShape,
                                             builder.getI8Type()));
  }
  maps.push_back(AffineMap::get(numLoops, 0, results, context));
  linalg::GenericOp product =
      multiply(op.getLoc(), inputs, shape, maps, iterators);
  Value packed = product.getResult(0);
  auto name = op->getAttrOfType<StringAttr>(kNameAttrName);
  if (pooling.isSum) {
    if (name)
      product->setAttr(kNameAttrName, name);
  } else {
    if (name)
      product->setAttr(kNameAttrName,
                       builder.getStringAttr(name.getValue() + ".windows"));
    if (hasBorders) {
      SmallVector<int64_t> loops;
      for (AffineExpr expr : ArrayRef(results).drop_back(2))
        loops.push_back(cast<AffineDimExpr>(expr).getPosition());
      packed = lowerBorders(op, pooling, pad, packed, loops);
    }
    packed = reduceWindows(op, packed, packedType);
  }
  finish(op, packed, outputLayout);
  return "";
}

Value FunctionPacker::reduceWindows(linalg::GenericOp op, Value windows,
                                    RankedTensorType type) {
  Location loc = op.getLoc();
  Type wide = builder.getI32Type();
  Operation *combine =
      op.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  APInt start;
  matchPattern(fill.getInputs()[0], m_ConstantInt(&start));
  unsigned numKept = type.getRank();
  unsigned numAll = cast<RankedTensorType>(windows.getType()).getRank();
  unsigned numPooled = numAll - numKept;
  AffineMap whole = builder.getMultiDimIdentityMap(numAll);
  SmallVector<utils::IteratorType> iterators(numAll,
                                             utils::IteratorType::parallel);
  std::fill_n(iterators.begin(), numPooled, utils::IteratorType::reduction);
  SmallVector<std::string> lanes(numAll);
  for (unsigned i : {0, 1})
    if (type.getDimSize(numKept - 2 + i) > 1)
      lanes[numAll - 2 + i] = kWholeRank.str();
  Value first = arith::ConstantOp::create(
      builder, loc, builder.getI32IntegerAttr(start.getSExtValue()));
  Value init = linalg::FillOp::create(builder, loc, first,
                                      ValueRange{tensor::EmptyOp::create(
                                          builder, loc, type.getShape(), wide)})
                   .getResult(0);
  auto reduced = linalg::GenericOp::create(
      builder, loc, init.getType(), windows, init,
      ArrayRef<AffineMap>{whole, whole.getMinorSubMap(numKept)}, iterators,
      [&](OpBuilder &body, Location at, ValueRange args) {
        Value best =
            isa<arith::MaxSIOp>(combine)
                ? arith::MaxSIOp::create(body, at, args[1], args[0]).getResult()
                : arith::MinSIOp::create(body, at, args[1], args[0])
                      .getResult();
        linalg::YieldOp::create(body, at, best);
      });
  setLanes(reduced, lanes);
  reduced->setAttr(kOnChipAttrName, builder.getUnitAttr());

  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        builder.getI8Type());
  AffineMap kept = builder.getMultiDimIdentityMap(numKept);
  auto narrow = linalg::GenericOp::create(
      builder, loc, empty.getType(), reduced.getResult(0), empty,
      ArrayRef<AffineMap>{kept, kept},
      SmallVector<utils::IteratorType>(numKept, utils::IteratorType::parallel),
      [&](OpBuilder &body, Location at, ValueRange args) {
        linalg::YieldOp::create(
            body, at,
            arith::TruncIOp::create(body, at, args[1].getType(), args[0])
                .getResult());
      });
  setLanes(narrow, ArrayRef(lanes).take_back(numKept));
  if (auto name = op->getAttrOfType<StringAttr>(kNameAttrName)) {
    reduced->setAttr(kNameAttrName,
                     builder.getStringAttr(name.getValue() + ".reduced"));
    narrow->setAttr(kNameAttrName, name);
  }
  return narrow.getResult(0);
}

/// For each padded dimension a tensor over the loops that index it: zero inside
/// of what is padded, the least (or greatest) i8 outside. Where several
/// dimensions are outside they add up, and lose all the more.
Value FunctionPacker::lowerBorders(linalg::GenericOp op, const Pooling &pooling,
                                   tensor::PadOp pad, Value windows,
                                   ArrayRef<int64_t> loops) {
  Location loc = op.getLoc();
  MLIRContext *context = builder.getContext();
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  auto type = cast<RankedTensorType>(windows.getType());
  unsigned rank = type.getRank();
  ArrayRef<int64_t> element = type.getShape().take_back(2);
  AffineMap all = builder.getMultiDimIdentityMap(rank);
  AffineMap inputMap =
      op.getMatchingIndexingMap(&op->getOpOperand(pooling.input));
  SmallVector<Value> inputs = {windows};
  SmallVector<AffineMap> maps = {all};
  for (auto [dim, expr] : llvm::enumerate(inputMap.getResults())) {
    if (!isPadded(pad, dim))
      continue;
    SmallVector<int64_t> own;
    SmallVector<int64_t> shape;
    SmallVector<AffineExpr> index;
    for (auto [position, loop] : llvm::enumerate(loops))
      if (expr.isFunctionOfDim(loop)) {
        own.push_back(loop);
        shape.push_back(bounds[loop]);
        index.push_back(getAffineDimExpr(position, context));
      }
    int64_t points = ShapedType::getNumElements(shape);
    SmallVector<int32_t> values;
    AffineMap map = AffineMap::get(bounds.size(), 0, expr);
    int64_t low = pad.getStaticLow()[dim];
    int64_t size = pad.getSourceType().getDimSize(dim);
    for (int64_t point = 0; point < points; ++point) {
      SmallVector<int64_t> at(bounds.size(), 0);
      int64_t rest = point;
      for (size_t i = own.size(); i-- > 0; rest /= shape[i])
        at[own[i]] = rest % shape[i];
      int64_t place = map.compose(at).front();
      bool isInside = place >= low && place < low + size;
      int32_t border = leastValue(op);
      values.append(element[0] * element[1], isInside ? 0 : border);
    }
    llvm::append_range(shape, element);
    index.append({getAffineDimExpr(rank - 2, context),
                  getAffineDimExpr(rank - 1, context)});
    auto maskType = RankedTensorType::get(shape, builder.getI32Type());
    inputs.push_back(arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(maskType, ArrayRef<int32_t>(values))));
    maps.push_back(AffineMap::get(rank, 0, index, context));
  }
  maps.push_back(all);
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType());
  auto lowered = linalg::GenericOp::create(
      builder, loc, empty.getType(), inputs, empty, maps,
      SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel),
      [](OpBuilder &body, Location at, ValueRange args) {
        Value sum = args.front();
        for (Value mask : args.drop_front().drop_back())
          sum = arith::AddIOp::create(body, at, sum, mask);
        linalg::YieldOp::create(body, at, sum);
      });
  SmallVector<std::string> lanes(rank);
  for (unsigned i : {0, 1})
    if (element[i] > 1)
      lanes[rank - 2 + i] = kWholeRank.str();
  setLanes(lowered, lanes);
  lowered->setAttr(kOnChipAttrName, builder.getUnitAttr());
  if (auto name = op->getAttrOfType<StringAttr>(kNameAttrName))
    lowered->setAttr(kNameAttrName,
                     builder.getStringAttr(name.getValue() + ".borders"));
  return lowered.getResult(0);
}
