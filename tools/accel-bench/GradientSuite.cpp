//===- GradientSuite.cpp - Descent against plain searches -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GradientSuite.h"
#include "Baselines.h"
#include "OracleCase.h"
#include "llvm/Support/Regex.h"
#include <ctime>

using namespace accel;
using namespace accel::bench;

namespace {

struct CaseText {
  llvm::StringLiteral name, text;
};
constexpr CaseText kCases[] = {
#include "GradientCases.inc"
};

/// Seconds of this process on all cores; searches here run on one.
double cpuSeconds() { return double(std::clock()) / CLOCKS_PER_SEC; }

/// All searches on one case.
class CaseRunner {
public:
  CaseRunner(const CaseText &text, double seconds,
             const std::function<void(const GradientRow &)> &tell)
      : problem(llvm::cantFail(parseOracleCase(text.name, text.text))),
        seconds(seconds), tell(tell) {
    options.objective = problem.objectives.front() == "ENERGY"
                            ? Objective::Energy
                            : Objective::EDP;
    options.maxFusedLoops = unsigned(problem.maxFusedLoops);
    begin = cpuSeconds();
    optimum = mapProgram(problem.graph, problem.arch, options).value;
    say("ffm", optimum);
  }

  void run(uint64_t newSeed) {
    seed = newSeed;
    descend();
    gradient::ProgramSpace program(problem.graph, problem.arch, options);
    for (auto [kind, name] : {std::pair(Baseline::Random, "random"),
                              std::pair(Baseline::Annealing, "annealing"),
                              std::pair(Baseline::Genetic, "genetic")}) {
      begin = cpuSeconds();
      runBaseline(
          kind, program, seed, [&] { return (cpuSeconds() - begin) / seconds; },
          [&, name = name](double value) { say(name, value); });
    }
  }

private:
  void say(const char *engine, double value) {
    tell({problem.name, engine, seed, cpuSeconds() - begin, options.objective,
          value, value / optimum - 1});
  }

  void descend() {
    begin = cpuSeconds();
    double best = kInf;
    // A few restarts at a time, so that processor time ends the search.
    for (uint64_t s = seed; cpuSeconds() - begin < seconds; s += 1000) {
      GradientOptions gradient;
      gradient.seed = s;
      gradient.maxIterations = 5;
      gradient.improved = [&](double, double value) {
        if (value >= best || cpuSeconds() - begin > seconds)
          return;
        best = value;
        say("gradient", value);
      };
      mapProgramByGradient(problem.graph, problem.arch, options, gradient);
    }
  }

  OracleCase problem;
  double seconds;
  const std::function<void(const GradientRow &)> &tell;
  MapperOptions options;
  uint64_t seed = 0;
  double begin = 0, optimum = 0;
};

} // namespace

void bench::runGradient(const GradientSuiteOptions &options,
                        const std::function<void(const GradientRow &)> &tell) {
  llvm::Regex pattern(options.filter);
  for (const CaseText &text : kCases) {
    if (!options.filter.empty() && !pattern.match(text.name))
      continue;
    CaseRunner runner(text, options.seconds, tell);
    for (unsigned i = 0; i != options.repeats; ++i)
      runner.run(options.seed + i);
  }
}
