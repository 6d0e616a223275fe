//===- ChannelOp.cpp - Ops that keep channels apart -----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelOp.h"
#include "FunctionPacker.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/InferIntRangeInterface.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace mlir::accel;

static bool hasBits(Value value, unsigned width) {
  return getElementTypeOrSelf(value.getType()).isSignlessInteger(width);
}

//===----------------------------------------------------------------------===//
// Poolings
//===----------------------------------------------------------------------===//

std::optional<Pooling> mlir::accel::matchPooling(linalg::GenericOp op) {
  if (op.getNumDpsInits() != 1 || op.getNumReductionLoops() == 0)
    return std::nullopt;
  std::optional<Pooling> pooling;
  for (OpOperand *input : op.getDpsInputOperands()) {
    if (!op.payloadUsesValueFromOperand(input))
      continue;
    if (pooling || !hasBits(input->get(), 8))
      return std::nullopt;
    pooling = Pooling{input->getOperandNumber(), false};
  }
  OpOperand &init = *op.getDpsInitOperand(0);
  auto fill = init.get().getDefiningOp<linalg::FillOp>();
  if (!pooling || !fill ||
      !op.getMatchingIndexingMap(&init).isProjectedPermutation())
    return std::nullopt;
  Block *body = op.getBody();
  Operation *combine = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!combine || combine->getNumOperands() != 2)
    return std::nullopt;
  Value sum = op.getMatchingBlockArgument(&init);
  Value value = combine->getOperand(combine->getOperand(0) == sum ? 1 : 0);
  if (!llvm::is_contained(combine->getOperands(), sum))
    return std::nullopt;
  BlockArgument pooled = body->getArgument(pooling->input);
  if (isa<arith::MaxSIOp, arith::MinSIOp>(combine))
    return value == pooled && matchPattern(fill.getInputs()[0], m_Constant())
               ? pooling
               : std::nullopt;
  auto extend = value.getDefiningOp<arith::ExtSIOp>();
  if (!isa<arith::AddIOp>(combine) || !extend || extend.getIn() != pooled ||
      !hasBits(init.get(), 32) || !matchPattern(fill.getInputs()[0], m_Zero()))
    return std::nullopt;
  pooling->isSum = true;
  return pooling;
}

/// The signed range of what `op` yields, whatever it reads.
static std::optional<ConstantIntRanges> rangeOf(linalg::GenericOp op) {
  DenseMap<Value, ConstantIntRanges> ranges;
  auto lookup = [&](Value value) -> std::optional<ConstantIntRanges> {
    if (auto it = ranges.find(value); it != ranges.end())
      return it->second;
    APInt constant;
    if (matchPattern(value, m_ConstantInt(&constant)))
      return ConstantIntRanges::constant(constant);
    if (!value.getType().isIntOrIndex())
      return std::nullopt;
    return ConstantIntRanges::maxRange(
        ConstantIntRanges::getStorageBitwidth(value.getType()));
  };
  for (Operation &inner : op.getBody()->without_terminator()) {
    auto infers = dyn_cast<InferIntRangeInterface>(inner);
    if (!infers)
      continue;
    SmallVector<ConstantIntRanges> operands;
    for (Value operand : inner.getOperands())
      if (std::optional<ConstantIntRanges> range = lookup(operand))
        operands.push_back(*range);
    if (operands.size() == inner.getNumOperands())
      infers.inferResultRanges(
          operands, [&](Value result, const ConstantIntRanges &range) {
            ranges.insert({result, range});
          });
  }
  return lookup(op.getBody()->getTerminator()->getOperand(0));
}

/// True if for every value of the parallel loops some value of the others makes
/// `expr` one of `low` to `low + size - 1`.
static bool meetsInside(AffineExpr expr, linalg::GenericOp op, int64_t low,
                        int64_t size) {
  constexpr int64_t kMostPoints = 1 << 20;
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  SmallVector<utils::IteratorType> types = op.getIteratorTypesArray();
  SmallVector<unsigned> outer, inner;
  int64_t points = 1;
  for (auto [loop, bound] : llvm::enumerate(bounds)) {
    if (!expr.isFunctionOfDim(loop))
      continue;
    bool isOuter = types[loop] == utils::IteratorType::parallel;
    (isOuter ? outer : inner).push_back(loop);
    points *= bound;
    if (points > kMostPoints)
      return false;
  }
  SmallVector<int64_t> at(bounds.size(), 0);
  // Steps `at` through `loops`; false after the last point.
  auto advance = [&](ArrayRef<unsigned> loops) {
    for (unsigned loop : llvm::reverse(loops)) {
      if (++at[loop] < bounds[loop])
        return true;
      at[loop] = 0;
    }
    return false;
  };
  AffineMap map = AffineMap::get(bounds.size(), 0, expr);
  do {
    bool found = false;
    do {
      int64_t index = map.compose(at).front();
      found |= index >= low && index < low + size;
    } while (advance(inner));
    if (!found)
      return false;
  } while (advance(outer));
  return true;
}

static bool isMax(linalg::GenericOp op) {
  return isa<arith::MaxSIOp>(
      op.getBody()->getTerminator()->getOperand(0).getDefiningOp());
}

int64_t mlir::accel::leastValue(linalg::GenericOp op) {
  return isMax(op) ? llvm::minIntN(8) : llvm::maxIntN(8);
}

