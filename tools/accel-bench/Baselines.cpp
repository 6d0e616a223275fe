//===- Baselines.cpp - Plain searches to compare with ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Baselines.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

using namespace accel;
using namespace accel::bench;
using namespace accel::gradient;

namespace {

/// Temperatures of annealing, on the logarithm of the value.
constexpr double kHot = 0.3, kCold = 0.003;
/// Individuals of the genetic search.
constexpr unsigned kPopulation = 32;
/// Draws per Einsum until one fits, and random moves outwards to make one fit.
constexpr unsigned kDraws = 50, kRepairs = 400;

class PlainSearch {
public:
  PlainSearch(const ProgramSpace &program, uint64_t seed,
              const std::function<double()> &progress,
              const std::function<void(double)> &improved)
      : program(program), random(seed), progress(progress), improved(improved) {
    for (unsigned t = 0; t != program.graph.tensors.size(); ++t)
      if (!exchangeLevels(program, t).empty())
        tensors.push_back(t);
  }

  void sample() {
    while (progress() < 1)
      valueOf(drawn());
  }

  void anneal() {
    ProgramState now = firstValid();
    double value = valueOf(now);
    for (double p; (p = progress()) < 1;) {
      double temperature = kHot * std::pow(kCold / kHot, p);
      ProgramState next = now;
      mutate(next);
      double v = valueOf(next);
      if (std::log(v / value) < -temperature * std::log(random.uniform())) {
        now = std::move(next);
        value = v;
      }
    }
  }

  void breed() {
    std::vector<std::pair<double, ProgramState>> population;
    while (population.size() != kPopulation && progress() < 1) {
      ProgramState state = firstValid();
      population.push_back({valueOf(state), std::move(state)});
    }
    while (progress() < 1) {
      auto pick = [&]() -> ProgramState & {
        auto &a = population[random.below(kPopulation)];
        auto &b = population[random.below(kPopulation)];
        return a.first < b.first ? a.second : b.second;
      };
      ProgramState child = cross(pick(), pick());
      for (unsigned times = 1 + random.below(3); times != 0; --times)
        mutate(child);
      double v = valueOf(child);
      auto worst = std::max_element(
          population.begin(), population.end(),
          [](const auto &a, const auto &b) { return a.first < b.first; });
      if (v < worst->first)
        *worst = {v, std::move(child)};
    }
  }

private:
  double valueOf(const ProgramState &state) {
    ProgramValue v = program.evaluate(state);
    if (v.valid && v.value < best) {
      best = v.value;
      improved(best);
    }
    return v.valid ? v.value : kInf;
  }

  ProgramState firstValid() {
    ProgramState state = drawn();
    while (valueOf(state) == kInf && progress() < 1)
      state = drawn();
    return state;
  }

  /// A random program: unfused paths that fit, then random exchanges.
  ProgramState drawn() {
    ProgramState state;
    for (const PathSpace &space : program.spaces) {
      unsigned unit = random.below(space.units.size());
      std::vector<uint32_t> holders;
      for (const auto &choices : space.units[unit].holders) {
        holders.push_back(choices.front());
        for (uint32_t mask : choices)
          if (mask & 1)
            holders.back() = mask;
      }
      state.paths.push_back(plainPath(space, unit, holders));
    }
    for (unsigned e = 0; e != program.size(); ++e) {
      PathGoal goal = program.goalOf(state, e);
      for (unsigned times = 0; times != kDraws && progress() < 1; ++times) {
        Path path = drawStructure(program.spaces[e], state.paths[e], random);
        scatter(program.spaces[e], path);
        bool fits = makeFit(program.spaces[e], goal, path);
        state.paths[e] = path;
        if (fits)
          break;
      }
    }
    for (unsigned times = random.below(3); times != 0; --times)
      exchange(state);
    return state;
  }

  /// Random primes go to places further out while that makes room: what is
  /// drawn evenly hardly ever fits into small inner levels.
  bool makeFit(const PathSpace &space, const PathGoal &goal, Path &path) {
    PathCoster coster(space, goal, path);
    double overflow = coster.evaluate(path).overflow;
    auto places = placesOf(space, path);
    for (unsigned times = 0; times != kRepairs && overflow > 0; ++times) {
      unsigned from = random.below(places.size()), to = random.below(from + 1);
      if (places[from].fanout >= 0 || places[to].fanout >= 0)
        continue;
      Path before = path;
      moveFactor(space, path, places[from], places[to]);
      double now = coster.evaluate(path).overflow;
      if (now <= overflow)
        overflow = now;
      else
        path = std::move(before);
    }
    return overflow == 0;
  }

