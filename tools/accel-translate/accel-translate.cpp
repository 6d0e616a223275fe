//===- accel-translate.cpp - Modules to programs and back -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/TranslateDriver.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"

namespace cl = llvm::cl;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::OptionCategory category("accel-translate options");
  mlir::accel::TranslateRequest request;
  enum class Direction { None, ToVTA, FromVTA };
  cl::opt<Direction> direction(
      cl::desc("what to do:"), cl::cat(category), cl::init(Direction::None),
      cl::values(clEnumValN(Direction::ToVTA, "accel-to-vta",
                            "accel instructions to a VTA program folder"),
                 clEnumValN(Direction::FromVTA, "vta-to-accel",
                            "print what is in a VTA program folder")));
  cl::opt<std::string, true> input(
      cl::Positional, cl::desc("<module | program folder>"),
      cl::location(request.input), cl::cat(category));
  cl::opt<std::string, true> output(
      "o", cl::desc("program folder or text file to write"),
      cl::value_desc("name"), cl::location(request.output), cl::cat(category));
  cl::opt<std::string, true> entry(
      "entry", cl::desc("function to translate, if there are several"),
      cl::value_desc("name"), cl::location(request.entry), cl::cat(category));
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv,
                              "translates accel modules to VTA programs\n");
  if (direction == Direction::None) {
    llvm::errs() << "accel-translate: error: no direction, expected "
                    "--accel-to-vta or --vta-to-accel\n";
    return 1;
  }
  request.toVTA = direction == Direction::ToVTA;
  return mlir::failed(mlir::accel::runTranslateTool(request)) ? 1 : 0;
}
