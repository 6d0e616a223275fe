//===- JoinGroups.cpp - Which prefixes can meet which Einsums -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CostToGo.h"
#include "Joiner.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstdlib>

namespace accel::ffm {

/// Brings the spaces into the form that the join reads.
void Joiner::gatherRows() {
  for (unsigned e = 0; e != count; ++e) {
    const EinsumSpace *space = &graph.space(e);
    auto [it, isNew] = rowsOf.try_emplace(space);
    Rows &r = it->second;
    rows.push_back(&r);
    if (!isNew)
      continue;
    unsigned numNests = space->nests.size();
    r.byNest.resize(numNests);
    r.begin.assign(numNests + 1, 0);
    auto takesPart = [&](const PartialMapping &m) {
      return takesOpen || !space->nests[m.nest].isOpen;
    };
    for (const PartialMapping &m : space->mappings) {
      if (!takesPart(m))
        continue;
      ++r.begin[m.nest + 1];
      r.byNest[m.nest].include(m.cost);
      r.least.include(m.cost);
    }
    for (unsigned n = 0; n != numNests; ++n)
      r.begin[n + 1] += r.begin[n];
    std::vector<uint32_t> next(r.begin.begin(), r.begin.end() - 1);
    r.entries.resize(r.begin.back());
    r.totals.resize(r.entries.size() * tracked);
    for (uint32_t i = 0; i != space->mappings.size(); ++i) {
      const PartialMapping &m = space->mappings[i];
      if (!takesPart(m))
        continue;
      uint32_t row = next[m.nest]++;
      r.entries[row] = {m.cost, i};
      llvm::copy(m.total, r.totals.begin() + size_t(row) * tracked);
    }
    r.highestTotals.assign(size_t(numNests) * tracked, 0);
    for (unsigned n = 0; n != numNests; ++n)
      for (uint32_t row = r.begin[n]; row != r.begin[n + 1]; ++row)
        for (unsigned t = 0; t != tracked; ++t) {
          double &highest = r.highestTotals[n * tracked + t];
          highest = std::max(highest, r.totals[size_t(row) * tracked + t]);
        }
  }
  restBounds = std::make_unique<RestBounds>(
      context, graph,
      [&](unsigned e) -> const std::vector<Least> & { return rows[e]->byNest; },
      takesOpen);
}

/// External tensors are held whole in the outermost level from their first use
/// to their last, persistent ones throughout.
void Joiner::findExternalClaims() {
  const EinsumGraph &program = context.graph;
  external.assign(count, llvm::SmallVector<double, 2>(tracked, 0));
  firstUse = lastUse = external;
  const MemoryLevel &outermost = *context.arch.memory(context.arch.outermost());
  if (!outermost.isBounded())
    return;
  for (unsigned t = 0; t != program.tensors.size(); ++t) {
    const Tensor &tensor = program.tensors[t];
    if (tensor.isIntermediate())
      continue;
    int first = -1, last = -1;
    for (unsigned e = 0; e != count; ++e)
      if (program.findAccessOf(e, t) >= 0) {
        first = first < 0 ? int(e) : first;
        last = e;
      }
    if (first < 0)
      continue;
    // One place, as large as the largest view.
    double copies = 0, bits = 0;
    for (int e = first; e <= last; ++e)
      for (const TensorAccess &access : program.einsums[e].accesses) {
        if (access.tensor != t)
          continue;
        double values = outermost.buffering;
        for (const LinearExpr &expr : access.projection) {
          double extent = 1;
          for (auto [r, c] : expr.terms)
            extent += std::abs(double(c)) *
                      double(program.einsums[e].ranks[r].bound - 1);
          values *= extent;
        }
        copies = std::max(copies, values);
        bits = std::max(bits,
                        values * outermost.bitsPerValue(tensor, access.role));
      }
    if (tensor.persistent) {
      first = 0;
      last = int(count) - 1;
    }
    for (int e = first; e <= last; ++e)
      for (unsigned i = 0; i != tracked; ++i)
        if (context.tracked[i].node == context.arch.outermost()) {
          double size = context.tracked[i].values ? copies : bits;
          external[e][i] += size;
          if (!tensor.persistent && e == first)
            firstUse[e][i] += size;
          if (!tensor.persistent && e == last)
            lastUse[e][i] += size;
        }
  }
}

void Joiner::index(const Layer &layer) {
  for (unsigned shape : indexed)
    placeOf[shape] = 0;
  indexed = layer.shapes;
  placeOf.resize(graph.numShapes(), 0);
  for (unsigned g = 0; g != layer.size(); ++g)
    placeOf[layer.shapes[g]] = g + 1;
}

/// What follows a group before Einsum e costs at least, as far as that is known
/// before all groups are; what an earlier join found out holds up to its limit.
Least Joiner::boundRest(unsigned e, unsigned shape) const {
  Least rest = restBounds->before(e, graph.shape(shape));
  if (e != count && reach <= before.limit && !before.toGo.empty())
    rest.raise(before.toGo[e].lookup(shape), 1 - kSlack / 10);
  return rest;
}

/// Finds the groups after an Einsum that lie within reach.
void Joiner::connectEinsum(unsigned e) {
  Layer &next = layers[e + 1];
  index(next);
  reachedNext.clear();
  restNext.clear();
  for (unsigned g = 0; g != layers[e].size(); ++g) {
    result.cancelled |= cancelled();
    if (result.cancelled)
      return;
    for (const Arc &arc : graph.arcsFrom(e, layers[e].shapes[g])) {
      const Least &least = rows[e]->byNest[arc.nest];
      if (!least.isPossible())
        continue;
      int to = groupOf(arc.to);
      Least here = reached[g] + least,
            rest = to < 0 ? boundRest(e + 1, arc.to) : restNext[to];
      if (!rest.isPossible() ||
          context.value(here + rest) > reach * (1 + kSlack))
        continue;
      if (to < 0) {
        if (placeOf.size() < graph.numShapes())
          placeOf.resize(graph.numShapes(), 0);
        to = next.size();
        next.shapes.push_back(arc.to);
        reachedNext.emplace_back();
        restNext.push_back(rest);
        placeOf[arc.to] = to + 1;
        indexed.push_back(arc.to);
      }
      reachedNext[to].include(here);
    }
  }
  std::swap(reached, reachedNext);
}

/// All groups within reach, with bounds on the way from them; false if none
/// leads to the end.
bool Joiner::connect() {
  layers = std::vector<Layer>(count + 1);
  layers[0].shapes.push_back(ExchangeGraph::kStart);
  reached.assign(1, {0, 0, 0, 0});
  for (unsigned e = 0; e != count; ++e) {
    connectEinsum(e);
    if (result.cancelled || layers[e + 1].size() == 0) {
      result.reason = context.graph.einsums[e].name;
      return false;
    }
  }
  layers[count].rest.assign(layers[count].size(), {0, 0, 0, 0});
  layers[count].laterBegin.assign(layers[count].size(), 0);
  for (unsigned e = count; e-- != 0;) {
    Layer &layer = layers[e];
    index(layers[e + 1]);
    layer.rest.resize(layer.size());
    for (unsigned g = 0; g != layer.size(); ++g) {
      for (const Arc &arc : graph.arcsFrom(e, layer.shapes[g])) {
        int to = groupOf(arc.to);
        const Least &least = rows[e]->byNest[arc.nest];
        if (to >= 0 && layers[e + 1].rest[to].isPossible() &&
            least.isPossible())
          layer.rest[g].include(least + layers[e + 1].rest[to]);
      }
      findLater(e, g);
    }
  }
  return layers[0].rest.front().isPossible();
}

/// What each claim of a state can grow to, whatever follows: a claim that stays
/// below its capacity anyway need not be told from others. Precondition: known
/// for all groups after Einsum e, which are indexed.
void Joiner::findLater(unsigned e, unsigned g) {
  Layer &layer = layers[e];
  unsigned shape = layer.shapes[g], s = graph.shape(shape).depth;
  layer.laterBegin.push_back(layer.later.size());
  layer.later.resize(layer.later.size() + 2 * s * tracked, -kInf);
  double *later = layer.later.data() + layer.laterBegin.back();
  auto at = [&](unsigned d, unsigned t) { return (d - 1) * tracked + t; };
  if (s == 0)
    return;
  for (Arc &arc : graph.arcsFrom(e, shape)) {
    int to = groupOf(arc.to);
    if (to < 0 || !layers[e + 1].rest[to].isPossible() ||
        !rows[e]->byNest[arc.nest].isPossible())
      continue;
    unsigned depth = graph.shape(arc.to).depth;
    const double *next =
        layers[e + 1].later.data() + layers[e + 1].laterBegin[to];
    ArcClaims claimed = graph.claimsOf(e, shape, arc);
    const double *totals =
        rows[e]->highestTotals.data() + size_t(arc.nest) * tracked;
    for (unsigned t = 0; t != tracked; ++t) {
      // A peak is compared now, and again with what later branches add.
      auto peakUpTo = [&](unsigned d) {
        double most = 0;
        for (unsigned i = 1; i <= std::min(d, depth); ++i)
          most = std::max(most, next[at(i, t)]);
        return most;
      };
      auto raise = [&](double &highest, double value) {
        highest = std::max(highest, value);
      };
      for (unsigned d = 1; d <= s; ++d) {
        raise(later[at(d, t)],
              claimed.added[d * tracked + t] + firstUse[e][t] + peakUpTo(d));
        double &open = later[at(s + d, t)];
        if (d == s)
          raise(open, totals[t] + claimed.branch[t] + external[e][t] +
                          peakUpTo(depth));
        for (unsigned i = d; i <= (d == s ? depth : std::min(d, depth)); ++i)
          raise(open, claimed.added[i * tracked + t] +
                          claimed.kept[i * tracked + t] + lastUse[e][t] +
                          next[at(depth + i, t)]);
      }
    }
  }
}

} // namespace accel::ffm
