//===- LoopTreeTest.cpp
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/LoopTree.h"
#include "ErrorMatchers.h"
#include "TestPrograms.h"

using namespace accel;

namespace {

TEST(LoopTree, PrintsOneEinsumOneNodeALine) {
  EinsumGraph graph = test::matmul(64, 64, 64);
  Architecture arch = test::twoLevels();
  const char *text = "keep A,B,C in Main\n"
                     "for m by 32  // 2 iterations\n"
                     "  keep A in Buffer\n"
                     "  for n by 1  // 64 iterations\n"
                     "    keep C in Buffer\n"
                     "    for k by 1  // 64 iterations\n"
                     "      keep B in Buffer\n"
                     "      par m by 8 over Row  // 4 iterations\n"
                     "        for m by 1  // 8 iterations\n"
                     "          compute MAC\n";
  ProgramMapping mapping = llvm::cantFail(parseLoopTree(text, graph, arch));
  EXPECT_EQ(printLoopTree(graph, arch, mapping), text);
  EXPECT_EQ(printPath(graph, arch, 0, mapping.einsums[0]), text);
}

/// Producer and consumer share a loop, the second one under another rank name.
const char *const kFused = "group First,Second\n"
                           "  keep A,B,D,E in Main\n"
                           "  for m|i by 8  // 2 iterations\n"
                           "    keep C in Buffer\n"
                           "    einsum First\n"
                           "      keep A,B in Buffer\n"
                           "      for m by 1  // 8 iterations\n"
                           "        for k by 1  // 4 iterations\n"
                           "          for n by 1  // 6 iterations\n"
                           "            compute MAC\n"
                           "    einsum Second\n"
                           "      keep D,E in Buffer\n"
                           "      for i by 1  // 8 iterations\n"
                           "        for j by 1  // 6 iterations\n"
                           "          for l by 1  // 5 iterations\n"
                           "            compute MAC\n";

TEST(LoopTree, PrintsFusedEinsumsBelowTheirLoop) {
  EinsumGraph graph = test::twoMatmuls();
  Architecture arch = test::twoLevels();
  ProgramMapping mapping = llvm::cantFail(parseLoopTree(kFused, graph, arch));
  EXPECT_EQ(mapping.einsums[1].sharedLoops, 1u);
  EXPECT_EQ(mapping.einsums[1].nodes[1].rank, 0u);
  EXPECT_EQ(printLoopTree(graph, arch, mapping), kFused);
}

TEST(LoopTree, ComesBackFromLooseText) {
  EinsumGraph graph = test::twoMatmuls();
  Architecture arch = test::twoLevels();
  std::string loose;
  for (llvm::StringRef rest = kFused; !rest.empty();) {
    auto [line, tail] = rest.split('\n');
    loose += (line.split("//").first.rtrim() + "   \r\n\n// note\n").str();
    rest = tail;
  }
  auto strict = parseLoopTree(kFused, graph, arch);
  auto mapping = parseLoopTree(loose, graph, arch);
  ASSERT_TRUE(bool(mapping)) << llvm::toString(mapping.takeError());
  EXPECT_TRUE(*mapping == *strict);
}

TEST(LoopTree, NamesHoldersWhereOthersUseTheTensor) {
  EinsumGraph graph = test::twoMatmuls();
  Architecture arch = test::twoLevels();
  const char *text = "group First,Second\n"
                     "  keep A,B,D,E in Main\n"
                     "  for m|i by 8  // 2 iterations\n"
                     "    keep C in Main\n"
                     "    keep C in Buffer for Second\n"
                     "    for n|j by 3  // 2 iterations\n"
                     "      keep C in Buffer for First\n"
                     "      einsum First\n"
                     "        for m by 1  // 8 iterations\n"
                     "          compute MAC\n"
                     "      einsum Second\n"
                     "        for i by 1  // 8 iterations\n"
                     "          compute MAC\n";
  ProgramMapping mapping = llvm::cantFail(parseLoopTree(text, graph, arch));
  std::string printed = printLoopTree(graph, arch, mapping);
  EXPECT_TRUE(llvm::cantFail(parseLoopTree(printed, graph, arch)) == mapping)
      << printed;
  EXPECT_NE(printed.find("keep C in Buffer for Second"), std::string::npos)
      << printed;
}

TEST(LoopTree, CountsTripsWithCeiling) {
  EinsumGraph graph = test::matmul(10, 4, 4);
  EinsumMapping mapping;
  mapping.nodes = {MapNode::loop(0, 4), MapNode::loop(0, 1),
                   MapNode::compute(0)};
  EXPECT_TRUE(llvm::equal(tripCounts(graph.einsums[0], mapping),
                          std::vector<int64_t>{3, 4, 1}));
}

/// The error of a path for the 8x8x8 matmul.
std::string errorOf(llvm::StringRef text) {
  return messageOf(
      parseLoopTree(text, test::matmul(8, 8, 8), test::twoLevels()));
}

TEST(LoopTreeParser, NamesTheLineAndWhatIsAllowed) {
  EXPECT_EQ(
      errorOf("keep A,X in Main\ncompute MAC\n"),
      "line 1: no einsum here uses tensor \"X\", expected one of A, B, C");
  EXPECT_EQ(errorOf("// note\nkeep A in L2\ncompute MAC\n"),
            "line 2: unknown memory level \"L2\", the target has Main, Buffer");
  EXPECT_EQ(errorOf("keep A on Main\ncompute MAC\n"),
            "line 1: found \"keep A on Main\", expected keep <tensors> in "
            "<level>");
  EXPECT_EQ(errorOf("keep A,A in Main\ncompute MAC\n"),
            "line 1: tensor \"A\" stands twice in one keep");
  EXPECT_EQ(errorOf("for q by 1\n  compute MAC\n"),
            "line 1: unknown rank \"q\", einsum \"MM\" has m, k, n");
  EXPECT_EQ(errorOf("for m by 0\n  compute MAC\n"),
            "line 1: tile is \"0\", expected a positive integer");
  EXPECT_EQ(errorOf("for m|m by 1\n  compute MAC\n"),
            "line 1: found 2 entries for a loop over 1 einsums, expected 1 or "
            "one for each");
  EXPECT_EQ(errorOf("par m by 1 over Buffer\n  compute MAC\n"),
            "line 1: unknown fan-out \"Buffer\", the target has Row");
  EXPECT_EQ(errorOf("par m by 1\n  compute MAC\n"),
            "line 1: found \"par m by 1\", expected par <rank> by <tile> over "
            "<fan-out>");
  EXPECT_EQ(errorOf("compute Row\n"),
            "line 1: unknown compute unit \"Row\", the target has MAC");
  EXPECT_EQ(errorOf("keep A in Main\n"),
            "line 1: the path of einsum \"MM\" ends here, expected compute");
  EXPECT_EQ(errorOf("for m by 1\n"),
            "line 1: nothing stands below the loop, expected compute");
  EXPECT_EQ(errorOf("for m by 1\n   compute MAC\n"),
            "line 2: indented by 3 spaces, expected an even number up to 2");
  EXPECT_EQ(errorOf("keep A in Main\n  compute MAC\n"),
            "line 2: indented by 2 spaces, expected an even number up to 0");
  EXPECT_EQ(errorOf("compute MAC\ncompute MAC\n"),
            "line 2: found \"compute MAC\" after \"compute MAC\", expected the "
            "end of the path");
  EXPECT_EQ(errorOf("loop m by 1\n"),
            "line 1: found \"loop m by 1\", expected keep, for, par or "
            "compute");
}

TEST(LoopTreeParser, ChecksEinsumsOfAProgram) {
  auto error = [](llvm::StringRef text) {
    return messageOf(
        parseLoopTree(text, test::twoMatmuls(), test::twoLevels()));
  };
  EXPECT_EQ(error(""), "the mapping has no path for einsum \"First\"");
  EXPECT_EQ(error("compute MAC\n"),
            "line 1: found \"compute MAC\", expected einsum or group");
  EXPECT_EQ(error("einsum Third\n  compute MAC\n"),
            "line 1: found einsum \"Third\", expected one of First,Second");
  EXPECT_EQ(error("einsum First\n  compute MAC\neinsum First\n"),
            "line 3: einsum \"First\" has a path already");
  EXPECT_EQ(error("group Second,First\n"),
            "line 1: einsum \"First\" is out of place, expected program order");
  EXPECT_EQ(error("group First,Second\n  for m by 1\n    einsum First\n"
                  "      compute MAC\n"),
            "line 1: einsum \"Second\" is missing below this line");
  EXPECT_EQ(error("group First,Second\n  for m by 1\n    compute MAC\n"),
            "line 2: no einsum stands below the shared loop");
  EXPECT_EQ(
      error("group First,Second\n  keep A in Main for Second\n"),
      "line 2: no einsum here uses tensor \"A\", expected one of C, D, E");
}

TEST(LoopTreeParser, RefusesAbsurdDepth) {
  std::string text;
  for (unsigned i = 0; i != 600; ++i)
    text += std::string(2 * i, ' ') + "for m by 1\n";
  EXPECT_EQ(errorOf(text), "line 514: nested deeper than 512");
}

} // namespace
