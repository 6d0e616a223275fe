//===- Arithmetic.h - Saturating counts and sums of progressions *- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_EMBEDDING_ARITHMETIC_H
#define ACCEL_LIB_EMBEDDING_ARITHMETIC_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <limits>
#include <utility>

namespace accel::embedding {

/// a * b for counts, INT64_MAX if beyond.
inline int64_t mulSat(int64_t a, int64_t b) {
  int64_t product;
  return __builtin_mul_overflow(a, b, &product)
             ? std::numeric_limits<int64_t>::max()
             : product;
}

/// a + b for counts, INT64_MAX if beyond.
inline int64_t addSat(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum)
             ? std::numeric_limits<int64_t>::max()
             : sum;
}

/// The least integer not below a / b, for a >= 0 and b > 0.
inline int64_t divCeil(int64_t a, int64_t b) { return a / b + (a % b != 0); }

/// A sum of progressions: (step, count) stands for step * i, 0 <= i < count.
using Progressions = llvm::ArrayRef<std::pair<int64_t, int64_t>>;

/// Greatest common divisor of the steps that matter (count above 1), or 1.
int64_t commonStep(Progressions progressions);

/// 1 + (greatest - least sum) / commonStep: positions that the sums span.
int64_t countSpan(Progressions progressions);

/// How many different values the sum takes. Exact for up to two progressions
/// of count above 1, in constant time, and for more while they are small;
/// otherwise an upper bound.
int64_t countDistinct(Progressions progressions);

} // namespace accel::embedding

#endif // ACCEL_LIB_EMBEDDING_ARITHMETIC_H
