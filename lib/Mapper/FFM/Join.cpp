//===- Join.cpp - Partial mappings of a program, joined -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Join.h"
#include "CostToGo.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <map>

namespace accel::ffm {

namespace {

/// A live intermediate: the exchange that its first Einsum chose.
struct Live {
  unsigned tensor;
  const Exchange *exchange;
};

/// Prefix of the program. Arrays over depth have one row of tracked resources
/// each.
struct State {
  double energy = 0, latency = 0, usage = 0;
  /// finished[d - 1]: peak of finished branches that share d loops with the
  /// open nest, d = 1..depth.
  llvm::SmallVector<double, 6> finished;
  /// open[d - 1]: claims at depth less than d, d = 1..depth.
  llvm::SmallVector<double, 6> open;
  uint32_t previous = 0;
  unsigned choice = 0, shared = 0;
};

/// States with equal live tensors.
struct Group {
  std::vector<Live> live;
  /// Depth of the deepest live tensor.
  unsigned depth = 0;
  std::vector<State> states;
};

class Joiner {
public:
  Joiner(const SearchContext &context,
         llvm::ArrayRef<const EinsumSpace *> spaces, double threshold,
         const std::function<bool()> &cancelled, JoinMarginals *marginals)
      : context(context), spaces(spaces), threshold(threshold),
        cancelled(cancelled), marginals(marginals),
        tracked(context.tracked.size()) {}

  JoinResult run();

private:
  void findLowerBounds();
  void findExternalClaims();
  void step(unsigned e);
  void joinNest(unsigned e, const Group &left, unsigned nest,
                llvm::ArrayRef<unsigned> rows);
  bool canRunInside(llvm::ArrayRef<unsigned> untouched, const Group &left,
                    const Nest &nest) const;
  void keepUndominated(std::vector<State> &states);
  void findMarginals();
  bool dominates(const State &a, const State &b) const;
  JoinedProgram trace(const State &last) const;

