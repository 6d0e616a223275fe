//===- Suites.h - Suites as tables ------------------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TOOLS_ACCEL_BENCH_SUITES_H
#define ACCEL_TOOLS_ACCEL_BENCH_SUITES_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace accel::bench {

/// What the command line says.
struct SuiteOptions {
  /// Regular expression on the cases' names; empty for all.
  std::string filter;
  /// Where accel-opt is.
  std::string toolFolder;
  /// `deepbench`: see DeepBenchOptions.
  std::string geometry;
  int64_t exactMacs = 0;
  int64_t scaleMacs = 0;
  /// `mapper`: the folder of its cases, and runs per case.
  std::string inputs;
  unsigned repeats = 0;
  /// `gradient`: per search, the first seed and their number.
  double seconds = 0;
  uint64_t seed = 0;
  unsigned seeds = 0;
};

struct Suite {
  llvm::StringRef name;
  /// Prints a table to standard output and the same rows as CSV to `csv`, each
  /// when it is measured. Fails with the case that does not run.
  llvm::Error (*print)(const SuiteOptions &options, llvm::raw_ostream &csv);
};

/// Null if there is none of that name.
const Suite *findSuite(llvm::StringRef name);

/// All names, separated by commas.
std::string suiteNames();

} // namespace accel::bench

#endif // ACCEL_TOOLS_ACCEL_BENCH_SUITES_H
