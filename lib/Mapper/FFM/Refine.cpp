//===- Refine.cpp - From bounds to mappings -------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"
#include "llvm/ADT/STLExtras.h"
#include <atomic>
#include <cmath>

namespace accel::ffm {

/// Room above the bound of the holdings in which regions are looked for, and
/// above the lower bound for mappings, divided among Einsums beyond a few; how
/// fast they grow, and where regions end.
static constexpr double kRegionMargin = 0.004, kMappingMargin = 0.002,
                        kFewEinsums = 16;
static constexpr double kRegionGrowth = 3, kMappingGrowth = 1.5,
                        kLastMargin = 1e9;
/// Growth where the last one has brought few more regions: most are found.
static constexpr double kFastGrowth = 27;
/// While there are fewer regions than this per class, up to some room, more are
/// found before they are joined: that is cheaper than to start again later.
static constexpr size_t kFewPerClass = 125;
static constexpr double kAmpleMargin = 0.1;
/// Regions per class, or per Einsum, up to which open nests take part in the
/// join.
static constexpr size_t kMostPerClass = 500, kMostPerEinsum = 50;
/// Least room for choices of backing levels.
static constexpr double kHoldingsMargin = 0.05;
/// Room for the join's limit, which must stop somewhere.
static constexpr double kBeyondReason = 1e12;

void Search::sumBounds() {
  least = {0, 0, 0, 0};
  for (const EinsumClass &cls : classes)
    least = least + cls.least * cls.count;
}

/// No mapping beats those found and the bounds on the others.
static void tightenBounds(EinsumClass &cls) {
  Least least;
  for (const PartialMapping &m : cls.space.mappings)
    least.include(m.cost);
  if (least.isPossible())
    cls.least.raise(least, 1 - kSlack);
}

/// Fills the space of a class with its regions within the threshold, as bounds,
/// and with bounds on all others. False if cancelled.
bool Search::exploreRegions(EinsumClass &cls, double threshold,
                            const std::function<bool()> &cancelled) {
  cls.others.clear();
  if (cls.pinned)
    return true;
  cls.space = {};
  Threshold t;
  t.value = threshold;
  t.others = least - cls.least;
  prepareWithin(cls, threshold, t.others);
  for (EinsumClass::Unit &u : cls.units) {
    cls.surroundings.byRoot = u.byRoot;
    if (!u.explorer->findRegions(t, cls.surroundings, cls.space, cancelled))
      return false;
  }
  // What has no tables yet may hold as the others do.
  for (const EinsumClass::Candidate &c : cls.candidates)
    for (EinsumClass::Unit &u : cls.units)
      if (u.problem->unitNode == cls.places[c.place].outline->unitNode) {
        u.explorer->boundRoots(context.costOf(c.energyJ, c.latencyS),
                               cls.space);
        break;
      }
  keepUndominated(cls.space, context.needsTime);
  tightenBounds(cls);
  return true;
}

/// All regions of all classes. False if time ran out.
bool Search::findAllRegions() {
  std::atomic<bool> stop{false};
  forEachClass([&](EinsumClass &cls) {
    cls.surroundings = {};
    if (!exploreRegions(cls, kInf, [&] { return stop || (stop = expired()); }))
      stop = true;
  });
  return !stop;
}

/// Explores all classes wave by wave, so that each Einsum knows what its
/// neighbours left. False if time ran out.
bool Search::findRegions(double threshold) {
  std::atomic<bool> stop{false};
  sumBounds();
  std::vector<char> explored(classes.size(), false);
  unsigned rank = 0;
  for (const std::vector<unsigned> &wave : wavesByShare()) {
    ++rank;
    for (unsigned c : wave)
      lookAround(c, explored, rank);
    forEachOf(wave, [&](EinsumClass &cls) {
      if (!exploreRegions(cls, threshold,
                          [&] { return stop || (stop = expired()); }))
        stop = true;
    });
    if (stop)
      return false;
    for (unsigned c : wave) {
      noteExchanges(classes[c]);
      explored[c] = true;
    }
  }
  return true;
}

/// All mappings within the threshold in regions that may be part of a program
/// within it, and bounds for the others. False if time ran out.
bool Search::findMappings(double threshold) {
  std::atomic<bool> stop{false};
  forEachClass([&](EinsumClass &cls) {
    if (cls.pinned)
      return;
    // What is left alone keeps the bounds that it had.
    std::vector<PartialMapping> before = std::exchange(cls.space.mappings, {});
    for (PartialMapping &m : before) {
      const Nest &nest = cls.space.nests[m.nest];
      if (!nest.isOpen &&
          (cls.others.empty() || cls.others[nest.signature].isPossible()))
        continue;
      m.isBound = true;
      cls.space.mappings.push_back(std::move(m));
    }
    for (EinsumClass::Unit &u : cls.units)
      if (!u.explorer->findMappings(threshold, cls.others, cls.space,
                                    [&] { return stop || (stop = expired()); }))
        return;
    keepUndominated(cls.space, context.needsTime);
    tightenBounds(cls);
  });
  return !stop;
}

/// An Einsum of a class may stand wherever any of the class can.
void Search::useMarginals(const JoinMarginals &marginals) {
  for (EinsumClass &cls : classes)
    cls.others.assign(std::max(1u, cls.space.nests.numSignatures()), {});
  for (unsigned e = 0; e != classOf.size(); ++e) {
    std::vector<Others> &others = classes[classOf[e]].others;
    for (unsigned s = 0; s != marginals.others[e].size(); ++s)
      others[s].include(marginals.others[e][s]);
  }
}

JoinResult Search::join(ExchangeGraph &graph, double margin, double threshold,
                        bool takesOpen, JoinMarginals *marginals) {
  JoinTask task;
  task.low = result.lowerBound;
  task.threshold = threshold;
  task.margin = margin;
  task.takesOpen = task.mayGiveUp = takesOpen;
  task.isLong = isLong;
  JoinResult joined =
      joinProgram(context, graph, task, [&] { return expired(); }, marginals);
  result.statistics.joins += joined.joins;
  isLong = joined.isLong;
  return joined;
}

/// Whether a program takes regions that were not looked into.
bool Search::hasOpen(const JoinedProgram &program) const {
  for (unsigned e = 0; e != classOf.size(); ++e) {
    const EinsumSpace &space = classes[classOf[e]].space;
    if (space.nests[space.mappings[program.choices[e].first].nest].isOpen)
      return true;
  }
  return false;
}

MapperResult Search::finishStopped() {
  timedOut = true;
  result.reason = "the time limit passed before any mapping was found";
  return finish(MapperResult::Status::Infeasible);
}

MapperResult Search::finishInfeasible(const JoinResult &joined) {
  int at = context.graph.findEinsum(joined.reason);
  if (at >= 0)
    result.reason = explainCapacity(classes[classOf[at]]);
  if (result.reason.empty())
    result.reason =
        "no choice of mappings fits together at \"" + joined.reason + "\"";
  return finish(MapperResult::Status::Infeasible);
}

/// Everything is explored at once: a front has no threshold.
MapperResult Search::findFront() {
  if (!findAllRegions() || !findMappings(kInf))
    return finishStopped();
  std::vector<EinsumSpace *> spaces;
  for (unsigned c : classOf)
    spaces.push_back(&classes[c].space);
  ExchangeGraph graph(context, spaces);
  JoinResult joined = join(graph, 0, kInf, false, nullptr);
  if (joined.cancelled)
    return finishStopped();
  if (joined.programs.empty())
    return finishInfeasible(joined);
  fillResult(joined);
  result.lowerBound = result.value;
  report(result.value);
  return finish(MapperResult::Status::Optimal);
}

MapperResult Search::findOptimum() {
  std::vector<EinsumSpace *> spaces;
  for (unsigned c : classOf)
    spaces.push_back(&classes[c].space);
  double share = std::min(1.0, kFewEinsums / spaces.size()),
         regionMargin = kRegionMargin * share;
  // Regions are cut by what holdings leave to the others, so that is what the
  // threshold refers to: where bounds are loose, they are loose in every layer
  // of a network, and the room for one Einsum must not be that of all.
  auto boundHoldings = [&] {
    sumBounds();
    return joinHoldings(context.value(least), kInf) * (1 - kSlack);
  };
  sumBounds();
  priceSeconds();
  double holdings = boundHoldings();
  size_t numRegions = 0;
  double growth = 1;
  while (true) {
    result.lowerBound = std::max(result.lowerBound, holdings);
    double threshold =
        regionMargin > kLastMargin ? kInf : holdings * (1 + regionMargin);
    double mostHeld = std::max(threshold, holdings * (1 + kHoldingsMargin));
    if (mostHeld < kInf)
      joinHoldings(mostHeld, mostHeld);
    else
      for (EinsumClass &cls : classes)
        for (EinsumClass::Unit &u : cls.units)
          u.byRoot.clear();
    if (!findRegions(threshold))
      return finishStopped();
    size_t numBefore = std::exchange(numRegions, 0);
    for (const EinsumClass &cls : classes)
      numRegions += cls.space.mappings.size();
    bool isScarce = numRegions < numBefore * std::sqrt(growth);
    growth = isScarce ? std::max(growth * growth, kFastGrowth) : kRegionGrowth;
    regionMargin *= growth;
    if (numRegions < kFewPerClass * classes.size() &&
        regionMargin < kAmpleMargin && !context.options.imperfect)
      continue;
    ++result.statistics.rounds;
    ExchangeGraph graph(context, spaces);
    JoinMarginals marginals;
    double mappingMargin = kMappingMargin * share;
    // First without what was left out, which cannot be part of a program within
    // the threshold; then with bounds in its place.
    bool takesOpen = false;
    while (true) {
      double most = !takesOpen              ? threshold
                    : result.lowerBound > 0 ? result.lowerBound * kBeyondReason
                                            : kInf;
      JoinResult joined =
          join(graph, mappingMargin, most, takesOpen, &marginals);
      if (joined.cancelled)
        return finishStopped();
      if (joined.gaveUp) {
        result.lowerBound = std::max(result.lowerBound, joined.lowerBound);
        break;
      }
      if (joined.programs.empty()) {
        if (most == kInf || takesOpen)
          return finishInfeasible(joined);
        result.lowerBound = std::max(result.lowerBound, threshold);
        // Open nests meet all others: of many regions that is too much, and a
        // wider threshold costs less. It is worth better bounds, too.
        if (numRegions > std::max(kMostPerClass * classes.size(),
                                  kMostPerEinsum * spaces.size())) {
          if (context.options.objective == Objective::EDP && !isBlended) {
            blendBounds();
            holdings = boundHoldings();
            numRegions = 0;
            regionMargin =
                std::max(kRegionMargin * share,
                         (result.lowerBound / holdings - 1) * kRegionGrowth);
          }
          break;
        }
        marginals = {};
        takesOpen = true;
        continue;
      }
      const JoinedProgram &best = joined.programs.front();
      if (!best.isBound) {
        fillResult(joined);
        result.lowerBound = result.value;
        report(result.value);
        return finish(MapperResult::Status::Optimal);
      }
      result.lowerBound =
          std::max(result.lowerBound, context.value(best.cost) * (1 - kSlack));
      report(kInf);
      useMarginals(marginals);
      if (hasOpen(best))
        break;
      if (!findMappings(std::min(marginals.limit, context.value(best.cost) *
                                                      (1 + mappingMargin))))
        return finishStopped();
      mappingMargin *= kMappingGrowth;
    }
  }
}

} // namespace accel::ffm
