//===- ModelSuite.cpp - How fast the cost model evaluates
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelSuite.h"
#include "ModelCases.h"
#include "llvm/Support/Regex.h"
#include <benchmark/benchmark.h>

using namespace accel;
using namespace accel::bench;

namespace {

/// Collects rates instead of printing them.
class Collector : public benchmark::BenchmarkReporter {
public:
  explicit Collector(std::vector<ModelRow> &rows) : rows(rows) {}
  bool ReportContext(const Context &) override { return true; }
  void ReportRuns(const std::vector<Run> &runs) override {
    for (const Run &run : runs)
      rows.push_back({run.benchmark_name(),
                      double(run.iterations) / run.cpu_accumulated_time});
  }

private:
  std::vector<ModelRow> &rows;
};

} // namespace

std::vector<ModelRow> bench::runModelSuite(llvm::StringRef filter) {
  std::vector<ModelCase> cases = modelCases();
  llvm::Regex pattern(filter);
  for (const ModelCase &c : cases)
    if (filter.empty() || pattern.match(c.name))
      benchmark::RegisterBenchmark(
          c.name.c_str(), [&c](benchmark::State &state) {
            ProgramPlan plan = ProgramPlan::compile(c.graph, c.arch, c.mapping);
            ProgramCost<double> cost;
            for (auto _ : state) {
              plan.evaluate(cost);
              benchmark::DoNotOptimize(cost.energyJ);
            }
          });
  std::vector<ModelRow> rows;
  Collector collector(rows);
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();
  return rows;
}
