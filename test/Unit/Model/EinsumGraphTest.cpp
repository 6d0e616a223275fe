//===- EinsumGraphTest.cpp
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/EinsumGraph.h"
#include "ErrorMatchers.h"
#include "TestPrograms.h"

using namespace accel;

namespace {

TEST(Einsum, RelevanceIsSyntactic) {
  EinsumGraphBuilder b;
  b.tensor("I", {3, 10}).tensor("W", {1}).tensor("O", {3, 10});
  b.einsum("Conv", {{"c", 3}, {"p", 10}, {"r", 1}})
      .input("I", "c, p + r")
      .input("W", "r")
      .output("O", "c, p");
  EinsumGraph graph = llvm::cantFail(b.take());
  const Einsum &conv = graph.einsums[0];
  EXPECT_EQ(relevance(conv.accesses[0], 0), Relevance::Full);
  EXPECT_EQ(relevance(conv.accesses[0], 1), Relevance::Partial);
  EXPECT_EQ(relevance(conv.accesses[0], 2), Relevance::Partial);
  EXPECT_EQ(relevance(conv.accesses[1], 1), Relevance::Irrelevant);
  EXPECT_TRUE(conv.isReduction(2));
  EXPECT_FALSE(conv.isReduction(1));
}

TEST(Einsum, KindFollowsFromProjections) {
  EinsumGraphBuilder b;
  b.tensor("A", {4, 6}).tensor("S", {4}).tensor("P", {4, 3});
  b.einsum("Sum", {{"c", 4}, {"x", 6}}).input("A", "c, x").output("S", "c");
  b.einsum("Stride", {{"c", 4}, {"x", 3}}).input("A", "c, 2*x");
  b.output("P", "c, x");
  EinsumGraph graph = llvm::cantFail(b.take());
  EXPECT_EQ(graph.einsums[0].kind, EinsumKind::Reduction);
  EXPECT_EQ(graph.einsums[1].kind, EinsumKind::Other);
  EXPECT_EQ(test::matmul(2, 2, 2).einsums[0].kind, EinsumKind::Contraction);
}

TEST(Einsum, UnnamedRanksPrintByPosition) {
  Einsum einsum;
  einsum.ranks.resize(2);
  EXPECT_EQ(einsum.rankName(1), "d1");
  EXPECT_EQ(einsum.findRank("d1"), 1);
  EXPECT_EQ(einsum.findRank("d2"), -1);
}

TEST(EinsumGraph, ClassesFollowFromUse) {
  EinsumGraph graph = test::twoMatmuls();
  EXPECT_EQ(graph.tensors[0].cls, TensorClass::External);
  EXPECT_EQ(graph.tensors[2].cls, TensorClass::Intermediate);
  EXPECT_EQ(graph.tensors[2].producer, 0);
  EXPECT_EQ(graph.tensors[2].consumers.front(), 1u);
  EXPECT_EQ(graph.tensors[4].cls, TensorClass::External);
  graph.tensors[2].isResult = true;
  EXPECT_EQ(messageOf(graph.finalize()), "success");
  EXPECT_EQ(graph.tensors[2].cls, TensorClass::External);
}

TEST(EinsumGraph, RepeatedOperandsHaveTheirOwnNames) {
  EinsumGraphBuilder b;
  b.tensor("Q", {4, 8}).tensor("S", {4, 4});
  b.einsum("Gram", {{"m", 4}, {"p", 4}, {"e", 8}})
      .input("Q", "m, e")
      .input("Q", "p, e")
      .output("S", "m, p");
  EinsumGraph graph = llvm::cantFail(b.take());
  EXPECT_EQ(graph.accessName(0, 0), "Q");
  EXPECT_EQ(graph.accessName(0, 1), "Q@2");
  EXPECT_EQ(graph.findAccess(0, "Q@2"), 1);
  EXPECT_EQ(graph.tensors[0].consumers.size(), 1u);
}

TEST(EinsumGraph, ProjectionsAreParsed) {
  const Einsum einsum = test::matmul(2, 3, 4).einsums[0];
  auto index = parseProjection("2*m + k - 1, n*3, 0", einsum);
  ASSERT_TRUE(bool(index)) << llvm::toString(index.takeError());
  ASSERT_EQ(index->size(), 3u);
  EXPECT_EQ((*index)[0].coefficient(0), 2);
  EXPECT_EQ((*index)[0].coefficient(1), 1);
  EXPECT_EQ((*index)[0].offset, -1);
  EXPECT_EQ((*index)[1].coefficient(2), 3);
  EXPECT_TRUE((*index)[2].terms.empty());
  EXPECT_EQ(messageOf(parseProjection("m*k", einsum)),
            "\"m*k\" multiplies two ranks");
  EXPECT_EQ(messageOf(parseProjection("q", einsum)),
            "einsum \"MM\" has no rank \"q\"");
}

TEST(EinsumGraph, MistakesAreNamed) {
  auto broken = [](auto edit) {
    EinsumGraph graph = test::twoMatmuls();
    edit(graph);
    return messageOf(graph.finalize());
  };
  EXPECT_EQ(broken([](EinsumGraph &g) { g.tensors[1].name = "A"; }),
            "tensor name \"A\" stands twice, expected unique names");
  EXPECT_EQ(broken([](EinsumGraph &g) { g.tensors[1].name = "a,b"; }),
            "tensor name \"a,b\" is empty or contains a separator");
  EXPECT_EQ(broken([](EinsumGraph &g) { g.einsums[1].name = "First"; }),
            "einsum name \"First\" stands twice, expected unique names");
  EXPECT_EQ(broken([](EinsumGraph &g) { g.einsums[0].ranks[1].bound = 0; }),
            "rank \"k\" of einsum \"First\" has bound 0, expected at least 1");
  EXPECT_EQ(broken([](EinsumGraph &g) { g.einsums[0].ranks[1].name = "m"; }),
            "rank name \"m\" stands twice in einsum \"First\", expected unique "
            "names");
  EXPECT_EQ(broken([](EinsumGraph &g) { g.tensors[0].shape = {16}; }),
            "einsum \"First\" indexes tensor \"A\" with 2 expressions but it "
            "has 1 dimensions");
  EXPECT_EQ(broken([](EinsumGraph &g) { g.einsums[0].accesses[0].tensor = 9; }),
            "operand 0 of einsum \"First\" is tensor 9 but the program has 5");
  EXPECT_EQ(broken([](EinsumGraph &g) { g.einsums[1].accesses[2].tensor = 2; }),
            "einsum \"Second\" reads and writes tensor \"C\", expected "
            "different tensors");
  EXPECT_EQ(
      broken([](EinsumGraph &g) { std::swap(g.einsums[0], g.einsums[1]); }),
      "tensor \"C\" is read by einsum \"Second\" before einsum \"First\" "
      "writes it");
  EXPECT_EQ(broken([](EinsumGraph &g) {
              g.einsums[1].accesses[2].role = Role::Input;
            }),
            "operand 2 of einsum \"Second\" has role input but the last "
            "operand, and only that, is the output");
}

} // namespace
