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

/// Bounds before an Einsum, capacity aside, from those after it.
void Joiner::passOn(unsigned e) {
  Layer &layer = layers[e];
  const Layer &next = layers[e + 1];
  index(next);
  std::vector<Least> rest(layer.size());
  for (unsigned g = 0; g != layer.size(); ++g) {
    rest[g] = layer.rest[g];
    double least = kInf;
    for (const Arc &arc : graph.arcsFrom(e, (*layer.shapes)[g]))
      if (int to = groupOf(arc.to); to >= 0)
        least = std::min(least, rows[e]->byNest[arc.nest].*criterion +
                                    next.rest[to].*criterion);
    rest[g].*criterion = std::max(rest[g].*criterion, least);
  }
  layer.rest = SharedCosts(std::move(rest));
}

/// Joins the Einsums [begin, end) from every group before them; returns how
/// much more than its bound each needs, or the room.
std::vector<double> Joiner::joinSegment(unsigned begin, unsigned end) {
  const Layer &first = layers[begin];
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
    states[g].claims.assign(2 * graph.shape((*first.shapes)[g]).depth * tracked,
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

/// Of the bounds before an Einsum, the least in the criterion.
double Joiner::leastRest(unsigned e) const {
  double least = kInf;
  for (unsigned g = 0; g != layers[e].size(); ++g)
    least = std::min(least, layers[e].rest[g].*criterion);
  return least;
}

void Joiner::raise(unsigned e, llvm::ArrayRef<double> excess) {
  std::vector<Least> rest(layers[e].size());
  for (unsigned g = 0; g != rest.size(); ++g) {
    rest[g] = layers[e].rest[g];
    rest[g].*criterion += std::max(0.0, excess[g]);
  }
  layers[e].rest = SharedCosts(std::move(rest));
}

/// Raises the bounds before every group in the criterion.
void Joiner::tightenCriterion(llvm::ArrayRef<unsigned> cuts) {
  room = 0;
  std::vector<SharedCosts> before;
  for (const Layer &layer : layers)
    before.push_back(layer.rest);
  // Whether the segment before `begin` is like the one that was raised before.
  auto isAlike = [&](unsigned begin, unsigned end, unsigned last) {
    if (end - begin != last - end ||
        !layers[end].rest.differByConstant(layers[last].rest))
      return false;
    for (unsigned e = begin; e != end; ++e) {
      unsigned other = e + end - begin;
      if (!graph.areAlike(e, other) ||
          layers[e].shapes != layers[other].shapes ||
          layers[e].later != layers[other].later ||
          !before[e].differByConstant(before[other]))
        return false;
    }
    return layers[end].shapes == layers[last].shapes &&
           layers[end].later == layers[last].later;
  };
  for (unsigned i = 1; i != cuts.size(); ++i) {
    unsigned begin = cuts[i], end = cuts[i - 1];
    if (i > 1 && isAlike(begin, end, cuts[i - 2])) {
      Least more = layers[end].rest.constantAbove(layers[cuts[i - 2]].rest);
      for (unsigned e = begin; e != end; ++e) {
        unsigned other = e + end - begin;
        Least most = before[e].constantAbove(before[other]);
        most.*criterion = more.*criterion;
        layers[e].rest = layers[other].rest + most;
      }
      continue;
    }
    for (unsigned e = end; e-- != begin;)
      passOn(e);
    std::vector<double> excess;
    unsigned best = 0;
    for (unsigned g = 0; g != layers[begin].size(); ++g)
      if (layers[begin].rest[g].*criterion <
          layers[begin].rest[best].*criterion)
        best = g;
    room = std::max(room, (leastRest(begin) - leastRest(end)) * kFirstRoom);
    for (unsigned times = 0; times != kMostGrowths; ++times) {
      std::vector<double> found = joinSegment(begin, end);
      if (result.cancelled || found.empty())
        return;
      excess = std::move(found);
      if (excess[best] < room)
        break;
      room *= kRoomGrowth;
    }
    raise(begin, excess);
    if (i > 1 && layers[begin].shapes == layers[end].shapes)
      layers[begin].rest.share(layers[end].rest);
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
