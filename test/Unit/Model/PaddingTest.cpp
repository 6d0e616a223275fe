//===- PaddingTest.cpp - What zeros around a tensor take ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestPrograms.h"
#include "accel/Model/CostModel.h"
#include "accel/Model/LoopTree.h"
#include "gtest/gtest.h"

using namespace accel;

TEST(Padding, ZerosTakeTimeWhoeverMakesThem) {
  // O[p] = I[p + r - 1] * W[r], a zero at both ends of I. Windows of 4 in four
  // tiles, 3 taps, a value a second.
  EinsumGraphBuilder b;
  b.tensor("I", {8}).tensor("W", {3}).tensor("O", {8});
  b.einsum("conv", {{"p", 8}, {"r", 3}})
      .input("I", "p + r - 1")
      .input("W", "r")
      .output("O", "p");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = test::twoLevels();
  auto level = [&](llvm::StringRef name) -> MemoryLevel & {
    return std::get<MemoryLevel>(arch.nodes[arch.findNode(name)]);
  };
  MemoryLevel &main = level("Main");
  main.readBitsPerS = 8;
  main.ports = Ports::Separate;
  for (bool pads : {false, true}) {
    level("Buffer").pads = pads;
    ProgramMapping mapping =
        llvm::cantFail(parseLoopTree("keep I,W,O in Main\n"
                                     "keep W in Buffer\n"
                                     "for p by 2\n"
                                     "  keep I,O in Buffer\n"
                                     "  for p by 1\n"
                                     "    for r by 1\n"
                                     "      compute MAC\n",
                                     graph, arch));
    auto cost = [&] { return evaluateMapping(graph, arch, mapping); };
    main.exposesEnds = false;
    EXPECT_EQ(cost().latencyS, 4 * 4 + 3);
    // The filter and a whole window come before the first operation.
    main.exposesEnds = true;
    EXPECT_EQ(cost().einsums.front().exposedReadS.front(), 4 + 3);
  }
}
