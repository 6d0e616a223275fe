//===- Solver.h - What every embedding solver takes and gives ---*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_EMBEDDING_SOLVER_H
#define ACCEL_EMBEDDING_SOLVER_H

#include "accel/Embedding/Problem.h"
#include <vector>

namespace accel {

/// Which embeddings to return.
enum class SolveGoal : uint8_t {
  Best,  ///< the first `count` by isBetter()
  Front, ///< the Pareto front of micro-ops and bytes, the best of each point
  All    ///< every one
};

/// What to look for.
struct SolveRequest {
  SolveGoal goal = SolveGoal::Best;
  unsigned count = 1;
  /// The front ends at this multiple of the least micro-ops.
  double frontFactor = 2;
  /// Stop after this time with what was found; 0 means no limit.
  double timeLimitS = 0;
};

/// What was found.
struct SolveResult {
  /// Best first, completed and within all constraints. Never empty.
  std::vector<Embedding> embeddings;
  /// False if the time limit cut the search: the list may miss better ones.
  bool complete = true;
  uint64_t nodes = 0;
  double seconds = 0;
};

/// The error of a problem without any embedding: names the operand whose layout
/// level excludes all of them, and the level that would admit one.
llvm::Error explainInfeasible(const Problem &problem);

/// The embeddings seen so far that a request asks for.
class EmbeddingPool {
public:
  explicit EmbeddingPool(const SolveRequest &request) : request(request) {}

  /// Adds a completed embedding, and drops what it beats, if it belongs here.
  void offer(Embedding embedding);
  /// The most micro-ops with which an embedding that moves `bytes` or more can
  /// still belong here (INT64_MAX while there is no limit).
  int64_t microOpsLimit(int64_t bytes) const;
  /// Best first.
  std::vector<Embedding> take();

private:
  void offerToFront(Embedding embedding);
  /// The most micro-ops on the front.
  int64_t frontEnd() const;

  SolveRequest request;
  /// Sorted by isBetter() for SolveGoal::Best.
  std::vector<Embedding> kept;
};

} // namespace accel

#endif // ACCEL_EMBEDDING_SOLVER_H
