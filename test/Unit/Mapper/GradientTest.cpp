//===- GradientTest.cpp - The gradient engine against the optimum ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Gradient.h"
#include "Mapper/FFM/Search.h"
#include "RandomPrograms.h"
#include "Targets.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace accel;
using namespace accel::test;

namespace {

TEST(Gradient, SameSeedSameResultWhateverTheThreads) {
  EinsumGraph graph = chain(3, 48);
  Architecture arch = simpleTarget(8192);
  MapperOptions options;
  GradientOptions gradient;
  gradient.seed = 7;
  gradient.maxIterations = 5;
  options.threads = 1;
  MapperResult one = mapProgramByGradient(graph, arch, options, gradient);
  for (unsigned threads : {2, 3, 8}) {
    options.threads = threads;
    MapperResult many = mapProgramByGradient(graph, arch, options, gradient);
    EXPECT_EQ(one.value, many.value);
    EXPECT_TRUE(one.best == many.best);
  }
}

TEST(Gradient, TimeLimitLeavesAValidMapping) {
  EinsumGraph graph = chain(8, 128);
  Architecture arch = simpleTarget(65536);
  MapperOptions options;
  options.objective = Objective::Energy;
  options.timeLimitS = 0.05;
  std::vector<double> values;
  GradientOptions gradient;
  gradient.improved = [&](double, double value) { values.push_back(value); };
  MapperResult r = mapProgramByGradient(graph, arch, options, gradient);
  ASSERT_EQ(r.status, MapperResult::Status::Feasible) << r.reason;
  EXPECT_FALSE(verifyMapping(graph, arch, r.best));
  // 604504064 is the optimum.
  EXPECT_GE(r.value, 604504064);
  EXPECT_TRUE(std::is_sorted(values.rbegin(), values.rend()));
  EXPECT_EQ(values.back(), r.value);
}

TEST(Gradient, WithoutFusionNothingIsExchangedOnChip) {
  EinsumGraph graph = chain(2, 64);
  Architecture arch = simpleTarget(32768);
  MapperOptions options;
  options.objective = Objective::Energy;
  options.fuse = false;
  GradientOptions gradient;
  gradient.maxIterations = 4;
  MapperResult r = mapProgramByGradient(graph, arch, options, gradient);
  EXPECT_EQ(r.best.einsums[1].sharedLoops, 0u);
  // The single matmul's optimum, twice.
  EXPECT_EQ(r.value, 2 * 10059776);
  options.fuse = true;
  r = mapProgramByGradient(graph, arch, options, gradient);
  EXPECT_EQ(r.value, 19398656);
}

TEST(Gradient, FrontsHoldOnlyUndominatedValidPoints) {
  EinsumGraph graph = chain(2, 16);
  Architecture arch = simpleTarget(2048);
  for (Objective objective : {Objective::Pareto, Objective::ParetoUsage}) {
    MapperOptions options;
    options.objective = objective;
    GradientOptions gradient;
    gradient.maxIterations = 2;
    MapperResult r = mapProgramByGradient(graph, arch, options, gradient);
    MapperResult optimum = mapProgram(graph, arch, options);
    ASSERT_FALSE(r.pareto.empty());
    EXPECT_NEAR(r.pareto.front().energyJ, optimum.pareto.front().energyJ,
                0.01 * optimum.pareto.front().energyJ);
    auto second = [&](const ParetoPoint &p) {
      return objective == Objective::Pareto ? p.latencyS : p.usage;
    };
    for (unsigned i = 0; i != r.pareto.size(); ++i) {
      EXPECT_FALSE(verifyMapping(graph, arch, r.pareto[i].mapping));
      if (i == 0)
        continue;
      EXPECT_GT(r.pareto[i].energyJ, r.pareto[i - 1].energyJ);
      EXPECT_LT(second(r.pareto[i]), second(r.pareto[i - 1]));
    }
    // The front reaches about as far as the true one.
    EXPECT_LE(second(r.pareto.back()), 1.2 * second(optimum.pareto.back()));
  }
}

TEST(Gradient, NamesTheLevelThatIsTooSmall) {
  // Three values of 8 bits cannot be in 4 bits at once, padded or not.
  EinsumGraph graph = chain(1, 64);
  Architecture arch = simpleTarget(4);
  std::get<MemoryLevel>(arch.nodes[1]).keep = TensorSet::all();
  for (bool imperfect : {false, true})
    for (Objective objective :
         {Objective::EDP, Objective::Pareto, Objective::ParetoUsage}) {
      MapperOptions options;
      options.objective = objective;
      options.imperfect = imperfect;
      MapperResult r = mapProgramByGradient(graph, arch, options);
      EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
      EXPECT_FALSE(r.unproven);
      EXPECT_EQ(r.reason, "\"T0\", \"W0\", \"T1\" together need 24 bits in "
                          "\"GlobalBuffer\" but the level holds 4");
    }
}

TEST(Gradient, TablesProveNothingWhereAnotherUnitFits) {
  EinsumGraph graph = chain(1, 16);
  Architecture arch = simpleTarget(4);
  std::get<MemoryLevel>(arch.nodes[1]).keep = TensorSet::all();
  MapperOptions options;
  EXPECT_NE(ffm::Search(graph, arch, options).proveInfeasible(false), "");
  // A unit beside main memory does not need the buffer.
  arch.addUnit("slow").opsPerS = 1;
  std::rotate(arch.nodes.begin() + 1, arch.nodes.end() - 1, arch.nodes.end());
  ASSERT_EQ(mapProgram(graph, arch).status, MapperResult::Status::Optimal);
  EXPECT_EQ(ffm::Search(graph, arch, options).proveInfeasible(false), "");
}

TEST(Gradient, SaysThatItProvesNothing) {
  // Each Einsum fits alone, but the one in the middle has two intermediates of
  // 32,768 bits on chip, as no loops may be fused.
  EinsumGraph graph = chain(3, 64);
  Architecture arch = simpleTarget(50000);
  std::get<MemoryLevel>(arch.nodes[0]).mayKeep =
      TensorSet::ofClass(TensorClass::External);
  MapperOptions options;
  options.maxFusedLoops = 0;
  EXPECT_EQ(mapProgram(graph, arch, options).status,
            MapperResult::Status::Infeasible);
  GradientOptions gradient;
  gradient.maxIterations = 2;
  MapperResult r = mapProgramByGradient(graph, arch, options, gradient);
  EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
  EXPECT_TRUE(r.unproven);
  EXPECT_NE(r.reason.find("proves nothing"), std::string::npos) << r.reason;
}

TEST(Gradient, SaysThatTimeWasTooShort) {
  // Descent begins with whole matrices in the buffer.
  EinsumGraph graph = chain(8, 64);
  MapperOptions options;
  options.timeLimitS = 1e-9;
  Architecture arch = simpleTarget(32);
  std::get<MemoryLevel>(arch.nodes[1]).keep = TensorSet::all();
  MapperResult r = mapProgramByGradient(graph, arch, options);
  EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
  EXPECT_TRUE(r.timedOut) << r.reason;
}

TEST(Gradient, RefusesPinnedPaths) {
  EinsumGraph graph = chain(1, 64);
  Architecture arch = simpleTarget(32768);
  MapperOptions options;
  options.pinned = {mapProgram(graph, arch).best.einsums[0]};
  MapperResult r = mapProgramByGradient(graph, arch, options);
  EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
  EXPECT_NE(r.reason.find("Matmul0"), std::string::npos) << r.reason;
}

} // namespace
