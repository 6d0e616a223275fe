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

void Joiner::clearIndex() {
  if (indexed)
    for (unsigned shape : *indexed)
      placeOf[shape] = 0;
  indexed = nullptr;
}

void Joiner::index(const Layer &layer) {
  if (indexed == layer.shapes)
    return;
  clearIndex();
  indexed = layer.shapes;
  placeOf.resize(graph.numShapes(), 0);
  for (unsigned g = 0; g != layer.size(); ++g)
    placeOf[(*indexed)[g]] = g + 1;
}

/// What follows a group before Einsum e costs at least, as far as that is known
/// before all groups are; what an earlier join found out holds up to its limit.
Least Joiner::boundRest(unsigned e, unsigned shape) const {
  Least rest = restBounds->before(e, graph.shape(shape));
  if (e != count && usesBefore())
    rest.raise(before.toGo[e].lookup(shape), 1 - kSlack / 10);
  return rest;
}

/// Finds the groups after an Einsum that lie within reach.
void Joiner::connectEinsum(unsigned e) {
  const Layer &layer = layers[e];
  clearIndex();
  std::vector<unsigned> shapes;
  // What leads to the groups found, and bounds on what follows.
  std::vector<Least> reached, rests;
  for (unsigned g = 0; g != layer.size() && !result.cancelled; ++g) {
    result.cancelled |= cancelled();
    Least before = layer.reached[g];
    for (const Arc &arc : graph.arcsFrom(e, (*layer.shapes)[g])) {
      const Least &least = rows[e]->byNest[arc.nest];
      if (!least.isPossible())
        continue;
      int to = groupOf(arc.to);
      Least here = before + least,
            rest = to < 0 ? boundRest(e + 1, arc.to) : rests[to];
      if (!rest.isPossible() ||
          context.value(here + rest) > reach * (1 + kSlack))
        continue;
      if (to < 0) {
        if (placeOf.size() < graph.numShapes())
          placeOf.resize(graph.numShapes(), 0);
        to = shapes.size();
        shapes.push_back(arc.to);
        reached.emplace_back();
        rests.push_back(rest);
        placeOf[arc.to] = to + 1;
      }
      reached[to].include(here);
    }
  }
  Layer &next = layers[e + 1];
  next.shapes = indexed =
      std::make_shared<std::vector<unsigned>>(std::move(shapes));
  next.reached = SharedCosts(std::move(reached));
}

/// The same as after an Einsum before it, if all within reach is among that;
/// false if not.
bool Joiner::connectAsAfter(unsigned e, unsigned other) {
  const Layer &layer = layers[e], &its = layers[other];
  if (usesBefore() || layer.shapes != its.shapes ||
      !layer.reached.differByConstant(its.reached) ||
      !restBounds->differByConstant(e + 1, other + 1))
    return false;
  Least more = layer.reached.constantAbove(its.reached),
        less = restBounds->constantAbove(other + 1, e + 1), most = more;
  most.raise(less);
  // Where less is within reach than there, more groups do no harm.
  if (!differsBy(more, most, {0, 0, 0, 0}))
    return false;
  layers[e + 1].shapes = layers[other + 1].shapes;
  layers[e + 1].reached = layers[other + 1].reached + more;
  return true;
}

/// Bounds on the way to the end from the groups before an Einsum.
/// Precondition: known for those after it.
void Joiner::boundEinsum(unsigned e) {
  Layer &layer = layers[e];
  const Layer &next = layers[e + 1];
  index(next);
  std::vector<Least> rest(layer.size());
  LaterClaims later;
  for (unsigned g = 0; g != layer.size(); ++g) {
    for (const Arc &arc : graph.arcsFrom(e, (*layer.shapes)[g])) {
      int to = groupOf(arc.to);
      const Least &least = rows[e]->byNest[arc.nest];
      if (to >= 0 && next.rest[to].isPossible() && least.isPossible())
        rest[g].include(least + next.rest[to]);
    }
    findLater(e, g, later);
  }
  layer.rest = SharedCosts(std::move(rest));
  layer.later = std::make_shared<LaterClaims>(std::move(later));
}

