//===- ProblemTest.cpp - Checks on problems and solutions -----------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "accel/Embedding/BranchAndBound.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel;
using namespace accel::test;

static Problem convProblem() {
  return makeProblem(Conv::square(3, 48, 10, 3, 1).graph(),
                     MatrixInstruction::vtaGemm(1, 16, 16));
}

TEST(Problem, signaturesFollowFromProjections) {
  Problem problem = convProblem();
  Signature m(true, false, true), n(false, true, true), k(true, true, false);
  Signature expected[] = {m, m, m, n, k, k, k};
  for (unsigned r = 0; r < problem.ranks.size(); ++r)
    EXPECT_EQ(problem.signature(r), expected[r]) << problem.ranks[r].name;
}

TEST(Problem, fusesRanksOfOneSignatureInMemoryOrder) {
  Problem problem = convProblem();
  std::vector<std::string> fused;
  for (const Axis &axis : problem.axes)
    if (axis.isFused())
      fused.push_back(problem.axisName(axis.ranks));
  EXPECT_EQ(fused, (std::vector<std::string>{"(p,q)", "(r,s)", "(r,c)", "(s,c)",
                                             "(r,s,c)"}));
}

TEST(Problem, refusesWrongNumbersOfInputs) {
  EinsumGraphBuilder b;
  b.tensor("A", {4}).tensor("O", {4});
  b.einsum("neg", {{"i", 4}}).input("A", "i").output("O", "i");
  EinsumGraph graph = llvm::cantFail(b.take());
  EXPECT_EQ(message(Problem::create(graph, 0, MatrixInstruction::dotProduct(4))
                        .takeError()),
            "einsum \"neg\" has 1 inputs but instruction \"dot_product\" takes "
            "2");
}

TEST(Problem, refusesDataOutOfRange) {
  auto after = [](llvm::function_ref<void(Problem &)> change) {
    Problem problem = convProblem();
    change(problem);
    return message(problem.finalize());
  };
  EXPECT_EQ(after([](Problem &p) { p.ranks[0].bound = 0; }),
            "rank \"n\" has bound 0 but 1 to 2147483646 are allowed");
  EXPECT_EQ(after([](Problem &p) { p.operands[1].shape.pop_back(); }),
            "tensor \"F\" has 3 dimensions but its index has 4");
  EXPECT_EQ(after([](Problem &p) { p.operands[1].bits = 0; }),
            "tensor \"F\" has values of 0 bits but at least 1 is needed");
  EXPECT_EQ(after([](Problem &p) { p.operands[1].shape[0] = 0; }),
            "tensor \"F\" has a dimension of 0 but 1 to 2147483646 are "
            "allowed");
  EXPECT_EQ(
      after([](Problem &p) { p.operands[0].projection[0].terms[0].first = 9; }),
      "tensor \"I\" is indexed by rank 9 but there are 7");
  EXPECT_EQ(after([](Problem &p) {
              p.operands[0].projection[0].terms[0].second = 0;
            }),
            "tensor \"I\" is indexed with factor 0 but only factors of "
            "magnitude 1 to 2147483646 are allowed");
  EXPECT_EQ(after([](Problem &p) { p.ranks.clear(); }),
            "operator \"conv\" has 0 ranks but 1 to 24 are allowed");
  EXPECT_EQ(after([](Problem &p) { p.options.laneRanks = {{12}}; }),
            "option names rank 12 for lanes but there are 7");
  EXPECT_EQ(after([](Problem &p) { p.instruction.lanes[0].extent = -1; }),
            "lane \"m\" has extent -1 but 1 to 4096 are allowed");
}

TEST(Problem, refusesOutputsThatAreNotIndexedByPlainRanks) {
  Problem problem = convProblem();
  problem.operands[2].projection[1].terms.push_back({4, 1});
  EXPECT_EQ(message(problem.finalize()),
            "output \"O\" is indexed by a sum of 2 ranks but only single ranks "
            "are allowed");
  problem = convProblem();
  problem.operands[2].projection[1].terms[0].second = 2;
  EXPECT_EQ(message(problem.finalize()),
            "output \"O\" is indexed by rank \"p\" with factor 2 but only once "
            "and with factor 1 is allowed");
  problem = convProblem();
  problem.operands[2].projection[1].terms[0].first = 2;
  EXPECT_EQ(message(problem.finalize()),
            "output \"O\" is indexed by rank \"q\" twice but only once and "
            "with factor 1 is allowed");
}

namespace {

/// Changes a sound embedding in one place and verifies it.
struct Verify : testing::Test {
  Problem problem = convProblem();
  Embedding embedding = bestByBranchAndBound(problem).front();

