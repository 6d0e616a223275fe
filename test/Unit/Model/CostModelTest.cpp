//===- CostModelTest.cpp - Figures worked out by hand
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/CostModel.h"
#include "Dual.h"
#include "ModelTestUtils.h"
#include "TestPrograms.h"
#include "accel/Model/Interpreter.h"

using namespace accel;
using test::level;
using test::parse;

namespace {

/// T1 finished in the buffer before it leaves, T0 in halves of 32 rows.
const char *const kWorkedExample = "keep B,C,A in Main\n"
                                   "for m by 32\n"
                                   "  keep A in Buffer\n"
                                   "  for n by 1\n"
                                   "    keep C in Buffer\n"
                                   "    for k by 1\n"
                                   "      keep B in Buffer\n"
                                   "      for m by 1\n"
                                   "        compute MAC\n";

TEST(CostModel, WorkedExample) {
  EinsumGraph graph = test::matmul(64, 64, 64);
  Architecture arch = test::twoLevels();
  level(arch, "Main").readJPerBit = level(arch, "Main").writeJPerBit = 10;
  level(arch, "Buffer").readJPerBit = level(arch, "Buffer").writeJPerBit = 1;
  std::get<ComputeUnit>(arch.nodes.back()).jPerOp = 1;
  ProgramMapping mapping = parse(kWorkedExample, graph, arch);
  ProgramPlan plan = ProgramPlan::compile(graph, arch, mapping);
  ProgramCost<double> cost;
  plan.evaluate(cost);
  const EinsumPlan &p = plan.einsums()[0];
  const EinsumCost<double> &k = cost.einsums[0];
  auto writes = [&](unsigned l, unsigned a) {
    return 8 * p.writeValues(k, l, a);
  };
  auto reads = [&](unsigned l, unsigned a) {
    return 8 * p.readValues(k, l, a);
  };
  EXPECT_EQ(writes(1, 0), 32768);
  EXPECT_EQ(writes(1, 1), 65536);
  EXPECT_EQ(writes(1, 2), 2097152);
  for (unsigned a : {0, 1, 2})
    EXPECT_EQ(reads(1, a), 2097152);
  EXPECT_EQ(k.readBits[0], 32768 + 65536);
  EXPECT_EQ(k.writeBits[0], 32768);
  EXPECT_EQ(k.ops, 64 * 64 * 64);
  EXPECT_EQ(cost.energyJ, 10059776);
  // 32x64 of A, one column of 32 of C, one value of B.
  EXPECT_EQ(cost.peakValues[1], 2048 + 32 + 1);
  EXPECT_EQ(cost.peakBits[1], 8 * (2048 + 32 + 1));
}

TEST(CostModel, PortsShareTimeOrNot) {
  EinsumGraph graph = test::matmul(64, 64, 64);
  Architecture arch = test::twoLevels();
  level(arch, "Buffer").readBitsPerS = 1000;
  level(arch, "Buffer").writeBitsPerS = 500;
  ProgramMapping mapping = parse(kWorkedExample, graph, arch);
  double reads = 3 * 2097152 / 1000., writes = 2195456 / 500.;
  EXPECT_DOUBLE_EQ(evaluateMapping(graph, arch, mapping).latencyS,
                   reads + writes);
  level(arch, "Buffer").ports = Ports::Separate;
  EXPECT_DOUBLE_EQ(evaluateMapping(graph, arch, mapping).latencyS, reads);
}

TEST(CostModel, InstancesDivideTime) {
  EinsumGraph graph = test::matmul(8, 4, 2);
  Architecture arch = test::twoLevels();
  std::get<ComputeUnit>(arch.nodes.back()).opsPerS = 2;
  ProgramMapping mapping = parse("keep A,B,C in Main\npar m by 2 over Row\n"
                                 "  for m by 1\n    for k by 1\n"
                                 "      for n by 1\n        compute MAC\n",
                                 graph, arch);
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).latencyS, 64 / 4 / 2.);
}

