//===- Join.cpp - Partial mappings of a program, joined -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CostToGo.h"
#include "Joiner.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <tuple>

namespace accel::ffm {

/// First step of the limit above the bound, also as a share of what the bound
/// is above that without capacity; how far ahead of it groups are found.
static constexpr double kLeastRise = 1e-6, kRiseShare = 0.1, kAhead = 4;
/// How many times the pairs one more pass may take, and how far the limit rises
/// between passes.
static constexpr double kPairsGrowth = 3, kLeastFactor = 1.1, kMostFactor = 2;
/// Share of the margin from which on another pass is not worth its time.
static constexpr double kEnoughMargin = 0.5;

JoinedProgram Joiner::trace(const States::Entry &last) const {
  JoinedProgram program;
  program.cost = last.cost;
  program.latencyS = last.cost.latencyS;
  program.energyJ = last.cost.energyJ +
                    (context.leakW > 0 ? context.leakW * program.latencyS : 0);
  program.usage = last.usage;
  uint32_t at = last.history;
  for (unsigned e = count; e-- != 0;) {
    const Kept &state = history[at];
    program.choices.push_back({state.choice, state.shared});
    program.isBound |= graph.space(e).mappings[state.choice].isBound;
    at = state.previous;
  }
  std::reverse(program.choices.begin(), program.choices.end());
  return program;
}

/// From the end backwards: the least that every state still needs, and so the
/// least that all others need around each choice.
void Joiner::findMarginals() {
  std::vector<Least> after(history.size());
  for (const States::Entry &last : states.front().entries)
    after[last.history] = {0, 0, 0, 0};
  marginals->limit = limit;
  marginals->others.assign(count, {});
  marginals->toGo.clear();
  marginals->toGo.resize(count);
  for (unsigned e = count; e-- != 0;) {
    std::vector<Least> &others = marginals->others[e];
    for (const Step &step : steps[e]) {
      const Least &to = after[step.to];
      if (!to.isPossible())
        continue;
      const PartialMapping &m = graph.space(e).mappings[step.choice];
      const Kept &from = history[step.from];
      Least way = m.cost + to;
      if (context.value(from.cost + way) > limit * (1 + kSlack))
        continue;
      after[step.from].include(way);
      unsigned signature = graph.space(e).nests[m.nest].signature;
      if (others.size() <= signature)
        others.resize(signature + 1);
      others[signature].include(from.cost + to);
    }
  }
  for (unsigned e = 0; e != count; ++e)
    for (const Layer::Kept &kept : layers[e].kept)
      for (uint32_t i = kept.begin; i != kept.end; ++i)
        if (after[i].isPossible())
          marginals->toGo[e][(*layers[e].shapes)[kept.group]].include(after[i]);
}

/// What an earlier join found out holds up to its limit.
void Joiner::findRestWithin() {
  bool holds = !before.toGo.empty() && limit <= before.limit;
  for (unsigned e = 0; e != count; ++e) {
    Layer &layer = layers[e];
    layer.restWithin.clear();
    for (unsigned g = 0; holds && g != layer.size(); ++g) {
      Least least = layer.rest[g];
      least.raise(before.toGo[e].lookup((*layer.shapes)[g]), 1 - kSlack / 10);
      layer.restWithin.push_back(least);
    }
  }
}

/// One pass under `limit`; false if no program lies within it.
bool Joiner::joinWithin() {
  findRestWithin();
  history.assign(1, {0, 0, 0, {0, 0, 0, 0}});
  steps.clear();
  for (States &s : states)
    s.clear();
  for (States &s : statesNext)
    s.clear();
  states.resize(std::max<size_t>(states.size(), 1));
  states.front().entries.emplace_back();
  states.front().least = {0, 0, 0, 0};
  layers[0].kept.assign(1, {0, 0, 1});
  for (unsigned e = 0; e != count; ++e)
    if (!step(e)) {
      if (!result.cancelled)
        result.reason = context.graph.einsums[e].name;
      return false;
    }
  return true;
}

void Joiner::collect() {
  result.programs.clear();
  const std::vector<States::Entry> &last = states.front().entries;
  if (!context.isFront()) {
    const States::Entry *best = &last.front();
    for (const States::Entry &state : last)
      if (valueOf(state) < valueOf(*best))
        best = &state;
    result.programs.push_back(trace(*best));
    return;
  }
  // Without leakage states are the front already; with it energy depends on
  // latency.
  for (const States::Entry &state : last)
    result.programs.push_back(trace(state));
  bool usage = context.options.objective == Objective::ParetoUsage;
  auto second = [&](const JoinedProgram &p) {
    return usage ? p.usage : p.latencyS;
  };
  llvm::sort(result.programs,
             [&](const JoinedProgram &a, const JoinedProgram &b) {
               return std::make_tuple(a.energyJ, second(a), a.choices) <
                      std::make_tuple(b.energyJ, second(b), b.choices);
             });
  std::vector<JoinedProgram> front;
  for (JoinedProgram &p : result.programs)
    if (front.empty() || second(p) < second(front.back()))
      front.push_back(std::move(p));
  result.programs = std::move(front);
}

/// The bounds of the groups are known: chooses the limit of the next pass,
/// which is out of reach if all that is within lies above it.
void Joiner::startFromBounds() {
  double least = context.value(layers[0].rest[0]) * (1 - kSlack);
  if (least > reach) {
    rise = std::max(rise, reach / low - 1);
    low = reach;
    ahead = least * (1 + kAhead * margin);
    limit = low * (1 + rise);
    return;
  }
  if (least > low) {
    low = least;
    rise = std::max(margin, kLeastRise);
    limit = low * (1 + rise);
  } else if (least > 0) {
    rise = std::max(rise, kRiseShare * (low / least - 1));
    limit = std::max(limit, low * (1 + rise));
  }
  limit = std::min(limit, reach);
}

JoinResult Joiner::run() {
  gatherRows();
  findExternalClaims();
  if (!context.isFront()) {
    Least least = restBounds->before(0, graph.shape(ExchangeGraph::kStart));
    if (least.isPossible())
      low = std::max(low, context.value(least) * (1 - kSlack));
  }
  // The nearer the limit to the result, the fewer states: so it rises from the
  // bound until there is a result, and from there by the margin. What bounds
  // without capacity leave between themselves and the limit decides how many
  // states there are, so less than a share of that is not worth a pass. Groups
  // are found for some limits ahead.
  rise = std::max(margin, kLeastRise);
  limit = low * (1 + rise);
  if (!before.toGo.empty() && low < before.limit)
    limit = std::min(limit, before.limit);
  double lastPairs = 0, factor = kMostFactor;
  result.isLong = isLong;
  while (true) {
    limit = threshold == kInf ? kInf : std::min(limit, threshold);
    if (limit > reach) {
      reach = limit;
      if (limit < threshold)
        reach = std::min(
            threshold, std::max(low * (1 + kAhead * (limit / low - 1)), ahead));
      if (limit <= before.limit)
        reach = std::min(reach, before.limit);
      if (!connect()) {
        if (result.cancelled || reach == threshold)
          return std::move(result);
        rise = reach / low - 1;
        limit = low * (1 + 2 * rise);
        continue;
      }
      result.reason.clear();
      if (limit < threshold) {
        if (isLong)
          tighten();
        startFromBounds();
        if (limit > reach)
          continue;
      }
    }
    if (result.cancelled)
      return std::move(result);
    uint64_t joinsBefore = result.joins,
             mostOfPass = uint64_t(context.options.segmentPairs) * count;
    bool mayTighten = !isLong && !context.isFront();
    mostJoins = mayTighten ? joinsBefore + mostOfPass : ~uint64_t(0);
    bool found = joinWithin();
    double pairs = double(result.joins - joinsBefore);
    // The next pass may take that many times as many.
    bool nextIsLong =
        mayTighten && limit < threshold && pairs * kPairsGrowth > mostOfPass;
    if (!found && !result.cancelled &&
        (result.joins > mostJoins || nextIsLong)) {
      result.isLong = isLong = true;
      double lowBefore = low;
      tighten();
      startFromBounds();
      if (mayGiveUp && low == lowBefore) {
        result.gaveUp = true;
        result.lowerBound = std::max(result.lowerBound, low);
        return std::move(result);
      }
      continue;
    }
    if (result.cancelled || (!found && limit == threshold))
      return std::move(result);
    if (!found) {
      result.lowerBound = std::max(result.lowerBound, limit);
      // Where twice the room takes many times the pairs, less of it.
      double growth = std::log(pairs / lastPairs) / std::log(factor);
      if (lastPairs > 0 && growth > 0)
        factor = std::clamp(std::pow(kPairsGrowth, 1 / growth), kLeastFactor,
                            kMostFactor);
      lastPairs = pairs;
      limit = low * (1 + (rise *= factor));
      continue;
    }
    collect();
    if (marginals)
      findMarginals();
    const JoinedProgram &best = result.programs.front();
    double least = context.value(best.cost);
    if (!best.isBound || limit >= least * (1 + margin * kEnoughMargin) ||
        limit == threshold)
      return std::move(result);
    limit = least * (1 + margin);
  }
}

JoinResult joinProgram(const SearchContext &context, ExchangeGraph &graph,
                       const JoinTask &task,
                       const std::function<bool()> &cancelled,
                       JoinMarginals *marginals) {
  return Joiner(context, graph, task, cancelled, marginals).run();
}

} // namespace accel::ffm
