//===- PathCoster.cpp - Exact cost of a path, many times ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathCoster.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace accel::gradient {

Criterion Criterion::of(Objective objective) {
  switch (objective) {
  case Objective::EDP:
    return {1, 1};
  case Objective::Latency:
    return {0, 1};
  default:
    return {1, 0};
  }
}

double Criterion::value(double energyJ, double latencyS) const {
  auto power = [](double x, double p) {
    return p == 0 ? 1 : p == 1 ? x : std::pow(x, p);
  };
  return power(energyJ, energyPower) * power(latencyS, latencyPower);
}

PathCoster::PathCoster(const PathSpace &space, const PathGoal &goal,
                       const Path &path)
    : space(space), goal(goal), own(firstOwnSlot(space, path)),
      isPerfect(llvm::none_of(space.ranks,
                              [](const SpaceRank &r) { return r.mayPad; })),
      bits(space.arch.nodes.size()), values(space.arch.nodes.size()) {
  unsigned top = llvm::popcount(path.top);
  for (unsigned i = 0; i != path.keeps.size(); ++i)
    if (!isExchange(space, path, i) &&
        space.arch.memory(path.keeps[i].level)->isBounded())
      ownClaims.push_back({top + i, path.keeps[i].depth});
  occupied.resize(ownClaims.size());
  listSources(path);
}

void PathCoster::listSources(const Path &path) {
  unsigned n = space.numRanks();
  const SpaceUnit &unit = space.units[path.unit];
  for (unsigned s = own; s != path.numSlots(); ++s) {
    auto add = [&](unsigned r) {
      if (space.ranks[r].isFree ||
          (space.ranks[r].whole && s + 1 == path.numSlots()))
        sources.push_back({r, s * n + r, false});
    };
    if (path.first[s] >= 0)
      add(path.first[s]);
    for (unsigned r = 0; r != n; ++r)
      if (int(r) != path.first[s])
        add(r);
    for (unsigned f = 0; f != unit.fanouts.size(); ++f) {
      if (slotOfFanout(space, path, f) != s)
        continue;
      for (unsigned r = 0; r != n; ++r)
        if ((unit.fanouts[f].ranks | unit.fanouts[f].pinned) >> r & 1)
          sources.push_back({r, f * n + r, true});
    }
  }
}

PathCoster::Compiled &PathCoster::compiledFor(const Path &path) {
  llvm::SmallVector<unsigned, 4> outermost;
  for (unsigned r = 0; r != space.numRanks(); ++r) {
    bool isFused = llvm::any_of(
        path.fused, [&](const FusedLoop &loop) { return loop.rank == r; });
    if (!space.ranks[r].mayPad || isFused) {
      outermost.push_back(0);
      continue;
    }
    const auto *first = llvm::find_if(sources, [&](const LoopSource &s) {
                          return s.rank == r && s.factor(path) != 1;
                        }).base();
    outermost.push_back(first - sources.data());
  }
  auto [it, isNew] = compiled.try_emplace(outermost);
  if (!isNew)
    return it->second;
  Compiled &c = it->second;
  c.plan = EinsumPlan::compile(space.graph, space.arch, space.index,
                               mappingOf(space, path, IdleLoops::Padded),
                               space.model());
  c.tiles.assign(c.plan.tiles().begin(), c.plan.tiles().end());
  for (unsigned i = 0; i != sources.size(); ++i)
    if (i >= outermost[sources[i].rank])
      c.sources.push_back(sources[i]);
  return c;
}

void PathCoster::readTiles(const Path &path) {
  llvm::SmallVector<double, 8> below(space.numRanks(), 1.0);
  unsigned loop = path.fused.size() + now->sources.size();
  for (const LoopSource &s : llvm::reverse(now->sources)) {
    now->tiles[--loop] = below[s.rank];
    below[s.rank] *= double(s.factor(path));
  }
}

/// How much more than a room the claims with at most `depth` loops above take.
double PathCoster::overflowOf(const PathGoal::Room &room, unsigned depth) {
  std::fill(bits.begin(), bits.end(), 0);
  std::fill(values.begin(), values.end(), 0);
  for (unsigned i = 0; i != ownClaims.size(); ++i) {
    if (ownClaims[i].depth > depth)
      continue;
    const detail::Claim &claim = now->plan.claims()[ownClaims[i].index];
    unsigned node = now->plan.levels()[claim.level];
    bits[node] += occupied[i] * claim.bits;
    values[node] += occupied[i] * claim.copies;
  }
  double overflow = 0;
  for (unsigned node = 0; node != bits.size(); ++node) {
    if (bits[node] > room.bits[node])
      overflow += std::log(bits[node] / std::max(room.bits[node], 1e-3));
    if (values[node] > room.values[node])
      overflow += std::log(values[node] / std::max(room.values[node], 1e-3));
  }
  return overflow;
}

PathCost PathCoster::evaluate(const Path &path) {
  ++numEvaluated;
  if (!now || !isPerfect)
    now = &compiledFor(path);
  readTiles(path);
  llvm::ArrayRef<double> tiles(now->tiles);
  const EinsumPlan &plan = now->plan;
  plan.evaluate(tiles, cost);
  PathCost result;
  result.energyJ = cost.energyJ();
  result.latencyS = cost.latencyS;
  result.value = goal.value(result.energyJ, result.latencyS);
  result.overflow = 0;
  for (unsigned i = 0; i != ownClaims.size(); ++i)
    occupied[i] =
        plan.occupied(plan.claims()[ownClaims[i].index].occupancy, tiles);
  for (unsigned depth = 0; depth != goal.rooms.size(); ++depth)
    result.overflow += overflowOf(goal.rooms[depth],
                                  depth + 1 == goal.rooms.size() ? ~0u : depth);
  // Minimum usage counts as room that must be taken.
  const SpaceUnit &unit = space.units[path.unit];
  for (const SpaceFanout &f : unit.fanouts) {
    if (f.least <= 1)
      continue;
    int64_t used = instancesUsed(space, path, f.node);
    if (used < f.least)
      result.overflow += std::log(double(f.least) / double(used));
  }
  return result;
}

} // namespace accel::gradient
