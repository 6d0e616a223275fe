//===- Joiner.h - The state of a join ---------------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_JOINER_H
#define ACCEL_MAPPER_FFM_JOINER_H

#include "Join.h"
#include <deque>
#include <map>
#include <unordered_map>

namespace accel::ffm {

/// A live intermediate: the exchange that its first Einsum chose.
struct Live {
  unsigned tensor;
  const Exchange *exchange;
  /// Dimensions that the open loops below its backing keep step through, as in
  /// Exchange::handOver: its readers must take it in the same steps.
  llvm::SmallVector<int, 3> handOver;
  /// Claim while the loop below its backing keep stays open: the largest view,
  /// of the first Einsum and of those that have used it there.
  llvm::SmallVector<double, 2> size;
};

/// How a nest exchanges a tensor, or null.
const Exchange *findExchange(const Einsum &einsum, const Nest &nest,
                             unsigned tensor);

/// Prefixes of the program that end in the same group, in columns.
struct States {
  struct Entry {
    double energy = 0, latency = 0, usage = 0;
    /// Before its group is complete: the history entry that it continues; from
    /// then on its own.
    uint32_t history = 0;
    uint32_t choice = 0, shared = 0;
  };
  std::vector<Entry> entries;
  /// Per state and tracked resource, first by depth d = 1..depth: peak of
  /// finished branches that share d loops with the open nest; then, again by
  /// depth: claims at depth less than d.
  std::vector<double> claims;

  void clear() {
    entries.clear();
    claims.clear();
  }
};

/// Prefixes with equal live tensors.
struct Group {
  ExchangeKey key;
  std::vector<Live> live;
  /// Depth of the deepest live tensor.
  unsigned depth = 0;
  /// Ways on: a nest of the next Einsum, and the group it leads to.
  std::vector<std::pair<unsigned, Group *>> arcs;
  /// Least that leads here and from here to the end, capacity aside; and from
  /// here in programs within the limit of the pass under way.
  Least reached, rest, restWithin;
  States states;
  /// Per claim of a state: the most that can still be added to it before it is
  /// compared with a capacity for the last time; minus infinity if it never is.
  std::vector<double> later;
  /// Its states in the history.
  uint32_t firstKept = 0, endKept = 0;
};

/// The groups before one Einsum, in the order in which they were found.
struct Layer {
  std::deque<Group> groups;
  std::unordered_map<ExchangeKey, Group *, ExchangeKeyHash> byKey;

  /// The group with that key, and whether it is new.
  std::pair<Group *, bool> find(const ExchangeKey &key) {
    auto [it, isNew] = byKey.try_emplace(key, nullptr);
    if (isNew) {
      groups.emplace_back();
      groups.back().key = key;
      it->second = &groups.back();
    }
    return {it->second, isNew};
  }
};

/// A space as the join reads it; Einsums that share a space share this.
struct Rows {
  struct Entry {
    double energy, latency;
    uint32_t mapping;
  };
  /// By nest: rows [begin[n], begin[n + 1]).
  std::vector<uint32_t> begin;
  std::vector<Entry> entries;
  /// Claims of a row's own branch, per tracked resource.
  std::vector<double> totals;
  /// The largest of them, by nest.
  std::vector<double> highestTotals;
  /// Least of any row, of all and by nest.
  Least least;
  std::vector<Least> byNest;
};

class Joiner {
public:
  Joiner(const SearchContext &context,
         llvm::ArrayRef<const EinsumSpace *> spaces, double threshold,
         const std::function<bool()> &cancelled, JoinMarginals *marginals)
      : context(context), spaces(spaces), threshold(threshold),
        cancelled(cancelled), marginals(marginals),
        tracked(context.tracked.size()) {
    if (marginals)
      before = std::exchange(*marginals, {});
  }

  JoinResult run(double low, double margin);

private:
  /// Nests by the numbers of the exchanges of some operands.
  using NestsByKey =
      std::unordered_map<ExchangeKey, std::vector<unsigned>, ExchangeKeyHash>;

  void gatherRows();
  void findExternalClaims();
  const NestsByKey &nestsBy(unsigned e, llvm::ArrayRef<unsigned> operands);
  void connect();
  void connectEinsum(unsigned e);
  bool step(unsigned e);
  void joinNest(unsigned e, const Group &left, unsigned nest, Group &right);
  void describeJoin(unsigned e, const Group &left, const Nest &nest,
                    unsigned depth);
  void findLater(unsigned e, Group &group);
  bool takesInSteps(unsigned e, llvm::ArrayRef<unsigned> touched,
                    const Group &left, const Nest &nest) const;
  bool canRunInside(llvm::ArrayRef<unsigned> untouched, const Group &left,
                    const Nest &nest) const;
  void keepUndominated(Group &group);
  void findMarginals();
  void findRestWithin();
  bool joinWithin();
  void collect();
  JoinedProgram trace(const States::Entry &last) const;
  double valueOf(const JoinedProgram &program) const;
  double valueOf(const States::Entry &state) const {
    return context.value(state.energy, state.latency);
  }

  const SearchContext &context;
  llvm::ArrayRef<const EinsumSpace *> spaces;
  /// Largest value of interest, and that of the pass under way.
  double threshold, limit = kInf;
  const std::function<bool()> &cancelled;
  JoinMarginals *marginals;
  /// Of a join of bounds on the same spaces.
  JoinMarginals before;
  unsigned tracked;
  JoinResult result;
  /// Per distinct space, and per Einsum.
  std::map<const EinsumSpace *, Rows> rowsOf;
  std::vector<const Rows *> rows;
  std::map<std::pair<const EinsumSpace *, std::vector<unsigned>>, NestsByKey>
      nestsByKey;
  /// Least energy and latency of all Einsums from e on.
  std::vector<Least> rest;
  /// Claims of external tensors in the outermost level while e runs.
  std::vector<llvm::SmallVector<double, 2>> external;
  /// Those of tensors that e is the first, and the last, to use: branches that
  /// share loops with e hold them as well.
  std::vector<llvm::SmallVector<double, 2>> firstUse, lastUse;
  /// Groups before each Einsum and at the end.
  std::vector<Layer> layers;
  /// All states ever kept, for tracing back.
  struct Kept {
    uint32_t previous, choice, shared;
    double energy, latency;
  };
  std::vector<Kept> history;
  /// For marginals: every step between states, by Einsum; one to a dominated
  /// state counts as one to the state that dominates it.
  struct Step {
    uint32_t from, to, choice;
  };
  std::vector<std::vector<Step>> steps;

  /// What the join of one group with one nest adds, by depth and resource:
  /// claims around it, around earlier branches and, beside the first, around
  /// the open nest, and what its own branch claims beside the row's total.
  std::vector<double> added, around, kept, branch;
  /// The same for one state of it.
  std::vector<double> peaks, open;
  /// For dominance: order of states, those kept, and their claims.
  std::vector<uint32_t> order;
  States undominated;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_JOINER_H
