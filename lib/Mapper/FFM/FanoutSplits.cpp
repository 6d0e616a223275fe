//===- FanoutSplits.cpp - Ways to fill fan-outs ---------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FanoutSplits.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>

namespace accel::ffm {

/// Ways to spread ranks over all fan-outs above a level beyond which minimum
/// usage is judged level by level.
static constexpr size_t kMaxSpreads = 5000;

FanoutSplits::FanoutSplits(const EinsumOutline &outline,
                           llvm::function_ref<bool(unsigned, int64_t)> mayTake,
                           const UsageGoals *known)
    : outline(outline), einsum(outline.einsum), mayTake(mayTake), known(known) {
  const Architecture &arch = outline.context.arch;
  uint32_t spread = 0;
  above.insert(Factors(einsum.ranks.size(), 1));
  for (unsigned l = 0; l <= outline.levels.size(); ++l) {
    llvm::ArrayRef<unsigned> fanouts = outline.fanoutsAbove(l);
    for (unsigned node : fanouts)
      for (unsigned r = 0; r != einsum.ranks.size(); ++r)
        if (einsum.ranks[r].lanes == arch.fanout(node)->name)
          spread |= 1u << r;
    pinned.push_back(spread);
    byLevel.push_back(enumerate(fanouts));
    if (!fanouts.empty())
      extend(byLevel.back());
  }
  for (unsigned r = 0; r != einsum.ranks.size(); ++r)
    if (!einsum.ranks[r].lanes.empty() && !(spread >> r & 1) &&
        infeasible.empty())
      infeasible = "rank \"" + einsum.rankName(r) + "\" of \"" + einsum.name +
                   "\" is pinned to \"" + einsum.ranks[r].lanes +
                   "\", which is not above \"" +
                   arch.nodeName(outline.unitNode).str() + "\"";
}

bool FanoutSplits::fits(const Factors &taken, const Split &split) const {
  Factors all = taken;
  for (const SpatialFactor &f : split)
    all[f.rank] *= f.factor;
  return llvm::all_of(split, [&](const SpatialFactor &f) {
    return !(outline.freeRanks >> f.rank & 1) || mayTake(f.rank, all[f.rank]);
  });
}

/// Whether ranks that are spread above in some way can be split so.
bool FanoutSplits::fitsBelow(const Split &split) const {
  return llvm::any_of(above,
                      [&](const Factors &taken) { return fits(taken, split); });
}

/// Adds the splits of a level to the ways above it.
void FanoutSplits::extend(llvm::ArrayRef<Split> splits) {
  std::set<Factors> next;
  for (const Factors &taken : above)
    for (const Split &split : splits) {
      if (!fits(taken, split))
        continue;
      Factors all = taken;
      for (const SpatialFactor &f : split)
        all[f.rank] *= f.factor;
      next.insert(std::move(all));
      if (next.size() > kMaxSpreads) {
        above = {Factors(einsum.ranks.size(), 1)};
        return;
      }
    }
  above = std::move(next);
}

/// Instances of a fan-out to be used, of those that the choices use.
double FanoutSplits::goalOf(unsigned node,
                            llvm::ArrayRef<std::pair<Split, int64_t>> choices) {
  if (known)
    return known->lookup(node);
  const Fanout &fanout = *outline.context.arch.fanout(node);
  double wanted = einsum.isCopy ? 0 : fanout.minUsage * double(fanout.n);
  if (wanted > 1) {
    int64_t most = 0;
    for (const auto &[split, used] : choices)
      if (used > most && fitsBelow(split))
        most = used;
    if (most != 0)
      wanted = std::min(wanted, double(most));
  }
  return goals[node] = wanted;
}

std::vector<Split> FanoutSplits::enumerate(llvm::ArrayRef<unsigned> fanouts) {
  const Architecture &arch = outline.context.arch;
  std::vector<Split> found{Split()};
  for (unsigned node : fanouts) {
    const Fanout &fanout = *arch.fanout(node);
    llvm::SmallVector<unsigned, 6> ranks;
    Split lanes;
    int64_t lanesUsed = 1;
    for (unsigned r = 0; r != einsum.ranks.size(); ++r) {
      if (einsum.ranks[r].lanes == fanout.name) {
        lanes.push_back({node, r, einsum.ranks[r].bound});
        lanesUsed *= einsum.ranks[r].bound;
      }
      bool forbidden =
          !(outline.freeRanks >> r & 1) || einsum.ranks[r].bound == 1;
      for (const AccessInfo &access : outline.accesses)
        if (fanout.reuse.contains(access.role) && access.relevant() >> r & 1)
          forbidden = true;
      if (!forbidden)
        ranks.push_back(r);
    }
    if (lanesUsed > fanout.n) {
      infeasible = ("lanes of \"" + einsum.name + "\" need " +
                    llvm::Twine(lanesUsed) + " instances of \"" + fanout.name +
                    "\" but there are " + llvm::Twine(fanout.n))
                       .str();
      return {};
    }

    // Extends every split so far by every choice for this fan-out.
    std::vector<std::pair<Split, int64_t>> extended;
    for (const Split &prefix : found) {
      if (!lanes.empty()) {
        Split whole = prefix;
        whole.append(lanes.begin(), lanes.end());
        extended.push_back({whole, lanesUsed});
        continue;
      }
      auto extend = [&](auto &self, unsigned i, Split &current,
                        int64_t used) -> void {
        if (i == ranks.size()) {
          extended.push_back({current, used});
          return;
        }
        int64_t taken = 1;
        for (const SpatialFactor &f : prefix)
          if (f.rank == ranks[i])
            taken *= f.factor;
        for (int64_t f = 1; used * f <= fanout.n; ++f) {
          if (!mayTake(ranks[i], taken * f))
            continue;
          if (f > 1)
            current.push_back({node, ranks[i], f});
          self(self, i + 1, current, used * f);
          if (f > 1)
            current.pop_back();
        }
      };
      Split current = prefix;
      extend(extend, 0, current, 1);
    }
    double wanted = goalOf(node, extended);
    found.clear();
    for (auto &[split, used] : extended)
      if (double(used) >= wanted)
        found.push_back(std::move(split));
  }
  return found;
}

} // namespace accel::ffm
