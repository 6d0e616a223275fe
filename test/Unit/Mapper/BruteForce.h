//===- BruteForce.h - Every mapping of a small program ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes down every path of every Einsum node by node and every combination of
// paths, and asks the model what is legal and what it costs. It shares nothing
// with the mapper but the model: no bounds on parts of paths, no tables, no
// dominance, no rule for capacity.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MAPPER_BRUTEFORCE_H
#define ACCEL_TEST_UNIT_MAPPER_BRUTEFORCE_H

#include "accel/Mapper/Mapper.h"

namespace accel::test {

struct BruteForceResult {
  bool feasible = false;
  double value = kInf;
  ProgramMapping best;
  /// For fronts: (energy, latency or usage), ascending energy.
  std::vector<std::pair<double, double>> front;
  /// Paths written down.
  uint64_t numPaths = 0;
  /// The program is too large: nothing else is set.
  bool gaveUp = false;
};

BruteForceResult bruteForce(const EinsumGraph &graph, const Architecture &arch,
                            const MapperOptions &options);

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MAPPER_BRUTEFORCE_H
