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
#include <tuple>

namespace accel::ffm {

JoinedProgram Joiner::trace(const States::Entry &last) const {
  JoinedProgram program;
  program.energyJ =
      last.energy + (context.leakW > 0 ? context.leakW * last.latency : 0);
  program.latencyS = last.latency;
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
  for (const Group &group : layers.back())
    for (const States::Entry &last : group.states.entries)
      after[last.history] = {0, 0};
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
      Least around{from.energy + to.energyJ, from.latency + to.latencyS};
      if (context.value(around.energyJ + m.energyJ,
                        around.latencyS + m.latencyS) > limit * (1 + kSlack))
        continue;
      after[step.from].include(
          {m.energyJ + to.energyJ, m.latencyS + to.latencyS});
      unsigned signature = graph.space(e).nests[m.nest].signature;
      if (others.size() <= signature)
        others.resize(signature + 1);
      others[signature].include(around);
    }
  }
  for (unsigned e = 0; e != count; ++e)
    for (const Group &group : layers[e])
      for (uint32_t i = group.firstKept; i != group.endKept; ++i)
        if (after[i].isPossible())
          marginals->toGo[e][group.shape].include(after[i]);
}

/// What an earlier join found out holds up to its limit.
void Joiner::findRestWithin() {
  bool holds = !before.toGo.empty() && limit <= before.limit;
  for (unsigned e = 0; e != layers.size(); ++e)
    for (Group &group : layers[e]) {
      group.restWithin = group.rest;
      if (!holds || e == count)
        continue;
      const Least known = before.toGo[e].lookup(group.shape);
      group.restWithin.energyJ =
          std::max(group.rest.energyJ, known.energyJ * (1 - kSlack / 10));
      group.restWithin.latencyS =
          std::max(group.rest.latencyS, known.latencyS * (1 - kSlack / 10));
    }
}

/// One pass under `limit`; false if no program lies within it.
bool Joiner::joinWithin() {
  findRestWithin();
  history.assign(1, {0, 0, 0, 0, 0});
  steps.clear();
  for (Layer &layer : layers)
    for (Group &group : layer) {
      group.states.clear();
      group.firstKept = group.endKept = 0;
    }
  layers[0].front().states.entries.emplace_back();
  layers[0].front().endKept = 1;
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
  const std::vector<States::Entry> &last = layers.back().front().states.entries;
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

JoinResult Joiner::run(double low, double margin) {
  gatherRows();
  findExternalClaims();
  connect();
  const Least &whole = layers[0].front().rest;
  if (result.cancelled || !whole.isPossible())
    return std::move(result);

  // The nearer the limit to the result, the fewer states: so it rises from the
  // bound until there is a result, and from there by the margin.
  low = std::max(low, context.value(whole.energyJ, whole.latencyS));
  limit = low * (1 + margin);
  double rise = margin;
  while (true) {
    limit = threshold == kInf ? kInf : std::min(limit, threshold);
    bool found = joinWithin();
    if (result.cancelled || (!found && limit == threshold))
      return std::move(result);
    if (!found) {
      limit = low * (1 + (rise *= 2));
      continue;
    }
    collect();
    if (marginals)
      findMarginals();
    const JoinedProgram &best = result.programs.front();
    double wanted = valueOf(best) * (1 + margin);
    if (!best.isBound || limit >= wanted || limit == threshold)
      return std::move(result);
    limit = wanted;
  }
}

double Joiner::valueOf(const JoinedProgram &program) const {
  double dynamic = program.energyJ;
  if (context.leakW > 0)
    dynamic -= context.leakW * program.latencyS;
  return context.value(dynamic, program.latencyS);
}

JoinResult joinProgram(const SearchContext &context, ExchangeGraph &graph,
                       double low, double margin, double threshold,
                       const std::function<bool()> &cancelled,
                       JoinMarginals *marginals) {
  return Joiner(context, graph, threshold, cancelled, marginals)
      .run(low, margin);
}

} // namespace accel::ffm
