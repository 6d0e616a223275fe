//===- SimDriver.h - What the tool accel-sim does -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_SIMDRIVER_H
#define ACCEL_TARGET_VTA_SIMDRIVER_H

#include "accel/Target/VTA/Npy.h"
#include "accel/Target/VTA/Program.h"
#include "accel/Target/VTA/Simulator.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace accel::vta {

/// The command line of accel-sim, parsed.
struct SimRequest {
  /// A program folder, or a program.vta or the folder that holds one.
  std::string program;
  /// name=file.npy
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::string preset = "pipelined";
  std::string traceFile;
  std::string reportFile;
  std::string imageFolder;
  bool functionalOnly = false;
  bool timingOnly = false;
  /// Also start the queues in every other order, and compare the outputs.
  bool allOrders = false;
};

/// A named tensor's values over all runs: one slice a run if `runs` is set
/// (with the runs as leading dimension of every shape), else a single run.
struct SimArrays {
  std::vector<std::pair<std::string, npy::Array>> inputs;
  std::vector<std::pair<std::string, npy::Array>> outputs;
};

/// Called after a program folder was simulated, with all its inputs and
/// outputs in the element types of the tensors; an error makes the tool fail.
/// A check against another execution of the same model hooks in here.
using AfterRun = llvm::function_ref<llvm::Error(
    const Program &program, int64_t runs, const SimArrays &arrays)>;

/// Reads, simulates, writes, and prints a summary to `os`. Outputs are written
/// only after everything succeeded.
llvm::Error runSimTool(const SimRequest &request, llvm::raw_ostream &os,
                       AfterRun afterRun = nullptr);

/// Converts integers of any width to a tensor's element type without loss, and
/// checks the shape: that of `tensor`, or with one more leading dimension, the
/// number of runs. Returns the runs, 0 if there is no such dimension.
llvm::Expected<int64_t> convertInput(const TensorRecord &tensor,
                                     const npy::Array &array,
                                     npy::Array &converted);

/// The summary that accel-sim prints: cycles, utilisation, bytes per buffer.
void printSummary(llvm::raw_ostream &os, const Geometry &geometry,
                  const RunResult &result, const RunOptions &options,
                  int64_t runs);

/// The same figures as one JSON object, schema 1.
std::string reportText(const Geometry &geometry, const RunResult &result,
                       const RunOptions &options, int64_t runs);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_SIMDRIVER_H
