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

void Joiner::joinNest(unsigned e, const Group &left, unsigned nestIndex,
                      Group &right) {
  const EinsumGraph &graph = context.graph;
  const Einsum &einsum = graph.einsums[e];
  const Nest &nest = spaces[e]->nests[nestIndex];
  unsigned s = left.depth, depth = right.depth;

  // Claims by depth that do not depend on the state: of shared tensors at depth
  // less than min(d, s), of untouched ones at depth s or between s and d.
  unsigned rowsOfDepth = depth + 1;
  auto at = [&](unsigned d, unsigned t) { return d * tracked + t; };
  std::vector<double> added(std::max(rowsOfDepth, s + 1) * tracked, 0);
  std::vector<double> kept(added.size(), 0);
  std::vector<double> branch(tracked, 0);
  for (unsigned d = 1; d < added.size() / std::max(1u, tracked); ++d)
    for (unsigned t = 0; t != tracked; ++t)
      added[at(d, t)] =
          nest.above[at(std::min<unsigned>(d, nest.loops.size()), t)];
  for (const Live &l : left.live) {
    const Exchange *view = findExchange(einsum, nest, l.tensor);
    unsigned at0 = l.exchange->depth();
    for (unsigned t = 0; t != tracked; ++t) {
      double size = l.size[t];
      if (view) {
        // Both views are counted; one place as large as the larger is held.
        double twice = l.viewed ? std::min(size, view->size[t]) : size;
        for (unsigned d = 1; d < added.size() / tracked; ++d)
          if (at0 < std::min(d, s))
            added[at(d, t)] -= twice;
        if (at0 < s)
          branch[t] -= twice;
      } else {
        if (at0 == s)
          branch[t] += size;
        for (unsigned d = 1; d <= depth; ++d)
          if (s <= at0 && at0 < d)
            kept[at(d, t)] += size;
      }
    }
  }

  for (uint32_t i = 0; i != left.states.size(); ++i) {
    const State &state = left.states[i];
    for (unsigned r : rows[e][nestIndex]) {
      ++result.joins;
      const PartialMapping &m = spaces[e]->mappings[r];
      State out;
      out.energy = state.energy + m.energyJ;
      out.latency = state.latency + m.latencyS;
      if (context.value(out.energy + right.rest.energyJ,
                        out.latency + right.rest.latencyS) >
          limit * (1 + kSlack))
        continue;
      // Peaks by the number of loops shared with the open nest: earlier
      // branches with what now stands around them, then this branch.
      llvm::SmallVector<double, 8> peaks((s + 1) * tracked, 0);
      unsigned width = std::max(s, depth) + 1;
      peaks.resize(width * tracked, 0);
      for (unsigned d = 1; d <= s; ++d)
        for (unsigned t = 0; t != tracked; ++t)
          peaks[at(d, t)] =
              state.finished[at(d - 1, t)] + added[at(d, t)] + firstUse[e][t];
      for (unsigned t = 0; t != tracked; ++t) {
        double open = s == 0 ? 0 : state.open[at(s - 1, t)];
        double peak = m.total[t] + open + branch[t] + external[e][t];
        peaks[at(depth, t)] = std::max(peaks[at(depth, t)], peak);
      }
      // What shares more loops than stay open shares those that do.
      for (unsigned d = width - 1; d-- != 0;)
        for (unsigned t = 0; t != tracked; ++t)
          peaks[at(d, t)] = std::max(peaks[at(d, t)], peaks[at(d + 1, t)]);
      bool fits = true;
      for (unsigned t = 0; t != tracked; ++t) {
        fits &= peaks[t] <= context.tracked[t].capacity;
        out.usage = std::max(out.usage, peaks[t] / context.tracked[t].capacity);
      }
      if (!fits)
        continue;
      out.usage = context.options.objective == Objective::ParetoUsage
                      ? std::max(out.usage, state.usage)
                      : 0;
      out.finished.assign(peaks.begin() + tracked,
                          peaks.begin() + (depth + 1) * tracked);
      out.open.assign(depth * tracked, 0);
      for (unsigned d = 1; d <= depth; ++d)
        for (unsigned t = 0; t != tracked; ++t) {
          unsigned from = std::min(d, s);
          double open = from == 0 ? 0 : state.open[at(from - 1, t)];
          out.open[at(d - 1, t)] =
              open + added[at(d, t)] + kept[at(d, t)] + lastUse[e][t];
        }
      out.previous = state.previous;
      out.choice = r;
      out.shared = s;
      right.states.push_back(std::move(out));
    }
  }
}

bool Joiner::dominates(const State &a, const State &b) const {
  if (context.needsEnergy && a.energy > b.energy)
    return false;
  if (context.needsTime && a.latency > b.latency)
    return false;
  if (a.usage > b.usage)
    return false;
  for (unsigned i = 0; i != a.finished.size(); ++i)
    if (a.finished[i] > b.finished[i] || a.open[i] > b.open[i])
      return false;
  return true;
}