  /// Every prime to a random place; fan-outs are filled first, rank by rank.
  void scatter(const PathSpace &space, Path &path) {
    const SpaceUnit &unit = space.units[path.unit];
    auto places = placesOf(space, path);
    std::vector<int64_t> left;
    for (unsigned r = 0; r != space.numRanks(); ++r) {
      left.push_back(ownBound(space, path, r));
      for (Place p : places)
        if (space.ranks[r].isFree)
          factorAt(space, path, p, r) = 1;
    }
    for (Place p : places) {
      if (p.fanout < 0)
        continue;
      std::vector<unsigned> ranks;
      for (unsigned r = 0; r != space.numRanks(); ++r)
        if (unit.fanouts[p.fanout].ranks >> r & 1)
          ranks.push_back(r);
      random.shuffle(ranks);
      int64_t used = 1;
      for (unsigned r : ranks)
        for (int64_t prime : primeFactors(left[r]))
          if (used * prime <= unit.fanouts[p.fanout].n &&
              (unit.fanouts[p.fanout].least > 1 || random.below(2))) {
            factorAt(space, path, p, r) *= prime;
            left[r] /= prime;
            used *= prime;
          }
    }
    for (unsigned r = 0; r != space.numRanks(); ++r)
      if (space.ranks[r].isFree)
        for (int64_t prime : primeFactors(left[r])) {
          Place p;
          do
            p = places[random.below(places.size())];
          while (p.fanout >= 0);
          factorAt(space, path, p, r) *= prime;
        }
  }

  void exchange(ProgramState &state) {
    if (tensors.empty())
      return;
    unsigned t = tensors[random.below(tensors.size())];
    FusionPlan plan = fusionOf(program, state);
    auto choices = neighbourExchanges(program, plan, t);
    if (choices.empty())
      return;
    setExchange(program, plan, t, choices[random.below(choices.size())]);
    ProgramState next = state;
    for (unsigned e = 0; e != program.size(); ++e)
      if (!followPlan(program, plan, e, next.paths[e]))
        return;
    state = std::move(next);
  }

  /// One random move of those that the gradient engine's polish knows.
  void mutate(ProgramState &state) {
    unsigned e = random.below(program.size());
    const PathSpace &space = program.spaces[e];
    Path &path = state.paths[e];
    unsigned kind = random.below(20);
    if (kind == 0)
      return exchange(state);
    if (kind < 4) {
      auto neighbours = neighbourStructures(space, path);
      if (!neighbours.empty())
        path = neighbours[random.below(neighbours.size())];
      return;
    }
    auto places = placesOf(space, path);
    Place a = places[random.below(places.size())];
    Place b = places[random.below(places.size())];
    moveFactor(space, path, a, b);
    // Minimum usage wants something in return.
    if (kind < 12)
      moveFactor(space, path, b, a);
  }

  void moveFactor(const PathSpace &space, Path &path, Place from, Place to) {
    unsigned r = random.below(space.numRanks());
    int64_t &f = factorAt(space, path, from, r);
    auto primes = primeFactors(f);
    if (!space.ranks[r].isFree || primes.empty() ||
        (to.fanout >= 0 &&
         !(space.units[path.unit].fanouts[to.fanout].ranks >> r & 1)))
      return;
    int64_t prime = primes[random.below(primes.size())];
    f /= prime;
    factorAt(space, path, to, r) *= prime;
  }

  /// A run of Einsums of one parent, the rest of the other.
  ProgramState cross(const ProgramState &a, const ProgramState &b) {
    ProgramState child = a;
    unsigned first = random.below(program.size());
    unsigned last = first + random.below(program.size() - first);
    FusionPlan plan = fusionOf(program, a), other = fusionOf(program, b);
    for (unsigned e = first; e <= last; ++e)
      child.paths[e] = b.paths[e];
    for (unsigned t : tensors) {
      const Tensor &tensor = program.graph.tensors[t];
      if (tensor.producer >= int(first) && tensor.consumers.back() <= last)
        setExchange(program, plan, t, other[t]);
    }
    for (unsigned e = 0; e != program.size(); ++e)
      if (!followPlan(program, plan, e, child.paths[e]))
        return a;
    return child;
  }

  const ProgramSpace &program;
  Random random;
  const std::function<double()> &progress;
  const std::function<void(double)> &improved;
  std::vector<unsigned> tensors;
  double best = kInf;
};

} // namespace

void bench::runBaseline(Baseline kind, const ProgramSpace &program,
                        uint64_t seed, const std::function<double()> &progress,
                        const std::function<void(double)> &improved) {
  PlainSearch search(program, seed, progress, improved);
  switch (kind) {
  case Baseline::Random:
    return search.sample();
  case Baseline::Annealing:
    return search.anneal();
  case Baseline::Genetic:
    return search.breed();
  }
}