/// The same as before an Einsum after it, if what matters is the same there;
/// false if not.
bool Joiner::boundAsBefore(unsigned e, unsigned other) {
  const Layer &next = layers[e + 1], &its = layers[other + 1];
  if (layers[e].shapes != layers[other].shapes || next.shapes != its.shapes ||
      !next.rest.differByConstant(its.rest) || next.later != its.later ||
      external[e] != external[other] || firstUse[e] != firstUse[other] ||
      lastUse[e] != lastUse[other])
    return false;
  layers[e].rest = layers[other].rest + next.rest.constantAbove(its.rest);
  layers[e].later = layers[other].later;
  return true;
}

/// Einsums of each kind that were looked into, the last few: others of the kind
/// may find the same.
class Joiner::Examples {
public:
  llvm::ArrayRef<unsigned> of(unsigned kind) { return byKind[kind]; }
  void add(unsigned kind, unsigned e) {
    llvm::SmallVector<unsigned, 2> &all = byKind[kind];
    if (all.size() == kMost)
      all.erase(all.begin());
    all.push_back(e);
  }

private:
  static constexpr unsigned kMost = 4;
  llvm::DenseMap<unsigned, llvm::SmallVector<unsigned, 2>> byKind;
};

/// All groups within reach, with bounds on the way from them; false if none
/// leads to the end.
bool Joiner::connect() {
  clearIndex();
  layers = std::vector<Layer>(count + 1);
  layers[0].shapes =
      std::make_shared<std::vector<unsigned>>(1, ExchangeGraph::kStart);
  layers[0].reached = SharedCosts({{0, 0, 0, 0}});
  Examples examples;
  for (unsigned e = 0; e != count; ++e) {
    llvm::ArrayRef<unsigned> others = examples.of(graph.kindOf(e));
    auto isAfter = [&](unsigned other) { return connectAsAfter(e, other); };
    if (llvm::any_of(others, isAfter))
      continue;
    connectEinsum(e);
    Layer &next = layers[e + 1];
    if (result.cancelled || next.size() == 0) {
      result.reason = context.graph.einsums[e].name;
      return false;
    }
    for (unsigned other : others)
      if (const Layer &its = layers[other + 1]; *next.shapes == *its.shapes) {
        next.shapes = its.shapes;
        next.reached.share(its.reached);
      }
    examples.add(graph.kindOf(e), e);
  }
  layers[count].rest =
      SharedCosts(std::vector<Least>(layers[count].size(), Least{0, 0, 0, 0}));
  LaterClaims none;
  none.begin.assign(layers[count].size(), 0);
  layers[count].later = std::make_shared<LaterClaims>(std::move(none));
  examples = {};
  for (unsigned e = count; e-- != 0;) {
    llvm::ArrayRef<unsigned> others = examples.of(graph.kindOf(e));
    auto isBefore = [&](unsigned other) { return boundAsBefore(e, other); };
    if (llvm::any_of(others, isBefore))
      continue;
    boundEinsum(e);
    Layer &layer = layers[e];
    for (unsigned other : others)
      if (const Layer &its = layers[other]; layer.shapes == its.shapes) {
        layer.rest.share(its.rest);
        if (*layer.later == *its.later)
          layer.later = its.later;
      }
    examples.add(graph.kindOf(e), e);
  }
  return layers[0].rest[0].isPossible();
}

/// What each claim of a state can grow to, whatever follows: a claim that stays
/// below its capacity anyway need not be told from others. Precondition: known
/// for all groups after Einsum e, which are indexed.
void Joiner::findLater(unsigned e, unsigned g, LaterClaims &out) const {
  const Layer &after = layers[e + 1];
  unsigned shape = (*layers[e].shapes)[g], s = graph.shape(shape).depth;
  out.begin.push_back(out.values.size());
  out.values.resize(out.values.size() + 2 * s * tracked, -kInf);
  double *later = out.values.data() + out.begin.back();
  auto at = [&](unsigned d, unsigned t) { return (d - 1) * tracked + t; };
  if (s == 0)
    return;
  for (Arc &arc : graph.arcsFrom(e, shape)) {
    int to = groupOf(arc.to);
    if (to < 0 || !after.rest[to].isPossible() ||
        !rows[e]->byNest[arc.nest].isPossible())
      continue;
    unsigned depth = graph.shape(arc.to).depth;
    const double *next = after.laterOf(to);
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
