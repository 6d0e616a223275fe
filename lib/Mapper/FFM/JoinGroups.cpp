//===- JoinGroups.cpp - Which prefixes can meet which Einsums -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CostToGo.h"
#include "Joiner.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstdlib>

namespace accel::ffm {

void Joiner::findLowerBounds() {
  unsigned count = spaces.size();
  rest.assign(count + 1, {0, 0});
  rows.resize(count);
  for (unsigned e = count; e-- != 0;) {
    double energy = kInf, latency = kInf;
    rows[e].resize(spaces[e]->nests.size());
    for (unsigned i = 0; i != spaces[e]->mappings.size(); ++i) {
      const PartialMapping &m = spaces[e]->mappings[i];
      energy = std::min(energy, m.energyJ);
      latency = std::min(latency, m.latencyS);
      rows[e][m.nest].push_back(i);
    }
    rest[e] = {rest[e + 1].energyJ + energy, rest[e + 1].latencyS + latency};
  }
}

/// External tensors are held whole in the outermost level from their first use
/// to their last, persistent ones throughout.
void Joiner::findExternalClaims() {
  const EinsumGraph &graph = context.graph;
  external.assign(spaces.size(), llvm::SmallVector<double, 2>(tracked, 0));
  firstUse = lastUse = external;
  const MemoryLevel &outermost = *context.arch.memory(context.arch.outermost());
  if (!outermost.isBounded())
    return;
  for (unsigned t = 0; t != graph.tensors.size(); ++t) {
    const Tensor &tensor = graph.tensors[t];
    if (tensor.isIntermediate())
      continue;
    int first = -1, last = -1;
    for (unsigned e = 0; e != spaces.size(); ++e)
      if (graph.findAccessOf(e, t) >= 0) {
        first = first < 0 ? int(e) : first;
        last = e;
      }
    if (first < 0)
      continue;
    // Held as the last user sees it, before that as the first one will.
    int user = first;
    if (tensor.persistent) {
      first = 0;
      last = int(spaces.size()) - 1;
    }
    for (int e = first; e <= last; ++e) {
      if (graph.findAccessOf(e, t) >= 0)
        user = e;
      const Einsum &einsum = graph.einsums[user];
      double copies = 0, bits = 0;
      for (const TensorAccess &access : einsum.accesses) {
        if (access.tensor != t)
          continue;
        double values = outermost.buffering;
        for (const LinearExpr &expr : access.projection) {
          double extent = 1;
          for (auto [r, c] : expr.terms)
            extent += std::abs(double(c)) * double(einsum.ranks[r].bound - 1);
          values *= extent;
        }
        copies += values;
        bits += values * outermost.bitsPerValue(tensor, access.role);
      }
      for (unsigned i = 0; i != tracked; ++i)
        if (context.tracked[i].node == context.arch.outermost()) {
          double size = context.tracked[i].values ? copies : bits;
          external[e][i] += size;
          if (!tensor.persistent && e == first)
            firstUse[e][i] += size;
          if (!tensor.persistent && e == last)
            lastUse[e][i] += size;
        }
    }
  }
}

void numberExchanges(llvm::ArrayRef<EinsumSpace *> spaces) {
  std::map<std::vector<int64_t>, unsigned> known;
  for (EinsumSpace *space : spaces)
    for (unsigned n = 0; n != space->nests.size(); ++n)
      for (Exchange &x : space->nests[n].exchanges) {
        std::vector<int64_t> key{x.node};
        for (const FusedLoop &loop : x.loops)
          key.insert(key.end(),
                     {int64_t(loop.dim), loop.count, int64_t(loop.spatial)});
        x.spec = known.try_emplace(std::move(key), known.size()).first->second;
      }
}

/// Whether an Einsum can run inside the loops that live tensors which it does
/// not touch stand in.
bool Joiner::canRunInside(llvm::ArrayRef<unsigned> untouched, const Group &left,
                          const Nest &nest) const {
  for (unsigned i : untouched) {
    const Exchange &x = *left.live[i].exchange;
    if (nest.loops.size() < x.depth())
      return false;
    for (unsigned d = 0; d != x.depth(); ++d)
      if (nest.loops[d].first != x.loops[d].count ||
          nest.loops[d].second != x.loops[d].spatial)
        return false;
  }
  return true;
}

const Exchange *findExchange(const Einsum &einsum, const Nest &nest,
                             unsigned tensor) {
  for (const Exchange &x : nest.exchanges)
    if (einsum.accesses[x.access].tensor == tensor)
      return &x;
  return nullptr;
}

/// Whether an Einsum that shares more loops with the producer of a tensor than
/// stand above its backing keep reads in every step what was finished in it.
bool Joiner::takesInSteps(unsigned e, llvm::ArrayRef<unsigned> touched,
                          const Group &left, const Nest &nest) const {
  const Einsum &einsum = context.graph.einsums[e];
  for (unsigned i : touched) {
    const Live &l = left.live[i];
    const Exchange &x = *findExchange(einsum, nest, l.tensor);
    for (unsigned d = 0; d != l.handOver.size(); ++d)
      if (d >= x.handOver.size() || l.handOver[d] < 0 ||
          l.handOver[d] != x.handOver[d])
        return false;
  }
  return true;
}

static unsigned deepest(llvm::ArrayRef<Live> live) {
  unsigned depth = 0;
  for (const Live &l : live)
    depth = std::max(depth, l.exchange->depth());
  return depth;
}

/// Live tensors after an Einsum: what was alive and is still to be read, and
/// what it produces.
static std::vector<Live> liveAfter(const EinsumGraph &graph, unsigned e,
                                   const Group &left, const Nest &nest) {
  const Einsum &einsum = graph.einsums[e];
  std::vector<Live> live;
  for (Live l : left.live) {
    if (graph.tensors[l.tensor].consumers.back() <= e)
      continue;
    if (const Exchange *view = findExchange(einsum, nest, l.tensor)) {
      for (unsigned t = 0; t != l.size.size(); ++t)
        l.size[t] =
            l.viewed ? std::max(l.size[t], view->size[t]) : view->size[t];
      l.viewed = true;
    }
    live.push_back(std::move(l));
  }
  for (const Exchange &x : nest.exchanges)
    if (x.access == einsum.outputIndex())
      live.push_back(
          {einsum.accesses[x.access].tensor, &x, x.handOver, x.size, true});
  llvm::sort(live,
             [](const Live &a, const Live &b) { return a.tensor < b.tensor; });
  // Loops below the deepest are open no more.
  unsigned depth = deepest(live);
  for (Live &l : live) {
    unsigned open = depth - l.exchange->depth();
    l.handOver.resize(std::min<size_t>(l.handOver.size(), open));
    if (open != 0)
      continue;
    l.size = l.exchange->size;
    l.viewed = false;
  }
  return live;
}

/// What tells groups apart: how live tensors are exchanged, in which steps, and
/// what is held of them.
static std::vector<unsigned>
keyOf(llvm::ArrayRef<Live> live,
      std::map<llvm::SmallVector<double, 2>, unsigned> &sizes) {
  std::vector<unsigned> key;
  for (const Live &l : live)
    key.push_back(l.exchange->spec);
  for (const Live &l : live) {
    key.insert(key.end(), l.handOver.begin(), l.handOver.end());
    key.push_back(l.viewed);
    key.push_back(sizes.try_emplace(l.size, sizes.size()).first->second);
  }
  return key;
}

/// Finds the groups after an Einsum and the arcs to them.
void Joiner::connectEinsum(unsigned e) {
  const EinsumSpace &space = *spaces[e];
  auto &groups = layers[e];
  auto &next = layers[e + 1];
  if (groups.empty())
    return;

  // Which tensors are live here does not depend on the state.
  llvm::SmallVector<unsigned, 4> touched, untouched;
  const std::vector<Live> &live = groups.begin()->second.live;
  for (unsigned i = 0; i != live.size(); ++i)
    (context.graph.findAccessOf(e, live[i].tensor) >= 0 ? touched : untouched)
        .push_back(i);

  // Nests by how they exchange what is live.
  std::map<std::vector<unsigned>, std::vector<std::pair<unsigned, Others>>>
      bySpecs;
  for (unsigned n = 0; n != space.nests.size(); ++n) {
    if (rows[e][n].empty())
      continue;
    Others least;
    for (unsigned r : rows[e][n]) {
      least.energyJ = std::min(least.energyJ, space.mappings[r].energyJ);
      least.latencyS = std::min(least.latencyS, space.mappings[r].latencyS);
    }
    std::vector<unsigned> key;
    for (unsigned i : touched)
      for (const Exchange &x : space.nests[n].exchanges)
        if (context.graph.einsums[e].accesses[x.access].tensor ==
            live[i].tensor) {
          key.push_back(x.spec);
          break;
        }
    bySpecs[std::move(key)].push_back({n, least});
  }

  std::map<llvm::SmallVector<double, 2>, unsigned> sizes;
  for (auto &[groupKey, group] : groups) {
    std::vector<unsigned> key;
    for (unsigned i : touched)
      key.push_back(groupKey[i]);
    auto it = bySpecs.find(key);
    if (it == bySpecs.end())
      continue;
    for (auto &[n, least] : it->second) {
      const Nest &nest = space.nests[n];
      Others reached{group.reached.energyJ + least.energyJ,
                     group.reached.latencyS + least.latencyS};
      if (context.value(reached.energyJ + rest[e + 1].energyJ,
                        reached.latencyS + rest[e + 1].latencyS) >
              threshold * (1 + kSlack) ||
          !canRunInside(untouched, group, nest) ||
          !takesInSteps(e, touched, group, nest))
        continue;
      std::vector<Live> after = liveAfter(context.graph, e, group, nest);
      auto [to, isNew] = next.try_emplace(keyOf(after, sizes));
      Group &right = to->second;
      if (isNew) {
        right.depth = deepest(after);
        right.live = std::move(after);
      }
      right.reached.energyJ = std::min(right.reached.energyJ, reached.energyJ);
      right.reached.latencyS =
          std::min(right.reached.latencyS, reached.latencyS);
      group.arcs.push_back({n, &right});
    }
  }
}

/// All groups, with bounds on the way to and from them.
void Joiner::connect() {
  unsigned count = spaces.size();
  layers.resize(count + 1);
  layers[0][{}].reached = {0, 0};
  for (unsigned e = 0; e != count && !result.cancelled; ++e) {
    connectEinsum(e);
    result.cancelled |= cancelled();
    if (layers[e + 1].empty() && result.reason.empty())
      result.reason = context.graph.einsums[e].name;
  }
  for (auto &[key, group] : layers[count])
    group.rest = {0, 0};
  for (unsigned e = count; e-- != 0;)
    for (auto &[key, group] : layers[e])
      for (auto &[n, to] : group.arcs) {
        if (!to->rest.isPossible())
          continue;
        for (unsigned r : rows[e][n]) {
          const PartialMapping &m = spaces[e]->mappings[r];
          group.rest.energyJ =
              std::min(group.rest.energyJ, m.energyJ + to->rest.energyJ);
          group.rest.latencyS =
              std::min(group.rest.latencyS, m.latencyS + to->rest.latencyS);
        }
      }
}

} // namespace accel::ffm
