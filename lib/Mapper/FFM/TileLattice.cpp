//===- TileLattice.cpp - Tile vectors of an iteration space ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLattice.h"
#include <algorithm>

namespace accel::ffm {

std::vector<int64_t> divisorsOf(int64_t n) {
  std::vector<int64_t> low, high;
  for (int64_t d = 1; d * d <= n; ++d)
    if (n % d == 0) {
      low.push_back(d);
      if (d * d != n)
        high.push_back(n / d);
    }
  low.insert(low.end(), high.rbegin(), high.rend());
  return low;
}

TileLattice::TileLattice(llvm::ArrayRef<int64_t> bounds) {
  tiles.resize(bounds.size());
  strides.resize(bounds.size());
  divisors.resize(bounds.size());
  covered.resize(bounds.size());
  // The last rank varies fastest: scans over any other rank are contiguous.
  for (unsigned r = bounds.size(); r-- != 0;) {
    tiles[r] = divisorsOf(bounds[r]);
    strides[r] = numVectors;
    numVectors *= tiles[r].size();
    const std::vector<int64_t> &t = tiles[r];
    divisors[r].resize(t.size());
    covered[r].resize(t.size());
    for (unsigned p = 0; p != t.size(); ++p) {
      for (unsigned q = p; q-- != 0;) {
        if (t[p] % t[q] != 0)
          continue;
        divisors[r][p].push_back(q);
        bool maximal = llvm::none_of(
            covered[r][p], [&](uint16_t c) { return t[c] % t[q] == 0; });
        if (maximal)
          covered[r][p].push_back(q);
      }
    }
  }
}

int TileLattice::quotient(unsigned rank, unsigned pos, int64_t factor) const {
  int64_t tile = tiles[rank][pos];
  if (tile % factor != 0)
    return -1;
  auto it = std::lower_bound(tiles[rank].begin(), tiles[rank].end(),
                             tile / factor);
  return it - tiles[rank].begin();
}

} // namespace accel::ffm
