//===- PathEnumerator.h - Every path of a small Einsum ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes down every path of one Einsum node by node and asks the model what is
// legal and what it costs. Sizes of levels play no part.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MAPPER_PATHENUMERATOR_H
#define ACCEL_TEST_UNIT_MAPPER_PATHENUMERATOR_H

#include "accel/Mapper/Mapper.h"
#include "accel/Model/CostModel.h"

namespace accel::test {

/// Paths that nothing outside can tell apart: one of them, and what it costs.
struct PathProfile {
  EinsumMapping path;
  /// Without leakage.
  double energyJ = 0;
  double latencyS = 0;
  /// By operand: level (node) and depth (loops above) of the backing keep.
  llvm::SmallVector<std::pair<unsigned, unsigned>, 4> backing;
  /// Loops above the innermost backing keep of an intermediate.
  unsigned fusedLoops = 0;
};

/// All paths of Einsum `einsum` that `options` allow, or nothing if there are
/// more than `maxPaths` prefixes. `count` grows by the prefixes written.
std::optional<std::vector<PathProfile>>
enumeratePaths(const EinsumGraph &graph, const Architecture &arch,
               const MapperOptions &options, unsigned einsum, uint64_t maxPaths,
               uint64_t &count);

/// How the model is to read mappings under these options.
CostOptions costOptionsOf(const MapperOptions &options);

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MAPPER_PATHENUMERATOR_H
