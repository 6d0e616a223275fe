//===- Joiner.h - The state of a join ---------------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_JOINER_H
#define ACCEL_MAPPER_FFM_JOINER_H

#include "CostToGo.h"
#include "Join.h"
#include "Layers.h"
#include "RestBounds.h"
#include "Staircase.h"
#include <map>

namespace accel::ffm {

/// Prefixes of the program that end in the same group, in columns.
struct States {
  struct Entry {
    Least cost{0, 0, 0, 0};
    double usage = 0;
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
  /// Of a group in which two criteria alone decide: those that may count.
  Staircase stairs;
  /// Least of any.
  Least least;

  void clear() {
    least = {};
    stairs.clear();
    entries.clear();
    claims.clear();
  }
};

/// A space as the join reads it; Einsums that share a space share this.
struct Rows {
  struct Entry {
    Least cost;
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
  Joiner(const SearchContext &context, ExchangeGraph &graph,
         const JoinTask &task, const std::function<bool()> &cancelled,
         JoinMarginals *marginals)
      : context(context), graph(graph), low(task.low),
        threshold(task.threshold), margin(task.margin),
        takesOpen(task.takesOpen), mayGiveUp(task.mayGiveUp),
        isLong(task.isLong), cancelled(cancelled), marginals(marginals),
        tracked(context.tracked.size()), count(graph.numEinsums()) {
    if (marginals)
      before = std::exchange(*marginals, {});
  }

  JoinResult run();

private:
  class Examples;

  void startFromBounds();
  void gatherRows();
  void findExternalClaims();
  bool connect();
  void connectEinsum(unsigned e);
  bool connectAsAfter(unsigned e, unsigned other);
  void boundEinsum(unsigned e);
  bool boundAsBefore(unsigned e, unsigned other);
  bool usesBefore() const {
    return reach <= before.limit && !before.toGo.empty();
  }
  Least boundRest(unsigned e, unsigned shape) const;
  /// Lets `placeOf` find the groups of a layer by shape.
  void index(const Layer &layer);
  void clearIndex();
  /// The group of that shape in the layer indexed last, or -1.
  int groupOf(unsigned shape) const {
    return shape < placeOf.size() ? int(placeOf[shape]) - 1 : -1;
  }
  bool step(unsigned e);
  void joinNest(unsigned e, unsigned shape, const States &left, Arc &arc,
                const Least &rest, const double *later, States &right);
  void findLater(unsigned e, unsigned g, LaterClaims &later) const;
  void keepUndominated(unsigned shape, States &states);
  void tighten();
  void tightenCriterion(llvm::ArrayRef<unsigned> cuts);
  std::vector<unsigned> chooseCuts() const;
  void passOn(unsigned e);
  std::vector<double> joinSegment(unsigned begin, unsigned end);
  void raise(unsigned e, llvm::ArrayRef<double> excess);
  double leastRest(unsigned e) const;
  void findMarginals();
  void findRestWithin();
  bool joinWithin();
  void collect();
  JoinedProgram trace(const States::Entry &last) const;
  double valueOf(const States::Entry &state) const {
    return context.value(state.cost);
  }
  /// Costs as the pass under way sees them.
  Least seen(const Least &cost) const {
    if (!isReduced)
      return cost;
    double c = cost.*criterion;
    return {c, c, c, c};
  }
  /// A front with two criteria, energy and this one.
  bool hasStairs() const {
    return context.isFront() && !marginals && !isReduced &&
           (!byUsage() || !context.needsTime);
  }
  bool byUsage() const {
    return context.options.objective == Objective::ParetoUsage;
  }
  bool isBeyond(const Least &cost) const {
    return isReduced ? cost.energyJ > room
                     : context.value(cost) > limit * (1 + kSlack);
  }

  const SearchContext &context;
  ExchangeGraph &graph;
  /// No program is better than `low`. Largest value of interest, that within
  /// which there are groups, and that of the pass under way.
  double low, threshold, reach = -kInf, limit = kInf;
  /// A result that is a bound must lie `margin` below the limit.
  double margin;
  /// How far the limit lies above `low`, and how far groups are found at least.
  double rise = 0, ahead = 0;
  bool takesOpen, mayGiveUp;
  /// A segment is being joined: in one criterion, by what is needed above the
  /// bound of the group that it began with, up to some room.
  bool isReduced = false;
  double Least::*criterion = nullptr;
  double room = 0;
  uint64_t mostJoins = 0;
  /// Bounds on what follows a group are raised segment by segment.
  bool isLong;
  const std::function<bool()> &cancelled;
  JoinMarginals *marginals;
  /// Of a join of bounds on the same spaces.
  JoinMarginals before;
  unsigned tracked, count;
  JoinResult result;
  /// Per distinct space, and per Einsum.
  std::map<const EinsumSpace *, Rows> rowsOf;
  std::vector<const Rows *> rows;
  std::unique_ptr<RestBounds> restBounds;
  /// Claims of external tensors in the outermost level while e runs.
  std::vector<llvm::SmallVector<double, 2>> external;
  /// Those of tensors that e is the first, and the last, to use: branches that
  /// share loops with e hold them as well.
  std::vector<llvm::SmallVector<double, 2>> firstUse, lastUse;
  /// Groups before each Einsum and at the end.
  std::vector<Layer> layers;
  /// By shape: one more than its number in the layer indexed last, or 0.
  std::vector<uint32_t> placeOf;
  std::shared_ptr<const std::vector<unsigned>> indexed;
  /// Their states, by group.
  std::vector<States> states, statesNext;
  /// All states ever kept, for tracing back.
  struct Kept {
    uint32_t previous, choice, shared;
    Least cost;
  };
  std::vector<Kept> history;
  /// For marginals: every step between states, by Einsum; one to a dominated
  /// state counts as one to the state that dominates it.
  struct Step {
    uint32_t from, to, choice;
  };
  std::vector<std::vector<Step>> steps;

  /// For one state and one nest: peaks by the number of loops shared with the
  /// open nest, and what stands open afterwards.
  std::vector<double> peaks, open;
  /// For dominance: order of states, those kept, and their claims.
  std::vector<uint32_t> order;
  States undominated;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_JOINER_H