TEST(CostModel, EverythingLeaksAsLongAsTheProgramRuns) {
  EinsumGraph graph = test::matmul(8, 4, 2);
  Architecture arch = test::twoLevels();
  level(arch, "Buffer").leakW = 3;
  ComputeUnit &mac = std::get<ComputeUnit>(arch.nodes.back());
  mac.opsPerS = 1;
  mac.leakW = 0.5;
  ProgramMapping mapping = parse("keep A,B,C in Main\nfor m by 1\n"
                                 "  for k by 1\n    for n by 1\n"
                                 "      compute MAC\n",
                                 graph, arch);
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).energyJ, 64 * (3 + 4 * 0.5));
}

TEST(CostModel, WidthsBelongToTheLevel) {
  EinsumGraph graph = test::matmul(8, 4, 2);
  Architecture arch = test::twoLevels();
  level(arch, "Buffer").widths[unsigned(Role::Output)].bitsScale = 3;
  ProgramMapping mapping =
      parse("keep A,B,C in Main\nkeep C in Buffer\nfor m by 1\n"
            "  for k by 1\n    for n by 1\n      compute MAC\n",
            graph, arch);
  ProgramCost<double> cost = evaluateMapping(graph, arch, mapping);
  EXPECT_EQ(cost.einsums[0].writeBits[0], 16 * 8);
  EXPECT_EQ(cost.einsums[0].writeBits[1], 64 * 24);
  EXPECT_EQ(cost.peakBits[1], 16 * 24);
}

TEST(CostModel, SiblingsMergeAtTheParent) {
  // k = 4 over four instances, no reduction on the way: 32 operations write 32
  // sums to 8 elements. Merging needs no read if Main accumulates, and 32 - 8
  // if it does not; with reduction on the way 8 sums arrive.
  EinsumGraph graph = test::matmul(4, 4, 2);
  for (auto [reduces, accumulates, reads, writes] :
       {std::tuple<bool, bool, double, double>{false, true, 0, 32},
        {false, false, 24, 32},
        {true, true, 0, 8},
        {true, false, 0, 8}}) {
    Architecture arch = test::twoLevels();
    level(arch, "Main").accumulates = accumulates;
    std::get<Fanout>(arch.nodes[2]).mayReuse =
        reduces ? RoleSet::all() : RoleSet::none();
    ProgramMapping mapping = parse("keep A,B,C in Main\npar k by 1 over Row\n"
                                   "  for m by 1\n    for n by 1\n"
                                   "      compute MAC\n",
                                   graph, arch);
    ProgramPlan plan = ProgramPlan::compile(graph, arch, mapping);
    ProgramCost<double> cost;
    plan.evaluate(cost);
    EXPECT_EQ(plan.einsums()[0].readValues(cost.einsums[0], 0, 2), reads);
    EXPECT_EQ(plan.einsums()[0].writeValues(cost.einsums[0], 0, 2), writes);
  }
}

TEST(CostModel, EvictionsAreChargedUnlessTheLevelSaysNo) {
  EinsumGraph graph = test::matmul(8, 4, 2);
  Architecture arch = test::twoLevels();
  const char *text = "keep A,B,C in Main\nkeep C in Buffer\nfor m by 1\n"
                     "  for k by 1\n    for n by 1\n      compute MAC\n";
  ProgramMapping mapping = parse(text, graph, arch);
  // 64 operations, 16 first reads skipped, 16 elements written back.
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).einsums[0].readBits[1],
            8 * (64 - 16 + 16));
  level(arch, "Buffer").chargesEvictions = false;
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).einsums[0].readBits[1],
            8 * (64 - 16));
}

TEST(CostModel, BufferingReservesCopies) {
  EinsumGraph graph = test::matmul(64, 64, 64);
  Architecture arch = test::twoLevels();
  level(arch, "Buffer").buffering = 2;
  ProgramMapping mapping = parse(kWorkedExample, graph, arch);
  EXPECT_EQ(evaluateMapping(graph, arch, mapping).peakValues[1], 2 * 2081);
}

