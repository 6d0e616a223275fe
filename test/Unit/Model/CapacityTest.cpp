//===- CapacityTest.cpp - What is alive where, worked out by hand ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelTestUtils.h"
#include "TestPrograms.h"
#include "accel/Model/CostModel.h"
#include "accel/Model/Interpreter.h"

using namespace accel;
using test::level;
using test::parse;

namespace {

/// A -> First -> T -> Second -> U -> Third(U, T) -> O, all 4x6.
EinsumGraph residual() {
  EinsumGraphBuilder b;
  for (const char *name : {"A", "T", "U", "O"})
    b.tensor(name, {4, 6});
  b.einsum("First", {{"c", 4}, {"x", 6}}).input("A", "c, x");
  b.output("T", "c, x");
  b.einsum("Second", {{"c", 4}, {"x", 6}}).input("T", "c, x");
  b.output("U", "c, x");
  b.einsum("Third", {{"c", 4}, {"x", 6}}).input("U", "c, x");
  b.input("T", "c, x").output("O", "c, x");
  return llvm::cantFail(b.take());
}

TEST(Capacity, ResidualStaysReservedAndSharedTensorsCountOnce) {
  EinsumGraph graph = residual();
  Architecture arch = test::twoLevels();
  // Rows one by one through all three: T and U have one row each, O as well.
  ProgramMapping mapping = parse("group First,Second,Third\n"
                                 "  keep A,O in Main\n"
                                 "  for c by 1\n"
                                 "    keep T,U in Buffer\n"
                                 "    einsum First\n"
                                 "      for x by 1\n        compute MAC\n"
                                 "    einsum Second\n"
                                 "      for x by 1\n        compute MAC\n"
                                 "    einsum Third\n"
                                 "      keep O in Buffer\n"
                                 "      for x by 1\n        compute MAC\n",
                                 graph, arch);
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).peakValues[1], 6 + 6 + 6);
  // Unfused: Second holds T whole (24) and U whole (24), Third O's one value.
  mapping = parse("einsum First\n  keep A in Main\n  keep T in Buffer\n"
                  "  for c by 1\n    for x by 1\n      compute MAC\n"
                  "einsum Second\n  keep T,U in Buffer\n"
                  "  for c by 1\n    for x by 1\n      compute MAC\n"
                  "einsum Third\n  keep O in Main\n  keep U,T in Buffer\n"
                  "  for c by 1\n    for x by 1\n      keep O in Buffer\n"
                  "      compute MAC\n",
                  graph, arch);
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).peakValues[1], 24 + 24 + 1);
}

TEST(Capacity, StorageStaysAsLargeAsItWasMade) {
  // Second reads half of T, First's 4x6 results.
  EinsumGraphBuilder b;
  b.tensor("A", {4, 6}).tensor("T", {4, 6}).tensor("O", {2, 6});
  b.einsum("First", {{"c", 4}, {"x", 6}}).input("A", "c, x");
  b.output("T", "c, x");
  b.einsum("Second", {{"c", 2}, {"x", 6}}).input("T", "c, x");
  b.output("O", "c, x");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  auto peak = [&](const ProgramMapping &mapping) {
    double bits = evaluateMapping(graph, arch, mapping).peakBits[1];
    EXPECT_EQ(
        llvm::cantFail(interpretMapping(graph, arch, mapping)).peakBits[1],
        bits);
    return bits;
  };
  ProgramMapping mapping =
      parse("einsum First\n  keep A in Main\n  keep T in Buffer\n"
            "  for c by 1\n    for x by 1\n      compute MAC\n"
            "einsum Second\n  keep O in Main\n  keep T in Buffer\n"
            "  keep O in Buffer\n"
            "  for c by 1\n    for x by 1\n      compute MAC\n",
            graph, arch);
  // First 24 values; Second these, though it reads 12 of them, and O's 12.
  EXPECT_EQ(peak(mapping), 8 * (24 + 12));
  // Results stay as wide as they were written; O is written as well.
  MemoryLevel &buffer = std::get<MemoryLevel>(arch.nodes[1]);
  buffer.widths[unsigned(Role::Output)].bitsPerValue = 24;
  EXPECT_EQ(peak(mapping), 24 * (24 + 12));
}

