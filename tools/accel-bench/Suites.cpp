//===- Suites.cpp - Suites as tables --------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Suites.h"
#include "DeepBenchSuite.h"
#include "GradientSuite.h"
#include "MapperSuite.h"
#include "ModelSuite.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace accel;
using namespace accel::bench;
using llvm::Error;
using llvm::format;

static Error printModel(const SuiteOptions &options, llvm::raw_ostream &csv) {
  csv << "case,evaluations_per_s\n";
  llvm::outs() << "case                      evaluations/s\n";
  for (const ModelRow &row : runModelSuite(options.filter)) {
    llvm::outs() << format("%-25s %13.0f\n", row.name.c_str(),
                           row.evaluationsPerS);
    csv << row.name << ',' << format("%.6g", row.evaluationsPerS) << '\n';
  }
  return Error::success();
}

/// A figure, or nothing where there is none.
static std::string figure(const char *pattern, double value) {
  std::string text;
  if (value >= 0)
    llvm::raw_string_ostream(text) << format(pattern, value);
  return text;
}

static Error printMapper(const SuiteOptions &options, llvm::raw_ostream &csv) {
  llvm::SmallString<128> accelOpt(options.toolFolder);
  llvm::sys::path::append(accelOpt, "accel-opt");
  csv << "case,einsums,seconds,peak_rss_mib,energy_j,latency_s,optimal,"
         "reference_cpu_s,objective,value,reference_value,speedup,process_s\n";
  llvm::outs() << format("%-24s %5s %-12s %12s %12s %9s %9s %8s %7s %8s\n",
                         "case", "ops", "objective", "value", "reference",
                         "search s", "ref CPU s", "faster", "MiB", "process s");
  return runMapperSuite(
      accelOpt, options.inputs, options.filter, options.repeats,
      [&](const MapperRow &r) {
        double speedup = r.referenceCpuS < 0 ? -1 : r.referenceCpuS / r.seconds;
        llvm::outs() << format(
            "%-24s %5u %-12s %12s %12s %9.4f %9s %8s %7.0f %8.3f%s\n",
            r.name.c_str(), r.einsums, r.objective.c_str(),
            figure("%.6g", r.value).c_str(),
            figure("%.6g", r.referenceValue).c_str(), r.seconds,
            figure("%.1f", r.referenceCpuS).c_str(),
            figure("%.0fx", speedup).c_str(), r.peakRssMiB, r.processS,
            r.optimal ? "" : "  not proven");
        llvm::outs().flush();
        csv << r.name << ',' << r.einsums << ',' << format("%.6g", r.seconds)
            << ',' << format("%.1f", r.peakRssMiB) << ','
            << format("%.12g", r.energyJ) << ',' << format("%.12g", r.latencyS)
            << ',' << int(r.optimal) << ',' << figure("%g", r.referenceCpuS)
            << ',' << r.objective << ',' << figure("%.12g", r.value) << ','
            << figure("%.12g", r.referenceValue) << ','
            << figure("%.1f", speedup) << ',' << format("%.6g", r.processS)
            << '\n';
        csv.flush();
      });
}

static double median(std::vector<double> values) {
  llvm::sort(values);
  size_t half = values.size() / 2;
  return values.size() % 2 ? values[half]
                           : (values[half - 1] + values[half]) / 2;
}

/// Gains over the fixed embedding, and what the solver takes.
static void summarise(llvm::ArrayRef<DeepBenchRow> rows) {
  if (rows.empty())
    return;
  double logarithms = 0;
  std::vector<double> solves;
  const DeepBenchRow *least = &rows.front(), *slowest = &rows.front();
  for (const DeepBenchRow &row : rows) {
    logarithms += std::log(row.gain());
    solves.push_back(row.solveMs);
    if (row.gain() < least->gain())
      least = &row;
    if (row.solveMs > slowest->solveMs)
      slowest = &row;
  }
  llvm::outs() << format(
      "%zu operators: gain %.2f (geometric mean), least %.2f (%s); solver "
      "%.2f ms (median), most %.2f ms (%s)\n",
      rows.size(), std::exp(logarithms / double(rows.size())), least->gain(),
      least->id.c_str(), median(solves), slowest->solveMs, slowest->id.c_str());
}

