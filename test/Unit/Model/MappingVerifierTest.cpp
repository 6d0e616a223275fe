//===- MappingVerifierTest.cpp
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/MappingVerifier.h"
#include "ErrorMatchers.h"
#include "TestPrograms.h"

using namespace accel;

namespace {

/// The verifier's verdict on a path for an 8x8x8 matmul.
std::string verdict(llvm::StringRef text, CostOptions options = {},
                    Architecture arch = test::twoLevels(),
                    EinsumGraph graph = test::matmul(8, 8, 8)) {
  ProgramMapping mapping = llvm::cantFail(parseLoopTree(text, graph, arch));
  return messageOf(verifyMapping(graph, arch, mapping, options));
}

const std::string kLoops = "for m by 1\n  for k by 1\n    for n by 1\n"
                           "      compute MAC\n";

TEST(MappingVerifier, AcceptsAMinimalPath) {
  EXPECT_EQ(verdict("keep A,B,C in Main\n" + kLoops), "success");
}

TEST(MappingVerifier, TilesMustDivide) {
  const char *text = "keep A,B,C in Main\nfor m by 3\n  for m by 1\n"
                     "    for k by 1\n      for n by 1\n        compute MAC\n";
  EXPECT_EQ(verdict(text), "einsum \"MM\": tile 3 of rank m does not divide 8");
  CostOptions imperfect;
  imperfect.imperfect = true;
  EXPECT_EQ(verdict(text, imperfect), "success");
  EXPECT_EQ(verdict("keep A,B,C in Main\nfor m by 6\n  for m by 4\n"
                    "    compute MAC\n",
                    imperfect),
            "einsum \"MM\": tile 4 of rank m does not divide 6, only the "
            "outermost tile of an imperfect rank may");
  EXPECT_EQ(
      verdict("keep A,B,C in Main\nfor m by 16\n  compute MAC\n", imperfect),
      "einsum \"MM\": tile 16 of rank m does not divide 8");
  EXPECT_EQ(verdict("keep A,B,C in Main\npar m by 3 over Row\n  compute MAC\n",
                    imperfect),
            "einsum \"MM\": tile 3 of rank m does not divide 8, only temporal "
            "loops may be imperfect");
}

TEST(MappingVerifier, RanksInSumsStayPerfect) {
  EinsumGraphBuilder b;
  b.tensor("I", {10}).tensor("O", {8});
  b.einsum("MM", {{"p", 8}, {"r", 3}}).input("I", "p + r").output("O", "p");
  CostOptions imperfect;
  imperfect.imperfect = true;
  EXPECT_EQ(verdict("keep I,O in Main\nfor p by 3\n  compute MAC\n", imperfect,
                    test::twoLevels(), llvm::cantFail(b.take())),
            "einsum \"MM\": tile 3 of rank p does not divide 8, a rank that "
            "appears in a sum may not be imperfect");
}

TEST(MappingVerifier, AllPointsMustBeReached) {
  EXPECT_EQ(verdict("keep A,B,C in Main\nfor m by 1\n  for k by 1\n"
                    "    compute MAC\n"),
            "einsum \"MM\": rank n has tile 8 at the compute unit, expected 1");
}

TEST(MappingVerifier, KeepsNestFromOuterToInnerLevels) {
  EXPECT_EQ(verdict("keep B,C,A in Main\nkeep A in Buffer\nkeep A in Buffer\n" +
                    kLoops),
            "einsum \"MM\": keep of A in \"Buffer\" stands below its keep in "
            "\"Buffer\", expected outer levels above inner ones");
  EXPECT_EQ(
      verdict("keep B,C in Main\nkeep A in Buffer\nkeep A in Main\n" + kLoops),
      "einsum \"MM\": external tensor A is backed in \"Buffer\", expected "
      "\"Main\"");
  EXPECT_EQ(verdict("keep A,B in Main\n" + kLoops),
            "einsum \"MM\": no level keeps C");
}

TEST(MappingVerifier, HoldersFollowTheTarget) {
  Architecture arch = test::twoLevels();
  MemoryLevel &buffer = std::get<MemoryLevel>(arch.nodes[1]);
  buffer.keep = TensorSet::role(Role::Weight);
  buffer.mayKeep = TensorSet::role(Role::Input);
  EXPECT_EQ(verdict("keep A,B,C in Main\n" + kLoops, {}, arch),
            "einsum \"MM\": \"Buffer\" does not keep B, which the target "
            "requires");
  EXPECT_EQ(
      verdict("keep A,B,C in Main\nkeep B,C in Buffer\n" + kLoops, {}, arch),
      "einsum \"MM\": \"Buffer\" keeps C, which the target does not "
      "allow");
  EXPECT_EQ(
      verdict("keep A,B,C in Main\nkeep A,B in Buffer\n" + kLoops, {}, arch),
      "success");
}

TEST(MappingVerifier, OneOfTwoLevelsMayHaveToHold) {
  Architecture arch = test::twoLevels();
  MemoryLevel &third = arch.addMemory("Local");
  third.keep = TensorSet::notHeldIn("Buffer");
  std::swap(arch.nodes[3], arch.nodes[4]);
  EXPECT_EQ(
      verdict("keep A,B,C in Main\nkeep A,B in Buffer\n" + kLoops, {}, arch),
      "einsum \"MM\": neither \"Buffer\" nor \"Local\" keeps C, the "
      "target requires one of them");
  EXPECT_EQ(
      verdict("keep A,B,C in Main\nkeep A,B in Buffer\nkeep C in Local\n" +
                  kLoops,
              {}, arch),
      "success");
}

TEST(MappingVerifier, FanoutsAreFiniteAndInPlace) {
  EXPECT_EQ(verdict("keep A,B,C in Main\npar m by 1 over Row\n  compute MAC\n"),
            "einsum \"MM\": uses 8 instances of \"Row\" but it has 4");
  EXPECT_EQ(verdict("keep A,B,C in Main\npar m by 4 over Row\n"
                    "  par n by 2 over Row\n    compute MAC\n"),
            "einsum \"MM\": uses 8 instances of \"Row\" but it has 4");
  EXPECT_EQ(verdict("keep A,B,C in Main\npar m by 2 over Row\n"
                    "  keep A in Buffer\n  compute MAC\n"),
            "einsum \"MM\": keep in \"Buffer\" stands below a loop over "
            "\"Row\", which is inside that level");
  Architecture outside = test::twoLevels();
  std::swap(outside.nodes[1], outside.nodes[2]);
  EXPECT_EQ(verdict("keep A,B,C in Main\nkeep A in Buffer\n"
                    "par m by 2 over Row\n  compute MAC\n",
                    {}, outside),
            "einsum \"MM\": the loop over \"Row\" stands below a keep in "
            "\"Buffer\", which is inside it");
}

TEST(MappingVerifier, ReuseForbidsSplitting) {
  Architecture arch = test::twoLevels();
  std::get<Fanout>(arch.nodes[2]).reuse = RoleSet::of(Role::Input);
  EXPECT_EQ(verdict("keep A,B,C in Main\npar m by 2 over Row\n  compute MAC\n",
                    {}, arch),
            "einsum \"MM\": splits A by rank m over \"Row\", which must share "
            "input tensors");
  EXPECT_EQ(verdict("keep A,B,C in Main\npar n by 2 over Row\n  for n by 1\n"
                    "    for m by 1\n      for k by 1\n        compute MAC\n",
                    {}, arch),
            "success");
}

TEST(MappingVerifier, PinnedLanesAreWholeAndAlone) {
  EinsumGraph graph = test::matmul(8, 4, 8);
  graph.einsums[0].ranks[1].lanes = "Row";
  auto check = [&](llvm::StringRef text) {
    return verdict(text, {}, test::twoLevels(), graph);
  };
  EXPECT_EQ(check("keep A,B,C in Main\npar k by 1 over Row\n  for m by 1\n"
                  "    for n by 1\n      compute MAC\n"),
            "success");
  EXPECT_EQ(check("keep A,B,C in Main\nfor k by 1\n  for m by 1\n"
                  "    for n by 1\n      compute MAC\n"),
            "einsum \"MM\": rank k is not whole on the lanes of \"Row\", "
            "expected one loop by 1 over it");
  EXPECT_EQ(check("keep A,B,C in Main\npar k by 2 over Row\n  for k by 1\n"
                  "    for m by 1\n      for n by 1\n        compute MAC\n"),
            "einsum \"MM\": rank k is not whole on the lanes of \"Row\", "
            "expected one loop by 1 over it");
  EXPECT_EQ(check("keep A,B,C in Main\npar m by 2 over Row\n  for m by 1\n"
                  "    for n by 1\n      for k by 1\n        compute MAC\n"),
            "einsum \"MM\": rank m runs over \"Row\", whose lanes belong to "
            "another rank");
}

TEST(MappingVerifier, UnitsAndPlacesAreChecked) {
  Architecture arch = test::twoLevels();
  std::get<ComputeUnit>(arch.nodes[3]).takesNumTensors = {2};
  EXPECT_EQ(verdict("keep A,B,C in Main\n" + kLoops, {}, arch),
            "einsum \"MM\": runs on \"MAC\", but no unit takes it");
  EinsumGraph graph = test::matmul(8, 8, 8);
  ProgramMapping mapping;
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "the mapping has 0 paths but the program has 1 einsums");
  mapping.einsums.resize(1);
  arch = test::twoLevels();
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "einsum \"MM\": the path ends without compute, expected a compute "
            "unit");
  mapping.einsums[0].nodes = {MapNode::keep({0}, 2), MapNode::compute(3)};
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "einsum \"MM\": names level \"Row\", but the way to \"MAC\" has "
            "Main, Buffer");
  mapping.einsums[0].nodes = {MapNode::par(0, 4, 1), MapNode::compute(3)};
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "einsum \"MM\": names fan-out \"Buffer\", but the way to \"MAC\" "
            "has Row");
  mapping.einsums[0].nodes = {MapNode::loop(7, 4), MapNode::compute(3)};
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "einsum \"MM\": loops over rank 7, but there are 3");
  mapping.einsums[0].nodes = {MapNode::keep({5}, 0), MapNode::compute(3)};
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "einsum \"MM\": keep names operand 5, but there are 3");
  mapping.einsums[0].nodes = {MapNode::compute(3), MapNode::compute(3)};
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "einsum \"MM\": compute stands above other nodes, expected it "
            "last");
}

