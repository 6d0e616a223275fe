//===- Search.cpp - Restarts of descent, decoding and polish --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"
#include "Relaxation.h"
#include "llvm/ADT/STLExtras.h"
#include <atomic>
#include <thread>

namespace accel::gradient {

namespace {

/// Restarts that begin without knowing one another's results: enough for the
/// threads of a workstation, few enough to learn soon.
constexpr unsigned kRound = 4;
/// Restarts without improvement after which a search without limits stops.
constexpr unsigned kPatience = 12;
/// Steps of Adam per descent.
constexpr unsigned kSteps = 120;
/// Random structures that compete within one relaxation, per Einsum.
constexpr unsigned kStructures = 2;

} // namespace

struct Search::Perfect {
  Perfect(const Search &all) : options(all.options), gradient(all.gradient) {
    options.imperfect = false;
    gradient.improved = nullptr;
    search = std::make_unique<Search>(all.program.graph, all.program.arch,
                                      options, gradient);
  }
  MapperOptions options;
  GradientOptions gradient;
  std::unique_ptr<Search> search;
};

Search::Search(const EinsumGraph &graph, const Architecture &arch,
               const MapperOptions &options, const GradientOptions &gradient)
    : begin(std::chrono::steady_clock::now()), program(graph, arch, options),
      options(options), gradient(gradient) {
  if (options.imperfect && program.infeasible.empty())
    perfect = std::make_unique<Perfect>(*this);
}

Search::~Search() = default;

/// Called by every thread with what it finds.
void Search::note(const ProgramState &state, const ProgramValue &value) {
  std::lock_guard<std::mutex> lock(mutex);
  if (observer)
    observer(state, value);
  if (value.value >= bestValue)
    return;
  bestValue = value.value;
  if (gradient.improved)
    gradient.improved(seconds(), bestValue);
}

void Search::reportProgress() {
  if (!options.progress)
    return;
  MapperProgress p;
  p.seconds = seconds();
  p.best = bestValue;
  p.explored = p.distinct = program.size();
  p.round = restarts;
  options.progress(p);
}

ProgramState Search::plainState(Random *random) const {
  ProgramState state;
  for (const PathSpace &space : program.spaces) {
    unsigned unit = random ? random->below(space.units.size()) : 0;
    std::vector<uint32_t> holders;
    for (const auto &allowed : space.units[unit].holders) {
      std::vector<uint32_t> choices;
      for (uint32_t mask : allowed)
        if (mask & 1)
          choices.push_back(mask);
      if (choices.empty())
        choices = allowed;
      holders.push_back(choices[random ? random->below(choices.size()) : 0]);
    }
    Path path = plainPath(space, unit, holders);
    state.paths.push_back(random ? drawStructure(space, path, *random) : path);
  }
  return state;
}

/// Another exchange for one tensor, other structures for one or two Einsums.
ProgramState Search::perturbed(const ProgramState &state,
                               Random &random) const {
  ProgramState next = state;
  std::vector<unsigned> tensors;
  for (unsigned t = 0; t != program.graph.tensors.size(); ++t)
    if (!exchangeLevels(program, t).empty())
      tensors.push_back(t);
  if (!tensors.empty()) {
    FusionPlan plan = fusionOf(program, state);
    for (unsigned times = 1 + random.below(2); times != 0; --times) {
      unsigned t = tensors[random.below(tensors.size())];
      auto choices = neighbourExchanges(program, plan, t);
      if (!choices.empty())
        setExchange(program, plan, t, choices[random.below(choices.size())]);
    }
    for (unsigned e = 0; e != program.size(); ++e)
      if (!followPlan(program, plan, e, next.paths[e]))
        return state;
  }
  for (unsigned times = 1 + random.below(2); times != 0; --times) {
    unsigned e = random.below(program.size());
    next.paths[e] = drawStructure(program.spaces[e], next.paths[e], random);
  }
  return next;
}

/// Once, after what the search begins with.
bool Search::givesUp(const ProgramValue &first) {
  gaveUp = !first.valid && isHopeless && isHopeless();
  return gaveUp;
}

Found Search::restart(unsigned number, const Found &elite) {
  Random random(gradient.seed * 0x9e3779b9 + number);
  auto stop = [this] { return expired(); };
  auto tell = [this](const ProgramState &s, const ProgramValue &v) {
    note(s, v);
  };
  bool isFirst = number == 0;
  if (perfect && (isFirst || number % 2 == 1)) {
    // What divides is found by descent, what does not from there by polish.
    Found found = perfect->search->restart(number, {});
    if (isFirst && givesUp(found.value))
      return found;
    ProgramPolish polish(program, std::move(found.state), random.next(), stop,
                         tell);
    polish.relaxes = gradient.descend;
    if (gradient.polish) {
      polish.polishPaths(isFirst ? 8 : 0);
      polish.descend();
    }
    return {polish.best(), polish.value()};
  }
  ProgramState base;
  double bias = 0.5;
  if (isFirst) {
    // The best unfused mapping is an answer to begin with.
    ProgramPolish unfused(program, plainState(nullptr), random.next(), stop,
                          tell);
    unfused.relaxes = gradient.descend;
    unfused.polishPaths(gradient.polish ? 24 : 0);
    if (givesUp(unfused.value()))
      return {};
    base = unfused.best();
  } else if (number % 2 == 1 || !elite.value.valid) {
    base = plainState(&random);
  } else {
    base = perturbed(elite.state, random);
    bias = 2;
  }
  ProgramState start = base;
  if (gradient.descend && number % 4 != 2 && !expired()) {
    Relaxation relaxation(program, base, kStructures, bias, random, stop);
    if (relaxation.isUsable())
      start = descend(relaxation, kSteps, stop);
  }
  ProgramPolish polish(program, std::move(start), random.next(), stop, tell);
  polish.relaxes = gradient.descend;
  if (gradient.polish) {
    polish.polishPaths(isFirst || number % 2 == 1 ? 8 : 0);
    polish.descend();
  }
  Found found{polish.best(), polish.value()};
  if (isFirst) {
    ProgramValue value = program.evaluate(base);
    if (value.valid && !(found.value.value <= value.value))
      found = {base, value};
  }
  return found;
}

Found Search::descendFrom(ProgramState start) {
  ProgramPolish polish(
      program, std::move(start), gradient.seed, [this] { return expired(); },
      [this](const ProgramState &s, const ProgramValue &v) { note(s, v); });
  polish.polishPaths(0);
  polish.descend();
  return {polish.best(), polish.value()};
}

void Search::run(unsigned limit) {
  if (perfect) {
    perfect->search->program.criterion = program.criterion;
    perfect->search->program.capacityShare = program.capacityShare;
  }
  unsigned threads = options.threads != 0
                         ? options.threads
                         : std::max(1u, std::thread::hardware_concurrency());
  unsigned first = restarts, lastImproved = restarts;
  bool isLimited = limit != 0 || options.timeLimitS < kInf;
  while (!gaveUp && !(limit != 0 && restarts - first >= limit) &&
         !(restarts > first && expired()) &&
         (isLimited || restarts - lastImproved < kPatience)) {
    // The first restart is what all others begin with.
    unsigned size = restarts == 0 ? 1 : kRound;
    if (limit != 0)
      size = std::min(size, limit - (restarts - first));
    std::vector<Found> round(size);
    std::atomic<unsigned> next{0};
    auto drain = [&] {
      for (unsigned i; (i = next++) < size;)
        if (i == 0 || !expired())
          round[i] = restart(restarts + i, best);
    };
    std::vector<std::thread> helpers;
    for (unsigned t = 1; t < std::min(threads, size); ++t)
      helpers.emplace_back(drain);
    drain();
    for (std::thread &helper : helpers)
      helper.join();
    for (Found &found : round)
      if (found.value.valid && found.value.value < best.value.value) {
        best = std::move(found);
        lastImproved = restarts;
      }
    restarts += size;
    reportProgress();
  }
}

} // namespace accel::gradient
