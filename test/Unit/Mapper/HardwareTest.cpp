//===- HardwareTest.cpp - Sizes searched together with mappings -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Hardware.h"
#include "RandomPrograms.h"
#include "Targets.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace accel;
using namespace accel::test;

namespace {

/// A buffer of 8192 bits and 4 units behind a fan-out.
Architecture smallTarget() {
  Architecture arch = simpleTarget(8192);
  ComputeUnit unit = std::get<ComputeUnit>(arch.nodes.back());
  unit.leakW = 0.5;
  arch.nodes.pop_back();
  std::get<MemoryLevel>(arch.nodes[1]).leakW = 2;
  arch.addFanout("lanes", 4);
  arch.nodes.push_back(unit);
  return arch;
}

std::string refusal(llvm::StringRef text, const Architecture &arch) {
  llvm::Expected<HardwareSpace> space = parseHardware(text, arch);
  return space ? "accepted" : llvm::toString(space.takeError());
}

TEST(Hardware, ReadsRangesAndFigures) {
  Architecture arch = smallTarget();
  HardwareSpace space = llvm::cantFail(parseHardware(
      "lanes.n=1..16, GlobalBuffer.size_bits=64..65536,"
      "GlobalBuffer.mm2_per_bit=0.001,GlobalBuffer.energy_growth=0.25,"
      "MAC.mm2=0.5",
      arch));
  ASSERT_EQ(space.variables.size(), 2u);
  EXPECT_EQ(arch.nodeName(space.variables[0].node), "GlobalBuffer");
  EXPECT_EQ(space.variables[0].least, 64);
  EXPECT_EQ(space.variables[0].most, 65536);
  EXPECT_EQ(arch.nodeName(space.variables[1].node), "lanes");
  // 8192 bits and 4 units; the main memory is not on the chip.
  EXPECT_DOUBLE_EQ(areaMm2(space, arch), 8.192 + 2);
}

TEST(Hardware, WithoutRangesEverythingBoundedVaries) {
  Architecture arch = smallTarget();
  HardwareSpace space = llvm::cantFail(parseHardware("", arch));
  ASSERT_EQ(space.variables.size(), 2u);
  EXPECT_EQ(space.variables[0].least, 512);
  EXPECT_EQ(space.variables[0].most, 131072);
  EXPECT_EQ(space.variables[1].least, 1);
  EXPECT_EQ(space.variables[1].most, 64);
}

TEST(Hardware, ScalesWhatDependsOnSizes) {
  Architecture arch = smallTarget();
  HardwareSpace space = llvm::cantFail(
      parseHardware("GlobalBuffer.size_bits=64..65536,lanes.n=1..16,"
                    "GlobalBuffer.energy_growth=0.25",
                    arch));
  Architecture larger = withSizes(space, arch, {32768, 7.6});
  const MemoryLevel &level = *larger.memory(1);
  EXPECT_EQ(level.sizeBits, 32768);
  // Four times the size: 0.75 + 0.25 * 4.
  EXPECT_DOUBLE_EQ(level.readJPerBit, 1.75);
  EXPECT_DOUBLE_EQ(level.writeJPerBit, 1.75);
  EXPECT_DOUBLE_EQ(level.leakW, 8);
  EXPECT_EQ(larger.fanout(2)->n, 8);
}

TEST(Hardware, RefusesWhatMeansNothing) {
  Architecture arch = smallTarget();
  auto expect = [&](llvm::StringRef text, llvm::StringRef part) {
    std::string said = refusal(text, arch);
    EXPECT_NE(said.find(part.str()), std::string::npos)
        << text.str() << ": " << said;
  };
  expect("Buffer.size_bits=1..2", "the target has MainMemory, GlobalBuffer");
  expect("GlobalBuffer.n=1..2", "a level has size_bits, mm2_per_bit");
  expect("lanes.size_bits=1..2", "a fan-out has n");
  expect("MAC.mm2_per_bit=1", "a compute unit has mm2");
  expect("lanes.n=4", "a range <least>..<most> is allowed");
  expect("lanes.n=0..4", "at least 1 and an ascending range");
  expect("lanes.n=8..4", "at least 1 and an ascending range");
  expect("lanes.n=1..nan", "a number of at least 0 is allowed");
  expect("lanes.n=1..2,lanes.n=1..4", "given twice");
  expect("MAC.mm2=-1", "a number of at least 0 is allowed");
  expect("MAC.mm2=", "a number of at least 0 is allowed");
  expect("GlobalBuffer.energy_growth=2", "a share from 0 to 1");
  expect("MainMemory.size_bits=1..2", "not on the chip");
  expect("", "accepted");
  Architecture unbounded = simpleTarget(kInf);
  EXPECT_NE(refusal("", unbounded).find("nothing can vary"), std::string::npos);
  EXPECT_NE(refusal("GlobalBuffer.size_bits=8..64", unbounded)
                .find("no size_bits to begin with"),
            std::string::npos);
}

/// The least value over a fine grid of sizes, each mapped to the optimum.
double bestOfGrid(const EinsumGraph &graph, const Architecture &arch,
                  const HardwareSpace &space, const MapperOptions &options) {
  double best = kInf;
  const HardwareVariable &bits = space.variables[0], &n = space.variables[1];
  for (double lanes = n.least; lanes <= n.most; ++lanes)
    for (double size = bits.least; size <= bits.most;
         size = std::ceil(size * 1.05 / 8) * 8) {
      Architecture point = withSizes(space, arch, {size, lanes});
      if (areaMm2(space, point) > space.areaLimitMm2)
        continue;
      MapperResult r = mapProgram(graph, point, options);
      if (r.status == MapperResult::Status::Optimal)
        best = std::min(best, r.value);
    }
  return best;
}

TEST(Hardware, ComesCloseToTheBestOfAllSizes) {
  EinsumGraph graph = chain(2, 16);
  Architecture arch = smallTarget();
  HardwareSpace space = llvm::cantFail(
      parseHardware("GlobalBuffer.size_bits=64..8192,lanes.n=1..8,"
                    "GlobalBuffer.mm2_per_bit=0.001,MAC.mm2=0.5,"
                    "GlobalBuffer.energy_growth=0.5",
                    arch));
  GradientOptions gradient;
  for (double limit : {2.0, 4.0, kInf}) {
    SCOPED_TRACE(limit);
    space.areaLimitMm2 = limit;
    HardwareResult r = searchHardware(graph, arch, space, {}, gradient);
    ASSERT_EQ(r.mapped.status, MapperResult::Status::Optimal);
    EXPECT_LE(areaMm2(space, r.arch), limit);
    EXPECT_DOUBLE_EQ(r.areaMm2, areaMm2(space, r.arch));
    EXPECT_FALSE(verifyMapping(graph, r.arch, r.mapped.best));
    double best = bestOfGrid(graph, arch, space, {});
    EXPECT_LE(r.mapped.value, 1.05 * best);
    if (r.given)
      EXPECT_LE(r.mapped.value, r.given->value);
    EXPECT_EQ(r.given.has_value(), areaMm2(space, arch) <= limit);
  }
}

TEST(Hardware, KeepsThePowerLimit) {
  EinsumGraph graph = chain(1, 16);
  Architecture arch = smallTarget();
  HardwareSpace space = llvm::cantFail(
      parseHardware("GlobalBuffer.size_bits=64..8192,lanes.n=1..8", arch));
  HardwareResult open = searchHardware(graph, arch, space);
  ASSERT_NE(open.mapped.status, MapperResult::Status::Infeasible);
  space.powerLimitW = 0.6 * open.powerW;
  HardwareResult r = searchHardware(graph, arch, space);
  ASSERT_NE(r.mapped.status, MapperResult::Status::Infeasible);
  ProgramCost<double> cost = evaluateMapping(graph, r.arch, r.mapped.best);
  EXPECT_LE(cost.energyJ / cost.latencyS, space.powerLimitW * (1 + 1e-9));
  EXPECT_DOUBLE_EQ(r.powerW, cost.energyJ / cost.latencyS);
  EXPECT_GE(r.mapped.value, open.mapped.value * (1 - 1e-9));
}

TEST(Hardware, SaysWhenNothingKeepsTheLimits) {
  EinsumGraph graph = chain(1, 16);
  Architecture arch = smallTarget();
  HardwareSpace space = llvm::cantFail(parseHardware("MAC.mm2=1", arch));
  space.areaLimitMm2 = 0.5;
  HardwareResult r = searchHardware(graph, arch, space);
  EXPECT_EQ(r.mapped.status, MapperResult::Status::Infeasible);
  EXPECT_NE(r.mapped.reason.find("area and power"), std::string::npos);
  EXPECT_EQ(r.arch.fanout(2)->n, 4);
}

TEST(Hardware, SameSeedSameHardware) {
  EinsumGraph graph = chain(2, 16);
  Architecture arch = smallTarget();
  HardwareSpace space = llvm::cantFail(parseHardware("", arch));
  space.areaLimitMm2 = areaMm2(space, arch) / 2;
  GradientOptions gradient;
  gradient.seed = 5;
  gradient.maxIterations = 2;
  MapperOptions options;
  HardwareResult one = searchHardware(graph, arch, space, options, gradient);
  options.threads = 4;
  HardwareResult two = searchHardware(graph, arch, space, options, gradient);
  EXPECT_EQ(one.mapped.value, two.mapped.value);
  EXPECT_EQ(one.arch.memory(1)->sizeBits, two.arch.memory(1)->sizeBits);
  EXPECT_EQ(one.arch.fanout(2)->n, two.arch.fanout(2)->n);
  EXPECT_TRUE(one.mapped.best == two.mapped.best);
}

} // namespace