TEST(Capacity, KeepsAboveASharedLoopLiveInEveryBranch) {
  EinsumGraph graph = test::twoMatmuls();
  Architecture arch = test::twoLevels();
  // D (6x5) stands above the shared loop, B (4x6) inside First's branch: First
  // holds 30 + C's row 6 + B 24, Second 30 + 6.
  ProgramMapping mapping = parse("group First,Second\n"
                                 "  keep A,B,D,E in Main\n"
                                 "  keep D in Buffer\n"
                                 "  for m|i by 1\n"
                                 "    keep C in Buffer\n"
                                 "    einsum First\n"
                                 "      keep B in Buffer\n"
                                 "      for k by 1\n        for n by 1\n"
                                 "          compute MAC\n"
                                 "    einsum Second\n"
                                 "      for j by 1\n        for l by 1\n"
                                 "          compute MAC\n",
                                 graph, arch);
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).peakValues[1], 30 + 6 + 24);
}

TEST(Capacity, PersistentTensorsAreReservedThroughout) {
  EinsumGraphBuilder b;
  b.tensor("A", {4, 6}).tensor("T", {4, 6}).tensor("W", {4, 6}, 8, true);
  b.tensor("O", {4, 6});
  b.einsum("First", {{"c", 4}, {"x", 6}}).input("A", "c, x");
  b.output("T", "c, x");
  b.einsum("Second", {{"c", 4}, {"x", 6}}).input("T", "c, x");
  b.input("W", "c, x").output("O", "c, x");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  const char *text = "einsum First\n  keep A,T in Main\n"
                     "  for c by 1\n    for x by 1\n      compute MAC\n"
                     "einsum Second\n  keep T,W,O in Main\n"
                     "  for c by 1\n    for x by 1\n      compute MAC\n";
  ProgramMapping mapping = parse(text, graph, arch);
  ProgramPlan plan = ProgramPlan::compile(graph, arch, mapping);
  // W is there while First runs.
  auto places = [&](unsigned einsum) {
    return llvm::count_if(plan.live(einsum),
                          [](const auto &claim) { return !claim.samePlace; });
  };
  EXPECT_EQ(places(0), 3);
  EXPECT_EQ(places(1), 3);
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).peakValues[0], 24 * 3);
}

TEST(Capacity, WindowsReserveOneStepOfTheLoopBelow) {
  EinsumGraphBuilder b;
  b.tensor("I", {10}).tensor("W", {3}).tensor("O", {8});
  b.einsum("Conv", {{"p", 8}, {"r", 3}}).input("I", "p + r").input("W", "r");
  b.output("O", "p");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  auto peak = [&](llvm::StringRef keeps) {
    std::string text = ("keep I,W,O in Main\n" + keeps +
                        "for p by 2\n  for r by 1\n    for p by 1\n"
                        "      compute MAC\n")
                           .str();
    ProgramMapping mapping = parse(text, graph, arch);
    return evaluateMapping(graph, arch, mapping).peakValues[1];
  };
  // A step of two outputs sees four inputs; behind another keep all ten stay.
  EXPECT_EQ(peak("keep I in Buffer\n"), 4);
  EXPECT_EQ(peak("keep W,I in Buffer\n"), 3 + 4);
  EXPECT_EQ(peak("keep I,W in Buffer\n"), 10 + 3);
}

TEST(Capacity, FusedWindowsOutliveTheirBranchUnlessAsInTheReference) {
  EinsumGraphBuilder b;
  b.tensor("I", {10}).tensor("W", {3}).tensor("T", {8}).tensor("V", {20, 8});
  b.tensor("O", {20, 8});
  b.einsum("Conv", {{"p", 8}, {"r", 3}}).input("I", "p + r").input("W", "r");
  b.output("T", "p");
  b.einsum("Outer", {{"p", 8}, {"n", 20}}).input("T", "p").input("V", "n, p");
  b.output("O", "n, p");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  ProgramMapping mapping = parse("group Conv,Outer\n"
                                 "  keep I,W,V,O in Main\n"
                                 "  keep I in Buffer\n"
                                 "  for p by 1\n"
                                 "    keep T in Buffer\n"
                                 "    einsum Conv\n"
                                 "      for r by 1\n        compute MAC\n"
                                 "    einsum Outer\n"
                                 "      keep V in Buffer\n"
                                 "      for n by 1\n        compute MAC\n",
                                 graph, arch);
  // The halo of I (3 values) must wait while Outer runs with T (1) and V (20).
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).peakValues[1], 3 + 1 + 20);
  CostOptions reference;
  reference.referenceWindows = true;
  EXPECT_EQ(evaluateMapping(graph, arch, mapping, reference).peakValues[1],
            1 + 20);
}

} // namespace
