//===- accel-bench.cpp - Measures Accel itself ----------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Suites.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel;
namespace cl = llvm::cl;

static bench::SuiteOptions options;

static cl::opt<std::string> suite(cl::Positional, cl::Required,
                                  cl::desc("<suite>"));
static cl::opt<std::string> csvFile("csv", cl::value_desc("file"),
                                    cl::desc("Also write rows as CSV"));
static cl::opt<std::string, true> filter("filter", cl::value_desc("regex"),
                                         cl::location(options.filter),
                                         cl::desc("Run matching cases only"));
static cl::opt<std::string, true>
    geometry("geometry", cl::location(options.geometry), cl::init("1x16x16"),
             cl::desc("deepbench: batch, block in, block out"));
static cl::opt<int64_t, true>
    exactMacs("exact-macs", cl::location(options.exactMacs), cl::init(1 << 30),
              cl::desc("deepbench: size to which operators are scaled down "
                       "before they run on data, 0: timing only"));
static cl::opt<int64_t, true>
    scaleMacs("scale-macs", cl::location(options.scaleMacs), cl::init(0),
              cl::desc("deepbench: size to which operators are scaled down "
                       "before anything, 0: full size"));
static cl::opt<std::string, true> inputs("inputs", cl::value_desc("folder"),
                                         cl::location(options.inputs),
                                         cl::init(ACCEL_BENCH_INPUTS),
                                         cl::desc("mapper: its cases"));
static cl::opt<unsigned, true>
    repeats("repeats", cl::location(options.repeats), cl::init(5),
            cl::desc("mapper: runs per case; medians are printed"));
static cl::opt<double, true>
    seconds("seconds", cl::location(options.seconds), cl::init(10),
            cl::desc("gradient: per search, of one core"));
static cl::opt<uint64_t, true> seed("seed", cl::location(options.seed),
                                    cl::init(0),
                                    cl::desc("gradient: the first seed"));
static cl::opt<unsigned, true>
    seeds("seeds", cl::location(options.seeds), cl::init(1),
          cl::desc("gradient: searches per engine, with seeds in a row"));

static int fail(const llvm::Twine &message) {
  llvm::errs() << "accel-bench: " << message << "\n";
  return 1;
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(
      argc, argv,
      "Measures Accel itself; suites: " + bench::suiteNames() + "\n");
  std::string error;
  if (!options.filter.empty() && !llvm::Regex(options.filter).isValid(error))
    return fail("filter is no regular expression: " + error);
  if (repeats == 0)
    return fail("repeats must be at least 1");
  if (!(seconds > 0) || seeds == 0)
    return fail("seconds must be above 0 and seeds at least 1");
  const bench::Suite *found = bench::findSuite(suite);
  if (!found)
    return fail("unknown suite \"" + suite + "\": " + bench::suiteNames() +
                " are known");

  // Rows appear in the file as they are measured.
  std::error_code code;
  llvm::raw_fd_ostream csv(csvFile.empty() ? "/dev/null" : csvFile.c_str(),
                           code);
  if (code)
    return fail("cannot write " + csvFile + ": " + code.message());
  llvm::SmallString<128> folder(llvm::sys::path::parent_path(
      llvm::sys::fs::getMainExecutable(argv[0], (void *)main)));
  options.toolFolder = std::string(folder);
  if (llvm::Error e = found->print(options, csv))
    return fail(llvm::toString(std::move(e)));
  return 0;
}
