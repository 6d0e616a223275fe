//===- Joiner.h - The state of a join ---------------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_JOINER_H
#define ACCEL_MAPPER_FFM_JOINER_H

#include "Join.h"
#include <map>

namespace accel::ffm {

/// A live intermediate: the exchange that its first Einsum chose.
struct Live {
  unsigned tensor;
  const Exchange *exchange;
  /// Dimensions that the open loops below its backing keep step through, as in
  /// Exchange::handOver: its readers must take it in the same steps.
  llvm::SmallVector<int, 3> handOver;
  /// Claim while the loop below its backing keep stays open: the largest view
  /// of those that have used it there; the first Einsum's, as a placeholder, if
  /// none has.
  llvm::SmallVector<double, 2> size;
  bool viewed = false;
};

/// How a nest exchanges a tensor, or null.
const Exchange *findExchange(const Einsum &einsum, const Nest &nest,
                             unsigned tensor);

/// Prefix of the program. Arrays over depth have one row of tracked resources
/// each.
struct State {
  double energy = 0, latency = 0, usage = 0;
  /// finished[d - 1]: peak of finished branches that share d loops with the
  /// open nest, d = 1..depth.
  llvm::SmallVector<double, 6> finished;
  /// open[d - 1]: claims at depth less than d, d = 1..depth.
  llvm::SmallVector<double, 6> open;
  uint32_t previous = 0;
  unsigned choice = 0, shared = 0;
};

/// Prefixes with equal live tensors.
struct Group {
  std::vector<Live> live;
  /// Depth of the deepest live tensor.
  unsigned depth = 0;
  /// Ways on: a nest of the next Einsum, and the group it leads to.
  std::vector<std::pair<unsigned, Group *>> arcs;
  /// Least that leads here and from here to the end, capacity aside.
  Others reached, rest;
  std::vector<State> states;
};

class Joiner {
public:
  Joiner(const SearchContext &context,
         llvm::ArrayRef<const EinsumSpace *> spaces, double threshold,
         const std::function<bool()> &cancelled, JoinMarginals *marginals)
      : context(context), spaces(spaces), threshold(threshold),
        cancelled(cancelled), marginals(marginals),
        tracked(context.tracked.size()) {}

  JoinResult run(double low, double margin);

private:
  void findLowerBounds();
  void findExternalClaims();
  void connect();
  void connectEinsum(unsigned e);
  bool step(unsigned e);
  void joinNest(unsigned e, const Group &left, unsigned nest, Group &right);
  bool takesInSteps(unsigned e, llvm::ArrayRef<unsigned> touched,
                    const Group &left, const Nest &nest) const;
  bool canRunInside(llvm::ArrayRef<unsigned> untouched, const Group &left,
                    const Nest &nest) const;
  void keepUndominated(std::vector<State> &states);
  void findMarginals();
  bool dominates(const State &a, const State &b) const;
  bool joinWithin();
  void collect();
  JoinedProgram trace(const State &last) const;
  double valueOf(const JoinedProgram &program) const;
  double valueOf(const State &state) const {
    return context.value(state.energy, state.latency);
  }

  const SearchContext &context;
  llvm::ArrayRef<const EinsumSpace *> spaces;
  /// Largest value of interest, and that of the pass under way.
  double threshold, limit = kInf;
  const std::function<bool()> &cancelled;
  JoinMarginals *marginals;
  unsigned tracked;
  JoinResult result;
  /// Least energy and latency of all Einsums from e on.
  std::vector<Others> rest;
  /// Claims of external tensors in the outermost level while e runs.
  std::vector<llvm::SmallVector<double, 2>> external;
  /// Those of tensors that e is the first, and the last, to use: branches that
  /// share loops with e hold them as well.
  std::vector<llvm::SmallVector<double, 2>> firstUse, lastUse;
  /// Per Einsum and nest: its mappings.
  std::vector<std::vector<std::vector<unsigned>>> rows;
  /// Groups before each Einsum and at the end, by the numbers of their live
  /// tensors' exchanges.
  std::vector<std::map<std::vector<unsigned>, Group>> layers;
  /// All states ever kept, for tracing back.
  std::vector<std::tuple<uint32_t, unsigned, unsigned>> history;
  /// For marginals: every step between states, by Einsum; one to a dominated
  /// state counts as one to the state that dominates it.
  struct Step {
    uint32_t from, to;
    unsigned choice;
    double energy, latency;
  };
  std::vector<std::vector<Step>> steps;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_JOINER_H
