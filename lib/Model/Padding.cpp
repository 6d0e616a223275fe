//===- Padding.cpp - What tiles cover beyond a tensor ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/Padding.h"
#include <algorithm>
#include <cmath>

using namespace accel;

llvm::SmallVector<PaddedDimension, 2>
accel::findPaddedDimensions(const Einsum &einsum, const TensorAccess &access,
                            const Tensor &tensor) {
  llvm::SmallVector<PaddedDimension, 2> found;
  for (auto [index, size] : llvm::zip(access.projection, tensor.shape)) {
    PaddedDimension dimension;
    dimension.offset = index.offset;
    dimension.size = size;
    int64_t least = index.offset, most = index.offset;
    for (auto [rank, factor] : index.terms) {
      int64_t bound = einsum.ranks[rank].bound;
      (factor < 0 ? least : most) += factor * (bound - 1);
      dimension.terms.push_back({rank, factor, bound});
    }
    if (least < 0 || most >= size)
      found.push_back(std::move(dimension));
  }
  return found;
}

namespace {

/// Adds up what the tiles along one dimension cover.
struct Coverage {
  const PaddedDimension &dimension;
  llvm::function_ref<double(unsigned)> tileOf;
  double all = 0, inside = 0;

  /// The ranks from `term` on are still open; indices so far are from `least`
  /// to `most`.
  void add(unsigned term, int64_t least, int64_t most) {
    if (term == dimension.terms.size()) {
      all += double(most - least + 1);
      inside +=
          double(std::max<int64_t>(0, std::min(most, dimension.size - 1) -
                                          std::max<int64_t>(least, 0) + 1));
      return;
    }
    auto [rank, factor, bound] = dimension.terms[term];
    int64_t tile = std::max<int64_t>(1, std::llround(tileOf(rank)));
    for (int64_t begin = 0; begin < bound; begin += tile) {
      int64_t first = factor * begin;
      int64_t last = factor * (std::min(begin + tile, bound) - 1);
      add(term + 1, least + std::min(first, last),
          most + std::max(first, last));
    }
  }
};

} // namespace

double accel::insideShare(llvm::ArrayRef<PaddedDimension> dimensions,
                          llvm::function_ref<double(unsigned)> tileOf) {
  double share = 1;
  for (const PaddedDimension &dimension : dimensions) {
    Coverage coverage{dimension, tileOf};
    coverage.add(0, dimension.offset, dimension.offset);
    share *= coverage.inside / coverage.all;
  }
  return share;
}
