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
#include <set>

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

namespace {

/// Ways to spread ranks over fan-outs: the product of factors that each rank
/// has given away. Beyond that many, fan-outs further in do without.
using Spreads = std::set<llvm::SmallVector<int64_t, 6>>;
constexpr unsigned kMaxSpreads = 4096;

/// Every way to spread ranks over one more fan-out.
class FanoutFiller {
public:
  FanoutFiller(llvm::ArrayRef<SpaceRank> ranks, const SpaceFanout &fanout)
      : ranks(ranks), fanout(fanout) {}

  /// Calls `found` with the instances used and what ranks have given away.
  template <typename Found>
  void extend(llvm::SmallVector<int64_t, 6> &taken, Found found, unsigned r = 0,
              int64_t used = 1) const {
    if (r == ranks.size()) {
      found(used, taken);
      return;
    }
    int64_t before = taken[r];
    for (int64_t f = 1; used * f <= fanout.n && before * f <= ranks[r].bound;
         ++f) {
      bool takes = f == 1 || fanout.ranks >> r & 1;
      // A padded loop above makes any tile a multiple of the lanes.
      if (!takes || !(ranks[r].mayPad || ranks[r].bound % (before * f) == 0))
        continue;
      taken[r] = before * f;
      extend(taken, found, r + 1, used * f);
    }
    taken[r] = before;
  }

private:
  llvm::ArrayRef<SpaceRank> ranks;
  const SpaceFanout &fanout;
};

} // namespace

/// The share that is asked for or, where nothing reaches it, the most that can
/// be reached, from the outermost fan-out inwards.
void PathSpace::findLeastUsage(SpaceUnit &unit) const {
  Spreads spreads;
  spreads.insert(llvm::SmallVector<int64_t, 6>(numRanks(), 1));
  for (SpaceFanout &f : unit.fanouts) {
    double wanted = arch.fanout(f.node)->minUsage * double(f.n);
    if (einsum.isCopy || f.pinned || wanted <= 1)
      continue;
    FanoutFiller filler(ranks, f);
    int64_t most = 1;
    for (llvm::SmallVector<int64_t, 6> taken : spreads)
      filler.extend(taken, [&](int64_t used, const auto &) {
        most = std::max(most, used);
      });
    f.least = int64_t(std::ceil(std::min(wanted, double(most)) - 1e-9));
    Spreads next;
    for (llvm::SmallVector<int64_t, 6> taken : spreads)
      filler.extend(taken, [&](int64_t used, const auto &all) {
        if (used >= f.least && next.size() < kMaxSpreads)
          next.insert(all);
      });
    spreads = std::move(next);
  }
}

} // namespace accel::gradient
