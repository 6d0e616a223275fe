//===- TilePlace.h - Where a tile lies in its storage -----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_CONVERSION_LINALGTOACCEL_TILEPLACE_H
#define ACCEL_CONVERSION_LINALGTOACCEL_TILEPLACE_H

#include "accel/Dialect/Accel/Transforms/ElementView.h"

namespace mlir::accel {

/// Where the elements of a tile lie in a storage that it shares: it may be a
/// part of a larger tile, a few columns of each of its rows.
struct TilePlace {
  int64_t offset = 0;
  /// By dimension of the tile before its element; empty if they are its own.
  SmallVector<int64_t> strides;

  /// The place at which element `written.base` + Σ written · i of `root` is
  /// element `read.base` + Σ read · i of the storage, for all i below `bounds`.
  /// Fails if elements would meet, or a loop does not run over one dimension of
  /// `root`. Quadratic in the number of loops.
  static FailureOr<TilePlace> find(MemRefType root, const NestAccess &written,
                                   const NestAccess &read,
                                   ArrayRef<int64_t> bounds);

  /// A view of the tile as one of its storage. Fails if a dimension of it runs
  /// over several of a tile that is not in one piece.
  FailureOr<ElementView> apply(ElementView view) const;
};

} // namespace mlir::accel

#endif // ACCEL_CONVERSION_LINALGTOACCEL_TILEPLACE_H
