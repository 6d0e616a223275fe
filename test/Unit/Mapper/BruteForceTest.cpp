//===- BruteForceTest.cpp - The mapper against every mapping --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BruteForce.h"
#include "RandomPrograms.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"
#include <cstdlib>

using namespace accel;
using namespace accel::test;

namespace {

#ifndef ACCEL_NUM_RANDOM_PROGRAMS
#define ACCEL_NUM_RANDOM_PROGRAMS 120
#endif

std::string describe(unsigned seed, const EinsumGraph &graph,
                     const Architecture &arch, const MapperOptions &options) {
  std::string text = "seed " + std::to_string(seed) + ", " +
                     stringifyObjective(options.objective).str();
  for (const Einsum &einsum : graph.einsums) {
    text += "\n" + einsum.name + ":";
    for (unsigned r = 0; r != einsum.ranks.size(); ++r)
      text += " " + einsum.rankName(r) + "=" +
              std::to_string(einsum.ranks[r].bound);
  }
  for (unsigned n = 0; n != arch.nodes.size(); ++n) {
    text += "\n" + arch.nodeName(n).str();
    if (const MemoryLevel *mem = arch.memory(n))
      text += " " + std::to_string(mem->sizeBits) + " keep " +
              stringifyTensorSet(mem->keep) + " may " +
              stringifyTensorSet(mem->mayKeep);
    if (const Fanout *fanout = arch.fanout(n))
      text += " x" + std::to_string(fanout->n);
  }
  return text;
}

void compare(unsigned seed, unsigned &compared) {
  RandomPrograms random(seed);
  EinsumGraph graph = random.program();
  Architecture arch = random.target();
  ASSERT_FALSE(arch.verify()) << seed;
  MapperOptions options;
  options.objective = Objective(seed % 5);
  if (seed % 4 == 0)
    options.maxFusedLoops = seed % 3;
  options.imperfect = seed % 7 == 3;
  if (seed % 11 == 5)
    options.maxFusedLoopsPerRank = 2;
  SCOPED_TRACE(describe(seed, graph, arch, options));

  BruteForceResult truth = bruteForce(graph, arch, options);
  if (truth.gaveUp)
    return;
  ++compared;
  MapperResult r = mapProgram(graph, arch, options);
  if (!truth.feasible) {
    EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
    EXPECT_FALSE(r.reason.empty());
    return;
  }
  ASSERT_EQ(r.status, MapperResult::Status::Optimal) << r.reason;
  CostOptions model;
  model.imperfect = options.imperfect;
  llvm::Error error = verifyMapping(graph, arch, r.best, model);
  EXPECT_FALSE(error) << llvm::toString(std::move(error))
                      << printLoopTree(graph, arch, r.best);
  if (r.pareto.empty()) {
    EXPECT_NEAR(r.value, truth.value, 1e-9 * truth.value)
        << "brute force:\n"
        << printLoopTree(graph, arch, truth.best) << "mapper:\n"
        << printLoopTree(graph, arch, r.best);
    return;
  }
  ASSERT_EQ(r.pareto.size(), truth.front.size());
  for (unsigned i = 0; i != truth.front.size(); ++i) {
    const ParetoPoint &p = r.pareto[i];
    EXPECT_NEAR(p.energyJ, truth.front[i].first, 1e-9 * p.energyJ);
    double second =
        options.objective == Objective::Pareto ? p.latencyS : p.usage;
    EXPECT_NEAR(second, truth.front[i].second, 1e-9);
  }
}

TEST(BruteForce, AgreesOnRandomPrograms) {
  unsigned first = 0;
  if (const char *text = std::getenv("ACCEL_FIRST_SEED"))
    first = std::atoi(text);
  unsigned compared = 0, seed = first;
  for (; compared < ACCEL_NUM_RANDOM_PROGRAMS; ++seed) {
    compare(seed, compared);
    if (testing::Test::HasFailure())
      break;
  }
  RecordProperty("compared", int(compared));
  RecordProperty("seeds", int(seed - first));
}

} // namespace
