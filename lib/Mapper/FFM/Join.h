//===- Join.h - Partial mappings of a program, joined -----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Joins one partial mapping per Einsum in program order. A state is a prefix of
// the program, seen from what follows: the live intermediates with the loops
// above them, energy, latency, and what is claimed around the open loops.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_JOIN_H
#define ACCEL_MAPPER_FFM_JOIN_H

#include "ExchangeGraph.h"
#include "Explorer.h"

namespace accel::ffm {

/// A choice of one partial mapping per Einsum.
struct JoinedProgram {
  double energyJ = 0, latencyS = 0;
  /// The same without leakage; a bound if it `isBound`.
  Least cost{0, 0, 0, 0};
  /// Largest share of any tracked resource (pareto-usage).
  double usage = 0;
  /// Index into the Einsum's space, and loops shared with the Einsum before.
  std::vector<std::pair<unsigned, unsigned>> choices;
  /// Some of the choices are bounds only.
  bool isBound = false;
};

struct JoinResult {
  /// The best, or the front by ascending energy; empty if nothing fits.
  std::vector<JoinedProgram> programs;
  uint64_t joins = 0;
  /// The Einsum at which every prefix failed, and why, if nothing fits.
  std::string reason;
  bool cancelled = false;
};

/// What a join says about any program within a limit.
struct JoinMarginals {
  double limit = 0;
  /// Per Einsum, by signature: least energy and latency of all other Einsums.
  std::vector<std::vector<Others>> others;
  /// Before each Einsum, by shape: least from there to the end; no program goes
  /// through what is missing.
  std::vector<llvm::DenseMap<unsigned, Least>> toGo;
};

/// Joins the spaces of a graph. No program is better than `low`, and none
/// beyond `threshold` is of interest: passes under a rising limit end as soon
/// as there is a result that is no bound, or one with `margin` to spare below
/// the limit. `marginals` brings those of an earlier join on the same graph
/// whose spaces were bounds on those of now, if any, and takes those of this
/// one. Open nests take part if `takesOpen`. Optimal among the given partial
/// mappings.
JoinResult joinProgram(const SearchContext &context, ExchangeGraph &graph,
                       double low, double margin, double threshold,
                       bool takesOpen, const std::function<bool()> &cancelled,
                       JoinMarginals *marginals = nullptr);

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_JOIN_H
