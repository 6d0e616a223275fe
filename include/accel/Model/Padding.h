//===- Padding.h - What tiles cover beyond a tensor -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An index such as p + r - 1 leaves its tensor at the borders, where zeros
// stand for values. Levels that pad by themselves do not move those.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_PADDING_H
#define ACCEL_MODEL_PADDING_H

#include "accel/Model/EinsumGraph.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace accel {

/// A dimension of a tensor that an Einsum's index leaves: offset plus the sum
/// of factor * rank, of which 0 to size - 1 are inside.
struct PaddedDimension {
  struct Term {
    unsigned rank;
    int64_t factor, bound;
  };
  llvm::SmallVector<Term, 2> terms;
  int64_t offset = 0, size = 1;
};

/// Those of an operand; none if all indices stay inside.
llvm::SmallVector<PaddedDimension, 2>
findPaddedDimensions(const Einsum &einsum, const TensorAccess &access,
                     const Tensor &tensor);

/// Of all values that the tiles of an operand cover, the share that lies inside
/// the tensor, from 0 to 1. `tileOf` gives a rank's tile (rounded, at least 1).
/// Exact unless a rank is in several of the dimensions. O(tiles).
double insideShare(llvm::ArrayRef<PaddedDimension> dimensions,
                   llvm::function_ref<double(unsigned)> tileOf);

} // namespace accel

#endif // ACCEL_MODEL_PADDING_H