TEST(CostModel, UsageIsTheLargerShareOfBitsAndValues) {
  EinsumGraph graph = test::matmul(64, 64, 64);
  Architecture arch = test::twoLevels();
  ProgramMapping mapping = parse(kWorkedExample, graph, arch);
  ProgramCost<double> cost = evaluateMapping(graph, arch, mapping);
  EXPECT_EQ(usageShare(arch, 1, cost), 0);
  level(arch, "Buffer").sizeBits = 8 * 2081 * 4;
  EXPECT_EQ(usageShare(arch, 1, cost), 0.25);
  level(arch, "Buffer").sizeValues = 2081 * 2;
  EXPECT_EQ(usageShare(arch, 1, cost), 0.5);
}

TEST(CostModel, CountsBeyondSixtyFourBitsDoNotWrap) {
  int64_t n = int64_t(1) << 22;
  EinsumGraph graph = test::matmul(n, n, n);
  Architecture arch = test::twoLevels();
  ProgramMapping mapping = parse("keep A,B,C in Main\nfor m by 1\n"
                                 "  for k by 1\n    for n by 1\n"
                                 "      compute MAC\n",
                                 graph, arch);
  EinsumCost<double> k = evaluateMapping(graph, arch, mapping).einsums[0];
  EXPECT_EQ(k.ops, std::ldexp(1., 66));
  EXPECT_EQ(k.writeBits[0], std::ldexp(1., 69));
  EXPECT_EQ(k.readBits[0], 3 * std::ldexp(1., 69) - std::ldexp(1., 47));
}

TEST(CostModel, ImperfectTilesPadIrrelevantRanksOnly) {
  // k = 10 in tiles of 4: 3 tiles, padded to 12. A in steps of k is fetched
  // exactly; C's tile is visited for 12 values of k.
  EinsumGraph graph = test::matmul(4, 10, 2);
  Architecture arch = test::twoLevels();
  CostOptions options;
  options.imperfect = true;
  ProgramMapping mapping =
      parse("keep A,B,C in Main\nfor k by 4\n  keep A,C in Buffer\n"
            "  for k by 1\n    for m by 1\n      for n by 1\n"
            "        compute MAC\n",
            graph, arch, options);
  ProgramPlan plan = ProgramPlan::compile(graph, arch, mapping, options);
  ProgramCost<double> cost;
  plan.evaluate(cost);
  const EinsumPlan &p = plan.einsums()[0];
  const EinsumCost<double> &k = cost.einsums[0];
  EXPECT_EQ(k.fills[p.slot(1, 0)], 40);
  EXPECT_EQ(k.fills[p.slot(1, 2)], 3 * 8 - 8);
  EXPECT_EQ(k.updates[p.slot(1, 2)], 4 * 2 * 12);
  EXPECT_EQ(k.ops, 80);
  EXPECT_EQ(cost.peakValues[1], 16 + 8);
}

TEST(CostModel, CopyMovesBetweenDifferentLevelsOnly) {
  EinsumGraphBuilder b;
  b.tensor("I", {4, 6}).tensor("T", {4, 6}).tensor("O", {4, 6});
  b.einsum("Copy", {{"c", 4}, {"x", 6}}).input("I", "c, x").output("T", "c, x");
  b.copy();
  b.einsum("Relu", {{"c", 4}, {"x", 6}}).input("T", "c, x").output("O", "c, x");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  const char *rest = "einsum Relu\n  keep O in Main\n  keep T in %\n"
                     "  for c by 1\n    for x by 1\n      compute MAC\n";
  for (auto [where, reads, writes] :
       {std::tuple<const char *, double, double>{"Main", 0, 0},
        {"Buffer", 24, 24}}) {
    std::string text =
        std::string("einsum Copy\n  keep I in Main\n  keep T in ") + where +
        "\n  compute MAC\n" + rest;
    text.replace(text.find('%'), 1, where);
    ProgramMapping mapping = parse(text, graph, arch);
    EinsumCost<double> k = evaluateMapping(graph, arch, mapping).einsums[0];
    EXPECT_EQ(k.ops, 0);
    EXPECT_EQ(k.readBits[0], 8 * reads);
    EXPECT_EQ(k.writeBits[1], 8 * writes);
    EXPECT_EQ(k.writeBits[0] + k.readBits[1], 0);
  }
}

