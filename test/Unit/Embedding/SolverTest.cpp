//===- SolverTest.cpp - Embeddings that both solvers find -----------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "RandomProblems.h"
#include "accel/Embedding/BranchAndBound.h"
#include "accel/Embedding/Checker.h"
#include "accel/Embedding/GecodeSolver.h"

using namespace accel;
using namespace accel::test;

static MatrixInstruction vta() { return MatrixInstruction::vtaGemm(1, 16, 16); }

/// The best embedding by both solvers, verified and checked.
static Embedding best(const Problem &problem) {
  SolveResult gecode = llvm::cantFail(solveWithGecode(problem));
  SolveResult own = llvm::cantFail(solveByBranchAndBound(problem));
  EXPECT_TRUE(gecode.complete);
  EXPECT_TRUE(isSame(gecode.embeddings.front(), own.embeddings.front()));
  const Embedding &embedding = gecode.embeddings.front();
  EXPECT_EQ(message(problem.verify(embedding)), "success");
  EXPECT_EQ(message(checkCorners(problem, embedding)), "success");
  return embedding;
}

static Embedding best(const EinsumGraph &graph,
                      const EmbeddingOptions &options = {},
                      const MatrixInstruction &instruction = vta()) {
  return best(makeProblem(graph, instruction, options));
}

TEST(Solver, plainPackingOfConvolutionsIsTheFixedScheme) {
  for (int64_t c : {1, 3, 16, 64, 100})
    for (int64_t stride : {1, 2})
      for (int64_t dilation : {1, 2}) {
        Conv conv = Conv::square(c, 48, 14, 3, 1, stride);
        conv.n = 2;
        conv.dilation = dilation;
        for (int64_t batch : {1, 2, 4}) {
          Embedding embedding =
              best(conv.graph(), EmbeddingOptions::plainPacking(),
                   MatrixInstruction::vtaGemm(batch, 16, 16));
          EXPECT_EQ(embedding.cost.microOps, conv.fixedMicroOps(batch, 16, 16))
              << c << " channels, stride " << stride << ", batch " << batch;
        }
      }
}

TEST(Solver, plainPackingPutsOneRankOnALane) {
  Problem problem = makeProblem(Conv::square(100, 40, 14, 3, 1).graph(), vta(),
                                EmbeddingOptions::plainPacking());
  Embedding embedding = best(problem);
  ASSERT_EQ(embedding.lanes[1].size(), 1u);
  ASSERT_EQ(embedding.lanes[2].size(), 1u);
  EXPECT_TRUE(embedding.lanes[0].empty());
  const EmbeddedAxis &k = embedding.axes[embedding.lanes[1][0]];
  const EmbeddedAxis &c = embedding.axes[embedding.lanes[2][0]];
  EXPECT_EQ(problem.axisName(k.ranks), "k");
  EXPECT_EQ(problem.axisName(c.ranks), "c");
  // 100 channels are 7 groups of 16 with filler; 7 of 15 would do as well, but
  // costs the same and packs worse.
  EXPECT_EQ(c.groups, 7);
  EXPECT_EQ(c.paddedExtent(), 7 * c.tile);
  for (const OperandLayout &layout : embedding.layouts)
    EXPECT_LE(layout.level, LayoutLevel::Padded);
}

TEST(Solver, fusedRanksBeatUnrolledWindowsOnThreeChannels) {
  Conv conv = Conv::square(3, 64, 56, 3, 1);
  int64_t fixed = conv.fixedMicroOps(1, 16, 16);
  EmbeddingOptions unfused;
  unfused.allowFusedRanks = false;
  EXPECT_EQ(fixed, 3 * best(conv.graph(), unfused).cost.microOps);
  // 27 reduction values in 2 groups of 16 instead of 9 groups of 3.
  EXPECT_EQ(2 * fixed, 9 * best(conv.graph()).cost.microOps);
}

