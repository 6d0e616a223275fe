//===- TileLattice.cpp - Tile vectors of an iteration space ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TileLattice.h"
#include "llvm/ADT/STLExtras.h"
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

static int64_t padOf(int64_t n, int64_t tile) {
  return (n + tile - 1) / tile * tile;
}

std::vector<int64_t> padsOf(int64_t n) {
  std::vector<int64_t> pads;
  for (int64_t d = 1; d <= n; ++d)
    pads.push_back(padOf(n, d));
  std::sort(pads.begin(), pads.end());
  pads.erase(std::unique(pads.begin(), pads.end()), pads.end());
  return pads;
}

/// Tiles of a rank, ascending, with the bound last.
static std::vector<int64_t> tilesFor(int64_t bound, int64_t pad) {
  if (pad == bound)
    return divisorsOf(bound);
  std::vector<int64_t> tiles{bound};
  for (int64_t d = 2; d < bound; ++d)
    if (padOf(bound, d) == pad)
      for (int64_t t : divisorsOf(d))
        tiles.push_back(t);
  std::sort(tiles.begin(), tiles.end());
  tiles.erase(std::unique(tiles.begin(), tiles.end()), tiles.end());
  return tiles;
}

TileLattice::TileLattice(llvm::ArrayRef<int64_t> bounds,
                         llvm::ArrayRef<int64_t> pads) {
  unsigned count = bounds.size();
  tiles.resize(count);
  strides.resize(count);
  divisors.resize(count);
  covered.resize(count);
  first.resize(count);
  // The last rank varies fastest: scans over any other rank are contiguous.
  for (unsigned r = count; r-- != 0;) {
    tiles[r] = tilesFor(bounds[r], pads[r]);
    strides[r] = numVectors;
    numVectors *= tiles[r].size();
    const std::vector<int64_t> &t = tiles[r];
    divisors[r].resize(t.size());
    covered[r].resize(t.size());
    bool isPadded = pads[r] != bounds[r];
    for (unsigned p = 0; p != t.size(); ++p) {
      bool fromBound = isPadded && p + 1 == t.size();
      for (unsigned q = p; q-- != 0;) {
        if (!fromBound && t[p] % t[q] != 0)
          continue;
        divisors[r][p].push_back(q);
        bool maximal = llvm::none_of(
            covered[r][p], [&](uint16_t c) { return t[c] % t[q] == 0; });
        if (maximal)
          covered[r][p].push_back(q);
      }
    }
    for (uint16_t q : divisors[r].back())
      if (padOf(bounds[r], t[q]) == pads[r])
        first[r].push_back(q);
  }
  padded.resize(count);
  for (unsigned r = 0; r != count; ++r)
    padded[r] = pads[r] != bounds[r];
}

int64_t TileLattice::outermostAbove(unsigned rank, int64_t tile) const {
  for (uint16_t q : llvm::reverse(first[rank]))
    if (tiles[rank][q] % tile == 0)
      return tiles[rank][q];
  return tile;
}

int TileLattice::quotient(unsigned rank, unsigned pos, int64_t factor) const {
  int64_t tile = tiles[rank][pos];
  if (factor == 1)
    return pos;
  if (tile % factor != 0 || (padded[rank] && pos + 1 == tiles[rank].size()))
    return -1;
  auto it =
      std::lower_bound(tiles[rank].begin(), tiles[rank].end(), tile / factor);
  return it - tiles[rank].begin();
}

} // namespace accel::ffm
