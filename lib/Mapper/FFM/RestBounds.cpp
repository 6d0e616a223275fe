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
#include <optional>

namespace accel::ffm {

/// Where combinations of exchanges are more than this, fewer are tracked.
static constexpr size_t kMostEntries = 1u << 14;
/// In place of a tensor that is not tracked.
static constexpr unsigned kNone = 0;
/// In place of where a tensor stood before: the Einsum touches it, or it was
/// not tracked.
static constexpr int kTouched = -1, kUntracked = -2;

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
  // The last Einsum before which the same was tracked in the same places.
  std::map<std::pair<const std::vector<Nests> *, std::vector<int>>, unsigned>
      alike;
  Costs none;
  none[keyOf({kNone, kNone})] = {0, 0, 0, 0};
  cuts.back().bySpecs = std::make_shared<Costs>(std::move(none));
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
      // Where what is tracked next stands before, if it passes by.
      std::vector<int> passing;
      for (unsigned i = 0; i != next.tensors.size(); ++i) {
        auto at = llvm::find(cut.tensors, next.tensors[i]);
        passing.push_back(after[i] >= 0             ? kTouched
                          : at != cut.tensors.end() ? at - cut.tensors.begin()
                                                    : kUntracked);
      }
      unsigned &last =
          alike.try_emplace({&it->second, passing}, e).first->second;
      const Cut &other = cuts[last];
      if (last != e && differByConstant(e + 1, last + 1)) {
        cut.bySpecs = other.bySpecs;
        cut.constant = other.constant + constantAbove(e + 1, last + 1);
        last = e;
        break;
      }
      Costs costs;
      if (!prepend(it->second, next, passing, costs) && most != 0) {
        if (last == e)
          alike.erase({&it->second, passing});
        continue;
      }
      cut.bySpecs = std::make_shared<Costs>(std::move(costs));
      if (last != e)
        share(cut, other);
      last = e;
      break;
    }
  }
}

/// Takes the costs of `other` if those differ by a constant, up to rounding.
void RestBounds::share(Cut &cut, const Cut &other) {
  if (cut.bySpecs->size() != other.bySpecs->size())
    return;
  std::optional<Least> difference;
  for (const auto &[specs, least] : *cut.bySpecs) {
    auto it = other.bySpecs->find(specs);
    if (it == other.bySpecs->end())
      return;
    Least its = it->second + other.constant;
    if (!difference)
      difference = least - its;
    if (!differsBy(least, its, *difference))
      return;
  }
  if (!difference)
    return;
  cut.bySpecs = other.bySpecs;
  cut.constant = other.constant + *difference;
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

/// False if there are too many combinations. `passing`: where each tensor that
/// is tracked next stands before.
bool RestBounds::prepend(llvm::ArrayRef<Nests> nests, const Cut &next,
                         llvm::ArrayRef<int> passing, Costs &costs) {
  // What follows, by the exchanges of what the Einsum touches, and then by
  // those of what passes by, in their places before it.
  llvm::DenseMap<uint64_t, llvm::DenseMap<uint64_t, Least>> follows;
  for (const auto &[key, least] : *next.bySpecs) {
    Specs specs{unsigned(key >> 32), unsigned(key)}, by{kNone, kNone};
    for (unsigned i = 0; i != passing.size(); ++i) {
      if (passing[i] == kTouched)
        continue;
      if (passing[i] != kUntracked)
        by[passing[i]] = specs[i];
      specs[i] = kNone;
    }
    follows[keyOf(specs)][keyOf(by)].include(least + next.constant);
  }
  for (const Nests &n : nests) {
    auto it = follows.find(keyOf(n.after));
    if (it == follows.end())
      continue;
    for (const auto &[by, least] : it->second) {
      costs[keyOf(n.before) | by].include(n.least + least);
      if (costs.size() > kMostEntries)
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
  auto it = cut.bySpecs->find(keyOf(specs));
  return it == cut.bySpecs->end() ? Least() : it->second + cut.constant;
}

} // namespace accel::ffm
