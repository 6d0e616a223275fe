//===- accel-bench.cpp - Measures Accel itself
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeepBenchSuite.h"
#include "ModelSuite.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel;
namespace cl = llvm::cl;

static cl::opt<std::string> suite(cl::Positional, cl::Required,
                                  cl::desc("<suite: model, deepbench>"));
static cl::opt<std::string> csvFile("csv", cl::value_desc("file"),
                                    cl::desc("Also write rows as CSV"));
static cl::opt<std::string> filter("filter", cl::value_desc("regex"),
                                   cl::desc("Run matching cases only"));
static cl::opt<std::string>
    geometry("geometry", cl::init("1x16x16"),
             cl::desc("deepbench: batch, block in, block out"));
static cl::opt<int64_t>
    exactMacs("exact-macs", cl::init(1 << 21),
              cl::desc("deepbench: size to which operators are scaled down "
                       "before they run on data, 0: timing only"));

/// Rows go to the file as they come: a long suite that is stopped leaves those
/// it has.
static void runModel(llvm::raw_ostream &csv) {
  csv << "case,evaluations_per_s\n";
  llvm::outs() << "case                      evaluations/s\n";
  for (const bench::ModelRow &row : bench::runModelSuite(filter)) {
    llvm::outs() << llvm::format("%-25s %13.0f\n", row.name.c_str(),
                                 row.evaluationsPerS);
    csv << row.name << "," << std::to_string(row.evaluationsPerS) << "\n";
  }
}

static llvm::Error runDeepBench(llvm::raw_ostream &csv) {
  csv << "id,geometry,exact,cycles,cycles_fixed,utilisation,"
         "utilisation_fixed,dram_bytes,dram_bytes_fixed,solve_ms,micro_ops,"
         "micro_ops_fixed\n";
  llvm::outs() << "operator         exact       cycles  fixed cycles   gain  "
                  "MACs  fixed   solve ms\n";
  bench::DeepBenchOptions options;
  options.filter = filter;
  options.geometry = geometry;
  options.exactMacs = exactMacs;
  return bench::runDeepBench(options, [&](const bench::DeepBenchRow &row) {
    const bench::ProgramFigures &best = row.best, &fixed = row.fixed;
    const char *exact = !row.exact ? "" : *row.exact ? "1" : "0";
    llvm::outs() << llvm::format(
        "%-16s %5s %12lld  %12lld %6.2f %5.1f%% %5.1f%% %10.2f\n",
        row.id.c_str(), exact, static_cast<long long>(best.cycles),
        static_cast<long long>(fixed.cycles),
        double(fixed.cycles) / double(best.cycles), best.utilisation * 100,
        fixed.utilisation * 100, row.solveMs);
    csv << row.id << "," << row.geometry << "," << exact << "," << best.cycles
        << "," << fixed.cycles << ","
        << llvm::format("%.6f,%.6f", best.utilisation, fixed.utilisation) << ","
        << best.dramBytes << "," << fixed.dramBytes << ","
        << llvm::format("%.3f", row.solveMs) << "," << best.microOps << ","
        << fixed.microOps << "\n";
    csv.flush();
  });
}

static int fail(const llvm::Twine &message) {
  llvm::errs() << "accel-bench: " << message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "Measures Accel itself\n");
  std::string error;
  if (!filter.empty() && !llvm::Regex(filter).isValid(error))
    return fail("filter is no regular expression: " + error);
  if (suite != "model" && suite != "deepbench")
    return fail("unknown suite \"" + suite + "\", expected model or deepbench");
  std::error_code code;
  llvm::raw_fd_ostream csv(csvFile.empty() ? "/dev/null" : csvFile.c_str(),
                           code);
  if (code)
    return fail("cannot write " + csvFile + ": " + code.message());
  if (suite == "model")
    runModel(csv);
  else if (llvm::Error failure = runDeepBench(csv))
    return fail(llvm::toString(std::move(failure)));
  return 0;
}
