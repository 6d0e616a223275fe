//===- accel-bench.cpp - Measures Accel itself
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelSuite.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel;
namespace cl = llvm::cl;

static cl::opt<std::string> suite(cl::Positional, cl::Required,
                                  cl::desc("<suite: model>"));
static cl::opt<std::string> csvFile("csv", cl::value_desc("file"),
                                    cl::desc("Also write rows as CSV"));
static cl::opt<std::string> filter("filter", cl::value_desc("regex"),
                                   cl::desc("Run matching cases only"));

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "Measures Accel itself\n");
  std::string error;
  if (!filter.empty() && !llvm::Regex(filter).isValid(error)) {
    llvm::errs() << "accel-bench: filter is no regular expression: " << error
                 << "\n";
    return 1;
  }
  if (suite != "model") {
    llvm::errs() << "accel-bench: unknown suite \"" << suite
                 << "\", expected model\n";
    return 1;
  }
  std::string csv = "case,evaluations_per_s\n";
  llvm::outs() << "case                      evaluations/s\n";
  for (const bench::ModelRow &row : bench::runModelSuite(filter)) {
    llvm::outs() << llvm::format("%-25s %13.0f\n", row.name.c_str(),
                                 row.evaluationsPerS);
    csv += row.name + "," + std::to_string(row.evaluationsPerS) + "\n";
  }
  if (csvFile.empty())
    return 0;
  std::error_code code;
  llvm::raw_fd_ostream out(csvFile, code);
  if (code) {
    llvm::errs() << "accel-bench: cannot write " << csvFile << ": "
                 << code.message() << "\n";
    return 1;
  }
  out << csv;
  return 0;
}