/// The value that `pad` adds, if it is a constant and every window of `op` has
/// a value that is not padding.
static std::optional<int64_t>
paddingBeside(linalg::GenericOp op, const Pooling &pooling, tensor::PadOp pad) {
  APInt padding;
  if (pooling.isSum || !pad.getConstantPaddingValue() ||
      !matchPattern(pad.getConstantPaddingValue(), m_ConstantInt(&padding)) ||
      ShapedType::isDynamicShape(pad.getStaticLow()))
    return std::nullopt;
  AffineMap map = op.getMatchingIndexingMap(&op->getOpOperand(pooling.input));
  for (auto [expr, low, size] : llvm::zip(map.getResults(), pad.getStaticLow(),
                                          pad.getSourceType().getShape()))
    if (!meetsInside(expr, op, low, size))
      return std::nullopt;
  return padding.getSExtValue();
}

bool mlir::accel::isPaddingLeast(linalg::GenericOp op, const Pooling &pooling,
                                 tensor::PadOp pad) {
  return paddingBeside(op, pooling, pad) == leastValue(op);
}

bool mlir::accel::isPaddingNeutral(linalg::GenericOp op, const Pooling &pooling,
                                   tensor::PadOp pad) {
  auto maker = pad.getSource().getDefiningOp<linalg::GenericOp>();
  std::optional<int64_t> padding = paddingBeside(op, pooling, pad);
  if (!maker || !padding)
    return false;
  std::optional<ConstantIntRanges> range = rangeOf(maker);
  return range &&
         (isMax(op) ? !range->smin().isNegative() && *padding <= 0
                    : !range->smax().isStrictlyPositive() && *padding >= 0);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The rank of most iterations that stands alone in the operands of `present`
/// and in no other.
static int64_t findRank(linalg::GenericOp op, std::array<bool, 3> present) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  int64_t found = -1;
  for (unsigned rank = 0; rank < bounds.size(); ++rank) {
    bool fits = true;
    for (auto [map, isPresent] : llvm::zip(maps, present))
      fits &=
          isPresent ? dimOfRank(map, rank) >= 0 : !map.isFunctionOfDim(rank);
    if (fits && (found < 0 || bounds[rank] > bounds[found]))
      found = rank;
  }
  return found;
}

/// True if `rank`'s dimension follows that of `group`.
static bool follows(AffineMap map, int64_t rank, int64_t group) {
  return rank < 0 || dimOfRank(map, rank) == dimOfRank(map, group) + 1;
}

std::optional<ChannelProduct>
mlir::accel::matchChannelProduct(linalg::GenericOp op, int64_t block) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto isPlain = [&](unsigned operand) {
    return llvm::all_of(maps[operand].getResults(),
                        llvm::IsaPred<AffineDimExpr>);
  };
  ChannelProduct product;
  if (!isPlain(product.weight))
    std::swap(product.input, product.weight);
  product.group = findRank(op, {true, true, true});
  if (!isPlain(product.weight) || product.group < 0)
    return std::nullopt;
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  std::array<bool, 3> summed = {true, true, false};
  std::array<bool, 3> made = {false, false, true};
  made[product.weight] = true;
  product.inner = findRank(op, summed);
  product.outer = findRank(op, made);
  // Channels that do not lie with their group stay loops.
  if (!follows(maps[product.input], product.inner, product.group))
    product.inner = -1;
  if (!follows(maps[2], product.outer, product.group))
    product.outer = -1;
  if (product.inner >= 0)
    product.inputs = bounds[product.inner];
  if (product.outer >= 0)
    product.outputs = bounds[product.outer];

  int64_t groups = bounds[product.group];
  int64_t whole = std::lcm(block / std::gcd(block, product.inputs),
                           block / std::gcd(block, product.outputs));
  auto blocksOf = [&](int64_t channels) {
    return llvm::divideCeil(product.groupsPerUnit * channels, block);
  };
  product.groupsPerUnit = whole;
  // A last unit that is not full must still have all its blocks, and one loop
  // goes over the blocks of the output.
  if ((groups % whole != 0 && blocksOf(product.inputs) > 1) ||
      blocksOf(product.outputs) > 1)
    product.groupsPerUnit = groups;
  product.units = llvm::divideCeil(groups, product.groupsPerUnit);
  product.inputBlocks = blocksOf(product.inputs);
  product.outputBlocks = blocksOf(product.outputs);
  product.invocations = double(product.units) * double(product.inputBlocks) *
                        double(product.outputBlocks);
  for (auto [rank, bound] : llvm::enumerate(bounds))
    if (int64_t(rank) != product.group && int64_t(rank) != product.inner &&
        int64_t(rank) != product.outer)
      product.invocations *= double(bound);
  return product;
}

bool mlir::accel::joinsChannels(linalg::GenericOp op,
                                const ChannelProduct &product) {
  int64_t dim = dimOfRank(op.getIndexingMapsArray().back(), product.group);
  return product.outer >= 0 && !op->use_empty() &&
         llvm::all_of(op->getUsers(), [&](Operation *user) {
           auto collapse = dyn_cast<tensor::CollapseShapeOp>(user);
           return collapse &&
                  collapse.getResultType().getRank() + 1 ==
                      collapse.getSrcType().getRank() &&
                  collapse.getReassociationIndices()[dim].size() == 2;
         });
}
