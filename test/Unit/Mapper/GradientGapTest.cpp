//===- GradientGapTest.cpp - The gradient engine against brute force ------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How far the gradient engine stays behind the best of all mappings, on random
// programs that are small enough to list them. Sizes of the buffer are those at
// which the optimum changes, where it fits exactly: the hardest ones.
//
//===----------------------------------------------------------------------===//

#include "BruteForce.h"
#include "RandomPrograms.h"
#include "TestSize.h"
#include "accel/Mapper/Gradient.h"
#include "accel/Model/Interpreter.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <iostream>

using namespace accel;
using namespace accel::test;

namespace {

/// Bound on prefixes and combinations of a program.
constexpr uint64_t kEffort = 30000;
/// Optima by size of the buffer: the first and the last are asked for.
constexpr unsigned kMaxSteps = 5;

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

/// Whether each path has a keep right below its fan-outs, as the mapspace
/// wants: a neighbour's keep there does not count.
bool closesFanouts(const ProgramMapping &mapping) {
  for (const EinsumMapping &path : mapping.einsums)
    for (unsigned i = 0; i + 1 < path.nodes.size(); ++i)
      if (path.nodes[i].kind == MapNode::Kind::Spatial &&
          path.nodes[i + 1].kind == MapNode::Kind::Temporal)
        return false;
  return true;
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
  EXPECT_TRUE(closesFanouts(r.best)) << printLoopTree(graph, arch, r.best);
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

/// Gap of the engine's answer, found with its default effort, to the truth;
/// infinite without an answer.
double gapOf(const EinsumGraph &graph, const Architecture &arch,
             const MapperOptions &options, unsigned seed, double truth) {
  GradientOptions gradient;
  gradient.seed = seed;
  MapperResult r = mapProgramByGradient(graph, arch, options, gradient);
  if (r.status == MapperResult::Status::Infeasible)
    return kInf;
  expectValid(graph, arch, options, r);
  EXPECT_GE(r.value, truth * (1 - 1e-9)) << printLoopTree(graph, arch, r.best);
  return r.value / truth - 1;
}

/// Gaps on the largest buffer that is of use and on a tight one.
void findGaps(unsigned seed, std::vector<double> &gaps) {
  SCOPED_TRACE(seed);
  RandomPrograms random(seed);
  EinsumGraph graph = random.program();
  Architecture arch = random.target();
  MapperOptions options = random.options();
  options.objective = Objective(seed % 3);
  ASSERT_FALSE(arch.verify());
  BruteForce truth(graph, arch, options, kEffort);
  if (truth.gaveUp())
    return;
  unsigned buffer = arch.findNode("Buffer");
  bool complete = false;
  std::vector<RoomStep> steps = truth.steps(buffer, kMaxSteps, complete);
  for (size_t i = 0; i < steps.size();
       i += std::max<size_t>(1, steps.size() - 1)) {
    std::get<MemoryLevel>(arch.nodes[buffer]).sizeBits =
        std::max(steps[i].bits, 1.0);
    gaps.push_back(gapOf(graph, arch, options, seed, steps[i].value));
    if (gaps.back() > 0.01)
      std::cout << "seed " << seed << ", optimum " << i + 1 << " of "
                << steps.size() << ": gap " << 100 * gaps.back() << " %\n";
  }
}

TEST(GradientGap, IsSmallOnRandomPrograms) {
  const unsigned numGaps = testSize("ACCEL_NUM_GAPS", 100);
  unsigned seed = testSize("ACCEL_FIRST_SEED", 0);
  std::vector<double> gaps;
  for (; gaps.size() < numGaps && !HasFailure(); ++seed)
    findGaps(seed, gaps);
  ASSERT_FALSE(HasFailure());
  std::sort(gaps.begin(), gaps.end());
  std::cout << gaps.size() << " problems, "
            << std::count_if(gaps.begin(), gaps.end(),
                             [](double gap) { return gap < 1e-9; })
            << " exact\n";
  EXPECT_LE(gaps[gaps.size() / 2], 0.01);
  EXPECT_LE(gaps[gaps.size() * 95 / 100], 0.10);
}

/// A program whose best mapping outside of the mapspace has a temporal loop
/// between a fan-out and what its second Einsum keeps below.
TEST(GradientGap, StaysInTheMapspaceBelowFanouts) {
  std::vector<double> gaps;
  findGaps(90, gaps);
  EXPECT_EQ(gaps.size(), 2u);
}

} // namespace
