//===- BruteForceTest.cpp - The mapper against every mapping --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every program is searched on several sizes of one of its levels: those at
// which the optimum changes, and just below. There a wrong rule for capacity
// gives a mapping that is too good, or misses one that fits exactly.
//
//===----------------------------------------------------------------------===//

#include "BruteForce.h"
#include "RandomPrograms.h"
#include "TestSize.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <iostream>
#include <map>

using namespace accel;
using namespace accel::test;

namespace {

const unsigned kNumProblems = testSize("ACCEL_NUM_RANDOM_PROBLEMS", 700);

/// How far a program is followed.
struct Depth {
  /// Bound on prefixes and combinations.
  uint64_t effort;
  /// Bound on optima by size.
  unsigned maxSteps;
};
constexpr Depth kQuick{12000, 6}, kThorough{60000, 10};

std::string describe(unsigned seed, const EinsumGraph &graph,
                     const Architecture &arch, const MapperOptions &options) {
  std::string text = "seed " + std::to_string(seed) + ", " +
                     stringifyObjective(options.objective).str();
  if (options.maxFusedLoops)
    text += ", fused loops " + std::to_string(*options.maxFusedLoops);
  text += ", per rank " + std::to_string(options.maxFusedLoopsPerRank);
  text += options.imperfect ? ", imperfect" : "";
  text += options.fuse ? "" : ", unfused";
  for (const Einsum &einsum : graph.einsums) {
    text += "\n" + einsum.name + ":";
    for (unsigned r = 0; r != einsum.ranks.size(); ++r)
      text += " " + einsum.rankName(r) + "=" +
              std::to_string(einsum.ranks[r].bound) +
              (einsum.ranks[r].whole ? " (whole)" : "");
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

/// Points that differ by rounding only are one: of such twins the better in the
/// second coordinate.
Front withoutTwins(const Front &front) {
  Front result;
  for (const auto &point : front) {
    if (!result.empty() &&
        point.first - result.back().first <= 1e-9 * point.first)
      result.back() = point;
    else if (result.empty() || point.second < result.back().second * (1 - 1e-9))
      result.push_back(point);
  }
  return result;
}

class RandomProblems {
public:
  /// Compares on all sizes of one random program.
  void compare(unsigned seed, const Depth &depth);

  unsigned numProblems = 0, numPrograms = 0, numInfeasible = 0;
  /// Problems by feature.
  std::map<std::string, unsigned> features;

private:
  MapperResult search(const Architecture &target, bool feasible);
  void compareValue(const Architecture &target, const RoomStep *truth);
  void compareFront(const BruteForce &truth, const Architecture &target);
  void countFeatures(const ProgramMapping &best, const Architecture &target);

  unsigned seed = 0;
  EinsumGraph graph;
  MapperOptions options;
  std::set<std::string> drawn;
};

/// What the mapper finds; the mapping must be legal.
MapperResult RandomProblems::search(const Architecture &target, bool feasible) {
  ++numProblems;
  MapperResult r = mapProgram(graph, target, options);
  EXPECT_EQ(r.status, feasible ? MapperResult::Status::Optimal
                               : MapperResult::Status::Infeasible)
      << r.reason;
  if (r.status == MapperResult::Status::Infeasible) {
    ++numInfeasible;
    EXPECT_FALSE(r.reason.empty());
    return r;
  }
  llvm::Error error =
      verifyMapping(graph, target, r.best, costOptionsOf(options));
  EXPECT_FALSE(error) << llvm::toString(std::move(error)) << "\n"
                      << printLoopTree(graph, target, r.best);
  countFeatures(r.best, target);
  return r;
}

void RandomProblems::countFeatures(const ProgramMapping &best,
                                   const Architecture &target) {
  std::set<std::string> found = drawn;
  for (unsigned e = 0; e != best.einsums.size(); ++e) {
    const EinsumMapping &path = best.einsums[e];
    if (path.sharedLoops > 0)
      found.insert("optimum: shared loops");
    if (path.sharedLoops > 1)
      found.insert("optimum: several shared loops");
    unsigned loops = 0;
    for (unsigned i = 0; i + 1 < path.nodes.size(); ++i) {
      const MapNode &node = path.nodes[i], &next = path.nodes[i + 1];
      if (node.kind == MapNode::Kind::Spatial)
        found.insert(loops < path.sharedLoops ? "optimum: spatial fused loop"
                                              : "optimum: spatial loop");
      loops += node.isLoop();
      if (node.kind == MapNode::Kind::Keep && next.isLoop())
        for (unsigned a : node.accesses)
          if (relevance(graph.einsums[e].accesses[a], next.rank) ==
                  Relevance::Partial &&
              path.backingKeep(a) != int(i))
            found.insert("optimum: sliding window");
    }
    for (unsigned a = 0; a != graph.einsums[e].accesses.size(); ++a) {
      int keep = path.backingKeep(a);
      if (keep >= 0 && path.nodes[keep].component != target.outermost())
        found.insert("optimum: exchange on chip");
    }
  }
  for (const std::string &feature : found)
    ++features[feature];
}

void RandomProblems::compareValue(const Architecture &target,
                                  const RoomStep *truth) {
  SCOPED_TRACE(describe(seed, graph, target, options));
  SCOPED_TRACE(truth ? printLoopTree(graph, target, truth->mapping) : "");
  MapperResult r = search(target, truth != nullptr);
  if (!truth || r.status != MapperResult::Status::Optimal)
    return;
  EXPECT_NEAR(r.value, truth->value, 1e-9 * truth->value)
      << "mapper:\n"
      << printLoopTree(graph, target, r.best);
  EXPECT_LE(r.lowerBound, r.value);
  ProgramCost<double> cost =
      evaluateMapping(graph, target, r.best, costOptionsOf(options));
  double value = options.objective == Objective::EDP       ? cost.edpJs()
                 : options.objective == Objective::Latency ? cost.latencyS
                                                           : cost.energyJ;
  EXPECT_NEAR(r.value, value, 1e-9 * value) << "by the cost model";
}

void RandomProblems::compareFront(const BruteForce &truth,
                                  const Architecture &target) {
  SCOPED_TRACE(describe(seed, graph, target, options));
  Front expected = withoutTwins(truth.front(target));
  MapperResult r = search(target, !expected.empty());
  Front found;
  for (const ParetoPoint &p : r.pareto)
    found.push_back({p.energyJ, options.objective == Objective::Pareto
                                    ? p.latencyS
                                    : p.usage});
  found = withoutTwins(found);
  ASSERT_EQ(found.size(), expected.size());
  if (found.size() > 1)
    ++features["front of several points"];
  for (unsigned i = 0; i != expected.size(); ++i) {
    EXPECT_NEAR(found[i].first, expected[i].first, 1e-9 * expected[i].first);
    EXPECT_NEAR(found[i].second, expected[i].second, 1e-9 * expected[i].second);
  }
}

void RandomProblems::compare(unsigned newSeed, const Depth &depth) {
  seed = newSeed;
  RandomPrograms random(seed);
  graph = random.program();
  Architecture arch = random.target();
  options = random.options();
  drawn = random.features();
  if (seed % 2 == 1) {
    options.segmentPairs = 0;
    options.segmentLength = 1;
  }
  ASSERT_FALSE(arch.verify()) << seed;

  // Sweep the outermost memory now and then: it holds what is outside.
  unsigned swept = seed % 9 == 4 ? arch.outermost() : arch.findNode("Buffer");
  bool isFront = options.objective == Objective::Pareto ||
                 options.objective == Objective::ParetoUsage;
  MapperOptions byValue = options;
  if (isFront)
    byValue.objective = Objective::Energy;
  BruteForce steps(graph, arch, byValue, depth.effort);
  if (steps.gaveUp())
    return;
  ++numPrograms;
  if (swept == arch.outermost())
    drawn.insert("bounded outermost memory");
  bool complete = false;
  std::vector<RoomStep> optima = steps.steps(swept, depth.maxSteps, complete);
  double &size = std::get<MemoryLevel>(arch.nodes[swept]).sizeBits;
  BruteForce fronts(graph, arch, options, isFront ? depth.effort : 0);
  for (unsigned i = 0; i <= optima.size(); ++i) {
    // Exactly what the optimum takes; at last less than any takes.
    const RoomStep *truth = i == optima.size() ? nullptr : &optima[i];
    if (!truth && !complete)
      break;
    double least = optima.empty() ? 8 : optima.back().bits;
    size = truth ? std::max(truth->bits, 1.0) : std::nextafter(least, 0.0);
    if (size <= 0)
      break;
    if (isFront)
      compareFront(fronts, arch);
    else
      compareValue(arch, truth);
    if (testing::Test::HasFailure())
      return;
  }
}

TEST(BruteForce, AgreesOnRandomProblems) {
  unsigned first = testSize("ACCEL_FIRST_SEED", 0);
  RandomProblems problems;
  unsigned seed = first;
  for (; problems.numProblems < kNumProblems; ++seed) {
    problems.compare(seed, kNumProblems > 1000 ? kThorough : kQuick);
    if (HasFailure())
      break;
  }
  // Found errors that the first ones do not reach: an outermost memory so small
  // that its claims decide between bounds; a tensor that two Einsums read,
  // which only bounds exchange as the optimum does.
  for (unsigned later : {472u, 1312u})
    if (!HasFailure())
      problems.compare(later, kThorough);
  std::cout << problems.numProblems << " problems (" << problems.numInfeasible
            << " infeasible) of " << problems.numPrograms << " programs, "
            << seed - first << " drawn; problems by feature:\n";
  for (auto &[feature, count] : problems.features)
    std::cout << "  " << feature << ": " << count << "\n";
  // A generator that stops reaching these would make the comparison hollow.
  for (const char *feature : {"optimum: shared loops",
                              "optimum: several shared loops",
                              "optimum: exchange on chip",
                              "optimum: spatial loop",
                              "optimum: sliding window",
                              "front of several points",
                              "stride",
                              "dilation",
                              "residual",
                              "tensor read twice",
                              "untouched live tensor",
                              "identical Einsums",
                              "nested tiles",
                              "persistent weight",
                              "bits per role",
                              "double buffering",
                              "cap on fused loops",
                              "imperfect tiles",
                              "minimum usage",
                              "bounded outermost memory",
                              "leakage",
                              "padding made on chip",
                              "exposed ends",
                              "reads that start slowly",
                              "results begin with an operation",
                              "tiles that start slowly",
                              "registers",
                              "copy"})
    if (!HasFailure())
      EXPECT_GT(problems.features[feature], 0u) << feature;
}

/// Whether the front of energy against usage is that of brute force.
void compareUsageFront(const EinsumGraph &graph, const Architecture &arch) {
  MapperOptions options;
  options.objective = Objective::ParetoUsage;
  BruteForce truth(graph, arch, options, 500000);
  ASSERT_FALSE(truth.gaveUp());
  Front expected = withoutTwins(truth.front(arch));
  Front found;
  for (const ParetoPoint &p : mapProgram(graph, arch, options).pareto)
    found.push_back({p.energyJ, p.usage});
  found = withoutTwins(found);
  ASSERT_EQ(found.size(), expected.size());
  for (unsigned i = 0; i != expected.size(); ++i) {
    EXPECT_NEAR(found[i].first, expected[i].first, 1e-9 * expected[i].first);
    EXPECT_NEAR(found[i].second, expected[i].second, 1e-9 * expected[i].second);
  }
}

/// Registers below a buffer that holds everything see equal tiles whatever is
/// held above: there less energy must not hide less room.
TEST(BruteForce, AgreesOnFrontsAboveRegisters) {
  for (int64_t n : {2, 3})
    for (Role role : {Role::Input, Role::Weight, Role::Output})
      for (double outputBits : {8.0, 16.0}) {
        SCOPED_TRACE(std::to_string(n) + " columns, " +
                     std::to_string(outputBits) + " bits, registers for role " +
                     std::to_string(int(role)));
        EinsumGraphBuilder b;
        b.tensor("A", {4}, 4).tensor("W", {n}, 16);
        b.tensor("C", {4, n}, outputBits);
        b.einsum("outer", {{"m", 4}, {"n", n}})
            .input("A", "m")
            .input("W", "n")
            .output("C", "m, n");
        EinsumGraph graph = llvm::cantFail(b.take());
        Architecture arch;
        arch.name = "registers";
        MemoryLevel &main = arch.addMemory("Main");
        main.keep = TensorSet::ofClass(TensorClass::External);
        main.readJPerBit = main.writeJPerBit = 10;
        MemoryLevel &buffer = arch.addMemory("Buffer");
        buffer.keep = TensorSet::all();
        buffer.sizeBits = 1000;
        buffer.readJPerBit = buffer.writeJPerBit = 1;
        MemoryLevel &reg = arch.addMemory("Register");
        reg.keep = TensorSet::role(role);
        reg.sizeBits = 48;
        reg.readJPerBit = reg.writeJPerBit = 0.25;
        arch.addUnit("MAC").jPerOp = 1;
        compareUsageFront(graph, arch);
      }
}

} // namespace
