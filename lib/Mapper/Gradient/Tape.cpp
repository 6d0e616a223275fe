//===- Tape.cpp - Reverse-mode differentiation ----------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tape.h"
#include <algorithm>
#include <cmath>

namespace accel::gradient {

Tape *&Tape::active() {
  static thread_local Tape *tape = nullptr;
  return tape;
}

Tape::Tape() { constant(0); }

uint32_t Tape::constant(double value) {
  if (value == 0 && !ops.empty())
    return 0;
  ops.push_back({Kind::Constant, 0, 0});
  values.push_back(value);
  return ops.size() - 1;
}

uint32_t Tape::input(double value) {
  ops.push_back({Kind::Input, uint32_t(inputs.size()), 0});
  values.push_back(value);
  inputs.push_back(ops.size() - 1);
  return ops.size() - 1;
}

double Tape::maximum(double a, double b) const {
  if (a < b)
    std::swap(a, b);
  if (b <= 0 || std::isinf(sharpness))
    return a;
  return a * std::pow(1 + std::pow(b / a, sharpness), 1 / sharpness);
}

uint32_t Tape::apply(Kind kind, uint32_t a, uint32_t b) {
  // What is constant need not be replayed.
  bool constA = ops[a].kind == Kind::Constant;
  bool constB = ops[b].kind == Kind::Constant;
  double x = values[a], y = values[b], result = 0;
  switch (kind) {
  case Kind::Add:
    if (b == 0 || a == 0)
      return b == 0 ? a : b;
    result = x + y;
    break;
  case Kind::Sub:
    if (b == 0)
      return a;
    result = x - y;
    break;
  case Kind::Mul:
    if (a == 0 || b == 0)
      return 0;
    if (constA && x == 1)
      return b;
    if (constB && y == 1)
      return a;
    result = x * y;
    break;
  case Kind::Div:
    if (a == 0 || (constB && std::isinf(y)))
      return 0;
    if (constB && y == 1)
      return a;
    result = x / y;
    break;
  case Kind::Max:
    if (b == 0 || a == 0)
      return b == 0 ? a : b;
    result = std::max(x, y);
    break;
  default:
    break;
  }
  if (constA && constB)
    return constant(result);
  ops.push_back({kind, a, b});
  values.push_back(result);
  return ops.size() - 1;
}

void Tape::forward(llvm::ArrayRef<double> arguments, double newSharpness) {
  sharpness = newSharpness;
  for (unsigned i = 0; i != inputs.size(); ++i)
    values[inputs[i]] = arguments[i];
  for (unsigned i = 0; i != ops.size(); ++i) {
    const Op &op = ops[i];
    double a = values[op.a], b = values[op.b];
    switch (op.kind) {
    case Kind::Constant:
    case Kind::Input:
      break;
    case Kind::Add:
      values[i] = a + b;
      break;
    case Kind::Sub:
      values[i] = a - b;
      break;
    case Kind::Mul:
      values[i] = a * b;
      break;
    case Kind::Div:
      values[i] = a / b;
      break;
    case Kind::Max:
      values[i] = maximum(a, b);
      break;
    }
  }
}

void Tape::backward(llvm::ArrayRef<std::pair<uint32_t, double>> weights,
                    llvm::MutableArrayRef<double> gradient) {
  adjoints.assign(ops.size(), 0);
  for (auto [node, weight] : weights)
    adjoints[node] += weight;
  for (unsigned i = ops.size(); i-- != 0;) {
    double d = adjoints[i];
    if (d == 0)
      continue;
    const Op &op = ops[i];
    double a = values[op.a], b = values[op.b];
    switch (op.kind) {
    case Kind::Constant:
    case Kind::Input:
      break;
    case Kind::Add:
      adjoints[op.a] += d;
      adjoints[op.b] += d;
      break;
    case Kind::Sub:
      adjoints[op.a] += d;
      adjoints[op.b] -= d;
      break;
    case Kind::Mul:
      adjoints[op.a] += d * b;
      adjoints[op.b] += d * a;
      break;
    case Kind::Div:
      adjoints[op.a] += d / b;
      adjoints[op.b] -= d * values[i] / b;
      break;
    case Kind::Max:
      if (std::isinf(sharpness) || a <= 0 || b <= 0) {
        adjoints[a < b ? op.b : op.a] += d;
        break;
      }
      adjoints[op.a] += d * std::pow(a / values[i], sharpness - 1);
      adjoints[op.b] += d * std::pow(b / values[i], sharpness - 1);
      break;
    }
  }
  for (unsigned i = 0; i != inputs.size(); ++i)
    gradient[i] = adjoints[inputs[i]];
}

} // namespace accel::gradient
