//===- RestBounds.cpp - What the rest of a program costs at least ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RestBounds.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <map>

namespace accel::ffm {

/// Where combinations of exchanges are more than this, fewer are tracked.
static constexpr size_t kMostEntries = 1u << 14;
/// In place of a tensor that is not tracked.
static constexpr unsigned kNone = 0;

/// The number of the exchange of operand `a`, from 1 on.
static unsigned specOf(const Nest &nest, int a) {
  for (const Exchange &x : nest.exchanges)
    if (int(x.access) == a)
      return x.spec + 1;
  return kNone;
}

RestBounds::RestBounds(
    const SearchContext &context, const ExchangeGraph &graph,
    llvm::function_ref<const std::vector<Least> &(unsigned)> leastByNest,
    bool takesOpen)
    : cuts(graph.numEinsums() + 1) {
  const EinsumGraph &program = context.graph;
  using NestsKey =
      std::tuple<const EinsumSpace *, std::vector<int>, std::vector<int>>;
  std::map<NestsKey, std::vector<Nests>> known;
  cuts.back().bySpecs[keyOf({kNone, kNone})] = {0, 0, 0, 0};
  for (unsigned e = graph.numEinsums(); e-- != 0;) {
    const Cut &next = cuts[e + 1];
    llvm::ArrayRef<unsigned> live = graph.liveBefore(e);
    auto touched = [&](llvm::ArrayRef<unsigned> tensors) {
      std::vector<int> operands;
      for (unsigned t : tensors)
        operands.push_back(program.findAccessOf(e, t));
      return operands;
    };
    // What is read soonest says most; what nobody tracks later, nothing.
    std::vector<std::pair<unsigned, unsigned>> choices;
    for (unsigned t : live)
      if (program.findAccessOf(e, t) >= 0 ||
          llvm::is_contained(next.tensors, t))
        choices.push_back(
            {*llvm::lower_bound(program.tensors[t].consumers, e), t});
    llvm::sort(choices);
    for (unsigned most = takesOpen ? 0 : kMostTracked;; --most) {
      Cut &cut = cuts[e];
      cut = Cut();
      for (auto [use, t] : choices)
        if (cut.tensors.size() < most) {
          cut.tensors.push_back(t);
          cut.places.push_back(llvm::lower_bound(live, t) - live.begin());
        }
      std::vector<int> before = touched(cut.tensors),
                       after = touched(next.tensors);
      auto [it, isNew] = known.try_emplace({&graph.space(e), before, after});
      if (isNew)
        it->second = groupNests(graph.space(e), leastByNest(e), before, after);
      if (prepend(it->second, next, after, cut) || most == 0)
        break;
    }
  }
}

std::vector<RestBounds::Nests>
RestBounds::groupNests(const EinsumSpace &space,
                       const std::vector<Least> &leastByNest,
                       llvm::ArrayRef<int> before, llvm::ArrayRef<int> after) {
  std::map<std::pair<Specs, Specs>, Least> groups;
  for (unsigned n = 0; n != space.nests.size(); ++n) {
    if (!leastByNest[n].isPossible())
      continue;
    std::pair<Specs, Specs> key{{kNone, kNone}, {kNone, kNone}};
    for (unsigned i = 0; i != before.size(); ++i)
      if (before[i] >= 0)
        key.first[i] = specOf(space.nests[n], before[i]);
    for (unsigned i = 0; i != after.size(); ++i)
      if (after[i] >= 0)
        key.second[i] = specOf(space.nests[n], after[i]);
    groups[key].include(leastByNest[n]);
  }
  std::vector<Nests> nests;
  for (const auto &[key, least] : groups)
    nests.push_back({key.first, key.second, least});
  return nests;
}

/// False if there are too many combinations.
bool RestBounds::prepend(llvm::ArrayRef<Nests> nests, const Cut &next,
                         llvm::ArrayRef<int> touched, Cut &cut) {
  // What follows, by the exchanges of what the Einsum touches, and then by
  // those of what passes by, in their places before it.
  llvm::DenseMap<uint64_t, llvm::DenseMap<uint64_t, Least>> follows;
  for (const auto &[key, least] : next.bySpecs) {
    Specs specs{unsigned(key >> 32), unsigned(key)}, by{kNone, kNone};
    for (unsigned i = 0; i != next.tensors.size(); ++i) {
      if (touched[i] >= 0)
        continue;
      auto at = llvm::find(cut.tensors, next.tensors[i]);
      if (at != cut.tensors.end())
        by[at - cut.tensors.begin()] = specs[i];
      specs[i] = kNone;
    }
    follows[keyOf(specs)][keyOf(by)].include(least);
  }
  for (const Nests &n : nests) {
    auto it = follows.find(keyOf(n.after));
    if (it == follows.end())
      continue;
    for (const auto &[by, least] : it->second) {
      cut.bySpecs[keyOf(n.before) | by].include(n.least + least);
      if (cut.bySpecs.size() > kMostEntries)
        return false;
    }
  }
  return true;
}

Least RestBounds::before(unsigned e, const Shape &shape) const {
  const Cut &cut = cuts[e];
  Specs specs{kNone, kNone};
  for (unsigned i = 0; i != cut.places.size(); ++i)
    specs[i] = shape.live[cut.places[i]].exchange->spec + 1;
  return cut.bySpecs.lookup(keyOf(specs));
}

} // namespace accel::ffm
