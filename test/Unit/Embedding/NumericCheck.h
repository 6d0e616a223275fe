//===- NumericCheck.h - Runs an embedding on numbers ------------*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_EMBEDDING_NUMERICCHECK_H
#define ACCEL_TEST_UNIT_EMBEDDING_NUMERICCHECK_H

#include "accel/Embedding/Problem.h"

namespace accel::test {

/// Packs random numbers as the layouts say, executes every invocation with all
/// its lanes, filler included, unpacks, and compares with the operator executed
/// point by point. False as well for what cannot be executed: ranks, axes or
/// elements that do not exist. Shares no code with Checker.h.
bool computesOperator(const Problem &problem, const Embedding &embedding);

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_EMBEDDING_NUMERICCHECK_H
