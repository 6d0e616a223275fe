//===- ExchangeGraph.cpp - Which prefixes can meet which Einsums ----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExchangeGraph.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/bit.h"
#include <algorithm>

namespace accel::ffm {

/// Numbers exchanges by level and loops, so that the join compares integers.
static void numberExchanges(llvm::ArrayRef<EinsumSpace *> spaces) {
  std::map<std::vector<int64_t>, unsigned> known;
  auto number = [&](const std::vector<int64_t> &key) {
    return known.try_emplace(key, known.size()).first->second;
  };
  std::vector<int64_t> key;
  llvm::SmallPtrSet<EinsumSpace *, 16> seen;
  for (EinsumSpace *space : spaces) {
    if (!seen.insert(space).second)
      continue;
    for (unsigned n = 0; n != space->nests.size(); ++n)
      for (Exchange &x : space->nests[n].exchanges) {
        x.levelSpec = number({x.node, -1});
        key.assign(1, x.node);
        for (const FusedLoop &loop : x.loops)
          key.insert(key.end(),
                     {int64_t(loop.dim), loop.count, int64_t(loop.spatial)});
        x.spec = space->nests[n].isOpen ? x.levelSpec : number(key);
      }
  }
}

void Openness::meet(const Exchange &user) {
  if (user.rank > rank)
    return;
  needsOpen = user.needsOpen || (needsOpen && user.rank == rank);
  rank = user.rank;
}

ExchangeGraph::ExchangeGraph(const SearchContext &context,
                             llvm::ArrayRef<EinsumSpace *> spaces)
    : context(context), tracked(context.tracked.size()) {
  numberExchanges(spaces);
  findSites(spaces);
  intern({});
}

void ExchangeGraph::findSites(llvm::ArrayRef<EinsumSpace *> spaces) {
  const EinsumGraph &graph = context.graph;
  using SiteKey = std::pair<const EinsumSpace *, std::vector<int>>;
  std::map<SiteKey, unsigned> knownSites;
  live.resize(spaces.size() + 1);
  for (unsigned e = 0; e != spaces.size(); ++e) {
    const Einsum &einsum = graph.einsums[e];
    Site site;
    site.space = spaces[e];
    site.output = einsum.outputIndex();
    std::vector<std::pair<unsigned, int>> next;
    SiteKey key{spaces[e], {}};
    for (unsigned i = 0; i != live[e].size(); ++i) {
      Site::Passing passing;
      for (unsigned a = 0; a != einsum.accesses.size(); ++a)
        if (a != site.output && einsum.accesses[a].tensor == live[e][i])
          passing.operands |= 1u << a;
      if (passing.operands != 0)
        site.operands.push_back(llvm::countr_zero(passing.operands));
      passing.stays = graph.tensors[live[e][i]].consumers.back() > e;
      if (passing.stays)
        next.push_back({live[e][i], int(i)});
      key.second.insert(key.second.end(),
                        {int(passing.operands), int(passing.stays)});
      site.before.push_back(passing);
    }
    unsigned output = einsum.accesses[site.output].tensor;
    if (graph.tensors[output].isIntermediate())
      next.push_back({output, -1});
    llvm::sort(next);
    for (auto [tensor, from] : next) {
      live[e + 1].push_back(tensor);
      site.after.push_back(from);
      key.second.push_back(from);
    }
    auto [it, isNew] = knownSites.try_emplace(std::move(key), sites.size());
    siteOf.push_back(it->second);
    if (!isNew)
      continue;
    sites.push_back(std::move(site));
  }
}

/// How a nest exchanges some operands.
static void addExchanges(const Nest &nest, llvm::ArrayRef<unsigned> operands,
                         bool byLevel, std::vector<unsigned> &key) {
  for (unsigned a : operands)
    for (const Exchange &x : nest.exchanges)
      if (x.access == a)
        key.push_back(byLevel ? x.levelSpec : x.spec);
}

static void addLoop(int64_t count, bool spatial, std::vector<unsigned> &key) {
  key.insert(key.end(),
             {unsigned(count), unsigned(count >> 32), unsigned(spatial)});
}

const ExchangeGraph::NestsByKey &
ExchangeGraph::indexClosed(const Site &site, bool byLevel, unsigned depth) {
  auto [it, isNew] =
      closed.try_emplace({site.space, site.operands, byLevel, depth});
  if (!isNew)
    return it->second;
  Key key;
  for (unsigned n = 0; n != site.space->nests.size(); ++n) {
    const Nest &nest = site.space->nests[n];
    if (nest.isOpen || nest.loops.size() < depth)
      continue;
    key.clear();
    addExchanges(nest, site.operands, byLevel, key);
    for (unsigned d = 0; d != depth; ++d)
      addLoop(nest.loops[d].first, nest.loops[d].second, key);
    it->second[key].push_back(n);
  }
  return it->second;
}

const ExchangeGraph::NestsByKey &ExchangeGraph::indexOpen(const Site &site) {
  auto [it, isNew] = open.try_emplace({site.space, site.operands});
  if (!isNew)
    return it->second;
  Key key;
  for (unsigned n = 0; n != site.space->nests.size(); ++n)
    if (site.space->nests[n].isOpen) {
      key.clear();
      addExchanges(site.space->nests[n], site.operands, true, key);
      it->second[key].push_back(n);
    }
  return it->second;
}

llvm::MutableArrayRef<Arc> ExchangeGraph::arcsFrom(unsigned e, unsigned s) {
  Site &site = sites[siteOf[e]];
  auto [it, isNew] = site.arcsOf.try_emplace(s, site.arcs.size());
  if (isNew)
    findArcs(site, s, site.arcs.emplace_back());
  return site.arcs[it->second];
}

void ExchangeGraph::findArcs(const Site &site, unsigned s,
                             std::vector<Arc> &arcs) {
  auto add = [&](unsigned n) {
    const Nest &nest = site.space->nests[n];
    if (canFollow(site, shapes[s], nest))
      arcs.push_back({n, intern(after(site, shapes[s], nest))});
  };
  auto addAll = [&](const NestsByKey &nests, const Key &key) {
    auto it = nests.find(key);
    if (it != nests.end())
      llvm::for_each(it->second, add);
  };
  Key key, byLevel;
  bool isOpen = false;
  const Exchange *deepest = nullptr;
  for (unsigned i = 0; i != site.before.size(); ++i) {
    const Exchange &x = *shapes[s].live[i].exchange;
    if (site.before[i].operands != 0) {
      key.push_back(x.spec);
      byLevel.push_back(x.levelSpec);
      isOpen |= x.spec == x.levelSpec;
    } else if (!deepest || x.depth() > deepest->depth()) {
      deepest = &x;
    }
  }
  addAll(indexOpen(site), byLevel);
  if (isOpen)
    key = byLevel;
  unsigned depth = deepest ? deepest->depth() : 0;
  for (unsigned d = 0; d != depth; ++d)
    addLoop(deepest->loops[d].count, deepest->loops[d].spatial, key);
  addAll(indexClosed(site, isOpen, depth), key);
}

/// How a nest exchanges what some operands read, or null.
static const Exchange *findExchange(const Nest &nest, uint32_t operands) {
  for (const Exchange &x : nest.exchanges)
    if (operands >> x.access & 1)
      return &x;
  return nullptr;
}

/// Whether a tensor would need a user in an open nest after its last one.
bool ExchangeGraph::needsOpen(const LiveExchange &live,
                              const Site::Passing &passing, const Nest &nest) {
  Openness openness = live.openness;
  if (nest.isOpen)
    openness.meet(*findExchange(nest, passing.operands));
  return openness.needsOpen;
}

/// Whether an Einsum can take what it reads as it is exchanged, and run inside
/// the loops in which what it does not touch is alive. Where it shares more
/// loops with the producer of a tensor than stand above the backing keep, it
/// must read in every step what was finished in it.
bool ExchangeGraph::canFollow(const Site &site, const Shape &shape,
                              const Nest &nest) const {
  for (unsigned i = 0; i != site.before.size(); ++i) {
    const LiveExchange &l = shape.live[i];
    const Exchange &x = *l.exchange;
    if (!site.before[i].stays && needsOpen(l, site.before[i], nest))
      return false;
    if (x.spec == x.levelSpec || nest.isOpen)
      continue;
    uint32_t operands = site.before[i].operands;
    if (operands == 0) {
      if (nest.loops.size() < x.depth())
        return false;
      for (unsigned d = 0; d != x.depth(); ++d)
        if (nest.loops[d].first != x.loops[d].count ||
            nest.loops[d].second != x.loops[d].spatial)
          return false;
      continue;
    }
    for (const Exchange &view : nest.exchanges) {
      if (!(operands >> view.access & 1))
        continue;
      if (view.spec != x.spec)
        return false;
      for (unsigned d = 0; d != l.handOver.size(); ++d)
        if (d >= view.handOver.size() || l.handOver[d] < 0 ||
            l.handOver[d] != view.handOver[d])
          return false;
    }
  }
  return true;
}

/// Live tensors after an Einsum: what was alive and is still to be read, and
/// what it produces.
Shape ExchangeGraph::after(const Site &site, const Shape &before,
                           const Nest &nest) const {
  Shape shape;
  bool isOpen = false;
  for (int from : site.after) {
    if (from < 0) {
      const Exchange *x = findExchange(nest, 1u << site.output);
      LiveExchange l{x, x->handOver, x->size, {}};
      if (nest.isOpen)
        l.openness.meet(*x);
      shape.live.push_back(std::move(l));
    } else {
      LiveExchange l = before.live[from];
      if (const Exchange *view =
              findExchange(nest, site.before[from].operands)) {
        for (unsigned t = 0; t != l.size.size(); ++t)
          l.size[t] = std::max(l.size[t], view->size[t]);
        if (nest.isOpen)
          l.openness.meet(*view);
      }
      shape.live.push_back(std::move(l));
    }
    const Exchange &x = *shape.live.back().exchange;
    shape.depth = std::max(shape.depth, x.depth());
    isOpen |= x.spec == x.levelSpec;
  }
  // Loops below the deepest are open no more.
  for (LiveExchange &l : shape.live) {
    unsigned open = isOpen ? 0 : shape.depth - l.exchange->depth();
    l.handOver.resize(std::min<size_t>(l.handOver.size(), open));
    if (open == 0)
      l.size = l.exchange->size;
  }
  if (isOpen)
    shape.depth = 0;
  return shape;
}

/// Shapes differ in how live tensors are exchanged, in which steps, and in what
/// is held of them.
unsigned ExchangeGraph::intern(Shape shape) {
  Key &key = keyOfShape;
  key.clear();
  for (const LiveExchange &l : shape.live)
    key.push_back(l.exchange->spec);
  for (const LiveExchange &l : shape.live) {
    key.insert(key.end(), {l.openness.rank, unsigned(l.openness.needsOpen),
                           unsigned(l.handOver.size())});
    key.insert(key.end(), l.handOver.begin(), l.handOver.end());
    for (double size : l.size) {
      uint64_t bits = llvm::bit_cast<uint64_t>(size);
      key.insert(key.end(), {unsigned(bits >> 32), unsigned(bits)});
    }
  }
  auto [it, isNew] = known.try_emplace(key, shapes.size());
  if (isNew)
    shapes.push_back(std::move(shape));
  return it->second;
}

ArcClaims ExchangeGraph::claimsOf(unsigned e, unsigned from, Arc &arc) {
  const Site &site = sites[siteOf[e]];
  unsigned depth = shapes[arc.to].depth;
  size_t width = (std::max(shapes[from].depth, depth) + 1) * tracked;
  if (arc.claims == ~0u) {
    arc.claims = claims.size();
    claims.resize(claims.size() + 2 * width + tracked, 0);
    describeArc(site, shapes[from], site.space->nests[arc.nest], depth,
                claims.data() + arc.claims);
  }
  const double *at = claims.data() + arc.claims;
  return {at, at + width, at + 2 * width};
}

/// Claims by depth that do not depend on the state: of shared tensors at depth
/// less than min(d, s), of untouched ones at depth s or between s and d.
void ExchangeGraph::describeArc(const Site &site, const Shape &left,
                                const Nest &nest, unsigned depth,
                                double *out) const {
  unsigned s = left.depth, numDepths = std::max(s, depth) + 1;
  double *added = out, *kept = added + numDepths * tracked,
         *branch = kept + numDepths * tracked;
  auto at = [&](unsigned d, unsigned t) { return d * tracked + t; };
  for (unsigned d = 1; d < numDepths; ++d)
    for (unsigned t = 0; t != tracked; ++t)
      added[at(d, t)] =
          nest.above[at(std::min<unsigned>(d, nest.loops.size()), t)];
  for (unsigned i = 0; i != site.before.size(); ++i) {
    const LiveExchange &l = left.live[i];
    const Exchange *view = findExchange(nest, site.before[i].operands);
    unsigned at0 = l.exchange->depth();
    for (unsigned t = 0; t != tracked; ++t) {
      double size = l.size[t];
      if (view && nest.isOpen) {
        // Its claims are no more than those of some mapping that holds the
        // tensor, too.
        branch[t] -= at0 < s ? size : 0;
      } else if (view) {
        // One place as large as the larger view is held. Both are counted
        // where the loop below the backing keep is open, else only the new one.
        double excess = at0 < s ? -std::min(size, view->size[t])
                                : std::max(0.0, size - view->size[t]);
        for (unsigned d = at0 + 1; d < numDepths; ++d)
          added[at(d, t)] += excess;
        branch[t] += excess;
      } else {
        if (at0 == s)
          branch[t] += size;
        for (unsigned d = 1; d <= depth; ++d)
          if (s <= at0 && at0 < d)
            kept[at(d, t)] += size;
      }
    }
  }
}

} // namespace accel::ffm
