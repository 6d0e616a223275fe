//===- GradientSuite.h - Descent against plain searches ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TOOLS_ACCEL_BENCH_GRADIENTSUITE_H
#define ACCEL_TOOLS_ACCEL_BENCH_GRADIENTSUITE_H

#include "accel/Mapper/Mapper.h"

namespace accel::bench {

/// One improvement of one search.
struct GradientRow {
  std::string name, engine;
  uint64_t seed = 0;
  /// Processor seconds since the search began.
  double seconds = 0;
  Objective objective = Objective::EDP;
  /// The objective's value, in its own unit, and that over the optimum minus 1.
  double value = 0, gap = 0;
};

struct GradientSuiteOptions {
  /// Regular expression on the cases' names; empty for all.
  std::string filter;
  /// Of one core, per search.
  double seconds = 10;
  /// The first seed, and how many there are.
  uint64_t seed = 0;
  unsigned repeats = 1;
};

/// Searches GPT-3 layers by the gradient engine, random sampling, annealing and
/// a genetic search, in the same mapspace and for the same time, and tells
/// every improvement; first the optimum, as engine `ffm`, with the time that it
/// took.
void runGradient(const GradientSuiteOptions &options,
                 const std::function<void(const GradientRow &)> &row);

} // namespace accel::bench

#endif // ACCEL_TOOLS_ACCEL_BENCH_GRADIENTSUITE_H
