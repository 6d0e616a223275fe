//===- GradientOracleTest.cpp - The gradient engine on known optima -------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OracleCase.h"
#include "accel/Mapper/Gradient.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"
#include <cmath>
#include <ctime>

using namespace accel;

namespace {

/// Seconds of one core per case.
constexpr double kSeconds = 10;

Objective objectiveOf(const OracleCase &c) {
  if (c.objectives.size() == 1)
    return c.objectives[0] == "ENERGY"    ? Objective::Energy
           : c.objectives[0] == "LATENCY" ? Objective::Latency
                                          : Objective::EDP;
  // Fronts: their least energy.
  return Objective::Energy;
}

double expectedValue(const OracleCase &c, Objective objective) {
  double energy = c.expectedNumber("energy_j");
  double latency = c.expectedNumber("latency_s");
  return objective == Objective::EDP       ? energy * latency
         : objective == Objective::Latency ? latency
                                           : energy;
}

double cpuSeconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

/// Restarts until the case's time on one core is spent, counted as processor
/// time so that a busy machine changes nothing.
double bestWithin(const OracleCase &c, const MapperOptions &options,
                  double optimum) {
  double best = kInf, begin = cpuSeconds(), bestAt = 0;
  MapperOptions own = options;
  own.threads = 1;
  for (unsigned seed = 0; cpuSeconds() - begin < kSeconds; ++seed) {
    GradientOptions gradient;
    gradient.seed = seed;
    gradient.maxIterations = 5;
    gradient.improved = [&](double, double value) {
      double now = cpuSeconds() - begin;
      if (now > kSeconds || value >= best)
        return;
      best = value;
      bestAt = now;
    };
    MapperResult r = mapProgramByGradient(c.graph, c.arch, own, gradient);
    EXPECT_EQ(r.status, MapperResult::Status::Feasible) << r.reason;
    EXPECT_FALSE(verifyMapping(c.graph, c.arch, r.best, c.options));
    if (best <= optimum * (1 + 1e-6))
      break;
  }
  std::printf("%-28s %8.4f of the optimum after %5.2f s\n", c.name.c_str(),
              best / optimum, bestAt);
  return best;
}

TEST(GradientOracle, ComesCloseToEveryReferenceOptimum) {
  double logs = 0;
  unsigned count = 0;
  for (const std::string &name : oracleCaseNames("timeloop_", true)) {
    SCOPED_TRACE(name);
    OracleCase c = llvm::cantFail(loadOracleCase(name));
    if (c.graph.einsums.size() < 2)
      continue;
    MapperOptions options;
    options.objective = objectiveOf(c);
    options.imperfect = c.options.imperfect;
    options.referenceSlots = true;
    if (c.maxFusedLoops >= 0)
      options.maxFusedLoops = unsigned(c.maxFusedLoops);
    // Fronts list their energies, but `expected` describes one point of them.
    double optimum = expectedValue(c, options.objective);
    if (c.objectives.size() > 1) {
      optimum = kInf;
      for (const llvm::json::Value &v : *c.expected.getArray("pareto"))
        optimum = std::min(optimum,
                           v.getAsObject()->getNumber("energy").value_or(kInf));
    }
    double ratio = bestWithin(c, options, optimum) / optimum;
    EXPECT_LE(ratio, 1.05);
    logs += std::log(ratio);
    ++count;
  }
  EXPECT_GE(count, 30u);
  EXPECT_LE(std::exp(logs / count), 1.02);
}

} // namespace
