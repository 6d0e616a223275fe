//===- JoinTighten.cpp - Bounds that know of capacities -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bounds on what follows a group leave capacities aside. In a network of a
// hundred layers that falls short by a hundred times what it does in one, and
// each layer would get the room of all. So the program is cut, and from its end
// on every segment is joined from all groups before it, with nothing claimed
// there: what that costs more than the bound said raises the bound, for all
// segments before, too.
//
//===----------------------------------------------------------------------===//

#include "CostToGo.h"
#include "Joiner.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

namespace accel::ffm {

/// Room for a segment, as a share of its cost, at first, how it grows, and how
/// often; pairs after which a criterion is left alone, since too much costs the
/// same.
static constexpr double kFirstRoom = 1e-3, kRoomGrowth = 2;
static constexpr unsigned kMostGrowths = 8;
static constexpr uint64_t kMostPairs = 1u << 20;

/// The criteria that bounds are raised in: those of the objective, and energy
/// and latency together where it trades them. None if no sum says enough.
static llvm::SmallVector<double Least::*, 2>
criteriaOf(const SearchContext &context) {
  switch (context.options.objective) {
  case Objective::EDP:
    if (context.secondsPriceW > context.leakW)
      return {&Least::bothJ, &Least::dearJ};
    return {};
  case Objective::Latency:
    return {&Least::latencyS};
  case Objective::Energy:
    if (context.leakW == 0)
      return {&Least::energyJ};
    return {};
  default:
    return {};
  }
}

/// Where few groups are alive, not too near each other.
std::vector<unsigned> Joiner::chooseCuts() const {
  unsigned shortest = context.options.segmentLength, longest = 2 * shortest;
  std::vector<unsigned> cuts{count};
  while (cuts.back() >= 2 * shortest) {
    unsigned at = cuts.back() - shortest;
    for (unsigned e = at; e + longest >= cuts.back() && e >= shortest; --e)
      if (layers[e].size() < layers[at].size())
        at = e;
    cuts.push_back(at);
  }
  cuts.push_back(0);
  return cuts;
}

/// Bounds before the Einsums [begin, end), capacity aside, from those after.
void Joiner::passOn(unsigned begin, unsigned end) {
  for (unsigned e = end; e-- != begin;) {
    index(layers[e + 1]);
    for (unsigned g = 0; g != layers[e].size(); ++g) {
      double least = kInf;
      for (const Arc &arc : graph.arcsFrom(e, layers[e].shapes[g]))
        if (int to = groupOf(arc.to); to >= 0)
          least = std::min(least, rows[e]->byNest[arc.nest].*criterion +
                                      layers[e + 1].rest[to].*criterion);
      double &rest = layers[e].rest[g].*criterion;
      rest = std::max(rest, least);
    }
  }
}

/// Joins the Einsums [begin, end) from every group before them; returns how
/// much more than its bound each needs, or the room.
std::vector<double> Joiner::joinSegment(unsigned begin, unsigned end) {
  Layer &first = layers[begin];
  std::vector<double> excess(first.size(), room);
  history.clear();
  steps.clear();
  for (std::vector<States> *all : {&states, &statesNext})
    for (States &s : *all)
      s.clear();
  states.resize(std::max<size_t>(states.size(), first.size()));
  for (unsigned g = 0; g != first.size(); ++g) {
    double bound = first.rest[g].*criterion;
    if (bound == kInf)
      continue;
    States::Entry source;
    source.cost = {-bound, -bound, -bound, -bound};
    source.history = history.size();
    states[g].entries.push_back(source);
    states[g].least = source.cost;
    states[g].claims.assign(2 * graph.shape(first.shapes[g]).depth * tracked,
                            0);
    history.push_back({0, g, 0, source.cost});
  }
  uint32_t numSources = history.size();
  mostJoins = result.joins + kMostPairs;
  for (unsigned e = begin; e != end; ++e)
    if (!step(e))
      return result.joins > mostJoins ? std::vector<double>() : excess;
  std::vector<double> after(history.size(), kInf);
  for (unsigned g = 0; g != layers[end].size(); ++g)
    for (const States::Entry &last : states[g].entries)
      after[last.history] = layers[end].rest[g].*criterion;
  for (unsigned e = end; e-- != begin;)
    for (const Step &step : steps[e - begin]) {
      const Least &cost = graph.space(e).mappings[step.choice].cost;
      after[step.from] =
          std::min(after[step.from], cost.*criterion + after[step.to]);
    }
  for (uint32_t i = 0; i != numSources; ++i) {
    unsigned g = history[i].choice;
    excess[g] = std::min(room, after[i] - first.rest[g].*criterion);
  }
  return excess;
}

/// Whether two segments of one length differ by a constant at most.
bool Joiner::isAlike(unsigned a, unsigned b, unsigned length) const {
  for (unsigned e = 0; e != length; ++e)
    if (!graph.areAlike(a + e, b + e) ||
        layers[a + e].shapes != layers[b + e].shapes)
      return false;
  const Layer &x = layers[a + length], &y = layers[b + length];
  if (x.shapes != y.shapes)
    return false;
  double difference = x.rest.front().*criterion - y.rest.front().*criterion;
  for (unsigned g = 0; g != x.size(); ++g) {
    double value = x.rest[g].*criterion, other = y.rest[g].*criterion;
    if (value != other && !(std::abs(value - other - difference) <=
                            std::abs(difference) * kSlack / 100))
      return false;
  }
  return true;
}

/// Raises the bounds before every group in the criterion.
void Joiner::tightenCriterion(llvm::ArrayRef<unsigned> cuts) {
  room = 0;
  std::vector<double> excess;
  for (unsigned i = 1; i != cuts.size(); ++i) {
    unsigned begin = cuts[i], end = cuts[i - 1];
    bool known = i > 1 && end - begin == cuts[i - 2] - end &&
                 isAlike(end, begin, end - begin);
    passOn(begin, end);
    std::vector<Least> &rest = layers[begin].rest;
    auto isLess = [&](const Least &a, const Least &b) {
      return a.*criterion < b.*criterion;
    };
    size_t best = llvm::min_element(rest, isLess) - rest.begin();
    if (!known) {
      const Least &after = *llvm::min_element(layers[end].rest, isLess);
      room = std::max(room,
                      (rest[best].*criterion - after.*criterion) * kFirstRoom);
      for (unsigned times = 0; times != kMostGrowths; ++times) {
        std::vector<double> found = joinSegment(begin, end);
        if (result.cancelled || found.empty())
          return;
        excess = std::move(found);
        if (excess[best] < room)
          break;
        room *= kRoomGrowth;
      }
    }
    for (unsigned g = 0; g != rest.size(); ++g)
      rest[g].*criterion += std::max(0.0, excess[g]);
  }
}

/// Precondition: groups lead to the end.
void Joiner::tighten() {
  if (count < 2 * context.options.segmentLength)
    return;
  std::vector<unsigned> cuts = chooseCuts();
  isReduced = true;
  for (double Least::*c : criteriaOf(context)) {
    criterion = c;
    tightenCriterion(cuts);
    if (result.cancelled)
      break;
  }
  isReduced = false;
}

} // namespace accel::ffm
