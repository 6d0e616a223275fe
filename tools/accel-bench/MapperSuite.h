//===- MapperSuite.h - How fast the mapper proves optima --------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TOOLS_ACCEL_BENCH_MAPPERSUITE_H
#define ACCEL_TOOLS_ACCEL_BENCH_MAPPERSUITE_H

#include "llvm/Support/Error.h"
#include <functional>
#include <string>

namespace accel::bench {

/// One case of the suite `mapper`.
struct MapperRow {
  std::string name, objective;
  unsigned einsums = 0;
  /// Search time as reported, and that of the whole process: medians.
  double seconds = 0, processS = 0;
  double peakRssMiB = 0;
  double energyJ = 0, latencyS = 0;
  bool optimal = false;
  /// Value of the objective, and the reference's; for fronts and where there is
  /// no reference, not set (negative).
  double value = -1, referenceValue = -1, referenceCpuS = -1;
};

/// Runs `accel-opt`, `repeats` times a case, on the cases that `cases.json` in
/// folder `inputs` lists (see inputs.py) and whose name matches the regular
/// expression `filter` (all if empty), with one thread unless a case says
/// otherwise. Every row is passed on when it is complete. Fails if the tool is
/// not found or ends with an error.
llvm::Error runMapperSuite(llvm::StringRef accelOpt, llvm::StringRef inputs,
                           llvm::StringRef filter, unsigned repeats,
                           const std::function<void(const MapperRow &)> &emit);

} // namespace accel::bench

#endif // ACCEL_TOOLS_ACCEL_BENCH_MAPPERSUITE_H
