//===- PathSpace.cpp - What one Einsum's path may be ----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathSpace.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstdlib>

namespace accel::gradient {

llvm::SmallVector<int64_t, 12> primeFactors(int64_t n) {
  llvm::SmallVector<int64_t, 12> primes;
  for (int64_t p = 2; p * p <= n; ++p)
    for (; n % p == 0; n /= p)
      primes.push_back(p);
  if (n > 1)
    primes.push_back(n);
  return primes;
}

bool SpaceUnit::crosses(unsigned outer, unsigned inner) const {
  return llvm::any_of(fanouts, [&](const SpaceFanout &f) {
    return outer < f.node && f.node < inner;
  });
}

CostOptions PathSpace::model() const {
  CostOptions model;
  model.imperfect = options.imperfect;
  model.referenceWindows = options.referenceSlots;
  return model;
}

PathSpace::PathSpace(const EinsumGraph &graph, const Architecture &arch,
                     const MapperOptions &options, unsigned einsumIndex)
    : graph(graph), arch(arch), options(options), index(einsumIndex),
      einsum(graph.einsums[einsumIndex]) {
  for (const Rank &rank : einsum.ranks) {
    SpaceRank r;
    r.bound = rank.bound;
    r.isFree = rank.isFree();
    r.whole = rank.whole;
    r.mayPad = options.imperfect && r.isFree && !einsum.isCopy;
    r.primes = primeFactors(rank.bound);
    ranks.push_back(r);
  }
  for (const TensorAccess &access : einsum.accesses) {
    const Tensor &tensor = graph.tensorOf(access);
    SpaceAccess a;
    a.tensor = access.tensor;
    a.isIntermediate = tensor.isIntermediate();
    a.dimOf.assign(numRanks(), -1);
    for (unsigned r = 0; r != numRanks(); ++r) {
      Relevance rel = relevance(access, r);
      if (rel == Relevance::Partial) {
        a.partial |= 1u << r;
        ranks[r].mayPad = false;
      }
      if (rel != Relevance::Full)
        continue;
      a.full |= 1u << r;
      for (unsigned d = 0; d != access.projection.size(); ++d) {
        const LinearExpr &expr = access.projection[d];
        if (expr.terms.size() != 1 || expr.terms[0].first != r)
          continue;
        a.dimOf[r] = int(d);
        // Tiles of both sides must cover the same part of the tensor.
        if (ranks[r].isFree && expr.offset == 0 &&
            std::abs(expr.terms[0].second) * ranks[r].bound == tensor.shape[d])
          a.fusable |= 1u << r;
        break;
      }
    }
    accesses.push_back(std::move(a));
  }
  for (unsigned unit : arch.unitsFor(einsum)) {
    SpaceUnit u = describeUnit(unit);
    if (llvm::none_of(u.holders, [](const auto &h) { return h.empty(); }))
      units.push_back(std::move(u));
  }
}

SpaceUnit PathSpace::describeUnit(unsigned node) const {
  SpaceUnit unit;
  unit.node = node;
  for (unsigned n : arch.pathTo(node).nodes) {
    if (arch.memory(n)) {
      unit.levels.push_back(n);
      continue;
    }
    const Fanout &fanout = *arch.fanout(n);
    SpaceFanout f;
    f.node = n;
    f.n = fanout.n;
    for (unsigned r = 0; r != numRanks(); ++r) {
      if (einsum.ranks[r].lanes == fanout.name)
        f.pinned |= 1u << r;
      bool allowed = ranks[r].isFree && ranks[r].bound > 1;
      for (unsigned a = 0; a != numAccesses(); ++a)
        allowed &= !(fanout.reuse.contains(einsum.accesses[a].role) &&
                     (accesses[a].full | accesses[a].partial) >> r & 1);
      if (allowed)
        f.ranks |= 1u << r;
    }
    if (f.pinned)
      f.ranks = 0;
    unit.fanouts.push_back(f);
  }
  for (unsigned a = 0; a != numAccesses(); ++a)
    unit.holders.push_back(holdersOf(unit, a));
  findLeastUsage(unit);
  return unit;
}

std::vector<uint32_t> PathSpace::holdersOf(const SpaceUnit &unit,
                                           unsigned access) const {
  std::vector<uint32_t> found;
  unsigned count = unit.levels.size();
  std::vector<Holding> holdings;
  for (unsigned level : unit.levels)
    holdings.push_back(arch.holding(level, unit.node, graph, einsum, access));
  for (uint32_t mask = 1; mask < 1u << count; ++mask) {
    // External tensors live in the outermost level; so does everything that is
    // not fused.
    bool top = mask & 1;
    if (!top && (!accesses[access].isIntermediate || !options.fuse))
      continue;
    if (einsum.isCopy && (mask & (mask - 1)))
      continue;
    bool allowed = true;
    for (unsigned l = 0; l != count && allowed; ++l) {
      const Holding &h = holdings[l];
      if (mask >> l & 1) {
        allowed = h.kind != Holding::Kind::Forbidden;
        continue;
      }
      if (einsum.isCopy)
        continue;
      allowed = h.kind != Holding::Kind::Required;
      for (unsigned other : h.requiredUnlessHeldIn) {
        auto it = llvm::find(unit.levels, other);
        allowed &=
            it != unit.levels.end() && (mask >> (it - unit.levels.begin()) & 1);
      }
    }
    if (allowed)
      found.push_back(mask);
  }
  return found;
}

/// The largest product of factors, one divisor of each rank's bound, that does
/// not exceed `n`.
static int64_t largestFill(llvm::ArrayRef<int64_t> bounds, int64_t n) {
  if (bounds.empty() || n <= 1)
    return 1;
  int64_t best = 1;
  for (int64_t f = 1; f <= std::min(n, bounds.front()); ++f)
    if (bounds.front() % f == 0)
      best = std::max(best, f * largestFill(bounds.drop_front(), n / f));
  return best;
}

/// As the optimal engine: the share that is asked for or, where nothing reaches
/// it, the most that can be reached.
void PathSpace::findLeastUsage(SpaceUnit &unit) const {
  for (SpaceFanout &f : unit.fanouts) {
    double wanted = arch.fanout(f.node)->minUsage * double(f.n);
    if (einsum.isCopy || f.pinned || wanted <= 1)
      continue;
    llvm::SmallVector<int64_t, 6> bounds;
    for (unsigned r = 0; r != numRanks(); ++r)
      if (f.ranks >> r & 1)
        bounds.push_back(ranks[r].bound);
    f.least = int64_t(
        std::ceil(std::min(wanted, double(largestFill(bounds, f.n))) - 1e-9));
  }
}

} // namespace accel::gradient