  const SearchContext &context;
  llvm::ArrayRef<const EinsumSpace *> spaces;
  double threshold;
  const std::function<bool()> &cancelled;
  JoinMarginals *marginals;
  unsigned tracked;
  JoinResult result;
  /// Least energy and latency of all Einsums from e on.
  std::vector<double> restEnergy, restLatency;
  /// Claims of external tensors in the outermost level while e runs.
  std::vector<llvm::SmallVector<double, 2>> external;
  /// By the numbers of their live tensors' exchanges.
  std::map<std::vector<unsigned>, Group> groups, next;
  /// All states ever kept, for tracing back, and where each one was.
  std::vector<std::tuple<uint32_t, unsigned, unsigned>> history;
  /// For marginals: every step between states, by Einsum; one to a dominated
  /// state counts as one to the state that dominates it.
  struct Step {
    uint32_t from, to;
    unsigned choice;
    double energy, latency;
  };
  std::vector<std::vector<Step>> steps;
};

} // namespace

void Joiner::findLowerBounds() {
  unsigned count = spaces.size();
  restEnergy.assign(count + 1, 0);
  restLatency.assign(count + 1, 0);
  for (unsigned e = count; e-- != 0;) {
    double energy = kInf, latency = kInf;
    for (const PartialMapping &m : spaces[e]->mappings) {
      energy = std::min(energy, m.energyJ);
      latency = std::min(latency, m.latencyS);
    }
    restEnergy[e] = restEnergy[e + 1] + energy;
    restLatency[e] = restLatency[e + 1] + latency;
  }
}

/// External tensors are held whole in the outermost level from their first use
/// to their last, persistent ones throughout.
void Joiner::findExternalClaims() {
  const EinsumGraph &graph = context.graph;
  external.assign(spaces.size(), llvm::SmallVector<double, 2>(tracked, 0));
  const MemoryLevel &outermost =
      *context.arch.memory(context.arch.outermost());
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
    if (tensor.persistent) {
      first = 0;
      last = int(spaces.size()) - 1;
    }
    int user = -1;
    for (int e = first; e <= last; ++e) {
      if (graph.findAccessOf(e, t) >= 0)
        user = e;
      const Einsum &einsum = graph.einsums[user < 0 ? first : user];
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
        if (context.tracked[i].node == context.arch.outermost())
          external[e][i] += context.tracked[i].values ? copies : bits;
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
bool Joiner::canRunInside(llvm::ArrayRef<unsigned> untouched,
                          const Group &left, const Nest &nest) const {
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

void Joiner::joinNest(unsigned e, const Group &left, unsigned nestIndex,
                      llvm::ArrayRef<unsigned> rows) {
  const EinsumGraph &graph = context.graph;
  const Einsum &einsum = graph.einsums[e];
  const Nest &nest = spaces[e]->nests[nestIndex];
  unsigned s = left.depth;

  // Live tensors afterwards: what was alive and is still to be read, and what
  // this Einsum produces.
  std::vector<Live> live;
  unsigned depth = 0;
  for (const Live &l : left.live)
    if (graph.tensors[l.tensor].consumers.back() > e) {
      live.push_back(l);
      depth = std::max(depth, l.exchange->depth());
    }
  for (const Exchange &x : nest.exchanges)
    if (x.access == einsum.outputIndex()) {
      live.push_back({einsum.accesses[x.access].tensor, &x});
      depth = std::max(depth, x.depth());
    }
  llvm::sort(live, [](const Live &a, const Live &b) {
    return a.tensor < b.tensor;
  });

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
    bool touched = llvm::any_of(nest.exchanges, [&](const Exchange &x) {
      return einsum.accesses[x.access].tensor == l.tensor;
    });
    unsigned at0 = l.exchange->depth();
    for (unsigned t = 0; t != tracked; ++t) {
      double size = l.exchange->size[t];
      if (touched) {
        for (unsigned d = 1; d < added.size() / tracked; ++d)
          if (at0 < std::min(d, s))
            added[at(d, t)] -= size;
        if (at0 < s)
          branch[t] -= size;
      } else {
        if (at0 == s)
          branch[t] += size;
        for (unsigned d = 1; d <= depth; ++d)
          if (s <= at0 && at0 < d)
            kept[at(d, t)] += size;
      }
    }
  }

  std::vector<unsigned> key;
  for (const Live &l : live)
    key.push_back(l.exchange->spec);
  auto [it, isNew] = next.try_emplace(std::move(key));
  Group &group = it->second;
  if (isNew) {
    group.live = live;
    group.depth = depth;
  }

  for (uint32_t i = 0; i != left.states.size(); ++i) {
    const State &state = left.states[i];
    for (unsigned r : rows) {
      ++result.joins;
      const PartialMapping &m = spaces[e]->mappings[r];
      State out;
      out.energy = state.energy + m.energyJ;
      out.latency = state.latency + m.latencyS;
      if (context.value(out.energy + restEnergy[e + 1],
                        out.latency + restLatency[e + 1]) >
          threshold * (1 + kSlack))
        continue;
      // Peaks by the number of loops shared with the open nest: earlier
      // branches with what now stands around them, then this branch.
      llvm::SmallVector<double, 8> peaks((s + 1) * tracked, 0);
      unsigned width = std::max(s, depth) + 1;
      peaks.resize(width * tracked, 0);
      for (unsigned d = 1; d <= s; ++d)
        for (unsigned t = 0; t != tracked; ++t)
          peaks[at(d, t)] = state.finished[at(d - 1, t)] + added[at(d, t)];
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
        out.usage = std::max(out.usage,
                             peaks[t] / context.tracked[t].capacity);
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
          out.open[at(d - 1, t)] = open + added[at(d, t)] + kept[at(d, t)];
        }
      out.previous = state.previous;
      out.choice = r;
      out.shared = s;
      group.states.push_back(std::move(out));
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

void Joiner::step(unsigned e) {
  const EinsumSpace &space = *spaces[e];
  next.clear();
  if (marginals)
    steps.emplace_back();
  if (groups.empty())
    return;

  // Which tensors are live here does not depend on the state.
  llvm::SmallVector<unsigned, 4> touched, untouched;
  const std::vector<Live> &live = groups.begin()->second.live;
  for (unsigned i = 0; i != live.size(); ++i)
    (context.graph.findAccessOf(e, live[i].tensor) >= 0 ? touched : untouched)
        .push_back(i);

  // Rows of equal nest join alike; nests by how they exchange what is live.
  std::vector<std::vector<unsigned>> rows(space.nests.size());
  for (unsigned i = 0; i != space.mappings.size(); ++i)
    rows[space.mappings[i].nest].push_back(i);
  std::map<std::vector<unsigned>, std::vector<unsigned>> bySpecs;
  for (unsigned n = 0; n != space.nests.size(); ++n) {
    if (rows[n].empty())
      continue;
    std::vector<unsigned> key;
    for (unsigned i : touched)
      for (const Exchange &x : space.nests[n].exchanges)
        if (context.graph.einsums[e].accesses[x.access].tensor ==
            live[i].tensor) {
          key.push_back(x.spec);
          break;
        }
    bySpecs[std::move(key)].push_back(n);
  }

  for (auto &[groupKey, group] : groups) {
    if (cancelled()) {
      result.cancelled = true;
      return;
    }
    std::vector<unsigned> key;
    for (unsigned i : touched)
      key.push_back(groupKey[i]);
    auto it = bySpecs.find(key);
    if (it == bySpecs.end())
      continue;
    for (unsigned n : it->second)
      if (canRunInside(untouched, group, space.nests[n]))
        joinNest(e, group, n, rows[n]);
  }
  groups.clear();
  for (auto &[key, group] : next) {
    keepUndominated(group.states);
    if (!group.states.empty())
      groups.emplace(key, std::move(group));
  }
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
  std::vector<Others> rest(history.size());
  for (const State &last : groups.begin()->second.states)
    rest[last.previous] = {0, 0};
  marginals->others.assign(spaces.size(), {});
  for (unsigned e = spaces.size(); e-- != 0;) {
    std::vector<Others> &others = marginals->others[e];
    for (const Step &step : steps[e]) {
      const Others &after = rest[step.to];
      if (after.energyJ == kInf ||
          context.value(step.energy + after.energyJ,
                        step.latency + after.latencyS) >
              threshold * (1 + kSlack))
        continue;
      const PartialMapping &m = spaces[e]->mappings[step.choice];
      Others &before = rest[step.from];
      before.energyJ = std::min(before.energyJ, m.energyJ + after.energyJ);
      before.latencyS = std::min(before.latencyS, m.latencyS + after.latencyS);
      unsigned signature = spaces[e]->nests[m.nest].signature;
      if (others.size() <= signature)
        others.resize(signature + 1);
      Others &o = others[signature];
      o.energyJ =
          std::min(o.energyJ, step.energy - m.energyJ + after.energyJ);
      o.latencyS =
          std::min(o.latencyS, step.latency - m.latencyS + after.latencyS);
    }
  }
}

JoinResult Joiner::run() {
  findLowerBounds();
  findExternalClaims();
  history.push_back({0, 0, 0});
  groups[{}].states.emplace_back();
  for (unsigned e = 0; e != spaces.size(); ++e) {
    step(e);
    if (result.cancelled)
      return std::move(result);
    if (groups.empty()) {
      result.reason = context.graph.einsums[e].name;
      return std::move(result);
    }
  }
  if (marginals)
    findMarginals();
  std::vector<State> &last = groups.begin()->second.states;
  if (!context.isFront()) {
    const State *best = &last.front();
    for (const State &state : last)
      if (context.value(state.energy, state.latency) <
          context.value(best->energy, best->latency))
        best = &state;
    result.programs.push_back(trace(*best));
    return std::move(result);
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
  return std::move(result);
}

JoinResult joinProgram(const SearchContext &context,
                       llvm::ArrayRef<const EinsumSpace *> spaces,
                       double threshold,
                       const std::function<bool()> &cancelled,
                       JoinMarginals *marginals) {
  return Joiner(context, spaces, threshold, cancelled, marginals).run();
}

} // namespace accel::ffm