TEST(Solver, windowsOfTheDeepSpeechConvolutionFillTheReductionLane) {
  Conv conv;
  conv.h = 161, conv.w = 700, conv.k = 32, conv.r = 5, conv.s = 20;
  conv.strideH = conv.strideW = 2;
  EXPECT_EQ(conv.fixedMicroOps(1, 16, 16), 79 * 341 * 2 * 100);
  EXPECT_EQ(best(conv.graph(), EmbeddingOptions::plainPacking()).cost.microOps,
            79 * 341 * 2 * 100);
  // ceil(100 / 16) = 7 groups.
  Embedding embedding = best(conv.graph());
  EXPECT_EQ(embedding.cost.microOps, 79 * 341 * 2 * 7);
  // Fully materialised, the windows would be 79 * 341 * 7 elements of 16 bytes.
  EXPECT_LT(embedding.layout(Role::Input).bytes, 79 * 341 * 7 * 16);
}

TEST(Solver, roleSwapAvoidsFillerWhereTheBatchFitsBetter) {
  // 700 outputs fill 44 groups of 16, 35 need 3 of 16: 132 against 105 + ...
  EinsumGraph graph = matmul(700, 35, 256);
  EmbeddingOptions asIs;
  asIs.allowRoleSwap = false;
  EXPECT_EQ(best(graph, asIs).cost.microOps, 700 * 3 * 16);
  Embedding embedding = best(graph);
  EXPECT_TRUE(embedding.swapped);
  EXPECT_EQ(embedding.cost.microOps, 44 * 35 * 16);
}

TEST(Solver, aligedMatmulNeedsNoConversion) {
  Embedding embedding = best(matmul(1, 16, 16));
  EXPECT_EQ(embedding.cost.microOps, 1);
  EXPECT_EQ(embedding.cost.conversions, 0u);
  EXPECT_EQ(embedding.cost.utilisation, 1);
}

TEST(Solver, gemvFillsBothMatrixLanes) {
  Embedding embedding = best(gemv(100, 70));
  EXPECT_EQ(embedding.cost.microOps, 7 * 5);
  EXPECT_EQ(best(gemv(100, 70), {}, MatrixInstruction::matrixVector(16, 16))
                .cost.microOps,
            7 * 5);
}

TEST(Solver, batchRanksStayLoops) {
  Problem problem = makeProblem(batchMatmul(6, 20, 33, 40),
                                MatrixInstruction::vtaGemm(4, 16, 16));
  Embedding embedding = best(problem);
  EXPECT_EQ(embedding.axes[embedding.axisOf(0)].lane, -1);
  // 33 on the batch lane (9 groups of 4) and 20 on the output lane (2 of 16),
  // or 5 of 4 and 3 of 16: 15 is less than 18.
  EXPECT_EQ(embedding.cost.microOps, 6 * 5 * 3 * 3);
}

TEST(Solver, depthwiseLeavesALaneEmptyUnlessSwapped) {
  // A channel indexes all three operands and fits no lane of a GEMM: rows of
  // windows feed the reduction lane, and with roles swapped 16 pixels the
  // other.
  EinsumGraph graph = depthwise(24, 18, 3);
  EmbeddingOptions asIs;
  asIs.allowRoleSwap = false;
  Embedding unswapped = best(graph, asIs);
  EXPECT_EQ(unswapped.cost.microOps, 24 * 16 * 16);
  EXPECT_TRUE(unswapped.lanes[1].empty());
  Embedding swapped = best(graph);
  EXPECT_TRUE(swapped.swapped);
  EXPECT_EQ(swapped.cost.microOps, 24 * 16);
  // With nothing but plain packing no rank fits a lane of batch 1 at all.
  Embedding plain = best(graph, EmbeddingOptions::plainPacking());
  EXPECT_EQ(plain.cost.microOps, 24 * 16 * 16 * 9);
  // A lane that indexes everything takes the channels.
  EXPECT_EQ(best(graph, {}, MatrixInstruction::vectorMultiply(8)).cost.microOps,
            3 * 16 * 16 * 9);
}

TEST(Solver, otherInstructions) {
  EXPECT_EQ(best(matmul(8, 8, 30), {}, MatrixInstruction::dotProduct(8))
                .cost.microOps,
            8 * 8 * 4);
  EXPECT_EQ(best(matmul(9, 10, 30), {}, MatrixInstruction::outerProduct(4, 4))
                .cost.microOps,
            3 * 3 * 30);
}

