//===- Contraction.cpp - linalg contractions as matrix instructions -------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "accel/Dialect/Accel/Transforms/ElementView.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::accel;

std::optional<std::pair<unsigned, unsigned>>
mlir::accel::laneLoops(AffineMap map) {
  unsigned results = map.getNumResults();
  if (results < 2)
    return std::nullopt;
  auto row = dyn_cast<AffineDimExpr>(map.getResult(results - 2));
  auto column = dyn_cast<AffineDimExpr>(map.getResult(results - 1));
  if (!row || !column || row == column)
    return std::nullopt;
  return std::make_pair(row.getPosition(), column.getPosition());
}

FailureOr<ElementNest> mlir::accel::dropLanes(linalg::LinalgOp op,
                                              ArrayRef<unsigned> lanes) {
  ElementNest nest;
  MLIRContext *context = op->getContext();
  SmallVector<int64_t> bounds = op.getStaticLoopRanges();
  SmallVector<AffineExpr> dims;
  for (auto [loop, bound] : llvm::enumerate(bounds)) {
    // A lane stands for nothing in the new maps; they must not use it.
    if (llvm::is_contained(lanes, loop)) {
      dims.push_back(getAffineConstantExpr(0, context));
      continue;
    }
    dims.push_back(getAffineDimExpr(nest.bounds.size(), context));
    nest.bounds.push_back(bound);
  }
  for (AffineMap map : op.getIndexingMapsArray()) {
    if (map.getNumResults() < 2) {
      nest.maps.push_back({});
      continue;
    }
    AffineMap leading = map.getSliceMap(0, map.getNumResults() - 2);
    for (unsigned lane : lanes)
      if (leading.isFunctionOfDim(lane))
        return failure();
    nest.maps.push_back(
        leading.replaceDimsAndSymbols(dims, {}, nest.bounds.size(), 0));
  }
  return nest;
}

/// The block argument that `value` is, sign-extended or not; none otherwise.
static std::optional<unsigned> extendedArgument(Value value) {
  if (auto extend = value.getDefiningOp<arith::ExtSIOp>())
    value = extend.getIn();
  if (auto arg = dyn_cast<BlockArgument>(value))
    return arg.getArgNumber();
  return std::nullopt;
}

/// Matches yield(out + a · b) and gives the argument numbers of a and b, the
/// first two inputs; others may shape the loops.
static std::optional<std::pair<unsigned, unsigned>>
matchMultiplyAdd(linalg::LinalgOp op) {
  Block *body = op.getBlock();
  if (op.getNumDpsInputs() < 2 || op.getNumDpsInits() != 1 || !body)
    return std::nullopt;
  Value yielded = body->getTerminator()->getOperand(0);
  auto add = yielded.getDefiningOp<arith::AddIOp>();
  if (!add)
    return std::nullopt;
  Value output = body->getArguments().back();
  Value product = add.getLhs() == output ? add.getRhs() : add.getLhs();
  if (add.getLhs() != output && add.getRhs() != output)
    return std::nullopt;
  auto multiply = product.getDefiningOp<arith::MulIOp>();
  if (!multiply)
    return std::nullopt;
  std::optional<unsigned> left = extendedArgument(multiply.getLhs());
  std::optional<unsigned> right = extendedArgument(multiply.getRhs());
  if (!left || !right || *left == *right || *left > 1 || *right > 1)
    return std::nullopt;
  return std::make_pair(*left, *right);
}

bool mlir::accel::isContraction(linalg::LinalgOp op) {
  return matchMultiplyAdd(op).has_value();
}

FailureOr<Contraction>
mlir::accel::matchContraction(linalg::LinalgOp op,
                              const InstructionLevels &levels) {
  Contraction match;
  match.acc = op.getNumDpsInputs();
  auto levelIs = [&](unsigned operand, StringRef level) {
    Type type = op->getOperand(operand).getType();
    return isOnChip(type) && levelOf(type) == level;
  };
  if (levelIs(0, levels.weight))
    std::swap(match.inp, match.wgt);
  for (const auto &[operand, level] :
       {std::make_pair(match.inp, levels.input),
        std::make_pair(match.wgt, levels.weight),
        std::make_pair(match.acc, levels.accumulator)})
    if (!levelIs(operand, level))
      return op->emitError()
             << "the matrix instruction reads \"" << levels.input << "\" and \""
             << levels.weight << "\" and adds to \"" << levels.accumulator
             << "\", found operand " << operand << " of type "
             << op->getOperand(operand).getType();
  auto elementIs = [&](unsigned operand, unsigned bits) {
    return getElementTypeOrSelf(op->getOperand(operand)).isInteger(bits);
  };
  if (!elementIs(match.inp, 8) || !elementIs(match.wgt, 8) ||
      !elementIs(match.acc, 32))
    return op->emitError()
           << "the matrix instruction multiplies i8 into i32, found "
           << getElementTypeOrSelf(op->getOperand(match.inp)) << " and "
           << getElementTypeOrSelf(op->getOperand(match.wgt)) << " into "
           << getElementTypeOrSelf(op->getOperand(match.acc));
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  auto inp = laneLoops(maps[match.inp]);
  auto wgt = laneLoops(maps[match.wgt]);
  auto acc = laneLoops(maps[match.acc]);
  if (!inp || !wgt || !acc || inp->second != wgt->second ||
      inp->first != acc->first || wgt->first != acc->second)
    return op->emitError()
           << "the last two dimensions of a contraction's operands need to be "
              "(m, c), (n, c) and (m, n), found "
           << AffineMapAttr::get(maps[match.inp]) << ", "
           << AffineMapAttr::get(maps[match.wgt]) << " and "
           << AffineMapAttr::get(maps[match.acc]);
  FailureOr<ElementNest> nest =
      dropLanes(op, {inp->first, inp->second, acc->second});
  if (failed(nest))
    return op->emitError("the dimensions before an element may not be indexed "
                         "by the loops inside of it");
  match.nest = *nest;
  return match;
}
