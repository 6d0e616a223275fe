//===- Checker.h - Proves an embedding on the scalar dataflow ---*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scalar form of the problem: the products of one invocation are mapped
// onto products of the operator, injectively, so that products which share an
// operand value in the instruction share it in the operator, and products that
// are summed in the instruction differ in reduction ranks only. The checker
// enumerates exactly that. It uses nothing of an embedding but the swap, the
// axes, the lanes and the element addressing, and no formula of the solvers.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_EMBEDDING_CHECKER_H
#define ACCEL_EMBEDDING_CHECKER_H

#include "accel/Embedding/Problem.h"

namespace accel {

/// Checks the invocation at `groups` (one group per axis). O(products * ranks).
llvm::Error checkInvocation(const Problem &problem, const Embedding &embedding,
                            llvm::ArrayRef<int64_t> groups);

/// Checks the first and the last invocation and every one in which a single
/// axis is at its last group: where tiles are cut, it shows there.
/// O(axes * products * ranks).
llvm::Error checkCorners(const Problem &problem, const Embedding &embedding);

/// Checks all invocations together: every point of the iteration space is
/// computed exactly once, every slot of a packed operand holds one value (or
/// zero, where no product reads it), filler adds nothing to a result, and
/// elements touched and spanned are what the layouts claim. Fails for operators
/// of more than `maxProducts` products, as it keeps a table of all.
llvm::Error checkWholeOperator(const Problem &problem,
                               const Embedding &embedding,
                               int64_t maxProducts = 4 << 20);

} // namespace accel

#endif // ACCEL_EMBEDDING_CHECKER_H
