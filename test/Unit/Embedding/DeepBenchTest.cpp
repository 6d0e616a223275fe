//===- DeepBenchTest.cpp - DeepBench inference operators ------------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "accel/Embedding/BranchAndBound.h"
#include "accel/Embedding/Checker.h"
#include "accel/Embedding/GecodeSolver.h"
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

using namespace accel;
using namespace accel::test;

namespace {

/// One operator of the table, as we embed it.
struct BenchCase {
  std::string id;
  EinsumGraph graph;
  int64_t fixedMicroOps;
  bool isConv;
  /// Input channels of a convolution; outputs of a GEMM.
  int64_t channels;
};

/// Product and count of ratios, for geometric means.
struct Mean {
  double logSum = 0;
  int count = 0;
  void add(double ratio) {
    logSum += std::log(ratio);
    ++count;
  }
  double value() const { return std::exp(logSum / count); }
};

} // namespace

static std::vector<BenchCase> readCases(int64_t batch, int64_t block) {
  std::ifstream file(ACCEL_TEST_SOURCE_DIR
                     "/../tools/accel-bench/deepbench-inference.txt");
  std::vector<BenchCase> cases;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string kind, id;
    fields >> kind >> id;
    if (kind == "conv") {
      Conv c;
      fields >> c.n >> c.c >> c.h >> c.w >> c.k >> c.r >> c.s >> c.padH >>
          c.padW >> c.strideH >> c.strideW;
      cases.push_back({"conv-" + id, c.graph(),
                       c.fixedMicroOps(batch, block, block), true, c.c});
    } else if (kind == "gemm") {
      int64_t m, n, k;
      fields >> m >> n >> k;
      // DeepBench's n is the batch, its m the outputs.
      auto up = [](int64_t a, int64_t b) { return (a + b - 1) / b; };
      cases.push_back({"gemm-" + id, matmul(n, m, k),
                       up(n, batch) * up(m, block) * up(k, block), false, m});
    }
  }
  return cases;
}

static double points(const Problem &problem) {
  double product = 1;
  for (const Rank &rank : problem.ranks)
    product *= rank.bound;
  return product;
}

TEST(DeepBench, unfusedGainsAreThoseOfTheFeasibilityStudy) {
  // Utilisation of the fixed scheme and gains in micro-ops as another
  // implementation of the model, without fused ranks, found them.
  struct {
    int64_t batch;
    double all, stems;
  } expected[] = {{1, 1.21, 7.4}, {16, 13, 0}};
  for (auto [batch, all, stems] : expected) {
    Mean utilisation, overAll, overStems;
    for (const BenchCase &bench : readCases(batch, 16)) {
      if (!bench.isConv)
        continue;
      EmbeddingOptions options;
      options.allowFusedRanks = false;
      Problem problem = makeProblem(
          bench.graph, MatrixInstruction::gemm(batch, 16, 16), options);
      Embedding embedding =
          llvm::cantFail(solveWithGecode(problem)).embeddings.front();
      double fixed = points(problem) / (bench.fixedMicroOps * batch * 256.0);
      double gain = double(bench.fixedMicroOps) / embedding.cost.microOps;
      utilisation.add(fixed);
      overAll.add(gain);
      if (bench.channels <= 3) {
        overStems.add(gain);
        if (batch == 1) {
          EXPECT_GE(fixed, 0.06) << bench.id;
          EXPECT_LE(fixed, 0.19) << bench.id;
        }
      }
    }
    EXPECT_EQ(overAll.count, 124);
    EXPECT_EQ(overStems.count, 12);
    if (batch == 1) {
      EXPECT_NEAR(utilisation.value(), 0.80, 0.005);
      EXPECT_NEAR(overAll.value(), all, 0.005);
      EXPECT_NEAR(overStems.value(), stems, 0.05);
    } else {
      EXPECT_NEAR(overAll.value(), all, 0.5);
    }
  }
}

TEST(DeepBench, solversAgreeAndCheckerAccepts) {
  for (int64_t batch : {1, 16}) {
    Mean stems, narrow;
    std::vector<double> milliseconds;
    for (const BenchCase &bench : readCases(batch, 16)) {
      Problem problem =
          makeProblem(bench.graph, MatrixInstruction::gemm(batch, 16, 16));
      SolveResult gecode = llvm::cantFail(solveWithGecode(problem));
      SolveResult own = llvm::cantFail(solveByBranchAndBound(problem));
      const Embedding &embedding = gecode.embeddings.front();
      EXPECT_TRUE(isSame(embedding, own.embeddings.front())) << bench.id;
      EXPECT_EQ(message(problem.verify(embedding)), "success") << bench.id;
      EXPECT_EQ(message(checkCorners(problem, embedding)), "success")
          << bench.id;
      EXPECT_LE(embedding.cost.microOps, bench.fixedMicroOps) << bench.id;
      double gain = double(bench.fixedMicroOps) / embedding.cost.microOps;
      if (bench.isConv && bench.channels <= 3)
        stems.add(gain);
      if (!bench.isConv && bench.channels == 35)
        narrow.add(gain);
      milliseconds.push_back(gecode.seconds * 1e3);
    }
    llvm::sort(milliseconds);
    double median = milliseconds[milliseconds.size() / 2];
    std::printf("batch %2d: %zu operators, solved in %.2f ms (median), %.2f ms "
                "(worst); micro-ops x%.2f less on 1 and 3 channels\n",
                int(batch), milliseconds.size(), median, milliseconds.back(),
                stems.value());
    // Fused ranks gain over the study's x7.4.
    EXPECT_GT(stems.value(), 7.4);
    EXPECT_EQ(narrow.count, 5);
    if (batch == 1) {
      // 48 lanes for 35 outputs, against 704 for 700 or 1504 for 1500.
      EXPECT_GE(narrow.value(), 48.0 / 35 / (704.0 / 700));
    }
  }
}
