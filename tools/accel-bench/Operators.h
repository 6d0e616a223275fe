//===- Operators.h - DeepBench's operators as linalg ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_BENCH_OPERATORS_H
#define ACCEL_BENCH_OPERATORS_H

#include "accel/Model/EinsumGraph.h"
#include <cstdint>
#include <string>
#include <vector>

namespace accel::bench {

/// An int8 matrix product or convolution that ends in a shift and a clip.
struct Operator {
  std::string id;
  bool isGemm = false;
  /// Images, or the rows of a GEMM (DeepBench's n).
  int64_t n = 1;
  /// Input channels, or the reduction of a GEMM.
  int64_t c = 1;
  int64_t h = 1, w = 1;
  /// Output channels, or the columns of a GEMM (DeepBench's m).
  int64_t k = 1;
  int64_t r = 1, s = 1;
  int64_t padH = 0, padW = 0, strideH = 1, strideW = 1;

  int64_t outH() const { return (h + 2 * padH - r) / strideH + 1; }
  int64_t outW() const { return (w + 2 * padW - s) / strideW + 1; }
  int64_t outputs() const { return n * k * outH() * outW(); }
  int64_t macs() const { return outputs() * c * r * s; }
  /// The shift after which random sums fill 8 bits: 1 to 15.
  int64_t shift() const;

  /// NCHW, or row-major matrices.
  std::vector<int64_t> inputShape() const;
  std::vector<int64_t> weightShape() const;
  std::vector<int64_t> outputShape() const;

  /// A module with one function of linalg ops on tensors.
  std::string linalgText() const;
  /// The accumulation alone, as an Einsum.
  EinsumGraph einsum() const;
  /// Computes the operator by its definition.
  std::vector<int8_t> compute(const std::vector<int8_t> &input,
                              const std::vector<int8_t> &weight) const;
  /// The same operator with extents halved, the largest first, until it has at
  /// most `macs`; filter, stride and padding stay.
  Operator scaledDown(int64_t macs) const;
};

/// The inference operators of DeepBench: 88 GEMMs and 124 convolutions.
std::vector<Operator> deepBenchOperators();

} // namespace accel::bench

#endif // ACCEL_BENCH_OPERATORS_H
