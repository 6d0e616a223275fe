//===- LayoutTest.cpp - Layouts and bytes that follow from an embedding ---===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "RandomProblems.h"
#include "accel/Embedding/BranchAndBound.h"
#include <set>

using namespace accel;
using namespace accel::test;

/// A one-dimensional convolution of one channel.
static EinsumGraph window(int64_t out, int64_t filter, int64_t stride,
                          int64_t dilation, int64_t pad = 0) {
  int64_t in = (out - 1) * stride + (filter - 1) * dilation + 1 - 2 * pad;
  EinsumGraphBuilder b;
  b.tensor("I", {in}).tensor("F", {filter}).tensor("O", {out});
  b.einsum("window", {{"p", out}, {"r", filter}})
      .input("I", std::to_string(stride) + "*p + " + std::to_string(dilation) +
                      "*r - " + std::to_string(pad))
      .input("F", "r")
      .output("O", "p");
  return llvm::cantFail(b.take());
}

/// The embedding with the given tiles of p (lane m) and r (lane k).
static Embedding embed(const Problem &problem, int64_t tileP, int64_t tileR,
                       bool strided = false) {
  Embedding embedding;
  embedding.axes.resize(2);
  embedding.axes[0].ranks = {0};
  embedding.axes[0].lane = tileP > 1 ? 0 : -1;
  embedding.axes[0].tile = tileP;
  embedding.axes[0].strided = strided;
  embedding.axes[1].ranks = {1};
  embedding.axes[1].lane = tileR > 1 ? 2 : -1;
  embedding.axes[1].tile = tileR;
  problem.complete(embedding);
  EXPECT_EQ(message(problem.verify(embedding)), "success");
  return embedding;
}

TEST(Layout, untiledWindowsTouchEveryPositionOnce) {
  for (int64_t out : {1, 2, 5, 9})
    for (int64_t filter : {1, 2, 3, 7})
      for (int64_t stride : {1, 2, 3, 4})
        for (int64_t dilation : {1, 2, 3})
          for (int64_t pad : {0, 1}) {
            if ((out - 1) * stride + (filter - 1) * dilation < 2 * pad)
              continue;
            Problem problem =
                makeProblem(window(out, filter, stride, dilation, pad),
                            MatrixInstruction::gemm(4, 1, 4));
            OperandLayout layout = embed(problem, 1, 1).layout(Role::Input);
            std::set<int64_t> positions, inside;
            for (int64_t p = 0; p < out; ++p)
              for (int64_t r = 0; r < filter; ++r) {
                int64_t at = stride * p + dilation * r - pad;
                positions.insert(at);
                if (at >= 0 && at < problem.operands[0].shape[0])
                  inside.insert(at);
              }
            EXPECT_LE(layout.touched, int64_t(positions.size()));
            EXPECT_GE(layout.touched, int64_t(inside.size()));
            if (pad == 0) {
              EXPECT_EQ(layout.touched, int64_t(inside.size()));
            }
            EXPECT_LE(layout.touched, layout.elements);
          }
}

TEST(Layout, unrolledWindowIsReplicatedByTheFilter) {
  Problem problem =
      makeProblem(window(32, 3, 1, 1), MatrixInstruction::gemm(1, 1, 4));
  OperandLayout layout = embed(problem, 1, 3).layout(Role::Input);
  EXPECT_EQ(layout.level, LayoutLevel::Unrolled);
  EXPECT_EQ(layout.elements, 32);
  // 96 values of which 34 are different.
  EXPECT_DOUBLE_EQ(layout.replication, 96.0 / 34);
  EXPECT_EQ(layout.bytes, 32 * 4);
}

TEST(Layout, windowsThatStartTogetherShareAnElement) {
  Problem problem =
      makeProblem(window(30, 6, 1, 1), MatrixInstruction::gemm(1, 1, 3));
  OperandLayout layout = embed(problem, 1, 3).layout(Role::Input);
  // Starts 0..29 and 3..32.
  EXPECT_EQ(layout.elements, 33);
  ASSERT_EQ(layout.dims.size(), 1u);
  EXPECT_EQ(layout.dims[0].terms.size(), 2u);
}

