//===- ProgramPolish.cpp - Descent over a program's neighbours ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramPolish.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numeric>

namespace accel::gradient {

ProgramPolish::ProgramPolish(const ProgramSpace &program, ProgramState start,
                             uint64_t seed, std::function<bool()> expired,
                             Callback improved)
    : program(program), state(std::move(start)), random(seed),
      expired(std::move(expired)), improved(std::move(improved)) {
  costs.resize(program.size());
  llvm::SmallVector<unsigned, 16> all(program.size());
  std::iota(all.begin(), all.end(), 0);
  take(state, program.evaluate(state), all);
}

void ProgramPolish::take(ProgramState next, const ProgramValue &value,
                         llvm::ArrayRef<unsigned> changed) {
  state = std::move(next);
  current = value;
  for (unsigned e : changed)
    costs[e] = program.costOf(state.paths[e], e);
  if (current.valid)
    improved(state, current);
}

/// The objective of a state that differs in some paths, without looking whether
/// it is valid.
double ProgramPolish::estimate(const ProgramState &trial,
                               llvm::ArrayRef<unsigned> changed) const {
  double energy = 0, latency = 0;
  for (unsigned e = 0; e != costs.size(); ++e) {
    auto [energyJ, latencyS] = llvm::is_contained(changed, e)
                                   ? program.costOf(trial.paths[e], e)
                                   : costs[e];
    energy += energyJ;
    latency += latencyS;
  }
  return program.criterion.value(energy, latency);
}

bool ProgramPolish::adopt(ProgramState trial,
                          llvm::ArrayRef<unsigned> changed) {
  constexpr double kLess = 1 - 1e-9;
  if (current.valid && estimate(trial, changed) >= current.value * kLess)
    return false;
  ProgramValue value = program.evaluate(trial);
  if (!value.valid || value.value >= current.value * kLess)
    return false;
  take(std::move(trial), value, changed);
  return true;
}

/// Two digits are enough to weigh energy against time, and let equal Einsums
/// share their answers.
static double rounded(double x) {
  if (x <= 0)
    return 0;
  double scale = std::pow(10, std::floor(std::log10(x)) - 1);
  return std::round(x / scale) * scale;
}

/// What the result of polishing a path depends on.
static std::vector<double> questionOf(const ProgramSpace &program, unsigned e,
                                      const Path &path, const PathGoal &goal,
                                      Effort effort, unsigned structures) {
  std::vector<double> key{double(program.classOf[e]), double(effort),
                          double(structures),         double(path.unit),
                          double(path.top),           goal.otherEnergyJ,
                          goal.otherLatencyS};
  for (const PathGoal::Room &room : goal.rooms) {
    key.insert(key.end(), room.bits.begin(), room.bits.end());
    key.insert(key.end(), room.values.begin(), room.values.end());
  }
  for (const FusedLoop &l : path.fused)
    key.insert(key.end(), {double(l.rank), double(l.count), double(l.tile),
                           double(l.fanout)});
  for (const Held &h : path.keeps)
    key.insert(key.end(),
               {-1.0, double(h.access), double(h.level), double(h.depth)});
  key.insert(key.end(), path.factors.begin(), path.factors.end());
  key.insert(key.end(), path.spread.begin(), path.spread.end());
  key.insert(key.end(), path.first.begin(), path.first.end());
  return key;
}

void ProgramPolish::polishOne(ProgramState &trial, unsigned e, Effort effort,
                              unsigned structures) {
  PathGoal goal = program.goalOf(trial, e);
  if (goal.criterion.energyPower != 0 && goal.criterion.latencyPower != 0) {
    if (!exact) {
      goal.otherEnergyJ = rounded(goal.otherEnergyJ);
      goal.otherLatencyS = rounded(goal.otherLatencyS);
    }
  } else {
    goal.otherEnergyJ = goal.otherLatencyS = 0;
  }
  std::vector<double> key =
      questionOf(program, e, trial.paths[e], goal, effort, structures);
  auto it = known.find(key);
  if (it != known.end()) {
    trial.paths[e] = it->second;
    return;
  }
  const PathSpace &space = program.spaces[e];
  Path best = trial.paths[e];
  PathCost cost = polishPath(space, goal, best, effort, random, expired);
  if (std::optional<Path> lifted = liftedStructure(space, trial.paths[e])) {
    PathCost c = polishPath(space, goal, *lifted, effort, random, expired);
    if (c < cost) {
      cost = c;
      best = *lifted;
    }
  }
  for (unsigned i = 0; i != structures && !expired(); ++i) {
    Path other = drawStructure(space, best, random);
    if (relaxes)
      relaxFactors(space, goal, other, random);
    PathCost c = polishPath(space, goal, other, Effort::Tiles, random, expired);
    if (c < cost) {
      c = polishPath(space, goal, other, effort, random, expired);
      if (c < cost) {
        cost = c;
        best = other;
      }
    }
  }
  known.try_emplace(std::move(key), best);
  trial.paths[e] = std::move(best);
}

/// Unless it shares loops or storage with neighbours, an Einsum that equals `e`
/// begins with what `e` got instead of what it had like `e`.
llvm::SmallVector<unsigned, 16> ProgramPolish::spread(ProgramState &trial,
                                                      unsigned e) const {
  llvm::SmallVector<unsigned, 16> changed{e};
  if (!state.paths[e].fused.empty())
    return changed;
  for (unsigned other = e + 1; other != program.size(); ++other)
    if (program.classOf[other] == program.classOf[e] &&
        state.paths[other] == state.paths[e]) {
      trial.paths[other] = trial.paths[e];
      changed.push_back(other);
    }
  return changed;
}

void ProgramPolish::polishPaths(unsigned structures) {
  std::vector<char> isDone(program.size(), 0);
  for (unsigned e = 0; e != program.size() && !expired(); ++e) {
    if (isDone[e])
      continue;
    ProgramState trial = state;
    polishOne(trial, e, exact || structures != 0 ? Effort::Deep : Effort::All,
              structures);
    if (trial.paths[e] == state.paths[e])
      continue;
    if (current.valid) {
      adopt(std::move(trial), e);
      continue;
    }
    // While something does not fit, an answer comes before the best one.
    llvm::SmallVector<unsigned, 16> changed = spread(trial, e);
    for (unsigned other : changed)
      isDone[other] = 1;
    ProgramValue value = program.evaluate(trial);
    take(std::move(trial), value, changed);
  }
}

/// Whether what others reserve leaves no room at all for the Einsum's keeps.
bool ProgramPolish::overflows(const ProgramState &trial, unsigned e) const {
  PathGoal goal = program.goalOf(trial, e);
  return llvm::any_of(goal.rooms, [](const PathGoal::Room &room) {
    auto isNegative = [](double free) { return free < 0; };
    return llvm::any_of(room.bits, isNegative) ||
           llvm::any_of(room.values, isNegative);
  });
}

bool ProgramPolish::tryPlan(const FusionPlan &plan) {
  constexpr double kPromising = 1.5;
  FusionPlan now = fusionOf(program, state);
  ProgramState trial = state;
  llvm::SmallVector<unsigned, 8> changed;
  for (unsigned e = 0; e != program.size(); ++e) {
    bool differs = false;
    for (const SpaceAccess &a : program.spaces[e].accesses)
      differs |= a.isIntermediate && !(plan[a.tensor] == now[a.tensor]);
    if (!differs)
      continue;
    changed.push_back(e);
    if (!followPlan(program, plan, e, trial.paths[e]))
      return false;
  }
  if (changed.empty())
    return false;
  for (unsigned e : changed)
    if (overflows(trial, e))
      return false;
  for (unsigned e : changed)
    polishOne(trial, e, Effort::Tiles, 0);
  if (estimate(trial, changed) > kPromising * current.value)
    return false;
  for (unsigned e : changed)
    polishOne(trial, e, Effort::All, 4);
  return adopt(std::move(trial), changed);
}

bool ProgramPolish::sweepExchanges(unsigned distance) {
  bool found = false;
  std::vector<unsigned> tensors;
  for (unsigned t = 0; t != program.graph.tensors.size(); ++t)
    if (!exchangeLevels(program, t).empty())
      tensors.push_back(t);
  random.shuffle(tensors);
  for (unsigned t : tensors) {
    FusionPlan plan = fusionOf(program, state);
    std::vector<Exchange> options = neighbourExchanges(program, plan, t);
    random.shuffle(options);
    for (const Exchange &option : options) {
      if (expired())
        return false;
      FusionPlan changed = fusionOf(program, state);
      if (distance == 0)
        setExchange(program, changed, t, option);
      else
        spreadExchange(program, changed, t, option, distance);
      found |= tryPlan(changed);
    }
  }
  return found;
}

void ProgramPolish::descend() {
  while (!expired()) {
    bool found = sweepExchanges(0);
    double before = current.value;
    polishPaths(0);
    if (found || current.value < before)
      continue;
    // One tensor at a time is not enough any more: its neighbours with it, and
    // then all that hangs together.
    if (!sweepExchanges(1) && !sweepExchanges(~0u))
      break;
  }
  exact = true;
  polishPaths(0);
  exact = false;
}

} // namespace accel::gradient
