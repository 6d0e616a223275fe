//===- RandomProblems.cpp - Small operators drawn at random ---------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomProblems.h"

using namespace accel;
using namespace accel::test;

/// A grouped convolution along one dimension, strided and dilated.
static EinsumGraph groupedConv(int64_t groups, int64_t out, int64_t k,
                               int64_t c, int64_t filter, int64_t stride,
                               int64_t dilation, int64_t pad) {
  int64_t in = (out - 1) * stride + (filter - 1) * dilation + 1 - 2 * pad;
  EinsumGraphBuilder b;
  b.tensor("I", {groups, c, std::max<int64_t>(in, 1)});
  b.tensor("F", {groups, k, c, filter}).tensor("O", {groups, k, out});
  b.einsum("grouped",
           {{"g", groups}, {"k", k}, {"p", out}, {"c", c}, {"r", filter}})
      .input("I", "g, c, " + std::to_string(stride) + "*p + " +
                      std::to_string(dilation) + "*r - " + std::to_string(pad))
      .input("F", "g, k, c, r")
      .output("O", "g, k, p");
  return llvm::cantFail(b.take());
}

/// A contraction with two reduction ranks and two free ranks on one side.
static EinsumGraph contraction(int64_t a, int64_t b0, int64_t j, int64_t u,
                               int64_t v) {
  EinsumGraphBuilder b;
  b.tensor("A", {u, a, v, b0}).tensor("B", {v, u, j}).tensor("O", {j, b0, a});
  b.einsum("contraction", {{"a", a}, {"b", b0}, {"j", j}, {"u", u}, {"v", v}})
      .input("A", "u, a, v, b")
      .input("B", "v, u, j")
      .output("O", "j, b, a");
  return llvm::cantFail(b.take());
}

/// Windows in both inputs: O[p, q] += A[p + r] * B[q + r].
static EinsumGraph correlation(int64_t p, int64_t q, int64_t r) {
  EinsumGraphBuilder b;
  b.tensor("A", {p + r - 1}).tensor("B", {q + r - 1}).tensor("O", {p, q});
  b.einsum("correlation", {{"p", p}, {"q", q}, {"r", r}})
      .input("A", "p + r")
      .input("B", "q + r")
      .output("O", "p, q");
  return llvm::cantFail(b.take());
}

EinsumGraph RandomProblems::drawOperator(int64_t most) {
  auto e = [&] { return draw(1, most); };
  switch (draw(0, 7)) {
  case 0:
    return matmul(e(), e(), e());
  case 1:
    return batchMatmul(e(), e(), e(), e());
  case 2:
    return gemv(e(), e());
  case 3:
    return depthwise(e(), e() + 1, draw(1, 2));
  case 4: {
    int64_t groups = e(), out = e(), k = e(), c = e(), filter = e();
    int64_t stride = draw(1, 3), dilation = draw(1, 3);
    return groupedConv(groups, out, k, c, filter, stride, dilation, draw(0, 1));
  }
  case 5: {
    int64_t a = e(), b = e(), j = e(), u = e(), v = e();
    return contraction(a, b, j, u, v);
  }
  case 6: {
    int64_t p = e(), q = e();
    return correlation(p, q, e());
  }
  default: {
    Conv conv;
    conv.n = draw(1, 2), conv.c = e(), conv.k = e();
    conv.r = draw(1, 3), conv.s = draw(1, 3);
    conv.h = conv.r + e() - 1, conv.w = conv.s + e() - 1;
    conv.strideH = draw(1, 2), conv.strideW = draw(1, 2);
    conv.padH = draw(0, 1);
    return conv.graph();
  }
  }
}

EinsumGraph RandomProblems::nextOperator(int64_t most, int64_t maxPoints) {
  while (true) {
    EinsumGraph graph = drawOperator(most);
    bool small = graph.einsums[0].numPoints() <= maxPoints;
    for (const Rank &rank : graph.einsums[0].ranks)
      small &= rank.bound <= most;
    if (small)
      return graph;
  }
}

MatrixInstruction RandomProblems::drawInstruction() {
  int64_t m = draw(1, 4), n = draw(1, 5), k = draw(1, 6);
  switch (draw(0, 7)) {
  case 0:
    return MatrixInstruction::dotProduct(k);
  case 1:
    return MatrixInstruction::outerProduct(m, n);
  case 2:
    return MatrixInstruction::matrixVector(n, k);
  case 3:
    return MatrixInstruction::vectorMultiply(k);
  default: {
    MatrixInstruction gemm = MatrixInstruction::gemm(m, n, k);
    gemm.accumulates = draw(0, 5) != 0;
    return gemm;
  }
  }
}

EmbeddingOptions RandomProblems::drawOptions() {
  EmbeddingOptions options;
  options.allowRoleSwap = draw(0, 3) != 0;
  options.allowFusedRanks = draw(0, 3) != 0;
  options.allowSplitRanks = draw(0, 2) != 0;
  options.allowWindowUnrolling = draw(0, 3) != 0;
  options.maxAxesPerLane = draw(0, 3) == 0 ? draw(1, 2) : 0;
  for (LayoutLevel &level : options.maxLayout)
    if (draw(0, 4) == 0)
      level = static_cast<LayoutLevel>(draw(0, 2));
  return options;
}

Problem RandomProblems::nextStem() {
  Conv conv;
  conv.c = draw(1, 3), conv.k = draw(1, 6);
  conv.r = draw(1, 4), conv.s = draw(1, 5);
  conv.h = conv.r + draw(0, 6), conv.w = conv.s + draw(0, 9);
  conv.strideW = draw(1, 2);
  int64_t m = draw(1, 3), n = draw(2, 4);
  return makeProblem(conv.graph(), MatrixInstruction::gemm(m, n, draw(4, 8)));
}

Problem RandomProblems::next() {
  EinsumGraph graph = nextOperator(6, 1200);
  MatrixInstruction instruction = drawInstruction();
  return makeProblem(graph, instruction, drawOptions());
}
