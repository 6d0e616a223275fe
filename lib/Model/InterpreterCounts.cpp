//===- InterpreterCounts.cpp - From visits to counts
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InterpreterState.h"
#include <numeric>

using namespace accel;
using namespace accel::detail;

/// Marks visits that one message serves: neighbours along one spatial loop
/// whose fan-out shares the role, asking for the same box.
static std::vector<unsigned> leaders(const std::vector<Visit> &visits,
                                     const std::vector<bool> &shares) {
  std::vector<unsigned> leader(visits.size());
  std::iota(leader.begin(), leader.end(), 0u);
  std::map<Coords, unsigned> at;
  for (unsigned v = 0; v != visits.size(); ++v)
    at[visits[v].lane] = v;
  auto find = [&](unsigned v) {
    while (leader[v] != v)
      v = leader[v];
    return v;
  };
  for (unsigned v = 0; v != visits.size(); ++v)
    for (unsigned l = 0; l != shares.size(); ++l) {
      Coords next = visits[v].lane;
      ++next[l];
      auto it = at.find(next);
      if (shares[l] && it != at.end() &&
          visits[it->second].box == visits[v].box)
        leader[find(it->second)] = find(v);
    }
  for (unsigned v = 0; v != visits.size(); ++v)
    leader[v] = find(v);
  return leader;
}

InterpretedEinsum accel::detail::countVisits(const Einsum &einsum,
                                             const Architecture &arch,
                                             EinsumState &state) {
  size_t numAccesses = einsum.accesses.size();
  InterpretedEinsum counts;
  for (auto *list :
       {&counts.fills, &counts.childReads, &counts.updates, &counts.evictions})
    list->assign(state.numLevels * numAccesses, 0);
  auto slot = [&](unsigned level, unsigned a) {
    return state.levelIndex[level] * numAccesses + a;
  };
  if (einsum.isCopy) {
    unsigned from = state.holders.front().front().level;
    unsigned to = state.holders.back().front().level;
    if (from != to) {
      int64_t moved = state.copied;
      counts.childReads[slot(from, 0)] = moved;
      counts.fills[slot(to, 0)] = moved;
    }
  }
  for (auto &[instance, ops] : state.opsOfInstance) {
    counts.ops += ops;
    counts.busiestOps = std::max(counts.busiestOps, ops);
  }
  // Per parent, its instance and element: writes of sums that no refill
  // began.
  std::map<std::tuple<unsigned, Coords, Coords>, int64_t> merges;
  for (auto &[key, visits] : state.visits) {
    unsigned a = std::get<0>(key), h = std::get<1>(key);
    const Coords &common = std::get<2>(key);
    const Holder &parent = state.holders[a][h - 1];
    bool isCompute = h == state.holders[a].size();
    unsigned childDepth =
        isCompute ? state.loops.size() : state.holders[a][h].depth;
    std::vector<bool> shares;
    for (unsigned l = parent.depth; l != childDepth; ++l)
      if (state.loops[l].spatial)
        shares.push_back(arch.fanout(state.loops[l].fanout)
                             ->mayReuse.contains(einsum.accesses[a].role));
    auto leader = leaders(visits, shares);
    Coords parentInstance;
    for (unsigned l = 0, c = 0; l != parent.depth; ++l, ++c)
      if (state.loops[l].spatial)
        parentInstance.push_back(common[c]);
    bool isOutput = a == einsum.outputIndex();
    unsigned up = slot(parent.level, a);
    for (unsigned v = 0; v != visits.size(); ++v) {
      const Visit &visit = visits[v];
      int64_t refills = visit.refilled.size();
      if (!isCompute) {
        unsigned down = slot(state.holders[a][h].level, a);
        counts.fills[down] +=
            isOutput ? refills + visit.initial : visit.fetched;
        counts.evictions[down] += isOutput ? visit.fetched : 0;
      }
      counts.childReads[up] += visit.initial;
      if (leader[v] != v)
        continue;
      counts.childReads[up] += isOutput ? refills : visit.given;
      if (!isOutput)
        continue;
      counts.updates[up] += visit.fetched;
      if (arch.memory(parent.level)->accumulates)
        continue;
      std::set<Coords> begun(visit.refilled.begin(), visit.refilled.end());
      visit.box.forEach([&](const Coords &element) {
        if (!begun.count(element))
          ++merges[{h, parentInstance, element}];
      });
    }
  }
  unsigned output = einsum.outputIndex();
  unsigned backing = state.holders[output].front().level;
  if (einsum.readsInit && backing != arch.outermost()) {
    counts.childReads[slot(arch.outermost(), output)] += state.written.size();
    counts.fills[slot(backing, output)] += state.written.size();
  }
  for (auto &[key, writes] : merges) {
    const Holder &parent = state.holders[output][std::get<0>(key) - 1];
    counts.childReads[slot(parent.level, output)] += writes - 1;
  }
  return counts;
}
