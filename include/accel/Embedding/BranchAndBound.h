//===- BranchAndBound.h - Embeddings by own branch and bound ----*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_EMBEDDING_BRANCHANDBOUND_H
#define ACCEL_EMBEDDING_BRANCHANDBOUND_H

#include "accel/Embedding/Solver.h"

namespace accel {

/// Solves the problem without a constraint library: lists every assignment of
/// each lane on its own (recursively, rank by rank), sorts them by invocations,
/// and combines lanes while the product can still beat the best found.
/// Exact, and built independently of GecodeSolver.h for comparison; it shares
/// the definition of the problem and of the cost. Same failures.
llvm::Expected<SolveResult>
solveByBranchAndBound(const Problem &problem, const SolveRequest &request = {});

/// The best embedding alone, or nothing. Precondition: the problem passed
/// finalize().
std::vector<Embedding> bestByBranchAndBound(const Problem &problem);

} // namespace accel

#endif // ACCEL_EMBEDDING_BRANCHANDBOUND_H