TEST(Solver, withoutAccumulationReductionsFitInOneInvocation) {
  MatrixInstruction instruction = MatrixInstruction::gemm(2, 4, 8);
  instruction.accumulates = false;
  Embedding embedding = best(matmul(4, 4, 7), {}, instruction);
  EXPECT_EQ(embedding.axes[embedding.axisOf(2)].groups, 1);
  Problem tooLong = makeProblem(matmul(4, 4, 9), instruction);
  std::string expected =
      "operator \"matmul\" has no embedding in gemm(m=2, n=4, k=8): its "
      "reduction exceeds one invocation, and the instruction does not "
      "accumulate";
  EXPECT_EQ(message(solveWithGecode(tooLong).takeError()), expected);
  EXPECT_EQ(message(solveByBranchAndBound(tooLong).takeError()), expected);
}

TEST(Solver, layoutLevelsExcludeEmbeddings) {
  EmbeddingOptions options;
  options.maxLayout = {LayoutLevel::Packed, LayoutLevel::Packed,
                       LayoutLevel::Packed};
  Embedding embedding = best(matmul(3, 32, 48), options);
  EXPECT_EQ(embedding.cost.microOps, 3 * 2 * 3);
  Problem padded = makeProblem(matmul(3, 32, 50), vta(), options);
  // 50 fills no 16 lanes without filler, for both its operands.
  std::string expected =
      "operator \"matmul\" has no embedding in gemm(m=1, n=16, k=16): the "
      "allowed layouts of several operands exclude it";
  EXPECT_EQ(message(solveWithGecode(padded).takeError()), expected);
  options.maxLayout[0] = LayoutLevel::Padded;
  options.maxLayout[2] = LayoutLevel::Padded;
  padded = makeProblem(matmul(3, 32, 50), vta(), options);
  EXPECT_EQ(message(solveWithGecode(padded).takeError()),
            "operator \"matmul\" has no embedding in gemm(m=1, n=16, k=16): "
            "\"B\" needs layout level \"padded\" but \"packed\" is allowed");
}

TEST(Solver, laneRanksArePinned) {
  EmbeddingOptions options;
  options.laneRanks = {{3, 6}};
  Conv conv = Conv::square(3, 20, 10, 3);
  Embedding embedding = best(conv.graph(), options);
  EXPECT_EQ(embedding.cost.microOps, conv.fixedMicroOps(1, 16, 16));
}

TEST(Solver, oddSizes) {
  Conv conv;
  conv.n = 3, conv.c = 5, conv.h = 7, conv.w = 11, conv.k = 17;
  conv.r = 3, conv.s = 2, conv.strideH = 2, conv.padW = 1;
  Embedding embedding = best(conv.graph());
  // 30 reduction values in 2 groups; 17 channels in 2 groups, or, swapped, the
  // 3 * 3 * 12 pixels in 7.
  EXPECT_EQ(embedding.cost.microOps, 7 * 17 * 2);
}

TEST(Solver, hugeBoundsSaturateInsteadOfWrapping) {
  int64_t huge = Problem::maxBound;
  Problem problem = makeProblem(matmul(huge, huge, huge), vta());
  for (auto solve : {solveWithGecode, solveByBranchAndBound}) {
    Embedding embedding =
        llvm::cantFail(solve(problem, SolveRequest())).embeddings.front();
    EXPECT_EQ(message(problem.verify(embedding)), "success");
    EXPECT_EQ(embedding.cost.microOps, std::numeric_limits<int64_t>::max());
    EXPECT_EQ(message(checkCorners(problem, embedding)),
              "the operator has more than 2^62 points or values, too many to "
              "number");
  }
}

TEST(Solver, stopsAtTheTimeLimit) {
  SolveRequest all;
  all.goal = SolveGoal::All;
  all.timeLimitS = 0.02;
  Conv conv = Conv::square(64, 64, 56, 3, 1);
  conv.n = 8;
  Problem problem =
      makeProblem(conv.graph(), MatrixInstruction::vtaGemm(16, 16, 16));
  SolveResult result = llvm::cantFail(solveWithGecode(problem, all));
  EXPECT_FALSE(result.complete);
  result = llvm::cantFail(solveByBranchAndBound(problem, all));
  EXPECT_FALSE(result.complete);
}

