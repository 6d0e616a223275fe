//===- Tape.h - Reverse-mode differentiation --------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A scalar that records what is computed with it, so that the cost model's
// template can be run once and then be replayed for other tiles, forwards for
// values and backwards for gradients. The recording has no branches: the
// model's only decision is the maximum, which is smoothed.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_TAPE_H
#define ACCEL_MAPPER_GRADIENT_TAPE_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <utility>
#include <vector>

namespace accel::gradient {

/// A recorded computation. Not thread-safe; each thread records and replays its
/// own.
class Tape {
public:
  enum class Kind : uint8_t { Constant, Input, Add, Sub, Mul, Div, Max };

  Tape();

  /// A new independent variable, in the order of forward's argument.
  uint32_t input(double value);
  uint32_t constant(double value);
  uint32_t apply(Kind kind, uint32_t a, uint32_t b);

  /// Recomputes all values. The maximum of positive a and b is their norm
  /// (a^s + b^s)^(1/s) of order `sharpness`, which tends to the maximum;
  /// infinity stands for the maximum itself.
  void forward(llvm::ArrayRef<double> inputs, double sharpness);
  double value(uint32_t node) const { return values[node]; }

  /// Derivatives of a weighted sum of nodes by all inputs, at the values of the
  /// last forward.
  void backward(llvm::ArrayRef<std::pair<uint32_t, double>> weights,
                llvm::MutableArrayRef<double> gradient);

  unsigned numInputs() const { return inputs.size(); }
  unsigned size() const { return ops.size(); }

  /// The tape that Recorded scalars of this thread write to.
  static Tape *&active();

private:
  struct Op {
    Kind kind;
    uint32_t a, b;
  };
  double maximum(double a, double b) const;

  std::vector<Op> ops;
  std::vector<double> values, adjoints;
  std::vector<uint32_t> inputs;
  double sharpness = 0;
};

/// The scalar: a node of the active tape.
struct Recorded {
  /// Node 0 is zero.
  uint32_t node = 0;

  Recorded() = default;
  explicit Recorded(double value) : node(Tape::active()->constant(value)) {}

  static Recorded of(Tape::Kind kind, Recorded a, Recorded b) {
    Recorded r;
    r.node = Tape::active()->apply(kind, a.node, b.node);
    return r;
  }
  friend Recorded operator+(Recorded a, Recorded b) {
    return of(Tape::Kind::Add, a, b);
  }
  friend Recorded operator-(Recorded a, Recorded b) {
    return of(Tape::Kind::Sub, a, b);
  }
  friend Recorded operator*(Recorded a, Recorded b) {
    return of(Tape::Kind::Mul, a, b);
  }
  friend Recorded operator/(Recorded a, Recorded b) {
    return of(Tape::Kind::Div, a, b);
  }
  friend Recorded operator*(Recorded a, double b) { return a * Recorded(b); }
  friend Recorded operator*(double a, Recorded b) { return Recorded(a) * b; }
  friend Recorded operator/(Recorded a, double b) { return a / Recorded(b); }
  friend Recorded max(Recorded a, Recorded b) {
    return of(Tape::Kind::Max, a, b);
  }
  /// Tiles that do not divide are rounded by the decoder, not here.
  friend Recorded ceil(Recorded a) { return a; }
};

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_TAPE_H