/// Moves the states that count to the front and enters them into the history.
void Joiner::keepUndominated(std::vector<State> &states) {
  llvm::sort(states, [](const State &a, const State &b) {
    return std::tie(a.energy, a.latency, a.usage, a.previous, a.choice) <
           std::tie(b.energy, b.latency, b.usage, b.previous, b.choice);
  });
  std::vector<State> kept;
  uint32_t firstNumber = history.size();
  for (State &state : states) {
    unsigned k = 0;
    while (k != kept.size() && !dominates(kept[k], state))
      ++k;
    if (marginals)
      steps.back().push_back({state.previous, firstNumber + k, state.choice,
                              state.energy, state.latency});
    if (k != kept.size())
      continue;
    history.push_back({state.previous, state.choice, state.shared});
    kept.push_back(std::move(state));
    kept.back().previous = firstNumber + k;
  }
  states = std::move(kept);
}

/// Joins Einsum e to all states before it; false if nothing fits.
bool Joiner::step(unsigned e) {
  if (marginals)
    steps.emplace_back();
  for (auto &[key, group] : layers[e]) {
    if (group.states.empty())
      continue;
    if (cancelled()) {
      result.cancelled = true;
      return false;
    }
    for (auto &[n, to] : group.arcs)
      if (to->rest.isPossible())
        joinNest(e, group, n, *to);
    group.states.clear();
  }
  bool any = false;
  for (auto &[key, group] : layers[e + 1]) {
    keepUndominated(group.states);
    any |= !group.states.empty();
  }
  return any;
}

JoinedProgram Joiner::trace(const State &last) const {
  JoinedProgram program;
  program.energyJ =
      last.energy + (context.leakW > 0 ? context.leakW * last.latency : 0);
  program.latencyS = last.latency;
  program.usage = last.usage;
  uint32_t at = last.previous;
  for (unsigned e = spaces.size(); e-- != 0;) {
    auto [previous, choice, shared] = history[at];
    program.choices.push_back({choice, shared});
    program.isBound |= spaces[e]->mappings[choice].isBound;
    at = previous;
  }
  std::reverse(program.choices.begin(), program.choices.end());
  return program;
}

/// From the end backwards: the least that every state still needs, and so the
/// least that all others need around each choice.
void Joiner::findMarginals() {
  std::vector<Others> after(history.size());
  for (auto &[key, group] : layers.back())
    for (const State &last : group.states)
      after[last.previous] = {0, 0};
  marginals->others.assign(spaces.size(), {});
  for (unsigned e = spaces.size(); e-- != 0;) {
    std::vector<Others> &others = marginals->others[e];
    for (const Step &step : steps[e]) {
      const Others &to = after[step.to];
      if (!to.isPossible() ||
          context.value(step.energy + to.energyJ, step.latency + to.latencyS) >
              limit * (1 + kSlack))
        continue;
      const PartialMapping &m = spaces[e]->mappings[step.choice];
      Others &from = after[step.from];
      from.energyJ = std::min(from.energyJ, m.energyJ + to.energyJ);
      from.latencyS = std::min(from.latencyS, m.latencyS + to.latencyS);
      unsigned signature = spaces[e]->nests[m.nest].signature;
      if (others.size() <= signature)
        others.resize(signature + 1);
      Others &o = others[signature];
      o.energyJ = std::min(o.energyJ, step.energy - m.energyJ + to.energyJ);
      o.latencyS =
          std::min(o.latencyS, step.latency - m.latencyS + to.latencyS);
    }
  }
}

/// One pass under `limit`; false if no program lies within it.
bool Joiner::joinWithin() {
  history.assign(1, {0, 0, 0});
  steps.clear();
  for (auto &layer : layers)
    for (auto &[key, group] : layer)
      group.states.clear();
  layers[0][{}].states.emplace_back();
  for (unsigned e = 0; e != spaces.size(); ++e)
    if (!step(e)) {
      if (!result.cancelled)
        result.reason = context.graph.einsums[e].name;
      return false;
    }
  return true;
}

void Joiner::collect() {
  result.programs.clear();
  std::vector<State> &last = layers.back().begin()->second.states;
  if (!context.isFront()) {
    const State *best = &last.front();
    for (const State &state : last)
      if (valueOf(state) < valueOf(*best))
        best = &state;
    result.programs.push_back(trace(*best));
    return;
  }
  // Without leakage states are the front already; with it energy depends on
  // latency.
  for (const State &state : last)
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
  findLowerBounds();
  findExternalClaims();
  connect();
  const Others &whole = layers[0][{}].rest;
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

JoinResult joinProgram(const SearchContext &context,
                       llvm::ArrayRef<const EinsumSpace *> spaces, double low,
                       double margin, double threshold,
                       const std::function<bool()> &cancelled,
                       JoinMarginals *marginals) {
  return Joiner(context, spaces, threshold, cancelled, marginals)
      .run(low, margin);
}

} // namespace accel::ffm
