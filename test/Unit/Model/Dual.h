//===- Dual.h - A differentiable scalar for tests ---------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Forward-mode differentiation, just enough to instantiate the cost model.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MODEL_DUAL_H
#define ACCEL_TEST_UNIT_MODEL_DUAL_H

#include <cmath>

namespace accel::test {

/// A value and its derivative.
struct Dual {
  double value = 0, slope = 0;

  Dual() = default;
  explicit Dual(double value, double slope = 0) : value(value), slope(slope) {}

  friend Dual operator+(Dual a, Dual b) {
    return Dual(a.value + b.value, a.slope + b.slope);
  }
  friend Dual operator-(Dual a, Dual b) {
    return Dual(a.value - b.value, a.slope - b.slope);
  }
  friend Dual operator*(Dual a, Dual b) {
    return Dual(a.value * b.value, a.slope * b.value + a.value * b.slope);
  }
  friend Dual operator/(Dual a, Dual b) {
    return Dual(a.value / b.value,
                (a.slope * b.value - a.value * b.slope) / (b.value * b.value));
  }
  friend Dual operator*(Dual a, double b) { return a * Dual(b); }
  friend Dual operator*(double a, Dual b) { return Dual(a) * b; }
  friend Dual operator/(Dual a, double b) {
    return Dual(a.value / b, a.slope / b);
  }
  friend Dual max(Dual a, Dual b) { return a.value < b.value ? b : a; }
  friend Dual ceil(Dual a) { return Dual(std::ceil(a.value)); }
};

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_MODEL_DUAL_H