TEST(CostModel, CountsBeyond63BitsDoNotWrap) {
  // 3 * 2^20 in every rank: 27 * 2^60 operations, each exact in a double.
  int64_t n = 3 << 20;
  EinsumGraph graph = test::matmul(n, n, n);
  Architecture arch = test::twoLevels();
  ProgramMapping mapping = parse("keep A,B,C in Main\nkeep A,B,C in Buffer\n"
                                 "for m by 1\n  for k by 1\n    for n by 1\n"
                                 "      compute MAC\n",
                                 graph, arch);
  ProgramCost<double> cost = evaluateMapping(graph, arch, mapping);
  const EinsumCost<double> &k = cost.einsums[0];
  EXPECT_EQ(k.ops, 27 * 0x1p60);
  // Two levels, three operands: the buffer's slots are 3, 4 and 5.
  EXPECT_EQ(k.childReads[3], 27 * 0x1p60);
  EXPECT_EQ(k.childReads[5], 27 * 0x1p60 - 9 * 0x1p40);
  EXPECT_EQ(k.updates[5], 27 * 0x1p60);
  EXPECT_EQ(k.fills[4], 9 * 0x1p40);
  EXPECT_EQ(k.readBits[1], 8 * (3 * 27 * 0x1p60));
  EXPECT_EQ(cost.peakBits[1], 8 * (3 * 9 * 0x1p40));
}

TEST(CostModel, EarlierContentsAreReadOnceOnTheirWay) {
  EinsumGraph graph = test::matmul(8, 4, 8);
  Architecture arch = test::twoLevels();
  auto costOf = [&](llvm::StringRef text) {
    return evaluateMapping(graph, arch, parse(text, graph, arch)).einsums[0];
  };
  const char *const text = "keep A,B,C in Main\n"
                           "for k by 2\n"
                           "  keep C in Buffer\n"
                           "  for m by 1\n    for n by 1\n      for k by 1\n"
                           "        compute MAC\n";
  EinsumCost<double> without = costOf(text);
  graph.einsums[0].readsInit = true;
  EinsumCost<double> with = costOf(text);
  // C has 64 values and comes to the buffer twice, the first time now as well.
  unsigned main = 2, buffer = 5;
  EXPECT_EQ(without.fills[buffer], 64);
  EXPECT_EQ(with.fills[buffer], 128);
  EXPECT_EQ(without.childReads[main], 64);
  EXPECT_EQ(with.childReads[main], 128);
  EXPECT_EQ(without.childReads[buffer], 256 - 64);
  EXPECT_EQ(with.childReads[buffer], 256);
  EXPECT_EQ(with.updates[main], without.updates[main]);

  // Four instances each add a part of k: one of them has the earlier values.
  EinsumCost<double> spread =
      costOf("keep A,B,C in Main\npar k by 1 over Row\n  for m by 1\n"
             "    for n by 1\n      compute MAC\n");
  EXPECT_EQ(spread.childReads[main], 64);
  EXPECT_EQ(spread.updates[main], 64);
}

