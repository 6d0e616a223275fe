//===- MapperTest.cpp - Optimal mappings of known programs ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Mapper.h"
#include "RandomPrograms.h"
#include "Targets.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"

using namespace accel;
using namespace accel::test;

namespace {

/// What every result must hold: a legal mapping that costs what is claimed.
void expectConsistent(const EinsumGraph &graph, const Architecture &arch,
                      const MapperOptions &options, const MapperResult &r) {
  ASSERT_EQ(r.status, MapperResult::Status::Optimal) << r.reason;
  EXPECT_EQ(r.lowerBound, r.value);
  CostOptions model;
  model.referenceWindows = options.referenceSlots;
  llvm::Error error = verifyMapping(graph, arch, r.best, model);
  EXPECT_FALSE(error) << llvm::toString(std::move(error));
  ProgramCost<double> cost = evaluateMapping(graph, arch, r.best);
  double value = options.objective == Objective::EDP       ? cost.edpJs()
                 : options.objective == Objective::Latency ? cost.latencyS
                                                           : cost.energyJ;
  EXPECT_NEAR(value, r.value, 1e-9 * value)
      << printLoopTree(graph, arch, r.best);
}

MapperResult mapFor(Objective objective, const EinsumGraph &graph,
                    const Architecture &arch, MapperOptions options = {}) {
  options.objective = objective;
  MapperResult r = mapProgram(graph, arch, options);
  expectConsistent(graph, arch, options, r);
  return r;
}

// The optima of chains of matmuls are AccelForge's (revision 1c1929c2).
TEST(Mapper, FindsTheOptimumOfOneMatmul) {
  EXPECT_EQ(mapFor(Objective::Energy, chain(1, 64), simpleTarget(32768)).value,
            10059776);
}

TEST(Mapper, PricesEvictionsAsTheTargetSays) {
  EinsumGraph graph = chain(2, 64);
  Architecture arch = simpleTarget(32768);
  double charged = mapFor(Objective::Energy, graph, arch).value;
  std::get<MemoryLevel>(arch.nodes[1]).chargesEvictions = false;
  // mapFor compares with the cost model.
  EXPECT_LT(mapFor(Objective::Energy, graph, arch).value, charged);
}

TEST(Mapper, FusesTwoMatmuls) {
  EinsumGraph graph = chain(2, 64);
  MapperResult r = mapFor(Objective::Energy, graph, simpleTarget(32768));
  EXPECT_EQ(r.value, 19398656);
  EXPECT_EQ(r.best.einsums[1].sharedLoops, 1u);
}

TEST(Mapper, WithoutFusionNothingIsExchangedOnChip) {
  EinsumGraph graph = chain(2, 64);
  Architecture arch = simpleTarget(32768);
  MapperOptions options;
  options.fuse = false;
  MapperResult r = mapFor(Objective::Energy, graph, arch, options);
  EXPECT_EQ(r.best.einsums[1].sharedLoops, 0u);
  // Unfused, the two are the single matmul twice.
  EXPECT_EQ(r.value, 2 * 10059776);
}

TEST(Mapper, SharesIdenticalEinsums) {
  EinsumGraph graph = chain(16, 128);
  Architecture arch = simpleTarget(65536);
  MapperResult r = mapFor(Objective::Energy, graph, arch);
  EXPECT_EQ(r.value, 1209008128);
  EXPECT_LT(r.statistics.distinctEinsums, 16u);
  MapperOptions options;
  options.shareIdentical = false;
  MapperResult each = mapFor(Objective::Energy, graph, arch, options);
  EXPECT_EQ(each.value, r.value);
  EXPECT_EQ(each.statistics.distinctEinsums, 16u);
}

TEST(Mapper, ThreadsDoNotChangeTheResult) {
  EinsumGraph graph = chain(4, 128);
  Architecture arch = simpleTarget(65536);
  MapperOptions options;
  MapperResult one = mapFor(Objective::EDP, graph, arch, options);
  options.threads = 2;
  MapperResult two = mapFor(Objective::EDP, graph, arch, options);
  EXPECT_EQ(one.value, two.value);
  EXPECT_TRUE(one.best == two.best);
}

TEST(Mapper, CountsTheMapspace) {
  // Three tensors stand in main memory, each may stand in the buffer too: with
  // k of them there, k! orders and k + 1 slots for three bounds of 2^2.
  // Exponents spread over s slots: (s + 1) * s / 2 ways a rank.
  auto tilings = [](double s) { return std::pow((s + 1) * s / 2, 3); };
  double ways =
      tilings(1) + 3 * tilings(2) + 3 * 2 * tilings(3) + 6 * tilings(4);
  MapperResult r = mapProgram(chain(1, 4), simpleTarget(65536));
  EXPECT_NEAR(r.statistics.mapspaceLog10, std::log10(ways), 1e-12);
}

TEST(Mapper, NamesTheLevelThatIsTooSmall) {
  EinsumGraph graph = chain(1, 64);
  Architecture arch = simpleTarget(4);
  std::get<MemoryLevel>(arch.nodes[1]).keep = TensorSet::all();
  MapperResult r = mapProgram(graph, arch);
  EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
  EXPECT_EQ(r.reason, "\"T0\", \"W0\", \"T1\" together need 24 bits in "
                      "\"GlobalBuffer\" but the "
                      "level holds 4");
}

TEST(Mapper, KeepsPinnedPaths) {
  EinsumGraph graph = chain(2, 64);
  Architecture arch = simpleTarget(32768);
  MapperResult free = mapFor(Objective::Energy, graph, arch);
  // Fixing what is optimal anyway changes nothing, be it one Einsum or all.
  MapperOptions options;
  options.pinned.resize(2);
  options.pinned[1] = free.best.einsums[1];
  EXPECT_EQ(mapFor(Objective::Energy, graph, arch, options).value, free.value);
  options.pinned[0] = free.best.einsums[0];
  MapperResult fixed = mapFor(Objective::Energy, graph, arch, options);
  EXPECT_EQ(fixed.value, free.value);
  EXPECT_TRUE(fixed.best == free.best);

  // A worse path is kept, and the other Einsum adapts to it.
  MapperOptions unfused;
  unfused.fuse = false;
  EinsumMapping worse =
      mapFor(Objective::Energy, graph, arch, unfused).best.einsums[1];
  options.pinned = {std::nullopt, worse};
  MapperResult r = mapFor(Objective::Energy, graph, arch, options);
  EXPECT_TRUE(r.best.einsums[1] == worse);
  EXPECT_EQ(r.value, 2 * 10059776);
}

TEST(Mapper, RefusesAPinnedPathThatIsNotAllowed) {
  EinsumGraph graph = chain(1, 64);
  Architecture arch = simpleTarget(32768);
  MapperOptions options;
  options.pinned.emplace_back(EinsumMapping());
  options.pinned[0]->nodes = {MapNode::compute(2)};
  MapperResult r = mapProgram(graph, arch, options);
  EXPECT_EQ(r.status, MapperResult::Status::Infeasible);
  EXPECT_NE(r.reason.find("Matmul0"), std::string::npos) << r.reason;
}

TEST(Mapper, BeatsAKnownMappingThatTheReferenceMisses) {
  // Three Einsums with a window in the middle. AccelForge's search ends at
  // 19184; its own evaluator gives 18608 for a mapping with a keep of O above a
  // loop that O does not depend on.
  EinsumGraphBuilder b;
  b.tensor("I", {2, 10}).tensor("WA", {2, 4}).tensor("TA", {4, 10});
  b.tensor("WD", {4, 3}).tensor("TB", {4, 8}).tensor("WB", {4, 2});
  b.tensor("O", {2, 8});
  b.einsum("A", {{"n", 2}, {"p", 10}, {"t", 4}})
      .input("I", "n, p")
      .input("WA", "n, t")
      .output("TA", "t, p");
  b.einsum("D", {{"q", 8}, {"r", 3}, {"t", 4}})
      .input("TA", "t, q + r")
      .input("WD", "t, r")
      .output("TB", "t, q");
  b.einsum("B", {{"m", 2}, {"q", 8}, {"t", 4}})
      .input("TB", "t, q")
      .input("WB", "t, m")
      .output("O", "m, q");
  EinsumGraph graph = llvm::cantFail(b.take());
  Architecture arch = simpleTarget(248);
  EXPECT_EQ(mapFor(Objective::Energy, graph, arch).value, 18608);
  MapperOptions reference;
  reference.referenceSlots = true;
  EXPECT_EQ(mapFor(Objective::Energy, graph, arch, reference).value, 19184);
}

TEST(Mapper, MoreRoomIsNeverWorse) {
  EinsumGraph graph = chain(3, 24);
  double before = kInf;
  for (double bits : {64, 512, 1024, 2048, 4096, 16384}) {
    double value = mapFor(Objective::EDP, graph, simpleTarget(bits)).value;
    EXPECT_LE(value, before * (1 + 1e-12)) << bits;
    before = value;
  }
  Architecture arch = simpleTarget(1024);
  before = kInf;
  for (unsigned loops = 0; loops != 4; ++loops) {
    MapperOptions options;
    options.maxFusedLoops = loops;
    double value = mapFor(Objective::Energy, graph, arch, options).value;
    EXPECT_LE(value, before) << loops;
    before = value;
  }
}

TEST(Mapper, TimeLimitNeverClaimsAnOptimum) {
  EinsumGraph graph = chain(8, 128);
  MapperOptions options;
  options.objective = Objective::Energy;
  options.timeLimitS = 0;
  Architecture arch = simpleTarget(65536);
  MapperResult r = mapProgram(graph, arch, options);
  EXPECT_EQ(r.status, MapperResult::Status::Feasible);
  // 604504064 is the optimum.
  EXPECT_LE(r.lowerBound, 604504064);
  EXPECT_GE(r.value, 604504064);
  EXPECT_FALSE(verifyMapping(graph, arch, r.best));
}

/// A packed convolution, its epilogue, and a second convolution.
EinsumGraph packedNet() {
  EinsumGraphBuilder b;
  b.tensor("I", {1, 1, 10, 10, 1, 16})
      .tensor("W", {2, 1, 3, 3, 16, 16}, 8, true)
      .tensor("C", {1, 2, 8, 8, 1, 16}, 32)
      .tensor("B", {2, 16}, 32)
      .tensor("S", {1, 2, 8, 8, 1, 16}, 32)
      .tensor("R", {1, 2, 8, 8, 1, 16}, 8)
      .tensor("V", {2, 2, 1, 1, 16, 16}, 8, true)
      .tensor("O", {1, 2, 8, 8, 1, 16}, 32);
  b.einsum("conv1", {{"n", 1},
                     {"k", 2},
                     {"p", 8},
                     {"q", 8},
                     {"c", 1},
                     {"r", 3},
                     {"s", 3},
                     {"ni", 1},
                     {"ki", 16},
                     {"ci", 16}})
      .input("I", "n, c, p + r, q + s, ni, ci")
      .input("W", "k, c, r, s, ki, ci")
      .output("C", "n, k, p, q, ni, ki");
  b.einsum("bias",
           {{"n", 1}, {"k", 2}, {"p", 8}, {"q", 8}, {"ni", 1}, {"ki", 16}})
      .input("C", "n, k, p, q, ni, ki")
      .input("B", "k, ki")
      .output("S", "n, k, p, q, ni, ki");
  b.einsum("clip",
           {{"n", 1}, {"k", 2}, {"p", 8}, {"q", 8}, {"ni", 1}, {"ki", 16}})
      .input("S", "n, k, p, q, ni, ki")
      .output("R", "n, k, p, q, ni, ki");
  b.einsum("conv2", {{"n", 1},
                     {"k", 2},
                     {"p", 8},
                     {"q", 8},
                     {"c", 2},
                     {"ni", 1},
                     {"ki", 16},
                     {"ci", 16}})
      .input("R", "n, c, p, q, ni, ci")
      .input("V", "k, c, 0, 0, ki, ci")
      .output("O", "n, k, p, q, ni, ki");
  EinsumGraph graph = llvm::cantFail(b.take());
  for (unsigned e : {0u, 3u})
    for (Rank &rank : graph.einsums[e].ranks)
      rank.lanes = rank.name == "ni"   ? "lane_batch"
                   : rank.name == "ki" ? "lane_out"
                   : rank.name == "ci" ? "lane_in"
                                       : "";
  return graph;
}

TEST(Mapper, KeepsAnEpilogueInTheAccumulators) {
  EinsumGraph graph = packedNet();
  Architecture arch = accumulatorTarget();
  ASSERT_FALSE(arch.verify());
  MapperResult r = mapFor(Objective::EDP, graph, arch);
  // Accumulators to vector unit stays on chip; the matrix unit reads its inputs
  // from a buffer of its own, which only memory can fill.
  int acc = arch.findNode("ACC"), main = arch.findNode("MainMemory");
  auto backing = [&](const char *tensor, unsigned e) {
    int access = graph.findAccessOf(e, graph.findTensor(tensor));
    const EinsumMapping &m = r.best.einsums[e];
    return int(m.nodes[m.backingKeep(access)].component);
  };
  EXPECT_EQ(backing("C", 0), acc);
  EXPECT_EQ(backing("C", 1), acc);
  EXPECT_EQ(backing("S", 2), acc);
  EXPECT_EQ(backing("R", 3), main);

  MapperOptions unfused;
  unfused.fuse = false;
  EXPECT_LT(r.value, mapFor(Objective::EDP, graph, arch, unfused).value);
}

TEST(Mapper, KeepsWholeRanksInOnePiece) {
  EinsumGraph graph = packedNet();
  for (unsigned e : {1u, 2u})
    graph.einsums[e].ranks[5].whole = true;
  // Too small for whole images: intermediates need loops around them.
  Architecture arch = accumulatorTarget();
  std::get<MemoryLevel>(arch.nodes[1]).sizeBits = 32 * 1024;
  MapperResult r = mapFor(Objective::EDP, graph, arch);
  for (unsigned e : {1u, 2u}) {
    bool keepSeen = false;
    for (const MapNode &node : llvm::reverse(r.best.einsums[e].nodes)) {
      keepSeen |= node.kind == MapNode::Kind::Keep;
      EXPECT_FALSE(keepSeen && node.isLoop() && node.rank == 5);
    }
  }
}

TEST(Mapper, FillsPinnedLanesAndNothingElse) {
  EinsumGraph graph = packedNet();
  Architecture arch = accumulatorTarget();
  MapperResult r = mapFor(Objective::EDP, graph, arch);
  for (unsigned e : {0u, 3u}) {
    unsigned lanes = 0;
    for (const MapNode &node : r.best.einsums[e].nodes) {
      if (!node.isLoop())
        continue;
      const Rank &rank = graph.einsums[e].ranks[node.rank];
      if (node.kind == MapNode::Kind::Spatial) {
        EXPECT_EQ(rank.lanes, arch.nodeName(node.component));
        ++lanes;
      } else {
        EXPECT_TRUE(rank.lanes.empty());
      }
    }
    EXPECT_EQ(lanes, 2u);
  }
}

} // namespace
