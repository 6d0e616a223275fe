//===- CheckerTest.cpp - The proof on the scalar dataflow -----------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Checker.h"
#include "Operators.h"
#include "RandomProblems.h"
#include "accel/Embedding/BranchAndBound.h"

using namespace accel;
using namespace accel::test;

/// Every embedding of the problem, or none.
static std::vector<Embedding> allEmbeddings(const Problem &problem) {
  SolveRequest all;
  all.goal = SolveGoal::All;
  llvm::Expected<SolveResult> result = solveByBranchAndBound(problem, all);
  if (!result) {
    llvm::consumeError(result.takeError());
    return {};
  }
  return std::move(result->embeddings);
}

TEST(Checker, acceptsEveryEmbeddingOfRandomOperators) {
  RandomProblems random(7);
  int64_t checked = 0;
  for (int i = 0; i < 150; ++i) {
    Problem problem = random.next();
    std::vector<Embedding> all = allEmbeddings(problem);
    // A sample where there are many.
    size_t step = std::max<size_t>(1, all.size() / 40);
    for (size_t j = 0; j < all.size(); j += step) {
      std::string text;
      llvm::raw_string_ostream os(text);
      problem.print(all[j], os);
      ASSERT_EQ(message(checkCorners(problem, all[j])), "success") << text;
      ASSERT_EQ(message(checkWholeOperator(problem, all[j])), "success")
          << text;
      ++checked;
    }
  }
  EXPECT_GT(checked, 1000);
}

namespace {

/// Unsound variants of the best embedding of a 3x3 convolution of 5 channels.
struct Mutation : testing::Test {
  Problem problem = makeProblem(Conv::square(5, 6, 6, 3).graph(),
                                MatrixInstruction::vtaGemm(2, 4, 4));
  Embedding embedding = bestByBranchAndBound(problem).front();

  EmbeddedAxis &axisOnLane(Embedding &e, unsigned lane) {
    return e.axes[e.lanes[lane].front()];
  }
  std::string whole(llvm::function_ref<void(Embedding &)> change) {
    Embedding changed = embedding;
    change(changed);
    return message(checkWholeOperator(problem, changed));
  }
  std::string corners(llvm::function_ref<void(Embedding &)> change) {
    Embedding changed = embedding;
    change(changed);
    return message(checkCorners(problem, changed));
  }
};

} // namespace

TEST_F(Mutation, noneIsAccepted) {
  EXPECT_EQ(whole([](Embedding &) {}), "success");
  EXPECT_EQ(corners([](Embedding &) {}), "success");
}

TEST_F(Mutation, tooFewGroups) {
  auto change = [&](Embedding &e) { axisOnLane(e, 2).groups -= 1; };
  EXPECT_NE(whole(change).find("groups of"), std::string::npos);
  EXPECT_NE(corners(change).find("groups of"), std::string::npos);
}

TEST_F(Mutation, axisOnTheWrongLane) {
  // An output channel on the lane of the reduction: the results it sums are
  // different ones.
  auto change = [](Embedding &e) { std::swap(e.lanes[1], e.lanes[2]); };
  EXPECT_NE(whole(change), "success");
  EXPECT_NE(corners(change).find("would hold two values"), std::string::npos);
}

TEST_F(Mutation, axisOnTwoLanes) {
  auto change = [](Embedding &e) { e.lanes[1] = e.lanes[2]; };
  EXPECT_NE(whole(change).find("lanes"), std::string::npos);
}

TEST_F(Mutation, lanesOfALoop) {
  auto change = [](Embedding &e) { e.lanes[1].clear(); };
  EXPECT_NE(whole(change).find("is on 0 lanes"), std::string::npos);
}

TEST_F(Mutation, stridedInsteadOfContiguous) {
  // The axes still cover everything once, but window elements that neighbours
  // share now start elsewhere.
  Problem window = makeProblem(Conv::square(1, 4, 12, 3).graph(),
                               MatrixInstruction::vtaGemm(4, 4, 4));
  int rejected = 0, shared = 0;
  for (const Embedding &e : allEmbeddings(window))
    for (const PackedDim &dim : e.layouts[0].dims)
      for (auto [axis, step] : dim.terms) {
        if (dim.terms.size() < 2 || !e.axes[axis].strided)
          continue;
        ++shared;
        Embedding changed = e;
        changed.axes[axis].strided = false;
        rejected += message(checkWholeOperator(window, changed)) != "success";
      }
  EXPECT_GT(shared, 10);
  EXPECT_EQ(rejected, shared);
}

