//===- Baselines.h - Plain searches to compare with -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random sampling, simulated annealing and a genetic search over the gradient
// engine's representation of the mapspace: the same moves and the same exact
// cost, without gradients and without systematic descent.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TOOLS_ACCEL_BENCH_BASELINES_H
#define ACCEL_TOOLS_ACCEL_BENCH_BASELINES_H

#include "Mapper/Gradient/ProgramPolish.h"

namespace accel::bench {

enum class Baseline { Random, Annealing, Genetic };

/// Searches until `progress`, the spent share of the budget, reaches 1, and
/// calls `improved` with every better value.
void runBaseline(Baseline kind, const gradient::ProgramSpace &program,
                 uint64_t seed, const std::function<double()> &progress,
                 const std::function<void(double)> &improved);

} // namespace accel::bench

#endif // ACCEL_TOOLS_ACCEL_BENCH_BASELINES_H
