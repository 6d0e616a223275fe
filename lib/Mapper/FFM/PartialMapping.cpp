//===- PartialMapping.cpp - What the search keeps of an Einsum ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PartialMapping.h"
#include <algorithm>
#include <utility>

namespace accel::ffm {

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

unsigned NestTable::intern(Nest nest) {
  std::vector<double> key{double(nest.isOpen)};
  for (const Exchange &x : nest.exchanges) {
    key.push_back(x.access);
    key.push_back(x.node);
    key.push_back(x.depth());
    key.push_back(x.needsOpen);
    for (const FusedLoop &loop : x.loops) {
      key.push_back(loop.dim);
      key.push_back(double(loop.count));
      key.push_back(loop.spatial);
    }
    key.insert(key.end(), x.handOver.begin(), x.handOver.end());
  }
  unsigned signature =
      signatures.try_emplace(key, signatures.size()).first->second;
  key.insert(key.end(), nest.above.begin(), nest.above.end());
  auto [it, isNew] = known.try_emplace(std::move(key), nests.size());
  if (isNew) {
    nest.signature = signature;
    nests.push_back(std::move(nest));
  }
  return it->second;
}

} // namespace accel::ffm