/// All embeddings of a problem by both solvers, or their common error.
static std::vector<Embedding> allOfBoth(const Problem &problem) {
  SolveRequest all;
  all.goal = SolveGoal::All;
  llvm::Expected<SolveResult> gecode = solveWithGecode(problem, all);
  llvm::Expected<SolveResult> own = solveByBranchAndBound(problem, all);
  if (!gecode || !own) {
    EXPECT_EQ(message(gecode.takeError()), message(own.takeError()));
    return {};
  }
  EXPECT_EQ(gecode->embeddings.size(), own->embeddings.size());
  for (size_t i = 0; i + 1 < own->embeddings.size(); ++i)
    EXPECT_TRUE(isBetter(own->embeddings[i], own->embeddings[i + 1]));
  for (size_t i = 0; i < gecode->embeddings.size(); ++i)
    if (!isSame(gecode->embeddings[i], own->embeddings[i])) {
      ADD_FAILURE() << "solvers differ at embedding " << i;
      break;
    }
  return std::move(gecode->embeddings);
}

TEST(Solver, bothFindTheSameEmbeddingsOfRandomOperators) {
  RandomProblems random(20220101);
  for (int i = 0; i < 300; ++i) {
    Problem problem = random.next();
    SCOPED_TRACE(problem.name + " " + std::to_string(i));
    std::vector<Embedding> all = allOfBoth(problem);
    for (const Embedding &embedding : all)
      ASSERT_EQ(message(problem.verify(embedding)), "success");
    if (all.empty())
      continue;
    // The branch and bound must not cut what full enumeration finds best.
    for (unsigned count : {1u, 5u}) {
      SolveRequest few;
      few.count = count;
      for (auto solve : {solveWithGecode, solveByBranchAndBound}) {
        SolveResult result = llvm::cantFail(solve(problem, few));
        ASSERT_EQ(result.embeddings.size(),
                  std::min<size_t>(count, all.size()));
        for (size_t j = 0; j < result.embeddings.size(); ++j)
          ASSERT_TRUE(isSame(result.embeddings[j], all[j])) << j;
      }
    }
  }
}

TEST(Solver, frontIsThatOfAllEmbeddings) {
  RandomProblems random(31);
  size_t longFronts = 0;
  for (int i = 0; i < 200; ++i) {
    Problem problem = i % 2 ? random.next() : random.nextStem();
    SCOPED_TRACE(problem.name + " " + std::to_string(i));
    // In order of isBetter(), a point is on the front iff it moves fewer bytes
    // than all before it.
    std::vector<Embedding> expected;
    for (Embedding &embedding : allOfBoth(problem))
      if (expected.empty() ||
          (embedding.cost.bytes < expected.back().cost.bytes &&
           embedding.cost.microOps <= 2 * expected.front().cost.microOps))
        expected.push_back(std::move(embedding));
    if (expected.empty())
      continue;
    longFronts += expected.size() > 1;
    SolveRequest request;
    request.goal = SolveGoal::Front;
    for (auto solve : {solveWithGecode, solveByBranchAndBound}) {
      SolveResult result = llvm::cantFail(solve(problem, request));
      ASSERT_EQ(result.embeddings.size(), expected.size());
      for (size_t j = 0; j < expected.size(); ++j)
        ASSERT_TRUE(isSame(result.embeddings[j], expected[j])) << j;
    }
  }
  EXPECT_GT(longFronts, 10u);
}

TEST(Solver, countsEveryEmbeddingOfAConvolution) {
  EmbeddingOptions options;
  options.allowFusedRanks = false;
  options.allowSplitRanks = false;
  Problem problem =
      makeProblem(Conv::square(64, 64, 56, 3, 1).graph(), vta(), options);
  // Lane n takes 1..16 output channels; lane k takes c * r * s <= 16, which has
  // 51 solutions with r, s <= 3; swapped, lane n takes p * q <= 16, which has
  // 50.
  EXPECT_EQ(allOfBoth(problem).size(), 51u * 16 + 51u * 50);
}
