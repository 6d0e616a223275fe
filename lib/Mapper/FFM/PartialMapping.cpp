//===- PartialMapping.cpp - What the search keeps of an Einsum ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PartialMapping.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <utility>

namespace accel::ffm {

bool differsBy(const Least &a, const Least &b, const Least &difference) {
  constexpr double kRounding = 1e-10;
  if (!a.isPossible() || !b.isPossible())
    return a.isPossible() == b.isPossible();
  for (double Least::*c :
       {&Least::energyJ, &Least::latencyS, &Least::bothJ, &Least::dearJ})
    if (!(std::abs(a.*c - b.*c - difference.*c) <=
          kRounding * (std::abs(a.*c) + std::abs(b.*c))))
      return false;
  return true;
}

void CutFront::add(Least cost, llvm::ArrayRef<double> claims) {
  if (total.empty())
    total.assign(claims.begin(), claims.end());
  for (unsigned t = 0; t != total.size(); ++t)
    total[t] = std::min(total[t], claims[t]);

  auto at = std::lower_bound(stairs.begin(), stairs.end(), cost,
                             [](const Least &a, const Least &b) {
                               return std::make_pair(a.energyJ, a.latencyS) <
                                      std::make_pair(b.energyJ, b.latencyS);
                             });
  if (at != stairs.begin() && std::prev(at)->latencyS <= cost.latencyS) {
    std::prev(at)->include(cost);
    return;
  }
  auto end = at;
  for (; end != stairs.end() && end->latencyS >= cost.latencyS; ++end)
    cost.include(*end);
  at = stairs.erase(at, end);
  stairs.insert(at, cost);
  if (stairs.size() <= maxSteps)
    return;
  unsigned nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (unsigned i = 0; i + 1 != stairs.size(); ++i) {
    const Least &here = stairs[i], &next = stairs[i + 1];
    double loss = (next.energyJ - here.energyJ) / next.energyJ +
                  (here.latencyS - next.latencyS) / here.latencyS;
    if (loss < least) {
      least = loss;
      nearest = i;
    }
  }
  stairs[nearest].include(stairs[nearest + 1]);
  stairs.erase(stairs.begin() + nearest + 1);
}

/// Whether nests look the same to their neighbours.
static bool isExchangedAlike(const Nest &a, const Nest &b) {
  auto isAlike = [](const Exchange &x, const Exchange &y) {
    auto sameLoop = [](const FusedLoop &l, const FusedLoop &m) {
      return l.dim == m.dim && l.count == m.count && l.spatial == m.spatial;
    };
    return x.access == y.access && x.node == y.node &&
           x.needsOpen == y.needsOpen && x.handOver == y.handOver &&
           llvm::equal(x.loops, y.loops, sameLoop);
  };
  return a.isOpen == b.isOpen && llvm::equal(a.exchanges, b.exchanges, isAlike);
}

static uint64_t hashExchanges(const Nest &nest) {
  uint64_t hash = nest.isOpen;
  auto mix = [&](uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  };
  for (const Exchange &x : nest.exchanges) {
    mix(uint64_t(x.access) << 33 | uint64_t(x.node) << 1 | x.needsOpen);
    for (const FusedLoop &loop : x.loops) {
      mix(loop.count);
      mix(uint64_t(loop.dim) << 1 | loop.spatial);
    }
    for (int dim : x.handOver)
      mix(dim);
  }
  return hash;
}

unsigned NestTable::intern(Nest nest) {
  constexpr unsigned kNone = ~0u;
  unsigned &newest = last.try_emplace(hashExchanges(nest), kNone).first->second;
  nest.signature = kNone;
  for (unsigned i = newest; i != kNone; i = previous[i]) {
    if (!isExchangedAlike(nests[i], nest))
      continue;
    if (nests[i].above == nest.above)
      return i;
    nest.signature = nests[i].signature;
  }
  if (nest.signature == kNone)
    nest.signature = signatures++;
  previous.push_back(newest);
  newest = nests.size();
  nests.push_back(std::move(nest));
  return newest;
}

} // namespace accel::ffm
