//===- RandomProblems.h - Small operators drawn at random -------*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_EMBEDDING_RANDOMPROBLEMS_H
#define ACCEL_TEST_UNIT_EMBEDDING_RANDOMPROBLEMS_H

#include "Operators.h"
#include <random>

namespace accel::test {

/// Draws operators, instructions and options, the same for one seed.
class RandomProblems {
public:
  explicit RandomProblems(unsigned seed) : generator(seed) {}

  /// Any operator, instruction and options; small enough to list everything.
  Problem next();
  /// A convolution of few channels, all liberties taken.
  Problem nextStem();
  /// An operator with extents up to `most` and at most `maxPoints` points.
  EinsumGraph nextOperator(int64_t most, int64_t maxPoints);

  int64_t draw(int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(generator);
  }

private:
  EinsumGraph drawOperator(int64_t most);
  MatrixInstruction drawInstruction();
  EmbeddingOptions drawOptions();

  std::mt19937_64 generator;
};

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_EMBEDDING_RANDOMPROBLEMS_H
