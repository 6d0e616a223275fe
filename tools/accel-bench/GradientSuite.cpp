//===- GradientSuite.cpp - Descent against plain searches -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientSuite.h"
#include "Baselines.h"
#include "ModelCases.h"
#include "llvm/Support/Regex.h"
#include <ctime>

using namespace accel;
using namespace accel::bench;

/// Seconds of this process on all cores; searches here run on one.
static double cpuSeconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

void bench::runGradient(llvm::StringRef filter, double seconds, uint64_t seed,
                        const std::function<void(const GradientRow &)> &tell) {
  llvm::Regex pattern(filter);
  for (const ModelCase &c : modelCases()) {
    if (!filter.empty() && !pattern.match(c.name))
      continue;
    MapperOptions options;
    options.maxFusedLoops = 1;
    double begin = cpuSeconds();
    double optimum = mapProgram(c.graph, c.arch, options).value;
    auto row = [&](const char *engine, double value) {
      tell({c.name, engine, seed, cpuSeconds() - begin, value,
            value / optimum - 1});
    };
    row("ffm", optimum);

    begin = cpuSeconds();
    double best = kInf;
    for (uint64_t s = seed; cpuSeconds() - begin < seconds; s += 1000) {
      GradientOptions gradient;
      gradient.seed = s;
      // A few restarts at a time, so that processor time ends the search.
      gradient.maxIterations = 5;
      gradient.improved = [&](double, double value) {
        if (value >= best || cpuSeconds() - begin > seconds)
          return;
        best = value;
        row("gradient", value);
      };
      mapProgramByGradient(c.graph, c.arch, options, gradient);
    }

    gradient::ProgramSpace program(c.graph, c.arch, options);
    for (auto [kind, name] : {std::pair(Baseline::Random, "random"),
                              std::pair(Baseline::Annealing, "annealing"),
                              std::pair(Baseline::Genetic, "genetic")}) {
      begin = cpuSeconds();
      runBaseline(
          kind, program, seed, [&] { return (cpuSeconds() - begin) / seconds; },
          [&, name = name](double value) { row(name, value); });
    }
  }
}
