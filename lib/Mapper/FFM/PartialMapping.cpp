//===- PartialMapping.cpp - What the search keeps of an Einsum ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PartialMapping.h"
#include <algorithm>

namespace accel::ffm {

void CutFront::add(double energyJ, double latencyS,
                   llvm::ArrayRef<double> claims) {
  if (total.empty())
    total.assign(claims.begin(), claims.end());
  for (unsigned t = 0; t != total.size(); ++t)
    total[t] = std::min(total[t], claims[t]);

  auto at = std::lower_bound(steps.begin(), steps.end(),
                             std::make_pair(energyJ, latencyS));
  if (at != steps.begin() && std::prev(at)->second <= latencyS)
    return;
  auto end = at;
  while (end != steps.end() && end->second >= latencyS)
    ++end;
  at = steps.erase(at, end);
  steps.insert(at, {energyJ, latencyS});
  if (steps.size() <= maxSteps)
    return;
  unsigned nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (unsigned i = 0; i + 1 != steps.size(); ++i) {
    double loss = (steps[i + 1].first - steps[i].first) / steps[i + 1].first +
                  (steps[i].second - steps[i + 1].second) / steps[i].second;
    if (loss < least) {
      least = loss;
      nearest = i;
    }
  }
  steps[nearest].second = steps[nearest + 1].second;
  steps.erase(steps.begin() + nearest + 1);
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
