//===- GradientSuite.h - Descent against plain searches ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TOOLS_ACCEL_BENCH_GRADIENTSUITE_H
#define ACCEL_TOOLS_ACCEL_BENCH_GRADIENTSUITE_H

#include "llvm/ADT/StringRef.h"
#include <functional>
#include <string>

namespace accel::bench {

/// One improvement of one search.
struct GradientRow {
  std::string name, engine;
  uint64_t seed = 0;
  /// Processor seconds since the search began.
  double seconds = 0;
  double edpJs = 0;
  /// edpJs over the optimum, minus 1.
  double gap = 0;
};

/// Searches every case that matches the regular expression `filter` (all if
/// empty) by the gradient engine, random sampling, annealing and a genetic
/// search, each for `seconds` of one core, and tells every improvement; first
/// the optimum, as engine `ffm`, with the time that it took.
void runGradient(llvm::StringRef filter, double seconds, uint64_t seed,
                 const std::function<void(const GradientRow &)> &row);

} // namespace accel::bench

#endif // ACCEL_TOOLS_ACCEL_BENCH_GRADIENTSUITE_H