static Error printDeepBench(const SuiteOptions &options,
                            llvm::raw_ostream &csv) {
  csv << "id,geometry,exact,cycles,cycles_fixed,utilisation,"
         "utilisation_fixed,dram_bytes,dram_bytes_fixed,solve_ms,micro_ops,"
         "micro_ops_fixed,in_channels,out_channels,outputs,macs\n";
  llvm::outs() << format("%-16s %5s %12s  %12s %6s %6s %6s %10s\n", "operator",
                         "exact", "cycles", "fixed cycles", "gain", "MACs",
                         "fixed", "solve ms");
  DeepBenchOptions deepBench;
  deepBench.filter = options.filter;
  deepBench.geometry = options.geometry;
  deepBench.exactMacs = options.exactMacs;
  deepBench.scaleMacs = options.scaleMacs;
  std::vector<DeepBenchRow> rows;
  Error error = runDeepBench(deepBench, [&](const DeepBenchRow &row) {
    rows.push_back(row);
    const ProgramFigures &best = row.best, &fixed = row.fixed;
    const char *exact = !row.exact ? "" : *row.exact ? "1" : "0";
    llvm::outs() << format(
        "%-16s %5s %12lld  %12lld %6.2f %5.1f%% %5.1f%% %10.2f\n",
        row.id.c_str(), exact, static_cast<long long>(best.cycles),
        static_cast<long long>(fixed.cycles), row.gain(),
        best.utilisation * 100, fixed.utilisation * 100, row.solveMs);
    llvm::outs().flush();
    csv << row.id << ',' << row.geometry << ',' << exact << ',' << best.cycles
        << ',' << fixed.cycles << ','
        << format("%.6f,%.6f", best.utilisation, fixed.utilisation) << ','
        << best.dramBytes << ',' << fixed.dramBytes << ','
        << format("%.3f", row.solveMs) << ',' << best.microOps << ','
        << fixed.microOps << ',' << row.inChannels << ',' << row.outChannels
        << ',' << row.outputs << ',' << row.macs << '\n';
    csv.flush();
  });
  summarise(rows);
  return error;
}

static Error printGradient(const SuiteOptions &options,
                           llvm::raw_ostream &csv) {
  csv << "case,engine,seed,seconds,edp_js,gap,objective,value\n";
  llvm::outs() << format("%-24s %-10s %5s %10s %10s %14s %8s\n", "case",
                         "engine", "seed", "seconds", "objective", "value",
                         "gap");
  GradientSuiteOptions gradient;
  gradient.filter = options.filter;
  gradient.seconds = options.seconds;
  gradient.seed = options.seed;
  gradient.repeats = options.seeds;
  runGradient(gradient, [&](const GradientRow &r) {
    std::string objective = stringifyObjective(r.objective).str();
    llvm::outs() << format("%-24s %-10s %5llu %10.3f %10s %14.6g %7.2f%%\n",
                           r.name.c_str(), r.engine.c_str(),
                           static_cast<unsigned long long>(r.seed), r.seconds,
                           objective.c_str(), r.value, r.gap * 100);
    llvm::outs().flush();
    csv << r.name << ',' << r.engine << ',' << r.seed << ','
        << format("%.6f,", r.seconds)
        << figure("%.12g", r.objective == Objective::EDP ? r.value : -1)
        << format(",%.9g,", r.gap) << objective << ','
        << format("%.12g\n", r.value);
    csv.flush();
  });
  return Error::success();
}

static const Suite suites[] = {{"model", printModel},
                               {"mapper", printMapper},
                               {"deepbench", printDeepBench},
                               {"gradient", printGradient}};

const Suite *bench::findSuite(llvm::StringRef name) {
  const Suite *found =
      llvm::find_if(suites, [&](const Suite &s) { return s.name == name; });
  return found == std::end(suites) ? nullptr : found;
}

std::string bench::suiteNames() {
  return llvm::join(
      llvm::map_range(suites, [](const Suite &s) { return s.name; }), ", ");
}
