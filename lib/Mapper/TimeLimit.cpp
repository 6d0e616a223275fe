//===- TimeLimit.cpp - The best mapping within a time limit ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TimeLimit.h"
#include "FFM/Search.h"
#include "accel/Mapper/Sampler.h"
#include "accel/Model/CostModel.h"
#include "llvm/ADT/STLExtras.h"

using namespace accel;
using ffm::SearchContext;

/// Shares of the limit at which the search for a first mapping, that with
/// proof, that without fusion, and random changes end.
static constexpr double kFirstEnds = 0.1, kSearchEnds = 0.75,
                        kUnfusedEnds = 0.9, kChangesEnd = 0.97;

namespace {

class Deadline {
public:
  explicit Deadline(double limitS)
      : begin(std::chrono::steady_clock::now()), limitS(limitS) {}
  double elapsedS() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         begin)
        .count();
  }
  /// Seconds until a share of the limit has passed.
  double leftS(double share) const {
    return std::max(0.0, share * limitS - elapsedS());
  }

private:
  std::chrono::steady_clock::time_point begin;
  double limitS;
};

} // namespace

/// Prices a mapping as the search would.
static ParetoPoint price(const EinsumGraph &graph, const Architecture &arch,
                         const ProgramMapping &mapping,
                         const CostOptions &model) {
  ProgramCost<double> cost = evaluateMapping(graph, arch, mapping, model);
  ParetoPoint point{cost.energyJ, cost.latencyS, 0, mapping};
  for (unsigned node = 0; node != arch.nodes.size(); ++node)
    point.usage = std::max(point.usage, usageShare(arch, node, cost));
  return point;
}

static double valueOf(Objective objective, const ParetoPoint &p) {
  return objective == Objective::EDP       ? p.energyJ * p.latencyS
         : objective == Objective::Latency ? p.latencyS
                                           : p.energyJ;
}

/// Draws a mapping without fusion, to have one.
static void findFirst(const EinsumGraph &graph, const Architecture &arch,
                      const Deadline &deadline, MapperResult &result) {
  SamplerOptions sampling;
  sampling.fuse = false;
  MappingSampler sampler(graph, arch, sampling, 0);
  do {
    if (auto mapping = sampler.tryDraw()) {
      result.status = MapperResult::Status::Feasible;
      result.best = std::move(*mapping);
      return;
    }
  } while (deadline.leftS(kFirstEnds) > 0);
}

/// Improves `result` by drawing parts of it at random until the time is over.
/// Options that restrict fusion are respected by not fusing.
static void changeAtRandom(const EinsumGraph &graph, const Architecture &arch,
                           const MapperOptions &options,
                           const Deadline &deadline, MapperResult &result) {
  SamplerOptions sampling;
  sampling.fuse = options.fuse && !options.maxFusedLoops &&
                  options.maxFusedLoopsPerRank == 1 && !options.referenceSlots;
  MappingSampler sampler(graph, arch, sampling, 0);
  CostOptions model;
  model.referenceWindows = options.referenceSlots;
  ParetoPoint best = price(graph, arch, result.best, model);
  while (deadline.leftS(kChangesEnd) > 0) {
    auto mapping = sampler.tryRedraw(best.mapping);
    if (!mapping)
      continue;
    ParetoPoint p = price(graph, arch, *mapping, model);
    if (valueOf(options.objective, p) < valueOf(options.objective, best))
      best = std::move(p);
  }
  result.value = valueOf(options.objective, best);
  result.best = best.mapping;
  bool isFront = options.objective == Objective::Pareto ||
                 options.objective == Objective::ParetoUsage;
  if (isFront)
    result.pareto.insert(result.pareto.begin(), std::move(best));
}

MapperResult accel::mapWithinTime(const EinsumGraph &graph,
                                  const Architecture &arch,
                                  const MapperOptions &options) {
  Deadline deadline(options.timeLimitS);
  bool isFixed = llvm::any_of(options.pinned, [](const auto &path) {
    return path && !path->nodes.empty();
  });
  MapperResult fallback;
  if (!isFixed)
    findFirst(graph, arch, deadline, fallback);

  MapperOptions step = options;
  step.timeLimitS = deadline.leftS(kSearchEnds);
  ffm::Search search(graph, arch, step);
  MapperResult result = search.run();
  if (!search.ranOutOfTime())
    return result;

  // Without fusion every Einsum stands alone, which takes a small part of the
  // time.
  if (options.fuse && deadline.leftS(kUnfusedEnds) > 0) {
    step.fuse = false;
    step.imperfect = false;
    step.timeLimitS = deadline.leftS(kUnfusedEnds);
    MapperResult unfused = ffm::Search(graph, arch, step).run();
    if (unfused.status == MapperResult::Status::Optimal)
      fallback = std::move(unfused);
  }
  if (fallback.status == MapperResult::Status::Infeasible) {
    result.timedOut = true;
    return result;
  }
  fallback.status = MapperResult::Status::Feasible;
  if (!isFixed)
    changeAtRandom(graph, arch, options, deadline, fallback);
  fallback.lowerBound = std::min(result.lowerBound, fallback.value);
  fallback.statistics.partialMappings += result.statistics.partialMappings;
  fallback.statistics.pruned += result.statistics.pruned;
  fallback.statistics.joins += result.statistics.joins;
  fallback.statistics.distinctEinsums = result.statistics.distinctEinsums;
  fallback.statistics.seconds = deadline.elapsedS();
  return fallback;
}
