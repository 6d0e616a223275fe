//===- BoundsTest.cpp
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/Bounds.h"
#include "RandomMappings.h"
#include "TestPrograms.h"
#include "accel/Model/CostModel.h"
#include "gtest/gtest.h"
#include <set>

using namespace accel;

namespace {

TEST(Bounds, MatmulReadsItsInputsOnce) {
  Architecture arch = test::twoLevels();
  MemoryLevel &main = std::get<MemoryLevel>(arch.nodes[0]);
  main.readBitsPerS = main.writeBitsPerS = 8;
  main.readJPerBit = 2;
  main.writeJPerBit = 3;
  ComputeUnit &mac = std::get<ComputeUnit>(arch.nodes[3]);
  mac.opsPerS = 1;
  mac.jPerOp = 5;
  EinsumBounds b = boundEinsum(test::matmul(4, 6, 8), arch, 0);
  EXPECT_EQ(b.ops, 192);
  EXPECT_EQ(b.compulsoryReadBits, 8 * (24 + 48));
  EXPECT_EQ(b.compulsoryWriteBits, 8 * 32);
  EXPECT_EQ(b.computeTimeS, 48);
  EXPECT_EQ(b.memoryTimeS, 104);
  EXPECT_EQ(b.latencyS, 104);
  EXPECT_EQ(b.energyJ, 192 * 5 + 576 * 2 + 256 * 3);
}

TEST(Bounds, IntermediatesMayStayOnChip) {
  EinsumGraph graph = test::twoMatmuls();
  Architecture arch = test::twoLevels();
  EXPECT_EQ(boundEinsum(graph, arch, 0).compulsoryWriteBits, 0);
  EXPECT_EQ(boundEinsum(graph, arch, 1).compulsoryReadBits, 8 * 30);
}

TEST(Bounds, DistinctElementsNeverExceedTheTruth) {
  unsigned exact = 0, total = 0;
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    test::RandomCase c = test::drawCase(seed);
    for (const Einsum &einsum : c.graph.einsums)
      for (const TensorAccess &access : einsum.accesses) {
        double product = 1;
        for (const LinearExpr &expr : access.projection) {
          std::set<int64_t> values = {0};
          for (auto [rank, factor] : expr.terms) {
            std::set<int64_t> next;
            for (int64_t value : values)
              for (int64_t i = 0; i != einsum.ranks[rank].bound; ++i)
                next.insert(value + factor * i);
            values = next;
          }
          product *= values.size();
        }
        double bound =
            distinctElements(einsum, access, c.graph.tensorOf(access));
        EXPECT_LE(bound, product);
        exact += bound == product;
        ++total;
      }
  }
  EXPECT_GE(exact, total * 9 / 10);
}

TEST(Bounds, NoMappingIsBetter) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    test::RandomCase c = test::drawCase(seed);
    MemoryLevel &outer = std::get<MemoryLevel>(c.arch.nodes[0]);
    outer.readBitsPerS = outer.writeBitsPerS = 3;
    outer.readJPerBit = 2;
    outer.writeJPerBit = 5;
    outer.leakW = 0.25;
    std::get<ComputeUnit>(c.arch.nodes.back()).jPerOp = 7;
    ProgramCost<double> cost = evaluateMapping(c.graph, c.arch, c.mapping);
    for (unsigned e = 0; e != c.graph.einsums.size(); ++e) {
      EinsumBounds b = boundEinsum(c.graph, c.arch, e);
      EXPECT_LE(b.latencyS, cost.einsums[e].latencyS * (1 + 1e-12)) << seed;
      EXPECT_LE(b.energyJ, cost.einsums[e].energyJ() * (1 + 1e-12)) << seed;
    }
  }
}

} // namespace
