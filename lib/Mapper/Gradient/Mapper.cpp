//===- Mapper.cpp - The gradient engine's entry ---------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../FFM/Search.h"
#include "Search.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace accel {

using namespace gradient;

namespace {

/// Points of a front beyond which no more are sought.
constexpr unsigned kMaxPoints = 64;
/// Restarts per point, unless the caller says otherwise.
constexpr unsigned kRestartsPerPoint = 2;
/// Exponents of latency at which a front of energy against latency is sought.
constexpr double kLatencyPowers[] = {0, 0.25, 0.5, 1, 2, 4};
/// Share of a time limit that the search for a proof that nothing fits has at
/// least, even if no time is left.
constexpr double kProofShare = 0.1;

/// Undominated points, by ascending energy.
class Front {
public:
  explicit Front(bool byUsage) : byUsage(byUsage) {}

  void add(const Search &search, const ProgramState &state,
           const ProgramValue &v) {
    ParetoPoint point{v.energyJ, v.latencyS, byUsage ? v.usage : 0, {}};
    auto covers = [&](const ParetoPoint &a, const ParetoPoint &b) {
      return a.energyJ <= b.energyJ && second(a) <= second(b);
    };
    for (const ParetoPoint &p : points)
      if (covers(p, point))
        return;
    llvm::erase_if(points,
                   [&](const ParetoPoint &p) { return covers(point, p); });
    point.mapping = search.program.mappingOf(state);
    points.push_back(std::move(point));
    llvm::sort(points, [](const ParetoPoint &a, const ParetoPoint &b) {
      return a.energyJ < b.energyJ;
    });
  }

  std::vector<ParetoPoint> points;

private:
  double second(const ParetoPoint &p) const {
    return byUsage ? p.usage : p.latencyS;
  }
  bool byUsage;
};

} // namespace

/// Least energy, then with ever less room until nothing fits.
static void findUsageFront(Search &search, unsigned restarts) {
  search.run(restarts);
  for (unsigned i = 0;
       i != kMaxPoints && search.best.value.valid && !search.expired(); ++i) {
    search.program.capacityShare = search.best.value.usage * (1 - 1e-6);
    ProgramState start = std::move(search.best.state);
    search.best = {};
    // What was best before is repaired, and restarts compete with it.
    Found repaired = search.descendFrom(std::move(start));
    if (repaired.value.valid)
      search.best = std::move(repaired);
    search.run(restarts);
  }
}

/// Products of powers from energy alone to latency alone.
static void findLatencyFront(Search &search, unsigned restarts) {
  for (double power : kLatencyPowers) {
    search.program.criterion = {1, power};
    search.best = {};
    search.run(restarts);
  }
  search.program.criterion = {0, 1};
  search.best = {};
  search.run(restarts);
}

/// Why the engine cannot take the question, or empty.
static std::string refuse(const EinsumGraph &graph,
                          const MapperOptions &options) {
  for (unsigned e = 0; e != options.pinned.size(); ++e)
    if (options.pinned[e] && !options.pinned[e]->nodes.empty())
      return "\"" + graph.einsums[e].name +
             "\" has a mapping, which engine=gradient does not keep: use "
             "engine=ffm";
  for (const Einsum &einsum : graph.einsums)
    if (einsum.ranks.size() > 30 || einsum.accesses.size() > 20)
      return "\"" + einsum.name + "\" has " +
             std::to_string(einsum.ranks.size()) + " ranks and " +
             std::to_string(einsum.accesses.size()) +
             " operands but the search takes 30 and 20";
  return "";
}

/// Why no mapping of some Einsum fits, as the optimal engine would put it;
/// empty if its tables alone do not tell.
static std::string proveInfeasible(const Search &search,
                                   const MapperOptions &options) {
  MapperOptions own = options;
  own.progress = nullptr;
  own.imperfect = false;
  own.timeLimitS = std::max(options.timeLimitS - search.seconds(),
                            kProofShare * options.timeLimitS);
  return ffm::Search(search.program.graph, search.program.arch, own)
      .proveInfeasible(/*byCapacities=*/options.imperfect);
}

MapperResult mapProgramByGradient(const EinsumGraph &graph,
                                  const Architecture &arch,
                                  const MapperOptions &options,
                                  const GradientOptions &gradient) {
  MapperResult result;
  result.reason = refuse(graph, options);
  result.unproven = !result.reason.empty();
  if (result.unproven)
    return result;
  if (graph.einsums.empty()) {
    result.status = MapperResult::Status::Feasible;
    result.value = 0;
    return result;
  }
  bool isFront = options.objective == Objective::Pareto ||
                 options.objective == Objective::ParetoUsage;
  MapperOptions own = options;
  // Which of two equal points stays must not depend on threads.
  if (isFront)
    own.threads = 1;
  Search search(graph, arch, own, gradient);
  if (!search.program.infeasible.empty()) {
    result.reason = search.program.infeasible;
    return result;
  }
  search.isHopeless = [&] {
    result.reason = proveInfeasible(search, options);
    return !result.reason.empty();
  };
  Front front(options.objective == Objective::ParetoUsage);
  if (isFront) {
    search.observer = [&](const ProgramState &s, const ProgramValue &v) {
      front.add(search, s, v);
    };
    unsigned restarts = gradient.maxIterations != 0 ? gradient.maxIterations
                                                    : kRestartsPerPoint;
    if (options.objective == Objective::ParetoUsage)
      findUsageFront(search, restarts);
    else
      findLatencyFront(search, restarts);
  } else {
    search.run(gradient.maxIterations);
  }
  unsigned classes = 0;
  for (unsigned c : search.program.classOf)
    classes = std::max(classes, c + 1);
  result.statistics.distinctEinsums = classes;
  result.statistics.rounds = search.restarts;
  result.statistics.seconds = search.seconds();
  if (isFront ? front.points.empty() : !search.best.value.valid) {
    if (result.reason.empty()) {
      result.timedOut = search.expired();
      result.unproven = true;
      result.reason =
          result.timedOut
              ? "the time limit passed before any mapping was found"
              : "the gradient engine found none, which proves nothing: "
                "engine=ffm names the tightest constraint";
    }
    return result;
  }
  result.status = MapperResult::Status::Feasible;
  if (isFront) {
    result.value = front.points.front().energyJ;
    result.best = front.points.front().mapping;
    result.pareto = std::move(front.points);
    return result;
  }
  result.value = search.best.value.value;
  result.best = search.program.mappingOf(search.best.state);
  return result;
}

} // namespace accel