  std::string after(llvm::function_ref<void(Embedding &)> change) {
    Embedding changed = embedding;
    change(changed);
    return message(problem.verify(changed));
  }
  EmbeddedAxis &axis(Embedding &e, llvm::StringRef name) {
    for (EmbeddedAxis &axis : e.axes)
      if (problem.axisName(axis.ranks) == name)
        return axis;
    llvm::report_fatal_error("no such axis");
  }
};

} // namespace

TEST_F(Verify, acceptsTheSolution) {
  EXPECT_EQ(after([](Embedding &) {}), "success");
}

TEST_F(Verify, refusesWhatBreaksAConstraint) {
  EXPECT_EQ(after([&](Embedding &e) { axis(e, "p").tile = 2; }),
            "axis \"p\" with signature {input, output} is on no lane but may "
            "be on lane \"m\" only");
  EXPECT_EQ(after([&](Embedding &e) { axis(e, "k").lane = 2; }),
            "axis \"k\" with signature {weight, output} is on lane \"k\" but "
            "may be on lane \"n\" only");
  EXPECT_EQ(after([&](Embedding &e) { axis(e, "k").lane = 7; }),
            "an axis is on lane 7 but there are 3");
  EXPECT_EQ(after([&](Embedding &e) { axis(e, "k").tile = 17; }),
            "axis \"k\" of bound 48 may not have tile 17");
  EXPECT_EQ(after([&](Embedding &e) { axis(e, "p").strided = true; }),
            "axis \"p\" of bound 10 may not be strided at tile 1");
  EXPECT_EQ(after([&](Embedding &e) { e.axes.pop_back(); }).substr(0, 4),
            "rank");
  EXPECT_EQ(after([&](Embedding &e) { axis(e, "p").ranks[0] = 0; }),
            "rank \"n\" is in 2 axes but must be in 1");
  EXPECT_EQ(after([&](Embedding &e) { axis(e, "p").ranks.push_back(33); }),
            "an axis holds rank 33 but there are 7");
}

TEST_F(Verify, refusesWhatDoesNotFollow) {
  EXPECT_EQ(after([&](Embedding &e) { axis(e, "k").groups = 1; }),
            "axis \"k\" claims 1 groups of bound 48 but has 3 of 48");
  EXPECT_EQ(after([&](Embedding &e) { e.layouts[1].bytes -= 1; }),
            "the layout of \"F\" is not the one that follows from the axes");
  // 3 groups of channels, 100 pixels, 27 reduction values in 2 groups; 200
  // elements of 16 bytes, 6 of 256, and 300 of 16.
  EXPECT_EQ(after([&](Embedding &e) { e.cost.microOps -= 1; }),
            "the cost claims 599 micro-ops and 9536 bytes but they are 600 and "
            "9536");
  EXPECT_EQ(after([&](Embedding &e) { e.lanes[2].clear(); }),
            "the axes or the lanes are not in the problem's order");
}

TEST_F(Verify, refusesWhatTheOptionsForbid) {
  problem.options.maxLayout[0] = LayoutLevel::Padded;
  EXPECT_EQ(after([](Embedding &) {}),
            "\"I\" needs layout level \"unrolled\" but \"padded\" is allowed");
  problem.options.allowWindowUnrolling = false;
  EXPECT_NE(after([](Embedding &) {}).find("may not have tile"),
            std::string::npos);
  problem.options = {};
  problem.options.maxAxesPerLane = 1;
  EXPECT_EQ(after([](Embedding &) {}),
            "lane \"k\" holds 2 axes but 1 are allowed");
  problem = convProblem();
  problem.options.allowRoleSwap = false;
  EXPECT_EQ(after([](Embedding &e) { e.swapped = true; }),
            "the roles are swapped but that is not allowed");
}

TEST(Problem, dumpNamesVariablesConstraintsAndObjective) {
  EmbeddingOptions options;
  options.allowRoleSwap = false;
  Problem problem = makeProblem(Conv::square(3, 32, 8, 3).graph(),
                                MatrixInstruction::vtaGemm(1, 16, 16), options);
  std::string text;
  llvm::raw_string_ostream os(text);
  problem.dump(os);
  for (const char *line :
       {"embedding of \"conv\" in gemm(m=1, n=16, k=16)\n",
        "  c = 3 in {input, weight}\n",
        "  O[n, p, q, k] += I[n, p + r, q + s, c] * F[k, r, s, c]\n",
        "  tile[n][k] in {1..16}, strided at {2..8, 11, 16}\n",
        "  tile[k][(r,s,c)] in {unused, 2, 4..5, 7..8, 10..11, 13..14, 16}\n",
        "  tile[k] <= 16  // lane n {weight, output}\n",
        "  every rank is in exactly one used axis\n",
        "minimize lexicographically\n  product of groups\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "in\n" << text;
}
