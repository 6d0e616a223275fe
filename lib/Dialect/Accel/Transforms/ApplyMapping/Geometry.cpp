//===- Geometry.cpp - Which part of a tensor is where ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Geometry.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;
using ::accel::LinearExpr;

//===----------------------------------------------------------------------===//
// Position
//===----------------------------------------------------------------------===//

Position &Position::add(const Iteration &iteration, int64_t coefficient) {
  if (!iteration.value)
    return *this;
  auto *known = llvm::find_if(terms, [&](const Term &term) {
    return term.iteration.value == iteration.value;
  });
  if (known == terms.end()) {
    terms.push_back({iteration, coefficient});
    known = &terms.back();
  } else {
    known->coefficient += coefficient;
  }
  if (known->coefficient == 0)
    terms.erase(known);
  return *this;
}

Position &Position::add(const Position &other, int64_t factor) {
  constant += factor * other.constant;
  for (const Term &term : other.terms)
    add(term.iteration, factor * term.coefficient);
  return *this;
}

Position Position::operator-(const Position &other) const {
  Position result = *this;
  return result.add(other, -1);
}

Position Position::operator+(int64_t distance) const {
  Position result = *this;
  result.constant += distance;
  return result;
}

int64_t Position::min() const {
  int64_t result = constant;
  for (const Term &term : terms)
    if (term.coefficient < 0)
      result += term.coefficient * (term.iteration.trips - 1);
  return result;
}

int64_t Position::max() const {
  int64_t result = constant;
  for (const Term &term : terms)
    if (term.coefficient > 0)
      result += term.coefficient * (term.iteration.trips - 1);
  return result;
}

AffineExpr Position::expression(MLIRContext *context,
                                SmallVectorImpl<OpFoldResult> &operands) const {
  AffineExpr result = getAffineConstantExpr(constant, context);
  for (const Term &term : terms) {
    result =
        result + getAffineDimExpr(operands.size(), context) * term.coefficient;
    operands.push_back(term.iteration.value);
  }
  return result;
}

OpFoldResult Position::materialize(OpBuilder &builder, Location loc) const {
  if (isConstant())
    return builder.getIndexAttr(constant);
  SmallVector<OpFoldResult> operands;
  AffineExpr expr = expression(builder.getContext(), operands);
  return affine::makeComposedFoldedAffineApply(builder, loc, expr, operands);
}

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

Box apply::wholeBox(ArrayRef<int64_t> shape, ArrayRef<int64_t> origin) {
  Box box;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    int64_t start = origin.empty() ? 0 : origin[dim];
    box.push_back({start, size, start + size, /*isCut=*/false});
  }
  return box;
}

Box apply::boxOf(ArrayRef<LinearExpr> index, ArrayRef<RankTile> tiles) {
  Box box;
  for (const LinearExpr &expr : index) {
    DimRange range;
    range.origin = expr.offset;
    range.limit = expr.offset + 1;
    for (auto [rank, coefficient] : expr.terms) {
      const RankTile &tile = tiles[rank];
      range.extent += std::abs(coefficient) * (tile.tile - 1);
      range.origin.add(tile.offset, coefficient);
      if (coefficient < 0)
        range.origin.add(coefficient * (tile.tile - 1));
      range.limit += std::max<int64_t>(coefficient, 0) * (tile.bound - 1);
      // All tiles of a rank divide its outermost one, so a tile that divides
      // the bound never reaches past it.
      range.isCut |= tile.bound % tile.tile != 0;
    }
    box.push_back(std::move(range));
  }
  return box;
}

int64_t apply::sizeOf(const Box &box) {
  int64_t size = 1;
  for (const DimRange &range : box)
    size *= range.extent;
  return size;
}
