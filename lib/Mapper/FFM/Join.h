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
  /// It would have taken too long; no program is better than `lowerBound`.
  bool gaveUp = false;
  double lowerBound = -kInf;
  /// Bounds had to be raised segment by segment.
  bool isLong = false;
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

/// What a join is for.
struct JoinTask {
  /// No program is better, and none is of interest.
  double low = -kInf, threshold = kInf;
  /// Passes under a rising limit end as soon as there is a result that is no
  /// bound, or one with this much room below the limit.
  double margin = 0;
  /// Open nests take part.
  bool takesOpen = false;
  /// Bounds are raised segment by segment from the start.
  bool isLong = false;
  /// It is no use if bounds, once raised, still leave much room.
  bool mayGiveUp = false;
};

/// Joins the spaces of a graph. `marginals` brings those of an earlier join on
/// the same graph whose spaces were bounds on those of now, if any, and takes
/// those of this one. Optimal among the given partial mappings.
JoinResult joinProgram(const SearchContext &context, ExchangeGraph &graph,
                       const JoinTask &task,
                       const std::function<bool()> &cancelled,
                       JoinMarginals *marginals = nullptr);

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_JOIN_H
