//===- ProgramPolish.cpp - Descent over a program's neighbours ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramPolish.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>

namespace accel::gradient {

ProgramPolish::ProgramPolish(const ProgramSpace &program, ProgramState start,
                             uint64_t seed, std::function<bool()> expired,
                             Callback improved)
    : program(program), state(std::move(start)), random(seed),
      expired(std::move(expired)), improved(std::move(improved)) {
  current = program.evaluate(state);
  if (current.valid)
    this->improved(state, current);
}

bool ProgramPolish::adopt(ProgramState trial) {
  ProgramValue value = program.evaluate(trial);
  if (!value.valid || value.value >= current.value * (1 - 1e-12))
    return false;
  state = std::move(trial);
  current = value;
  improved(state, current);
  return true;
}

/// Three digits are enough to weigh energy against time, and let equal Einsums
/// share their answers.
static double rounded(double x) {
  if (x <= 0)
    return 0;
  double scale = std::pow(10, std::floor(std::log10(x)) - 2);
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
  key.insert(key.end(), goal.freeBits.begin(), goal.freeBits.end());
  key.insert(key.end(), goal.freeValues.begin(), goal.freeValues.end());
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
  if (program.criterion() == Objective::EDP) {
    goal.otherEnergyJ = rounded(goal.otherEnergyJ);
    goal.otherLatencyS = rounded(goal.otherLatencyS);
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
  for (unsigned i = 0; i != structures && !expired(); ++i) {
    Path other = drawStructure(space, best, random);
    PathCost c = polishPath(space, goal, other, Effort::Tiles, random, expired);
    if (c < cost || (i + 1 == structures && i % 2)) {
      c = polishPath(space, goal, other, Effort::All, random, expired);
      if (c < cost) {
        cost = c;
        best = other;
      }
    }
  }
  known.try_emplace(std::move(key), best);
  trial.paths[e] = std::move(best);
}

void ProgramPolish::polishPaths(unsigned structures) {
  for (unsigned e = 0; e != program.size() && !expired(); ++e) {
    ProgramState trial = state;
    polishOne(trial, e, Effort::All, structures);
    if (!(trial.paths[e] == state.paths[e]) && !adopt(trial) && !current.valid)
      state = std::move(trial);
  }
  if (!current.valid) {
    current = program.evaluate(state);
    if (current.valid)
      improved(state, current);
  }
}

void ProgramPolish::polishChanged(ProgramState &trial,
                                  llvm::ArrayRef<unsigned> changed,
                                  Effort effort) {
  for (unsigned e : changed)
    polishOne(trial, e, effort, 0);
}

bool ProgramPolish::tryPlan(const FusionPlan &plan, Effort effort) {
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
  polishChanged(trial, changed, effort);
  return adopt(std::move(trial));
}

bool ProgramPolish::sweepExchanges() {
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
      setExchange(program, changed, t, option);
      found |= tryPlan(changed, Effort::Tiles);
    }
  }
  return found;
}

void ProgramPolish::descend() {
  while (!expired()) {
    bool found = sweepExchanges();
    double before = current.value;
    polishPaths(0);
    if (!found && current.value >= before)
      return;
  }
}

} // namespace accel::gradient
