//===- Operators.h - Operators that the embedding tests share ---*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_EMBEDDING_OPERATORS_H
#define ACCEL_TEST_UNIT_EMBEDDING_OPERATORS_H

#include "accel/Embedding/Problem.h"
#include "accel/Model/EinsumGraph.h"
#include "llvm/Support/Error.h"
#include "gtest/gtest.h"
#include <string>

namespace accel::test {

/// A two-dimensional convolution, NHWC with filters [k, r, s, c].
struct Conv {
  int64_t n = 1, c = 1, h = 1, w = 1, k = 1, r = 1, s = 1;
  int64_t padH = 0, padW = 0, strideH = 1, strideW = 1, dilation = 1;

  int64_t outH() const {
    return (h + 2 * padH - (r - 1) * dilation - 1) / strideH + 1;
  }
  int64_t outW() const {
    return (w + 2 * padW - (s - 1) * dilation - 1) / strideW + 1;
  }

  static Conv square(int64_t c, int64_t k, int64_t size, int64_t filter,
                     int64_t pad = 0, int64_t stride = 1) {
    Conv conv;
    conv.c = c;
    conv.k = k;
    conv.h = conv.w = size;
    conv.r = conv.s = filter;
    conv.padH = conv.padW = pad;
    conv.strideH = conv.strideW = stride;
    return conv;
  }

  EinsumGraph graph() const {
    auto index = [&](const char *out, const char *filter, int64_t stride,
                     int64_t pad) {
      return std::to_string(stride) + "*" + out + " + " +
             std::to_string(dilation) + "*" + filter +
             (pad ? " - " + std::to_string(pad) : "");
    };
    EinsumGraphBuilder b;
    b.tensor("I", {n, h, w, c})
        .tensor("F", {k, r, s, c})
        .tensor("O", {n, outH(), outW(), k});
    b.einsum("conv", {{"n", n},
                      {"p", outH()},
                      {"q", outW()},
                      {"k", k},
                      {"r", r},
                      {"s", s},
                      {"c", c}})
        .input("I", "n, " + index("p", "r", strideH, padH) + ", " +
                        index("q", "s", strideW, padW) + ", c")
        .input("F", "k, r, s, c")
        .output("O", "n, p, q, k");
    return llvm::cantFail(b.take());
  }

  /// Invocations of the fixed scheme: batch, output and input channels on the
  /// lanes, padded, all else in loops.
  int64_t fixedMicroOps(int64_t batch, int64_t blockIn,
                        int64_t blockOut) const {
    auto up = [](int64_t a, int64_t b) { return (a + b - 1) / b; };
    return up(n, batch) * outH() * outW() * up(c, blockIn) * up(k, blockOut) *
           r * s;
  }
};

/// O[m, n] += A[m, k] * B[n, k], weights stored by output channel.
inline EinsumGraph matmul(int64_t m, int64_t n, int64_t k) {
  EinsumGraphBuilder b;
  b.tensor("A", {m, k}).tensor("B", {n, k}).tensor("O", {m, n});
  b.einsum("matmul", {{"m", m}, {"n", n}, {"k", k}})
      .input("A", "m, k")
      .input("B", "n, k")
      .output("O", "m, n");
  return llvm::cantFail(b.take());
}

inline EinsumGraph gemv(int64_t n, int64_t k) {
  EinsumGraphBuilder b;
  b.tensor("x", {k}).tensor("A", {n, k}).tensor("y", {n});
  b.einsum("gemv", {{"n", n}, {"k", k}})
      .input("x", "k")
      .input("A", "n, k")
      .output("y", "n");
  return llvm::cantFail(b.take());
}

inline EinsumGraph batchMatmul(int64_t batch, int64_t m, int64_t n, int64_t k) {
  EinsumGraphBuilder b;
  b.tensor("A", {batch, m, k}).tensor("B", {batch, k, n});
  b.tensor("O", {batch, m, n});
  b.einsum("bmm", {{"b", batch}, {"m", m}, {"n", n}, {"k", k}})
      .input("A", "b, m, k")
      .input("B", "b, k, n")
      .output("O", "b, m, n");
  return llvm::cantFail(b.take());
}

/// A depthwise convolution, NHWC.
inline EinsumGraph depthwise(int64_t channels, int64_t size, int64_t filter) {
  int64_t out = size - filter + 1;
  EinsumGraphBuilder b;
  b.tensor("I", {1, size, size, channels});
  b.tensor("F", {filter, filter, channels});
  b.tensor("O", {1, out, out, channels});
  b.einsum("depthwise", {{"n", 1},
                         {"p", out},
                         {"q", out},
                         {"c", channels},
                         {"r", filter},
                         {"s", filter}})
      .input("I", "n, p + r, q + s, c")
      .input("F", "r, s, c")
      .output("O", "n, p, q, c");
  return llvm::cantFail(b.take());
}

inline Problem makeProblem(const EinsumGraph &graph,
                           const MatrixInstruction &instruction,
                           const EmbeddingOptions &options = {}) {
  return llvm::cantFail(Problem::create(graph, 0, instruction, options));
}

/// The message of a failure, or "success".
inline std::string message(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "success";
}

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_EMBEDDING_OPERATORS_H