TEST(Layout, stridedLanesReplicateOnlyAtTheirEnds) {
  Problem problem =
      makeProblem(window(64, 3, 1, 1), MatrixInstruction::gemm(16, 1, 1));
  // Position j takes output 4 * j + group: starts 0..3 plus 0..2.
  EXPECT_EQ(embed(problem, 16, 1, true).layout(Role::Input).elements, 6);
  // Contiguous tiles: 4 groups by 3 offsets.
  EXPECT_EQ(embed(problem, 16, 1, false).layout(Role::Input).elements, 12);
}

TEST(Layout, nonOverlappingPatchesAreInMemoryOrder) {
  Problem problem =
      makeProblem(window(8, 4, 4, 1), MatrixInstruction::gemm(1, 1, 4));
  Embedding embedding = embed(problem, 1, 4);
  EXPECT_EQ(embedding.layout(Role::Input).level, LayoutLevel::AsIs);
  EXPECT_EQ(embedding.layout(Role::Weight).level, LayoutLevel::AsIs);
  EXPECT_DOUBLE_EQ(embedding.layout(Role::Input).replication, 1);
}

TEST(Layout, levelsOfAMatmul) {
  auto levels = [](int64_t m, int64_t n, int64_t k, int64_t lanesM) {
    Problem problem =
        makeProblem(matmul(m, n, k), MatrixInstruction::gemm(lanesM, 16, 16),
                    EmbeddingOptions::plainPacking());
    Embedding embedding = bestByBranchAndBound(problem).front();
    return std::array<LayoutLevel, 3>{embedding.layouts[0].level,
                                      embedding.layouts[1].level,
                                      embedding.layouts[2].level};
  };
  using Levels = std::array<LayoutLevel, 3>;
  constexpr LayoutLevel asIs = LayoutLevel::AsIs, packed = LayoutLevel::Packed,
                        padded = LayoutLevel::Padded;
  // Rows of 16 reduction values are elements already; a weight tile of 16 x 16
  // is contiguous only if there is one of them in a row.
  EXPECT_EQ(levels(4, 32, 32, 1), (Levels{asIs, packed, asIs}));
  EXPECT_EQ(levels(4, 32, 16, 1), (Levels{asIs, asIs, asIs}));
  EXPECT_EQ(levels(4, 32, 32, 2), (Levels{packed, packed, packed}));
  EXPECT_EQ(levels(4, 32, 20, 1), (Levels{padded, padded, asIs}));
  EXPECT_EQ(levels(3, 32, 32, 2), (Levels{padded, packed, padded}));
}

TEST(Layout, bytesCountFillerAndTheTensorsOwnWidth) {
  EinsumGraph graph = matmul(10, 20, 30);
  graph.tensors[2].bitsPerValue = 32;
  Problem problem = makeProblem(graph, MatrixInstruction::vtaGemm(1, 16, 16),
                                EmbeddingOptions::plainPacking());
  Embedding embedding = bestByBranchAndBound(problem).front();
  EXPECT_EQ(embedding.layout(Role::Input).bytes, 10 * 2 * 16);
  EXPECT_EQ(embedding.layout(Role::Weight).bytes, 2 * 2 * 256);
  EXPECT_EQ(embedding.layout(Role::Output).bytes, 10 * 2 * 16 * 4);
}

TEST(Layout, printedSolutionNamesLanesLoopsAndCost) {
  Problem problem =
      makeProblem(matmul(4, 32, 32), MatrixInstruction::vtaGemm(1, 16, 16),
                  EmbeddingOptions::plainPacking());
  std::string text;
  llvm::raw_string_ostream os(text);
  problem.print(bestByBranchAndBound(problem).front(), os);
  EXPECT_EQ(text, R"("matmul" in gemm(m=1, n=16, k=16)
  m <- nothing
  n <- n by 16
  k <- k by 16
  loops: m=4 n=2 k=2
  A: as is, element [m < 4, k < 2] x 16 values, 128 bytes
  B: packed, element [n < 2, k < 2] x 256 values, 1024 bytes
  O: as is, element [m < 4, n < 2] x 16 values, 128 bytes
  cost: 16 micro-ops, 1280 bytes, 1 conversions, 100.0 % of the products used
)");
}
