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
    for (const PartialMapping &m : space->mappings) {
      ++r.begin[m.nest + 1];
      r.byNest[m.nest].include({m.energyJ, m.latencyS});
      r.least.include({m.energyJ, m.latencyS});
    }
    for (unsigned n = 0; n != numNests; ++n)
      r.begin[n + 1] += r.begin[n];
    std::vector<uint32_t> next(r.begin.begin(), r.begin.end() - 1);
    r.entries.resize(space->mappings.size());
    r.totals.resize(space->mappings.size() * tracked);
    for (uint32_t i = 0; i != space->mappings.size(); ++i) {
      const PartialMapping &m = space->mappings[i];
      uint32_t row = next[m.nest]++;
      r.entries[row] = {m.energyJ, m.latencyS, i};
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
  rest.assign(count + 1, {0, 0});
  for (unsigned e = count; e-- != 0;)
    rest[e] = {rest[e + 1].energyJ + rows[e]->least.energyJ,
               rest[e + 1].latencyS + rows[e]->least.latencyS};
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
  indexed.clear();
  placeOf.resize(graph.numShapes(), 0);
  for (unsigned i = 0; i != layer.size(); ++i) {
    placeOf[layer[i].shape] = i + 1;
    indexed.push_back(layer[i].shape);
  }
}

/// Finds the groups after an Einsum.
void Joiner::connectEinsum(unsigned e) {
  Layer &next = layers[e + 1];
  index(next);
  for (const Group &group : layers[e]) {
    if ((result.cancelled |= cancelled()))
      return;
    for (const Arc &arc : graph.arcsFrom(e, group.shape)) {
      const Least &least = rows[e]->byNest[arc.nest];
      Least reached{group.reached.energyJ + least.energyJ,
                    group.reached.latencyS + least.latencyS};
      if (!least.isPossible() ||
          context.value(reached.energyJ + rest[e + 1].energyJ,
                        reached.latencyS + rest[e + 1].latencyS) >
              threshold * (1 + kSlack))
        continue;
      if (placeOf.size() < graph.numShapes())
        placeOf.resize(graph.numShapes(), 0);
      Group *right = groupOf(next, arc.to);
      if (!right) {
        next.emplace_back();
        right = &next.back();
        right->shape = arc.to;
        placeOf[arc.to] = next.size();
        indexed.push_back(arc.to);
      }
      right->reached.include(reached);
    }
  }
}

/// All groups, with bounds on the way to and from them.
void Joiner::connect() {
  layers = std::vector<Layer>(count + 1);
  layers[0].emplace_back();
  layers[0].back().reached = {0, 0};
  for (unsigned e = 0; e != count && !result.cancelled; ++e) {
    connectEinsum(e);
    if (layers[e + 1].empty() && result.reason.empty())
      result.reason = context.graph.einsums[e].name;
  }
  if (result.cancelled)
    return;
  for (Group &group : layers[count])
    group.rest = {0, 0};
  for (unsigned e = count; e-- != 0;) {
    index(layers[e + 1]);
    for (Group &group : layers[e]) {
      for (const Arc &arc : graph.arcsFrom(e, group.shape)) {
        const Group *to = groupOf(layers[e + 1], arc.to);
        const Least &least = rows[e]->byNest[arc.nest];
        if (to && to->rest.isPossible() && least.isPossible())
          group.rest.include({least.energyJ + to->rest.energyJ,
                              least.latencyS + to->rest.latencyS});
      }
      findLater(e, group);
    }
  }
}

/// What each claim of a state can grow to, whatever follows: a claim that stays
/// below its capacity anyway need not be told from others. Precondition: known
/// for all groups after Einsum e.
void Joiner::findLater(unsigned e, Group &group) {
  unsigned s = graph.shape(group.shape).depth;
  group.later.assign(2 * s * tracked, -kInf);
  auto at = [&](unsigned d, unsigned t) { return (d - 1) * tracked + t; };
  if (s == 0)
    return;
  for (Arc &arc : graph.arcsFrom(e, group.shape)) {
    const Group *to = groupOf(layers[e + 1], arc.to);
    if (!to || !to->rest.isPossible() ||
        !rows[e]->byNest[arc.nest].isPossible())
      continue;
    unsigned depth = graph.shape(arc.to).depth;
    ArcClaims claimed = graph.claimsOf(e, group.shape, arc);
    const double *totals =
        rows[e]->highestTotals.data() + size_t(arc.nest) * tracked;
    for (unsigned t = 0; t != tracked; ++t) {
      // A peak is compared now, and again with what later branches add.
      auto peakUpTo = [&](unsigned d) {
        double most = 0;
        for (unsigned i = 1; i <= std::min(d, depth); ++i)
          most = std::max(most, to->later[at(i, t)]);
        return most;
      };
      auto raise = [&](double &later, double value) {
        later = std::max(later, value);
      };
      for (unsigned d = 1; d <= s; ++d) {
        raise(group.later[at(d, t)],
              claimed.added[d * tracked + t] + firstUse[e][t] + peakUpTo(d));
        double &open = group.later[at(s + d, t)];
        if (d == s)
          raise(open, totals[t] + claimed.branch[t] + external[e][t] +
                          peakUpTo(depth));
        for (unsigned i = d; i <= (d == s ? depth : std::min(d, depth)); ++i)
          raise(open, claimed.added[i * tracked + t] +
                          claimed.kept[i * tracked + t] + lastUse[e][t] +
                          to->later[at(depth + i, t)]);
      }
    }
  }
}

} // namespace accel::ffm