TEST_F(Mutation, elementStep) {
  for (unsigned i = 0; i < 3; ++i)
    for (unsigned d = 0; d < embedding.layouts[i].dims.size(); ++d) {
      auto change = [&](Embedding &e) {
        e.layouts[i].dims[d].terms[0].second = 0;
      };
      EXPECT_NE(whole(change), "success") << i << " " << d;
    }
}

TEST_F(Mutation, elementsMissing) {
  for (unsigned i = 0; i < 3; ++i) {
    ASSERT_FALSE(embedding.layouts[i].dims.empty());
    EXPECT_NE(whole([&](Embedding &e) {
                e.layouts[i].dims[0].size -= 1;
              }).find("outside its"),
              std::string::npos);
  }
}

TEST_F(Mutation, touchedElementsUnderstated) {
  EXPECT_NE(whole([](Embedding &e) {
              e.layouts[1].touched -= 1;
            }).find("but its layout counts"),
            std::string::npos);
}

TEST_F(Mutation, rankMissingOrTwice) {
  EXPECT_NE(whole([](Embedding &e) {
              e.axes[0].ranks[0] = 99;
            }).find("an axis holds rank 99"),
            std::string::npos);
  EXPECT_NE(whole([](Embedding &e) { e.axes[0].ranks = e.axes[1].ranks; }),
            "success");
}

TEST_F(Mutation, randomChangesNeverCrash) {
  RandomProblems random(99);
  int rejected = 0;
  constexpr int trials = 3000;
  for (int i = 0; i < trials; ++i) {
    Embedding e = embedding;
    EmbeddedAxis &axis = e.axes[random.draw(0, e.axes.size() - 1)];
    OperandLayout &layout = e.layouts[random.draw(0, 2)];
    switch (random.draw(0, 7)) {
    case 0:
      axis.tile = random.draw(-2, 9);
      break;
    case 1:
      axis.groups = random.draw(-2, 9);
      break;
    case 2:
      axis.bound = random.draw(-2, 9);
      break;
    case 3:
      axis.ranks.push_back(random.draw(0, 9));
      break;
    case 4:
      e.lanes[random.draw(0, 2)].push_back(random.draw(0, 9));
      break;
    case 5:
      layout.dims.pop_back();
      break;
    case 6:
      if (!layout.dims[0].terms.empty())
        layout.dims[0].terms[0] = {unsigned(random.draw(0, 9)),
                                   random.draw(-3, 3)};
      break;
    default:
      e.lanes.resize(random.draw(0, 4));
    }
    if (message(checkWholeOperator(problem, e)) != "success" ||
        message(checkCorners(problem, e)) != "success")
      ++rejected;
  }
  // What remains is what happens to be drawn unchanged.
  EXPECT_GT(rejected, trials / 2);
}

TEST(Checker, refusesGroupsOutOfRange) {
  Problem problem =
      makeProblem(matmul(3, 4, 5), MatrixInstruction::gemm(1, 2, 2));
  Embedding embedding = bestByBranchAndBound(problem).front();
  EXPECT_EQ(message(checkInvocation(problem, embedding, {0, 0})),
            "2 groups given for 3 axes");
  EXPECT_NE(message(checkInvocation(problem, embedding, {0, 0, 7})), "success");
}

TEST(Checker, refusesOperatorsTooLargeToTabulate) {
  Problem problem =
      makeProblem(matmul(512, 512, 512), MatrixInstruction::gemm(1, 16, 16));
  Embedding embedding = bestByBranchAndBound(problem).front();
  EXPECT_EQ(message(checkWholeOperator(problem, embedding)),
            "the operator takes 134217728 products but at most 4194304 are "
            "checked as a whole");
  EXPECT_EQ(message(checkCorners(problem, embedding)), "success");
}

TEST(Checker, fillerMustMeetAZero) {
  // Five reduction values in groups of four: if the weight shared elements
  // between groups, the neighbour's value would stand in the filler.
  Problem problem = makeProblem(Conv::square(1, 4, 8, 5).graph(),
                                MatrixInstruction::gemm(1, 4, 4));
  int mutated = 0;
  for (Embedding e : allEmbeddings(problem)) {
    unsigned s = e.axisOf(5);
    if (e.axes[s].ranks.size() > 1 || e.axes[s].tile != 4 || e.swapped ||
        e.axes[s].strided || e.laneUsed(2) != 4)
      continue;
    // Both groups read the first group's weights.
    for (PackedDim &dim : e.layouts[1].dims)
      for (auto &[axis, step] : dim.terms)
        if (axis == s)
          step = 0;
    EXPECT_NE(message(checkWholeOperator(problem, e)), "success");
    ++mutated;
  }
  EXPECT_GT(mutated, 0);
}
