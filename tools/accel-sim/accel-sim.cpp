//===- accel-sim.cpp - Simulates VTA programs -----------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/SimDriver.h"
#include "accel/Target/VTA/Translation/HostReference.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

namespace cl = llvm::cl;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::OptionCategory category("accel-sim options");
  accel::vta::SimRequest request;
  cl::opt<std::string, true> program(
      cl::Positional, cl::Required, cl::desc("<program folder | program.vta>"),
      cl::location(request.program), cl::cat(category));
  cl::list<std::string> inputs("input", cl::desc("value of an input tensor"),
                               cl::value_desc("name=file.npy"),
                               cl::cat(category));
  cl::list<std::string> outputs(
      "output", cl::desc("where to write an output tensor"),
      cl::value_desc("name=file.npy"), cl::cat(category));
  cl::opt<std::string, true> preset(
      "preset", cl::desc("timing: pipelined (default) or rtl2020"),
      cl::location(request.preset), cl::cat(category));
  cl::opt<std::string, true> trace(
      "trace", cl::desc("write a timeline that Perfetto opens"),
      cl::value_desc("file.json"), cl::location(request.traceFile),
      cl::cat(category));
  cl::opt<std::string, true> report(
      "report", cl::desc("write the figures as JSON"),
      cl::value_desc("file.json"), cl::location(request.reportFile),
      cl::cat(category));
  cl::opt<std::string, true> images(
      "dump-images", cl::desc("write every tensor's DRAM before and after"),
      cl::value_desc("folder"), cl::location(request.imageFolder),
      cl::cat(category));
  cl::opt<bool, true> functionalOnly(
      "functional-only", cl::desc("do not simulate time"),
      cl::location(request.functionalOnly), cl::cat(category));
  cl::opt<bool, true> timingOnly(
      "timing-only", cl::desc("do not simulate data"),
      cl::location(request.timingOnly), cl::cat(category));
  cl::opt<bool, true> allOrders(
      "all-orders", cl::desc("start the queues in every order and compare"),
      cl::location(request.allOrders), cl::cat(category));
  cl::opt<std::string> reference(
      "check-reference",
      cl::desc("compare with the model run on this computer"),
      cl::value_desc("model.mlir"), cl::cat(category));
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "simulates VTA programs\n");
  request.inputs.assign(inputs.begin(), inputs.end());
  request.outputs.assign(outputs.begin(), outputs.end());

  llvm::ExitOnError exitOnError("accel-sim: error: ");
  exitOnError(
      accel::vta::runSimToolAgainstModel(request, llvm::outs(), reference));
  return 0;
}
