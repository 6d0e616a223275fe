//===- Mapspace.cpp - How many mappings there are -------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mapspace.h"
#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <map>

using namespace accel;

/// Ways to write `n` as an ordered product of `slots` factors: every prime's
/// exponent is spread over the slots.
static double orderedProducts(int64_t n, unsigned slots) {
  double ways = 1;
  for (int64_t prime = 2; n > 1; ++prime) {
    if (prime * prime > n)
      prime = n;
    for (unsigned e = 1; n % prime == 0; ++e, n /= prime)
      ways *= double(slots + e - 1) / double(e);
  }
  return ways;
}

/// Ways to split all ranks over `slots` runs of temporal loops and the fan-outs
/// of a way. A fan-out is a slot of its own whose factors are at most its
/// instances, rank by rank.
static double countTilings(const Einsum &einsum, const Architecture &arch,
                           llvm::ArrayRef<unsigned> nodes, unsigned slots,
                           bool imperfect) {
  double ways = 1;
  for (unsigned r = 0; r != einsum.ranks.size(); ++r) {
    const Rank &rank = einsum.ranks[r];
    if (!rank.isFree())
      continue;
    // What remains of the bound after some fan-outs, with multiplicity.
    std::map<int64_t, double> left{{rank.bound, 1}};
    for (unsigned node : nodes) {
      const Fanout *fanout = arch.fanout(node);
      bool splits = fanout && !einsum.isCopy;
      for (const TensorAccess &access : einsum.accesses)
        splits = splits && !(fanout->reuse.contains(access.role) &&
                             relevance(access, r) != Relevance::Irrelevant);
      if (!splits)
        continue;
      std::map<int64_t, double> next;
      for (auto [n, count] : left)
        for (int64_t f = 1; f <= std::min(n, fanout->n); ++f)
          if (n % f == 0)
            next[n / f] += count;
      left = std::move(next);
    }
    double sum = 0;
    for (auto [n, count] : left)
      sum += count * orderedProducts(n, slots);
    bool pads = imperfect && !einsum.isCopy &&
                llvm::none_of(einsum.accesses, [&](const TensorAccess &a) {
                  return relevance(a, r) == Relevance::Partial;
                });
    // The outermost tile of a rank need not divide it.
    for (int64_t tile = 2; pads && tile < rank.bound; ++tile)
      if (rank.bound % tile != 0)
        sum += orderedProducts(tile, slots);
    ways *= sum;
  }
  return ways;
}

/// Numbers of keeps below the outermost level, with the ways to choose and
/// order them.
static std::map<unsigned, double>
countHoldings(const EinsumGraph &graph, const Architecture &arch,
              const MapperOptions &options, const Einsum &einsum, unsigned unit,
              llvm::ArrayRef<unsigned> nodes) {
  // By keeps per level, outermost first.
  std::map<std::vector<unsigned>, double> counts;
  llvm::SmallVector<unsigned, 8> levels;
  for (unsigned node : nodes)
    if (arch.memory(node))
      levels.push_back(node);
  counts[std::vector<unsigned>(levels.size(), 0)] = 1;
  for (unsigned a = 0; a != einsum.accesses.size(); ++a) {
    bool inner =
        options.fuse && graph.tensorOf(einsum.accesses[a]).isIntermediate();
    std::map<std::vector<unsigned>, double> next;
    for (uint32_t held = 1; held != 1u << levels.size(); ++held) {
      auto holds = [&](unsigned node) {
        auto it = llvm::find(levels, node);
        return it != levels.end() && held >> (it - levels.begin()) & 1;
      };
      bool allowed = inner || held & 1;
      // A copy only connects two backing keeps.
      allowed &= !einsum.isCopy || (held & (held - 1)) == 0;
      for (unsigned l = 0; l != levels.size(); ++l) {
        Holding h = arch.holding(levels[l], unit, graph, einsum, a);
        if (held >> l & 1)
          allowed &= h.kind != Holding::Kind::Forbidden;
        else if (!einsum.isCopy)
          allowed &= h.kind != Holding::Kind::Required &&
                     llvm::all_of(h.requiredUnlessHeldIn, holds);
      }
      if (!allowed)
        continue;
      for (const auto &[before, count] : counts) {
        auto keeps = before;
        for (unsigned l = 0; l != levels.size(); ++l)
          keeps[l] += held >> l & 1;
        next[keeps] += count;
      }
    }
    counts = std::move(next);
  }
  std::map<unsigned, double> result;
  for (auto &[keeps, count] : counts) {
    unsigned total = 0;
    double orders = count;
    for (unsigned k : llvm::drop_begin(keeps)) {
      total += k;
      orders *= std::tgamma(double(k) + 1);
    }
    result[total] += orders;
  }
  return result;
}

double accel::countMapspaceLog10(const EinsumGraph &graph,
                                 const Architecture &arch,
                                 const MapperOptions &options) {
  double sum = 0;
  for (const Einsum &einsum : graph.einsums) {
    double ways = 0;
    for (unsigned unit : arch.unitsFor(einsum)) {
      llvm::SmallVector<unsigned, 8> nodes = arch.pathTo(unit).nodes;
      for (auto [keeps, orders] :
           countHoldings(graph, arch, options, einsum, unit, nodes))
        ways += orders * (einsum.isCopy
                              ? 1
                              : countTilings(einsum, arch, nodes, keeps + 1,
                                             options.imperfect));
    }
    if (ways > 0)
      sum += std::log10(ways);
  }
  return sum;
}