TEST(CostModel, EarlierContentsReachAnExchangedResult) {
  EinsumGraph graph = test::twoMatmuls();
  graph.einsums[0].readsInit = true;
  Architecture arch = test::twoLevels();
  ProgramMapping mapping = parse(
      "einsum First\n  keep A,B in Main\n  keep C in Buffer\n  for m by 1\n"
      "    for k by 1\n      for n by 1\n        compute MAC\n"
      "einsum Second\n  keep D,E in Main\n  keep C in Buffer\n  for i by 1\n"
      "    for j by 1\n      for l by 1\n        compute MAC\n",
      graph, arch);
  EinsumCost<double> first = evaluateMapping(graph, arch, mapping).einsums[0];
  // C has 16 x 6 values: read from the main memory, written into the buffer.
  EXPECT_EQ(first.childReads[2], 96);
  EXPECT_EQ(first.fills[5], 96);
  EXPECT_EQ(first.childReads[5], 16 * 4 * 6);
}

TEST(CostModel, ResultsIndexedBySumsCountTheirWindows) {
  EinsumGraphBuilder b;
  b.tensor("I", {4}).tensor("W", {3}).tensor("O", {6});
  b.einsum("Spread", {{"p", 4}, {"r", 3}}).input("I", "p").input("W", "r");
  b.output("O", "p + r");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  ProgramMapping mapping = parse("keep I,W,O in Main\nfor p by 2\n"
                                 "  keep O in Buffer\n  for r by 1\n"
                                 "    for p by 1\n      compute MAC\n",
                                 graph, arch);
  EinsumCost<double> k = evaluateMapping(graph, arch, mapping).einsums[0];
  // Two windows of 2 + 3 - 1 values; no rank of O is fully relevant, so |O| is
  // one window: the first is not read, the second is, whole.
  EXPECT_EQ(k.evictions[5], 8);
  EXPECT_EQ(k.fills[5], 4);
  EXPECT_EQ(k.childReads[2], 4);
  EXPECT_EQ(k.updates[2], 8);
}

TEST(CostModel, WindowsOfRanksInOnePieceDoNotSlide) {
  EinsumGraphBuilder b;
  b.tensor("I", {10}).tensor("W", {3}).tensor("O", {8});
  b.einsum("Conv", {{"p", 8}, {"r", 3}}).input("I", "p + r").input("W", "r");
  b.output("O", "p");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  const char *const text = "keep I,W,O in Main\nkeep I in Buffer\n"
                           "for p by 1\n  for r by 1\n    compute MAC\n";
  EXPECT_EQ(
      evaluateMapping(graph, arch, parse(text, graph, arch)).peakValues[1], 3);
  graph.einsums[0].ranks[0].whole = true;
  EXPECT_EQ(
      evaluateMapping(graph, arch, parse(text, graph, arch)).peakValues[1], 10);
}

TEST(CostModel, GradientsFollowCentralDifferences) {
  EinsumGraph graph = test::matmul(64, 64, 64);
  Architecture arch = test::twoLevels();
  level(arch, "Main").readJPerBit = level(arch, "Main").writeJPerBit = 10;
  level(arch, "Buffer").readJPerBit = level(arch, "Buffer").writeJPerBit = 1;
  level(arch, "Main").readBitsPerS = level(arch, "Main").writeBitsPerS = 100;
  ProgramMapping mapping = parse(kWorkedExample, graph, arch);
  EinsumPlan plan = EinsumPlan::compile(graph, arch, 0, mapping.einsums[0]);
  auto energyAndLatency = [&](std::vector<double> tiles) {
    EinsumCost<double> cost;
    plan.evaluate<double>(tiles, cost);
    return std::make_pair(cost.energyJ(), cost.latencyS);
  };
  for (unsigned loop = 0; loop != plan.tiles().size(); ++loop) {
    std::vector<test::Dual> tiles;
    std::vector<double> low(plan.tiles()), high(plan.tiles());
    for (double tile : plan.tiles())
      tiles.push_back(test::Dual(tile));
    tiles[loop].slope = 1;
    EinsumCost<test::Dual> cost;
    plan.evaluate<test::Dual>(tiles, cost);
    double h = 1e-5 * low[loop];
    low[loop] -= h;
    high[loop] += h;
    auto [e0, l0] = energyAndLatency(low);
    auto [e1, l1] = energyAndLatency(high);
    double energySlope = (e1 - e0) / (2 * h),
           latencySlope = (l1 - l0) / (2 * h);
    EXPECT_NEAR(cost.energyJ().slope, energySlope,
                1e-6 * std::abs(energySlope) + 1e-3);
    EXPECT_NEAR(cost.latencyS.slope, latencySlope,
                1e-6 * std::abs(latencySlope) + 1e-3);
  }
}

