//===- RelaxationTest.cpp - Gradients against central differences ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mapper/Gradient/Relaxation.h"
#include "RandomMappings.h"
#include "RandomPrograms.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace accel;
using namespace accel::gradient;
using namespace accel::test;

namespace {

/// Relative step: the error of a central difference is of second order in it.
constexpr double kStep = 1e-5;

/// The derivative of `f` at `x` by input `i`.
template <typename F>
double centralDifference(F f, std::vector<double> x, unsigned i, double step) {
  double at = x[i];
  x[i] = at + step;
  double up = f(x);
  x[i] = at - step;
  return (up - f(x)) / (2 * step);
}

/// Within 1e-6 of the derivative, and of what the function's own rounding lets
/// a difference see.
void expectDerivative(double derivative, double difference, double value,
                      double step) {
  EXPECT_NEAR(derivative, difference,
              1e-6 * std::abs(derivative) +
                  1e-13 * std::abs(value) / std::abs(step));
}

struct RecordedPath {
  Tape tape;
  std::vector<double> tiles;
  std::vector<uint32_t> outputs;
};

/// Energy, latency and every claim of a path on a tape.
void record(const EinsumPlan &plan, RecordedPath &out) {
  Tape::active() = &out.tape;
  std::vector<Recorded> inputs;
  for (double tile : plan.tiles()) {
    Recorded r;
    r.node = out.tape.input(tile);
    inputs.push_back(r);
  }
  out.tiles.assign(plan.tiles().begin(), plan.tiles().end());
  EinsumCost<Recorded> cost;
  plan.evaluate(llvm::ArrayRef<Recorded>(inputs), cost);
  out.outputs = {cost.energyJ().node, cost.latencyS.node};
  for (const detail::Claim &claim : plan.claims())
    out.outputs.push_back(
        plan.occupied(claim.occupancy, llvm::ArrayRef<Recorded>(inputs)).node);
  Tape::active() = nullptr;
}

TEST(Relaxation, GradientsOfTheModelEqualCentralDifferences) {
  for (unsigned seed = 0; seed != 200; ++seed) {
    SCOPED_TRACE(seed);
    RandomCase c = drawCase(seed);
    Random random(seed);
    for (unsigned e = 0; e != c.graph.einsums.size(); ++e) {
      EinsumPlan plan =
          EinsumPlan::compile(c.graph, c.arch, e, c.mapping.einsums[e]);
      RecordedPath path;
      record(plan, path);
      // Without smoothing the tape is the model.
      path.tape.forward(path.tiles, kInf);
      EinsumCost<double> exact;
      plan.evaluate(plan.tiles(), exact);
      EXPECT_NEAR(path.tape.value(path.outputs[0]), exact.energyJ(),
                  1e-12 * exact.energyJ());
      EXPECT_NEAR(path.tape.value(path.outputs[1]), exact.latencyS,
                  1e-12 * exact.latencyS);
      // Any real tiles will do.
      std::vector<double> x = path.tiles, gradient(x.size());
      for (double &tile : x)
        tile *= 1 + 0.3 * random.uniform();
      for (uint32_t output : path.outputs) {
        auto value = [&](const std::vector<double> &at) {
          path.tape.forward(at, 6);
          return path.tape.value(output);
        };
        double v = value(x);
        path.tape.backward({{output, 1.0}}, gradient);
        std::vector<double> derivatives = gradient;
        for (unsigned i = 0; i != x.size(); ++i)
          expectDerivative(derivatives[i],
                           centralDifference(value, x, i, kStep * x[i]), v,
                           kStep * x[i]);
      }
      if (HasFailure())
        return;
    }
  }
}

/// Compares the gradient of the loss with differences, with multipliers at
/// work, in some parameters of all and in those from `first` on.
void expectGradient(Relaxation &relaxation, Random &random, unsigned first) {
  std::vector<double> x = relaxation.initial().vec(), gradient, unused;
  Softness softness{0.7, 6};
  relaxation.evaluate(x, softness, unused);
  relaxation.updateMultipliers();
  double v = relaxation.evaluate(x, softness, gradient);
  ASSERT_TRUE(std::isfinite(v));
  auto value = [&](const std::vector<double> &at) {
    return relaxation.evaluate(at, softness, unused);
  };
  for (unsigned times = 0; times != 30 + x.size() - first; ++times) {
    unsigned i = times < 30 ? random.below(x.size()) : first + times - 30;
    expectDerivative(gradient[i], centralDifference(value, x, i, kStep), v,
                     kStep);
  }
}

/// Any holders, all loops innermost.
ProgramState drawState(const ProgramSpace &program, Random &random) {
  ProgramState state;
  for (const PathSpace &space : program.spaces) {
    std::vector<uint32_t> holders;
    for (const auto &choices : space.units[0].holders)
      holders.push_back(choices[random.below(choices.size())]);
    state.paths.push_back(plainPath(space, 0, holders));
  }
  return state;
}

TEST(Relaxation, GradientsOfTheLossEqualCentralDifferences) {
  unsigned relaxed = 0;
  // What the programs, targets and relaxations must have had between them.
  unsigned windows = 0, fanouts = 0, exchanges = 0;
  for (unsigned seed = 0; relaxed != 60; ++seed) {
    SCOPED_TRACE(seed);
    RandomPrograms source(seed);
    EinsumGraph graph = source.program();
    Architecture arch = source.target();
    MapperOptions options;
    options.objective = Objective(seed % 3);
    ProgramSpace program(graph, arch, options);
    if (!program.infeasible.empty())
      continue;
    Random random(seed);
    ProgramState base = drawState(program, random);
    Relaxation relaxation(program, base, 2, 0.5, random);
    if (!relaxation.isUsable())
      continue;
    ++relaxed;
    for (const PathSpace &space : program.spaces) {
      windows += llvm::any_of(
          space.accesses, [](const SpaceAccess &a) { return a.partial != 0; });
      fanouts += llvm::any_of(space.units[0].fanouts, [](const SpaceFanout &f) {
        return f.ranks != 0 && f.n > 1;
      });
    }
    for (unsigned t = 0; t != graph.tensors.size(); ++t)
      exchanges += !exchangeLevels(program, t).empty();
    expectGradient(relaxation, random, relaxation.numParameters());
    if (HasFailure())
      return;
  }
  EXPECT_GT(windows, 5u);
  EXPECT_GT(fanouts, 20u);
  EXPECT_GT(exchanges, 20u);
}

TEST(Relaxation, GradientsByHardwareEqualCentralDifferences) {
  unsigned relaxed = 0;
  for (unsigned seed = 0; relaxed != 40; ++seed) {
    SCOPED_TRACE(seed);
    RandomPrograms source(seed);
    EinsumGraph graph = source.program();
    Architecture arch = source.target();
    for (Architecture::Node &node : arch.nodes)
      if (auto *level = std::get_if<MemoryLevel>(&node))
        if (level->name == "Buffer")
          level->sizeBits = 256;
    MapperOptions options;
    options.objective = Objective(seed % 3);
    HardwareSpace space = llvm::cantFail(parseHardware("", arch));
    for (double &growth : space.energyGrowth)
      growth = 0.7;
    Random random(seed);
    // Limits that are passed, and that are kept.
    space.areaLimitMm2 = areaMm2(space, arch) * (0.25 + random.below(2));
    space.powerLimitW = random.below(2) ? 1e-3 : 1e9;
    RelaxedHardware hardware(space, arch);
    Architecture largest = hardware.largest();
    ProgramSpace program(graph, largest, options);
    if (!program.infeasible.empty())
      continue;
    ProgramState base = drawState(program, random);
    Relaxation relaxation(program, base, 2, 0.5, random);
    if (!relaxation.isUsable())
      continue;
    ++relaxed;
    unsigned first = relaxation.numParameters();
    relaxation.addHardware(hardware, arch);
    ASSERT_GT(relaxation.numParameters(), first);
    expectGradient(relaxation, random, first);
    if (HasFailure())
      return;
  }
}

TEST(Relaxation, MixturesKeepTheProduct) {
  EinsumGraphBuilder b;
  b.tensor("A", {96, 60}).tensor("B", {60, 28}).tensor("C", {96, 28});
  b.einsum("mm", {{"m", 96}, {"k", 60}, {"n", 28}})
      .input("A", "m, k")
      .input("B", "k, n")
      .output("C", "m, n");
  EinsumGraph graph = llvm::cantFail(b.take());
  RandomPrograms source(3);
  Architecture arch = source.target();
  MapperOptions options;
  PathSpace space(graph, arch, options, 0);
  std::vector<uint32_t> holders;
  for (const auto &choices : space.units[0].holders)
    holders.push_back(choices.back());
  Path path = plainPath(space, 0, holders);
  RelaxedPath relaxed(space, path);
  Random random(1);
  for (unsigned times = 0; times != 50; ++times) {
    std::vector<double> logits;
    for (unsigned i = 0; i != relaxed.numLogits(); ++i)
      logits.push_back(6 * random.uniform() - 3);
    relaxed.forward(logits, 0.5, {}, 8);
    // What is rounded needs no repair of its products.
    Path rounded = relaxed.rounded(), settled = rounded;
    int64_t products[3] = {1, 1, 1};
    for (unsigned i = 0; i != rounded.factors.size(); ++i)
      products[i % 3] *= rounded.factors[i];
    for (unsigned i = 0; i != rounded.spread.size(); ++i)
      products[i % 3] *= rounded.spread[i];
    EXPECT_EQ(products[0], 96);
    EXPECT_EQ(products[1], 60);
    EXPECT_EQ(products[2], 28);
  }
}

} // namespace
