//===- RandomMappings.h - Random programs, targets, mappings ----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Draws small programs (chains, shared inputs, residuals, convolutions), memory
// hierarchies with fan-outs, and mappings with fused loops. What the verifier
// refuses is drawn again, so every triple is valid.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MODEL_RANDOMMAPPINGS_H
#define ACCEL_TEST_UNIT_MODEL_RANDOMMAPPINGS_H

#include "accel/Model/LoopTree.h"
#include <map>
#include <random>

namespace accel::test {

/// One random case.
struct RandomCase {
  EinsumGraph graph;
  Architecture arch;
  ProgramMapping mapping;
  /// Mappings that the verifier refused before this one.
  unsigned rejected = 0;
};

/// Draws a case; the same seed gives the same case.
RandomCase drawCase(uint64_t seed);

/// Names of the features that a case has, for counting what a test reaches.
std::vector<std::string> featuresOf(const RandomCase &c);

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MODEL_RANDOMMAPPINGS_H
