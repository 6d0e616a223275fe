//===- ModelSuite.h - How fast the cost model evaluates ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TOOLS_ACCEL_BENCH_MODELSUITE_H
#define ACCEL_TOOLS_ACCEL_BENCH_MODELSUITE_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace accel::bench {

/// One case of the suite `model`.
struct ModelRow {
  std::string name;
  double evaluationsPerS;
};

/// Times exact evaluations of compiled mappings, on one core, for the cases
/// whose name matches the regular expression `filter` (all if empty).
std::vector<ModelRow> runModelSuite(llvm::StringRef filter);

} // namespace accel::bench

#endif // ACCEL_TOOLS_ACCEL_BENCH_MODELSUITE_H
