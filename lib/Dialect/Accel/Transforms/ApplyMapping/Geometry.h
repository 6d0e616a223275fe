//===- Geometry.h - Which part of a tensor is where -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Positions that are linear in the iteration numbers of the generated loops,
// boxes of tensor elements made of them, and buffers that hold such boxes.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_GEOMETRY_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_GEOMETRY_H

#include "accel/Model/Einsum.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

namespace mlir::accel::apply {

/// The iteration number of a generated loop, 0 to trips - 1. A loop of one trip
/// is not generated; its value is null.
struct Iteration {
  Value value;
  int64_t trips = 1;
};

/// constant + sum of coefficient * iteration number.
class Position {
public:
  /*implicit*/ Position(int64_t constant = 0) : constant(constant) {}

  Position &add(const Iteration &iteration, int64_t coefficient);
  Position &add(const Position &other, int64_t factor = 1);
  Position operator-(const Position &other) const;
  Position operator+(int64_t distance) const;

  /// The least and greatest value over all iterations.
  int64_t min() const;
  int64_t max() const;
  bool isConstant() const { return terms.empty(); }

  /// The affine expression over `operands`, to which the iteration numbers are
  /// appended.
  AffineExpr expression(MLIRContext *context,
                        SmallVectorImpl<OpFoldResult> &operands) const;
  OpFoldResult materialize(OpBuilder &builder, Location loc) const;

private:
  struct Term {
    Iteration iteration;
    int64_t coefficient;
  };
  int64_t constant;
  SmallVector<Term, 4> terms;
};

/// A range of one tensor dimension: from `origin`, `extent` long, but never
/// past `limit`.
struct DimRange {
  Position origin;
  int64_t extent = 1;
  int64_t limit = 1;
  /// A last tile is smaller than the others: origin + extent can pass the
  /// limit.
  bool isCut = false;
};

/// A box of tensor elements, one range a dimension.
using Box = SmallVector<DimRange, 6>;

/// The box of a whole tensor, moved by `origin` (zero if empty).
Box wholeBox(ArrayRef<int64_t> shape, ArrayRef<int64_t> origin = {});

/// The tile of one rank at a node of the path: where it starts, how long it is,
/// and the rank's bound.
struct RankTile {
  Position offset;
  int64_t tile;
  int64_t bound;
};

/// The elements that an access touches for the given tiles of the ranks.
Box boxOf(ArrayRef<::accel::LinearExpr> index, ArrayRef<RankTile> tiles);

/// Elements of a box, where nothing is cut.
int64_t sizeOf(const Box &box);

/// A buffer and the box of its tensor that it holds.
struct Tile {
  Value memref;
  Box box;
};

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_GEOMETRY_H
