//===- SamplerSite.cpp - Where an Einsum can run --------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SamplerSite.h"
#include <cmath>
#include <set>

using namespace accel;

/// Combinations of spatial factors beyond which minimum usage is judged fan-out
/// by fan-out.
static constexpr size_t kMaxSplits = 20000;

int64_t accel::spatialFactor(const Einsum &e, unsigned rank, int64_t bound,
                             const Fanout &fanout, int64_t room) {
  if (!e.ranks[rank].isFree())
    return 1;
  for (const TensorAccess &access : e.accesses)
    if (fanout.reuse.contains(access.role) &&
        relevance(access, rank) != Relevance::Irrelevant)
      return 1;
  for (int64_t f = std::min(room, bound); f > 1; --f)
    if (bound % f == 0)
      return f;
  return 1;
}

Site accel::describeSite(const EinsumGraph &graph, const Architecture &arch,
                         unsigned einsum, unsigned unit) {
  const Einsum &e = graph.einsums[einsum];
  Site site;
  site.unit = unit;
  site.nodes = arch.pathTo(unit).nodes;
  site.wanted.assign(arch.nodes.size(), 1);
  std::set<std::vector<int64_t>> states;
  states.insert(std::vector<int64_t>(e.ranks.size(), 1));
  for (unsigned node : site.nodes) {
    const Fanout *fanout = arch.fanout(node);
    if (!fanout || fanout->minUsage <= 0 || e.isCopy)
      continue;
    // Reachable splits: factors taken so far, and instances used here.
    std::set<std::pair<std::vector<int64_t>, int64_t>> reached;
    for (const auto &taken : states)
      reached.insert({taken, 1});
    for (unsigned r = 0; r != e.ranks.size(); ++r) {
      auto before = reached;
      for (const auto &[taken, used] : before)
        for (int64_t room = fanout->n / used;;) {
          int64_t f =
              spatialFactor(e, r, e.ranks[r].bound / taken[r], *fanout, room);
          if (f == 1 || reached.size() > kMaxSplits)
            break;
          auto next = taken;
          next[r] *= f;
          reached.insert({std::move(next), used * f});
          room = f - 1;
        }
    }
    int64_t most = 1;
    for (const auto &[taken, used] : reached)
      most = std::max(most, used);
    site.wanted[node] = std::min(
        most, int64_t(std::ceil(fanout->minUsage * double(fanout->n))));
    if (reached.size() > kMaxSplits)
      continue;
    states.clear();
    for (const auto &[taken, used] : reached)
      if (used >= site.wanted[node])
        states.insert(taken);
  }
  return site;
}
