//===- OracleTest.cpp - The cost model against other tools
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OracleCase.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"

using namespace accel;
using llvm::StringRef;
using llvm::json::Object;

namespace {

/// The reference works in float32.
constexpr double kRelative = 1e-5;

void expectClose(double actual, double expected, const std::string &what) {
  EXPECT_LE(std::abs(actual - expected), kRelative * std::abs(expected))
      << what << ": " << actual << " instead of " << expected;
}

/// Integers exactly: float32 holds no odd digit beyond 2^24, so larger counts
/// are compared as that type rounds them.
void expectCount(double actual, double expected, const std::string &what) {
  EXPECT_EQ(float(actual), float(expected))
      << what << ": " << actual << " instead of " << expected;
}

double at(const Object &object, const std::string &key) {
  const llvm::json::Value *value = object.get(key);
  return value ? value->getAsNumber().value_or(0) : 0;
}

class FusedMapping : public testing::TestWithParam<std::string> {};

TEST_P(FusedMapping, EvaluatesToTheReferencesFigures) {
  auto loaded = loadOracleCase(GetParam());
  ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
  const OracleCase &c = *loaded;
  if (llvm::Error error = verifyMapping(c.graph, c.arch, c.mapping, c.options))
    FAIL() << llvm::toString(std::move(error));
  ProgramPlan plan =
      ProgramPlan::compile(c.graph, c.arch, c.mapping, c.options);
  ProgramCost<double> cost;
  plan.evaluate(cost);

  expectClose(cost.energyJ, c.expectedNumber("energy_j"), "energy");
  expectClose(cost.latencyS, c.expectedNumber("latency_s"), "latency");
  const Object &bits = *c.expected.getObject("bits_of");
  const Object &latency = *c.expected.getObject("latency_s_of");
  const Object &energy = *c.expected.getObject("energy_j_of");
  size_t compared = 0;
  for (unsigned e = 0; e != c.graph.einsums.size(); ++e) {
    const EinsumPlan &p = plan.einsums()[e];
    const EinsumCost<double> &k = cost.einsums[e];
    const std::string prefix = c.graph.einsums[e].name + "|";
    for (unsigned l = 0; l != p.levels().size(); ++l) {
      const MemoryLevel &level = *c.arch.memory(p.levels()[l]);
      const std::string here = prefix + level.name + "|";
      for (unsigned a = 0; a != p.numAccesses(); ++a) {
        const std::string key = here + c.graph.accessName(e, a) + "|";
        double width = p.bitsPerValue(l, a);
        compared += bool(bits.get(key + "read"));
        // The reference lists what a level touches: no entry means none.
        expectCount(p.readValues(k, l, a) * width, at(bits, key + "read"),
                    key + "read");
        expectCount(p.writeValues(k, l, a) * width, at(bits, key + "write"),
                    key + "write");
      }
      expectClose(k.levelTimeS[l], at(latency, prefix + level.name),
                  here + "latency");
      expectClose(k.readBits[l] * level.readJPerBit, at(energy, here + "read"),
                  here + "read energy");
      expectClose(k.writeBits[l] * level.writeJPerBit,
                  at(energy, here + "write"), here + "write energy");
      expectClose(level.leakW * c.arch.numInstances(p.levels()[l]) * k.latencyS,
                  at(energy, here + "leak"), here + "leakage");
    }
    const ComputeUnit &unit = *c.arch.unit(p.unit());
    const std::string here = prefix + unit.name + "|";
    expectCount(k.ops, at(bits, here + "None|compute"), here + "operations");
    expectClose(k.computeTimeS, at(latency, prefix + unit.name),
                here + "latency");
    expectClose(k.ops * unit.jPerOp, at(energy, here + "compute"),
                here + "energy");
    expectClose(unit.leakW * c.arch.numInstances(p.unit()) * k.latencyS,
                at(energy, here + "leak"), here + "leakage");
  }
  // Two entries per (level, operand), one per Einsum for its operations.
  EXPECT_EQ(2 * compared + c.graph.einsums.size(), bits.size());

  for (auto &[level, share] : *c.expected.getObject("usage_of")) {
    int node = c.arch.findNode(level);
    ASSERT_GE(node, 0);
    expectClose(usageShare(c.arch, node, cost), *share.getAsNumber(),
                "usage of " + level.str());
  }
}

TEST_P(FusedMapping, SurvivesItsTextForm) {
  auto loaded = loadOracleCase(GetParam());
  ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
  const OracleCase &c = *loaded;
  std::string text = printLoopTree(c.graph, c.arch, c.mapping);
  auto parsed = parseLoopTree(text, c.graph, c.arch);
  ASSERT_TRUE(bool(parsed)) << llvm::toString(parsed.takeError()) << "\n"
                            << text;
  EXPECT_TRUE(*parsed == c.mapping) << text;
  EXPECT_EQ(printLoopTree(c.graph, c.arch, *parsed), text);
}

INSTANTIATE_TEST_SUITE_P(Oracle, FusedMapping,
                         testing::ValuesIn(oracleCaseNames("timeloop_", true)),
                         [](const auto &info) { return info.param; });

class TimeloopMapping : public testing::TestWithParam<std::string> {};

TEST_P(TimeloopMapping, CountsEqualAsIntegers) {
  auto loaded = loadOracleCase(GetParam());
  ASSERT_TRUE(bool(loaded)) << llvm::toString(loaded.takeError());
  const OracleCase &c = *loaded;
  if (llvm::Error error = verifyMapping(c.graph, c.arch, c.mapping, c.options))
    FAIL() << llvm::toString(std::move(error));
  ProgramPlan plan =
      ProgramPlan::compile(c.graph, c.arch, c.mapping, c.options);
  ProgramCost<double> cost;
  plan.evaluate(cost);
  const EinsumPlan &p = plan.einsums()[0];
  const EinsumCost<double> &k = cost.einsums[0];

  const Object &counts = *c.expected.getObject("counts");
  size_t compared = 0;
  for (unsigned l = 0; l != p.levels().size(); ++l)
    for (unsigned a = 0; a != p.numAccesses(); ++a) {
      std::string key =
          c.arch.nodeName(p.levels()[l]).str() + "|" + c.graph.accessName(0, a);
      const Object *expected = counts.getObject(key);
      unsigned s = p.slot(l, a);
      double here[] = {k.childReads[s], k.fills[s], k.updates[s]};
      const char *names[] = {"reads", "fills", "updates"};
      for (unsigned i = 0; i != 3; ++i)
        EXPECT_EQ(here[i], expected ? at(*expected, names[i]) : 0)
            << key << " " << names[i];
      compared += bool(expected);
    }
  EXPECT_EQ(compared, counts.size());
  for (const detail::Claim &claim : p.claims()) {
    std::string key = c.arch.nodeName(p.levels()[claim.level]).str() + "|" +
                      c.graph.accessName(0, claim.access);
    EXPECT_EQ(p.occupied(claim.occupancy, p.tiles()),
              at(*counts.getObject(key), "occupancy"))
        << key << " occupancy";
  }
  EXPECT_EQ(k.latencyS, c.expectedNumber("cycles"));
  if (double energy = c.expected.getNumber("energy_pj").value_or(0))
    EXPECT_NEAR(cost.energyJ * 1e12, energy, 1e-3 * energy);
}

INSTANTIATE_TEST_SUITE_P(Oracle, TimeloopMapping,
                         testing::ValuesIn(oracleCaseNames("timeloop_")),
                         [](const auto &info) { return info.param; });

TEST(OracleCases, AllArePresent) {
  EXPECT_EQ(oracleCaseNames("timeloop_", true).size(), 51u);
  EXPECT_EQ(oracleCaseNames("timeloop_").size(), 13u);
}

} // namespace
