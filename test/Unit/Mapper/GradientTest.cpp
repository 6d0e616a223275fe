//===- GradientTest.cpp - The gradient engine against the optimum ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Gradient.h"
#include "RandomPrograms.h"
#include "Targets.h"
#include "accel/Model/Interpreter.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"
#include <algorithm>

using namespace accel;
using namespace accel::test;

namespace {

#ifndef ACCEL_NUM_RANDOM_PROGRAMS
#define ACCEL_NUM_RANDOM_PROGRAMS 60
#endif

EinsumGraph chain(unsigned length, int64_t size) {
  EinsumGraphBuilder b;
  b.tensor("T0", {size, size});
  for (unsigned i = 0; i != length; ++i) {
    std::string in = "T" + std::to_string(i), w = "W" + std::to_string(i);
    std::string out = "T" + std::to_string(i + 1);
    b.tensor(w, {size, size}).tensor(out, {size, size});
    b.einsum("Matmul" + std::to_string(i),
             {{"m", size}, {"k", size}, {"n", size}})
        .input(in, "m, k")
        .input(w, "k, n")
        .output(out, "m, n");
  }
  return llvm::cantFail(b.take());
}

double valueOf(Objective objective, const ProgramCost<double> &cost) {
  return objective == Objective::EDP       ? cost.edpJs()
         : objective == Objective::Latency ? cost.latencyS
                                           : cost.energyJ;
}

/// Whether a tensor takes more room as a later user sees it (padded, or with
/// the bits of another role) than as the first one does: the model reserves
/// that, the interpreter stores what is there.
bool someReaderSeesMore(const EinsumGraph &graph, const Architecture &arch,
                        const ProgramMapping &mapping) {
  ProgramPlan plan = ProgramPlan::compile(graph, arch, mapping);
  std::vector<double> first(graph.tensors.size(), -1);
  bool more = false;
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    const EinsumPlan &einsum = plan.einsums()[e];
    for (const detail::Claim &claim : einsum.claims()) {
      if (!claim.isBacking)
        continue;
      double bits =
          claim.bits * einsum.occupied<double>(claim.occupancy, einsum.tiles());
      double &known = first[graph.einsums[e].accesses[claim.access].tensor];
      more |= known >= 0 && bits > known;
      known = std::max(known, bits);
    }
  }
  return more;
}

/// A mapping that the verifier accepts and that costs what is claimed; where
/// tiles divide, one that runs and fits.
void expectValid(const EinsumGraph &graph, const Architecture &arch,
                 const MapperOptions &options, const MapperResult &r) {
  CostOptions model;
  model.imperfect = options.imperfect;
  llvm::Error error = verifyMapping(graph, arch, r.best, model);
  EXPECT_FALSE(error) << llvm::toString(std::move(error));
  ProgramCost<double> cost = evaluateMapping(graph, arch, r.best, model);
  EXPECT_DOUBLE_EQ(valueOf(options.objective, cost), r.value);
  if (options.imperfect)
    return;
  auto run = interpretMapping(graph, arch, r.best);
  ASSERT_TRUE(bool(run)) << llvm::toString(run.takeError())
                         << printLoopTree(graph, arch, r.best);
  bool widens = someReaderSeesMore(graph, arch, r.best);
  for (unsigned n = 0; n != arch.nodes.size(); ++n)
    if (const MemoryLevel *level = arch.memory(n)) {
      EXPECT_LE(run->peakBits[n], level->sizeBits);
      if (widens)
        EXPECT_LE(run->peakBits[n], cost.peakBits[n]);
      else
        EXPECT_DOUBLE_EQ(run->peakBits[n], cost.peakBits[n]);
    }
}

/// Gives the buffer, whose size a random target leaves open, a share of what
/// the optimum with any size would use. False if there is none.
bool tightenBuffer(const EinsumGraph &graph, Architecture &arch,
                   const MapperOptions &options, double share) {
  int buffer = arch.findNode("Buffer");
  MemoryLevel &level = std::get<MemoryLevel>(arch.nodes[buffer]);
  level.sizeBits = kInf;
  MapperResult r = mapProgram(graph, arch, options);
  if (r.status == MapperResult::Status::Infeasible)
    return false;
  CostOptions model;
  model.imperfect = options.imperfect;
  double peak = evaluateMapping(graph, arch, r.best, model).peakBits[buffer];
  level.sizeBits = std::max(8.0, std::floor(share * peak));
  return true;
}

/// Gap to the optimum on random problems: nothing in the median, little in the
/// tail.
TEST(Gradient, ComesCloseOnRandomPrograms) {
  std::vector<double> gaps;
  for (unsigned seed = 0; gaps.size() != ACCEL_NUM_RANDOM_PROGRAMS; ++seed) {
    SCOPED_TRACE(seed);
    RandomPrograms random(seed);
    EinsumGraph graph = random.program();
    Architecture arch = random.target();
    MapperOptions options = random.options();
    options.objective = Objective(seed % 3);
    if (!tightenBuffer(graph, arch, options, 0.2 + 0.1 * (seed % 9)))
      continue;
    ASSERT_FALSE(arch.verify());
    MapperResult optimum = mapProgram(graph, arch, options);
    GradientOptions gradient;
    gradient.seed = seed;
    gradient.maxIterations = 3;
    MapperResult r = mapProgramByGradient(graph, arch, options, gradient);
    if (optimum.status == MapperResult::Status::Infeasible) {
      EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
      EXPECT_FALSE(r.reason.empty());
      continue;
    }
    if (r.status == MapperResult::Status::Infeasible) {
      gaps.push_back(kInf);
      continue;
    }
    expectValid(graph, arch, options, r);
    EXPECT_GE(r.value, optimum.value * (1 - 1e-9))
        << printLoopTree(graph, arch, r.best);
    gaps.push_back(r.value / optimum.value - 1);
    if (HasFailure())
      return;
  }
  std::sort(gaps.begin(), gaps.end());
  EXPECT_LE(gaps[gaps.size() / 2], 0.01);
  EXPECT_LE(gaps[gaps.size() * 95 / 100], 0.10);
  RecordProperty("exact",
                 int(std::count_if(gaps.begin(), gaps.end(),
                                   [](double g) { return g < 1e-9; })));
}

TEST(Gradient, SameSeedSameResultWhateverTheThreads) {
  EinsumGraph graph = chain(3, 48);
  Architecture arch = simpleTarget(8192);
  MapperOptions options;
  GradientOptions gradient;
  gradient.seed = 7;
  gradient.maxIterations = 6;
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

TEST(Gradient, SaysThatItProvesNothing) {
  EinsumGraph graph = chain(1, 64);
  Architecture arch = simpleTarget(4);
  std::get<MemoryLevel>(arch.nodes[1]).keep = TensorSet::all();
  GradientOptions gradient;
  gradient.maxIterations = 2;
  MapperResult r = mapProgramByGradient(graph, arch, {}, gradient);
  EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
  EXPECT_NE(r.reason.find("proves nothing"), std::string::npos) << r.reason;
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