TEST(MappingVerifier, CapacityNamesLevelAndTensors) {
  Architecture arch = test::twoLevels();
  std::get<MemoryLevel>(arch.nodes[1]).sizeBits = 1000;
  std::string text = "keep A,B,C in Main\nkeep A,B in Buffer\n" + kLoops;
  EXPECT_EQ(verdict(text, {}, arch),
            "einsum \"MM\" needs 1024 bits in \"Buffer\" but the level holds "
            "1000 (kept then: A, B)");
  std::get<MemoryLevel>(arch.nodes[1]).sizeBits = 1024;
  EXPECT_EQ(verdict(text, {}, arch), "success");
  std::get<MemoryLevel>(arch.nodes[1]).sizeValues = 127;
  EXPECT_EQ(verdict(text, {}, arch),
            "einsum \"MM\" needs 128 values in \"Buffer\" but the level holds "
            "127 (kept then: A, B)");
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

std::string fused(llvm::StringRef text) {
  return verdict(text, {}, test::twoLevels(), test::twoMatmuls());
}

/// First and Second below one shared loop; what differs is filled in.
std::string sharing(llvm::StringRef loop, llvm::StringRef top,
                    llvm::StringRef below, llvm::StringRef first,
                    llvm::StringRef second) {
  std::string text = "group First,Second\n  keep A,B,D,E in Main\n";
  text += top.str() + "  " + loop.str() + "\n" + below.str();
  text += "    einsum First\n" + first.str();
  text += "    einsum Second\n" + second.str();
  return text;
}

const char *const kFirst = "      for m by 1\n        for k by 1\n"
                           "          for n by 1\n            compute MAC\n";
const char *const kSecond = "      for i by 1\n        for j by 1\n"
                            "          for l by 1\n            compute MAC\n";

TEST(MappingVerifier, ExchangeBelowASharedLoop) {
  EXPECT_EQ(fused(sharing("for m|i by 8", "", "    keep C in Buffer\n", kFirst,
                          kSecond)),
            "success");
}

TEST(MappingVerifier, SharedLoopsRunEquallyOften) {
  EXPECT_EQ(fused(sharing("for m|i by 8|4", "", "    keep C in Buffer\n",
                          kFirst, kSecond)),
            "shared loop 0 of einsums \"First\" and \"Second\" has 2 and 4 "
            "iterations, expected equal counts");
}

TEST(MappingVerifier, NothingIsComputedTwice) {
  EXPECT_EQ(
      fused(sharing("for k|j by 2|3", "", "    keep C in Buffer\n", kFirst,
                    kSecond)),
      "einsum \"First\": the loop over k above the backing keep of C does "
      "not index it alone, so values would be computed again");
}

TEST(MappingVerifier, SharedLoopsStepThroughOneDimension) {
  EXPECT_EQ(fused(sharing("for m|j by 8|3", "", "    keep C in Buffer\n",
                          kFirst, kSecond)),
            "shared loop 0 of einsums \"First\" and \"Second\" steps through C "
            "by 8 in dimension 0 and by 3 in dimension 1, expected the same");
  EXPECT_EQ(fused(sharing("for k|j by 2|3", "  keep C in Buffer\n", "", kFirst,
                          kSecond)),
            "shared loop over k of einsum \"First\" does not index C alone, so "
            "it cannot be handed over in its steps");
}

TEST(MappingVerifier, OperandsOfOneTensorAreExchangedInOnePlace) {
  EinsumGraphBuilder b;
  b.tensor("A", {4}).tensor("T", {4}).tensor("O", {4, 4});
  b.einsum("First", {{"i", 4}}).input("A", "i").output("T", "i");
  b.einsum("Second", {{"x", 4}, {"y", 4}}).input("T", "x").input("T", "y");
  b.output("O", "x, y");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  auto verify = [&](const std::string &second) {
    ProgramMapping mapping = llvm::cantFail(parseLoopTree(
        "einsum First\n  keep A in Main\n  keep T in Buffer\n"
        "  for i by 1\n    compute MAC\n"
        "einsum Second\n  keep O in Main\n" +
            second + "  for x by 1\n    for y by 1\n      compute MAC\n",
        graph, arch));
    return llvm::toString(verifyMapping(graph, arch, mapping));
  };
  EXPECT_EQ(verify("  keep T,T@2 in Buffer\n"), "");
  EXPECT_EQ(
      verify("  keep T@2 in Main\n  keep T in Buffer\n"),
      "einsums \"First\" and \"Second\" exchange T through \"Buffer\" and "
      "\"Main\", expected one level");
}

TEST(MappingVerifier, ExchangeNeedsOnePlace) {
  EXPECT_EQ(
      fused(sharing("for m|i by 8", "  keep C in Buffer for First\n",
                    "    keep C in Buffer for Second\n", kFirst, kSecond)),
      "einsums \"First\" and \"Second\" keep C below 0 and 1 loops, "
      "expected the same place");
  EXPECT_EQ(
      fused(sharing("for m|i by 8",
                    "  keep C in Buffer for First\n"
                    "  keep C in Main for Second\n",
                    "", kFirst, kSecond)),
      "einsums \"First\" and \"Second\" exchange C through \"Buffer\" and "
      "\"Main\", expected one level");
}

TEST(MappingVerifier, OutermostBackingStandsAboveAllLoops) {
  EXPECT_EQ(
      fused(
          sharing("for m|i by 8", "", "    keep C in Main\n", kFirst, kSecond)),
      "einsum \"First\": the backing keep of C in \"Main\" stands below a "
      "loop, expected it above all loops");
}

TEST(MappingVerifier, InnerCopiesOfExchangedTensorsStayInTheirBranch) {
  EXPECT_EQ(fused(sharing("for m|i by 8",
                          "  keep C in Main\n  keep C in Buffer for Second\n",
                          "", kFirst, kSecond)),
            "einsum \"Second\" keeps C in \"Buffer\" above a loop that it "
            "shares with \"First\", expected it below");
}

TEST(MappingVerifier, SharedCountsAreBounded) {
  EinsumGraph graph = test::twoMatmuls();
  Architecture arch = test::twoLevels();
  ProgramMapping mapping = llvm::cantFail(parseLoopTree(
      sharing("for m|i by 8", "", "    keep C in Buffer\n", kFirst, kSecond),
      graph, arch));
  mapping.einsums[0].sharedLoops = 1;
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "the first einsum \"First\" shares 1 loops, expected 0");
  mapping.einsums[0].sharedLoops = 0;
  mapping.einsums[1].sharedLoops = 9;
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)),
            "einsums \"First\" and \"Second\" share 9 loops but have only 4 in "
            "common");
}

TEST(MappingVerifier, SharedLoopsAreOfOneKind) {
  EinsumGraph graph = test::twoMatmuls();
  Architecture arch = test::twoLevels();
  std::swap(arch.nodes[1], arch.nodes[2]);
  ProgramMapping mapping = llvm::cantFail(
      parseLoopTree(sharing("par m|i by 8 over Row", "",
                            "    keep C in Buffer\n", kFirst, kSecond),
                    graph, arch));
  EXPECT_EQ(messageOf(verifyMapping(graph, arch, mapping)), "success");
  mapping.einsums[1].nodes[1] = MapNode::loop(0, 8);
  EXPECT_EQ(
      messageOf(verifyMapping(graph, arch, mapping)),
      "shared loop 0 of einsums \"First\" and \"Second\" runs differently, "
      "expected both temporal or over one fan-out");
}

} // namespace