TEST(CostModel, LevelsThatPadReadNoZeros) {
  // O[p] = I[p + r - 1] * W[r], 8 outputs, 3 taps, 8 inputs and a zero at both
  // ends; four tiles of two outputs read windows of 4: 0 to 2, 1 to 4, 3 to 6
  // and 5 to 7 of the tensor.
  EinsumGraphBuilder b;
  b.tensor("I", {8}).tensor("W", {3}).tensor("O", {8});
  b.einsum("conv", {{"p", 8}, {"r", 3}})
      .input("I", "p + r - 1")
      .input("W", "r")
      .output("O", "p");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  const char *text = "keep I,W,O in Main\n"
                     "for p by 2\n"
                     "  keep I in Buffer\n"
                     "  for p by 1\n"
                     "    for r by 1\n"
                     "      compute MAC\n";
  for (bool pads : {false, true}) {
    level(arch, "Buffer").pads = pads;
    ProgramMapping mapping = parse(text, graph, arch);
    ProgramPlan plan = ProgramPlan::compile(graph, arch, mapping);
    ProgramCost<double> cost;
    plan.evaluate(cost);
    const EinsumPlan &p = plan.einsums()[0];
    EXPECT_EQ(p.readValues(cost.einsums[0], 0, 0), pads ? 3 + 4 + 4 + 3 : 16);
    EXPECT_EQ(p.writeValues(cost.einsums[0], 1, 0), 16);
  }
}

TEST(CostModel, ExposedEndsAndStartsTakeTime) {
  // C in two tiles of 2 rows: A and B come in halves and whole, 2 values and 1
  // value a second. Worked out below for one operation a second.
  EinsumGraph graph = test::matmul(4, 2, 2);
  Architecture arch = test::twoLevels();
  MemoryLevel &main = level(arch, "Main");
  main.readBitsPerS = 16;
  main.writeBitsPerS = 8;
  main.ports = Ports::Separate;
  ComputeUnit &unit = std::get<ComputeUnit>(arch.nodes.back());
  unit.opsPerS = 1;
  ProgramMapping mapping = parse("keep A,B,C in Main\n"
                                 "keep B in Buffer\n"
                                 "for m by 2\n"
                                 "  keep A,C in Buffer\n"
                                 "  for m by 1\n"
                                 "    for n by 1\n"
                                 "      for k by 1\n"
                                 "        compute MAC\n",
                                 graph, arch);
  auto latency = [&] { return evaluateMapping(graph, arch, mapping).latencyS; };
  // 16 operations; 4 + 8 values to read take 6 s, 8 to write as many.
  EXPECT_EQ(latency(), 16);
  // 8 results begin with one more operation each.
  unit.initOps = 1;
  EXPECT_EQ(latency(), 24);
  // B and half of A come before the first operation, half of C leaves after the
  // last: 4 s and 4 s.
  main.exposesEnds = true;
  EXPECT_EQ(latency(), 24 + 4 + 4);
  // Two tiles, and three transfers.
  unit.startS = 3;
  EXPECT_EQ(latency(), 24 + 2 * 3 + 8);
  main.readStartS = 100;
  // Reading now takes 306 s; then come half of the operations and half of C.
  EXPECT_EQ(latency(), 306 + 30 / 2 + 4);
}

} // namespace
