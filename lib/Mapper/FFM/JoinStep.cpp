//===- JoinStep.cpp - One Einsum joined to all prefixes -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CostToGo.h"
#include "Joiner.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <numeric>
#include <tuple>

namespace accel::ffm {

/// Joins all states of a group with all mappings of a nest.
void Joiner::joinNest(unsigned e, unsigned shape, const States &left, Arc &arc,
                      const Least &rest, const double *later, States &right) {
  unsigned s = graph.shape(shape).depth, depth = graph.shape(arc.to).depth,
           width = std::max(s, depth) + 1, nestIndex = arc.nest;
  ArcClaims claimed = graph.claimsOf(e, shape, arc);
  auto at = [&](unsigned d, unsigned t) { return d * tracked + t; };
  bool byUsage = this->byUsage();
  // Without open loops nothing but the criteria of the front is compared.
  bool hasStairs = depth == 0 && this->hasStairs();
  const Rows &r = *rows[e];

  for (uint32_t i = 0; i != left.entries.size(); ++i) {
    const States::Entry &state = left.entries[i];
    const double *finished = left.claims.data() + 2 * s * tracked * i;
    const double *opened = finished + s * tracked;
    bool isReady = false;
    for (uint32_t row = r.begin[nestIndex]; row != r.begin[nestIndex + 1];
         ++row) {
      ++result.joins;
      const Rows::Entry &m = r.entries[row];
      States::Entry out;
      out.cost = state.cost + seen(m.cost);
      if (isBeyond(out.cost + rest))
        continue;
      double second = byUsage ? state.usage : out.cost.latencyS;
      if (hasStairs && right.stairs.covers(out.cost.energyJ, second))
        continue;
      if (!isReady) {
        // Peaks by the number of loops shared with the open nest: earlier
        // branches with what now stands around them. What shares more loops
        // than stay open shares those that do.
        isReady = true;
        peaks.assign(width * tracked, 0);
        for (unsigned d = 1; d <= s; ++d)
          for (unsigned t = 0; t != tracked; ++t)
            peaks[at(d, t)] = finished[at(d - 1, t)] + claimed.added[at(d, t)] +
                              firstUse[e][t];
        for (unsigned d = width - 1; d-- != 0;)
          for (unsigned t = 0; t != tracked; ++t)
            peaks[at(d, t)] = std::max(peaks[at(d, t)], peaks[at(d + 1, t)]);
        open.assign(depth * tracked, 0);
        for (unsigned d = 1; d <= depth; ++d)
          for (unsigned t = 0; t != tracked; ++t) {
            unsigned from = std::min(d, s);
            open[at(d - 1, t)] = (from == 0 ? 0 : opened[at(from - 1, t)]) +
                                 claimed.added[at(d, t)] +
                                 claimed.kept[at(d, t)] + lastUse[e][t];
          }
      }
      // Then this branch, which shares the loops that stay open.
      bool fits = true;
      double usage = 0;
      size_t before = right.claims.size();
      right.claims.resize(before + 2 * depth * tracked);
      double *claims = right.claims.data() + before;
      for (unsigned t = 0; t != tracked && fits; ++t) {
        double peak = r.totals[row * tracked + t] +
                      (s == 0 ? 0 : opened[at(s - 1, t)]) + claimed.branch[t] +
                      external[e][t];
        double highestPeak = std::max(peaks[t], peak);
        fits = highestPeak <= context.tracked[t].capacity;
        usage = std::max(usage, highestPeak / context.tracked[t].capacity);
        for (unsigned d = 1; d <= depth; ++d)
          claims[at(d - 1, t)] = std::max(peaks[at(d, t)], peak);
      }
      if (!fits) {
        right.claims.resize(before);
        continue;
      }
      std::copy(open.begin(), open.end(), claims + depth * tracked);
      if (!byUsage)
        for (unsigned c = 0; c != 2 * depth * tracked; ++c)
          if (claims[c] + later[c] <= context.tracked[c % tracked].capacity)
            claims[c] = 0;
      out.usage = byUsage ? std::max(usage, state.usage) : 0;
      if (hasStairs) {
        second = byUsage ? out.usage : out.cost.latencyS;
        if (right.stairs.covers(out.cost.energyJ, second))
          continue;
        right.stairs.add(out.cost.energyJ, second);
      }
      out.history = state.history;
      out.choice = m.mapping;
      out.shared = s;
      right.entries.push_back(out);
    }
  }
}

/// Sums of the same costs in another order are no other sums.
static constexpr double kSame = 1 + 1e-12;

/// Moves the states that count to the front and enters them into the history.
void Joiner::keepUndominated(unsigned shape, States &states) {
  const std::vector<States::Entry> &all = states.entries;
  unsigned width = 2 * graph.shape(shape).depth * tracked;
  order.resize(all.size());
  std::iota(order.begin(), order.end(), 0);
  auto key = [](const States::Entry &s) {
    return std::tie(s.cost.energyJ, s.cost.latencyS, s.usage, s.history,
                    s.choice);
  };
  llvm::sort(order,
             [&](uint32_t a, uint32_t b) { return key(all[a]) < key(all[b]); });
  undominated.clear();
  uint32_t firstNumber = history.size();
  bool hasSteps = marginals || isReduced;
  size_t lastBy = ~size_t(0);
  // Ascending energy: where nothing else is compared, the last one decides.
  bool isStaircase =
      width == 0 && context.options.objective != Objective::ParetoUsage;
  for (uint32_t i : order) {
    const States::Entry &state = all[i];
    const double *claims = states.claims.data() + size_t(i) * width;
    auto dominates = [&](size_t k) {
      const States::Entry &other = undominated.entries[k];
      if ((context.needsEnergy &&
           other.cost.energyJ > state.cost.energyJ * kSame) ||
          (context.needsTime &&
           other.cost.latencyS > state.cost.latencyS * kSame) ||
          other.cost.bothJ > state.cost.bothJ * kSame ||
          other.cost.dearJ > state.cost.dearJ * kSame ||
          other.usage > state.usage)
        return false;
      const double *its = undominated.claims.data() + k * width;
      for (unsigned c = 0; c != width; ++c)
        if (its[c] > claims[c])
          return false;
      return true;
    };
    size_t count = undominated.entries.size();
    size_t k = isStaircase && context.needsEnergy && count != 0 ? count - 1 : 0;
    // Often the one that dominated the last dominates the next, too.
    if (!hasSteps && lastBy < count && dominates(lastBy))
      continue;
    while (k != count && !dominates(k))
      ++k;
    lastBy = k;
    if (hasSteps)
      steps.back().push_back(
          {state.history, firstNumber + uint32_t(k), state.choice});
    if (k != count)
      continue;
    history.push_back({state.history, state.choice, state.shared, state.cost});
    undominated.least.include(state.cost);
    undominated.entries.push_back(state);
    undominated.entries.back().history = firstNumber + k;
    undominated.claims.insert(undominated.claims.end(), claims, claims + width);
  }
  states.entries.assign(undominated.entries.begin(), undominated.entries.end());
  states.least = undominated.least;
  states.claims.assign(undominated.claims.begin(), undominated.claims.end());
}

/// States of one group for which a bound on what follows is worth its time.
static constexpr size_t kMostStates = 4096;

/// Joins Einsum e to all states before it; false if nothing fits.
bool Joiner::step(unsigned e) {
  if (marginals || isReduced)
    steps.emplace_back();
  const Layer &layer = layers[e];
  Layer &next = layers[e + 1];
  index(next);
  if (statesNext.size() < next.size())
    statesNext.resize(next.size());
  for (unsigned g = 0; g != layer.size(); ++g) {
    const States &left = states[g];
    if (left.entries.empty())
      continue;
    if (cancelled()) {
      result.cancelled = true;
      return false;
    }
    if (result.joins > mostJoins)
      return false;
    for (Arc &arc : graph.arcsFrom(e, (*layer.shapes)[g])) {
      int to = groupOf(arc.to);
      if (to < 0)
        continue;
      Least least = seen(rows[e]->byNest[arc.nest]),
            rest = seen(next.least(to));
      if (least.isPossible() && rest.isPossible() &&
          !isBeyond(left.least + least + rest))
        joinNest(e, (*layer.shapes)[g], left, arc, rest, next.laterOf(to),
                 statesNext[to]);
    }
  }
  for (unsigned g = 0; g != layer.size(); ++g)
    states[g].clear();
  std::swap(states, statesNext);
  bool any = false;
  next.kept.clear();
  for (unsigned g = 0; g != next.size(); ++g) {
    if (states[g].entries.empty())
      continue;
    if (isReduced && states[g].entries.size() > kMostStates) {
      mostJoins = 0;
      return false;
    }
    uint32_t begin = history.size();
    keepUndominated((*next.shapes)[g], states[g]);
    next.kept.push_back({g, begin, uint32_t(history.size())});
    any = true;
  }
  return any;
}

} // namespace accel::ffm
