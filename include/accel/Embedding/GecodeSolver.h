//===- GecodeSolver.h - Embeddings by constraint programming ----*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_EMBEDDING_GECODESOLVER_H
#define ACCEL_EMBEDDING_GECODESOLVER_H

#include "accel/Embedding/Solver.h"

namespace accel {

/// Solves the problem with Gecode: depth-first branch and bound over the
/// variables of Problem.h, with a propagator for the lexicographic cost.
/// Exact: the embeddings returned are the best unless `complete` is false.
/// Exponential in the number of ranks, 1 ms for a convolution. Fails if the
/// problem fails check() or has no embedding; Gecode's exceptions become
/// errors.
llvm::Expected<SolveResult> solveWithGecode(const Problem &problem,
                                            const SolveRequest &request = {});

} // namespace accel

#endif // ACCEL_EMBEDDING_GECODESOLVER_H
