//===- JoinGroups.cpp - Which prefixes can meet which Einsums -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CostToGo.h"
#include "Joiner.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cstdlib>

namespace accel::ffm {

/// Brings the spaces into the form that the join reads.
void Joiner::gatherRows() {
  for (const EinsumSpace *space : spaces) {
    auto [it, isNew] = rowsOf.try_emplace(space);
    Rows &r = it->second;
    rows.push_back(&r);
    if (!isNew)
      continue;
    unsigned numNests = space->nests.size();
    r.byNest.resize(numNests);
    r.begin.assign(numNests + 1, 0);
    for (const PartialMapping &m : space->mappings) {
      ++r.begin[m.nest + 1];
      r.byNest[m.nest].include({m.energyJ, m.latencyS});
      r.least.include({m.energyJ, m.latencyS});
    }
    for (unsigned n = 0; n != numNests; ++n)
      r.begin[n + 1] += r.begin[n];
    std::vector<uint32_t> next(r.begin.begin(), r.begin.end() - 1);
    r.entries.resize(space->mappings.size());
    r.totals.resize(space->mappings.size() * tracked);
    for (uint32_t i = 0; i != space->mappings.size(); ++i) {
      const PartialMapping &m = space->mappings[i];
      uint32_t row = next[m.nest]++;
      r.entries[row] = {m.energyJ, m.latencyS, i};
      llvm::copy(m.total, r.totals.begin() + size_t(row) * tracked);
    }
    r.highestTotals.assign(size_t(numNests) * tracked, 0);
    for (unsigned n = 0; n != numNests; ++n)
      for (uint32_t row = r.begin[n]; row != r.begin[n + 1]; ++row)
        for (unsigned t = 0; t != tracked; ++t) {
          double &highest = r.highestTotals[n * tracked + t];
          highest = std::max(highest, r.totals[size_t(row) * tracked + t]);
        }
  }
  unsigned count = spaces.size();
  rest.assign(count + 1, {0, 0});
  for (unsigned e = count; e-- != 0;)
    rest[e] = {rest[e + 1].energyJ + rows[e]->least.energyJ,
               rest[e + 1].latencyS + rows[e]->least.latencyS};
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
    // One place, as large as the largest view.
    double copies = 0, bits = 0;
    for (int e = first; e <= last; ++e)
      for (const TensorAccess &access : graph.einsums[e].accesses) {
        if (access.tensor != t)
          continue;
        double values = outermost.buffering;
        for (const LinearExpr &expr : access.projection) {
          double extent = 1;
          for (auto [r, c] : expr.terms)
            extent += std::abs(double(c)) *
                      double(graph.einsums[e].ranks[r].bound - 1);
          values *= extent;
        }
        copies = std::max(copies, values);
        bits = std::max(bits,
                        values * outermost.bitsPerValue(tensor, access.role));
      }
    if (tensor.persistent) {
      first = 0;
      last = int(spaces.size()) - 1;
    }
    for (int e = first; e <= last; ++e)
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
    for (const Exchange &x : nest.exchanges)
      for (unsigned d = 0; d != l.handOver.size(); ++d)
        if (einsum.accesses[x.access].tensor == l.tensor &&
            (d >= x.handOver.size() || l.handOver[d] < 0 ||
             l.handOver[d] != x.handOver[d]))
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
  for (const Live &before : left.live) {
    if (graph.tensors[before.tensor].consumers.back() <= e)
      continue;
    Live l = before;
    if (const Exchange *view = findExchange(einsum, nest, l.tensor))
      for (unsigned t = 0; t != l.size.size(); ++t)
        l.size[t] = std::max(l.size[t], view->size[t]);
    live.push_back(std::move(l));
  }
  for (const Exchange &x : nest.exchanges)
    if (x.access == einsum.outputIndex())
      live.push_back(
          {einsum.accesses[x.access].tensor, &x, x.handOver, x.size});
  llvm::sort(live,
             [](const Live &a, const Live &b) { return a.tensor < b.tensor; });
  // Loops below the deepest are open no more.
  unsigned depth = deepest(live);
  for (Live &l : live) {
    unsigned open = depth - l.exchange->depth();
    l.handOver.resize(std::min<size_t>(l.handOver.size(), open));
    if (open == 0)
      l.size = l.exchange->size;
  }
  return live;
}

/// What tells groups apart: how live tensors are exchanged, in which steps, and
/// what is held of them. Equal in every join of the same spaces.
static void keyOf(llvm::ArrayRef<Live> live, ExchangeKey &key) {
  key.clear();
  for (const Live &l : live)
    key.push_back(l.exchange->spec);
  for (const Live &l : live) {
    key.insert(key.end(), l.handOver.begin(), l.handOver.end());
    for (double size : l.size) {
      uint64_t bits = llvm::bit_cast<uint64_t>(size);
      key.insert(key.end(), {unsigned(bits >> 32), unsigned(bits)});
    }
  }
}

/// Nests of Einsum e by how they exchange some operands.
const Joiner::NestsByKey &Joiner::nestsBy(unsigned e,
                                          llvm::ArrayRef<unsigned> operands) {
  auto [it, isNew] =
      nestsByKey.try_emplace({spaces[e], {operands.begin(), operands.end()}});
  if (!isNew)
    return it->second;
  const EinsumSpace &space = *spaces[e];
  std::vector<unsigned> key;
  for (unsigned n = 0; n != space.nests.size(); ++n) {
    if (!rows[e]->byNest[n].isPossible())
      continue;
    key.clear();
    for (unsigned a : operands)
      for (const Exchange &x : space.nests[n].exchanges)
        if (x.access == a)
          key.push_back(x.spec);
    it->second[key].push_back(n);
  }
  return it->second;
}

/// Finds the groups after an Einsum and the arcs to them.
void Joiner::connectEinsum(unsigned e) {
  const EinsumSpace &space = *spaces[e];
  Layer &next = layers[e + 1];
  if (layers[e].groups.empty())
    return;

  // Which tensors are live here does not depend on the state.
  llvm::SmallVector<unsigned, 4> touched, untouched, operands;
  const std::vector<Live> &live = layers[e].groups.front().live;
  for (unsigned i = 0; i != live.size(); ++i) {
    int a = context.graph.findAccessOf(e, live[i].tensor);
    (a >= 0 ? touched : untouched).push_back(i);
    if (a >= 0)
      operands.push_back(a);
  }
  const NestsByKey &byKey = nestsBy(e, operands);

  std::vector<unsigned> key;
  for (Group &group : layers[e].groups) {
    key.clear();
    for (unsigned i : touched)
      key.push_back(group.key[i]);
    auto it = byKey.find(key);
    if (it == byKey.end())
      continue;
    for (unsigned n : it->second) {
      const Nest &nest = space.nests[n];
      const Least &least = rows[e]->byNest[n];
      Least reached{group.reached.energyJ + least.energyJ,
                    group.reached.latencyS + least.latencyS};
      if (context.value(reached.energyJ + rest[e + 1].energyJ,
                        reached.latencyS + rest[e + 1].latencyS) >
              threshold * (1 + kSlack) ||
          !canRunInside(untouched, group, nest) ||
          !takesInSteps(e, touched, group, nest))
        continue;
      std::vector<Live> after = liveAfter(context.graph, e, group, nest);
      keyOf(after, key);
      auto [right, isNew] = next.find(key);
      if (isNew) {
        right->depth = deepest(after);
        right->live = std::move(after);
      }
      right->reached.include(reached);
      group.arcs.push_back({n, right});
    }
  }
}

/// All groups, with bounds on the way to and from them.
void Joiner::connect() {
  unsigned count = spaces.size();
  layers = std::vector<Layer>(count + 1);
  layers[0].find({}).first->reached = {0, 0};
  for (unsigned e = 0; e != count && !result.cancelled; ++e) {
    connectEinsum(e);
    result.cancelled |= cancelled();
    if (layers[e + 1].groups.empty() && result.reason.empty())
      result.reason = context.graph.einsums[e].name;
  }
  for (Group &group : layers[count].groups)
    group.rest = {0, 0};
  for (unsigned e = count; e-- != 0;)
    for (Group &group : layers[e].groups) {
      for (auto &[n, to] : group.arcs)
        if (to->rest.isPossible())
          group.rest.include({rows[e]->byNest[n].energyJ + to->rest.energyJ,
                              rows[e]->byNest[n].latencyS + to->rest.latencyS});
      findLater(e, group);
    }
}

/// What each claim of a state can grow to, whatever follows: a claim that stays
/// below its capacity anyway need not be told from others. Precondition: known
/// for all groups after Einsum e.
void Joiner::findLater(unsigned e, Group &group) {
  unsigned s = group.depth;
  group.later.assign(2 * s * tracked, -kInf);
  auto at = [&](unsigned d, unsigned t) { return (d - 1) * tracked + t; };
  for (auto &[n, right] : group.arcs) {
    const Group *to = right;
    if (s == 0 || !to->rest.isPossible())
      continue;
    unsigned depth = to->depth;
    describeJoin(e, group, spaces[e]->nests[n], depth);
    const double *totals = rows[e]->highestTotals.data() + n * tracked;
    for (unsigned t = 0; t != tracked; ++t) {
      // A peak is compared now, and again with what later branches add.
      auto peakUpTo = [&](unsigned d) {
        double most = 0;
        for (unsigned i = 1; i <= std::min(d, depth); ++i)
          most = std::max(most, to->later[at(i, t)]);
        return most;
      };
      auto raise = [&](double &later, double value) {
        later = std::max(later, value);
      };
      for (unsigned d = 1; d <= s; ++d) {
        raise(group.later[at(d, t)], around[d * tracked + t] + peakUpTo(d));
        double &open = group.later[at(s + d, t)];
        if (d == s)
          raise(open, totals[t] + branch[t] + external[e][t] + peakUpTo(depth));
        for (unsigned i = d; i <= (d == s ? depth : std::min(d, depth)); ++i)
          raise(open, added[i * tracked + t] + kept[i * tracked + t] +
                          to->later[at(depth + i, t)]);
      }
    }
  }
}

} // namespace accel::ffm
