//===- FuzzProgram.cpp - Any bytes as a program folder --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The input is the files of a folder one after the other, each with its size in
// front: manifest.json, instructions.bin, uops.bin, constants.bin. Whatever is
// read must verify, disassemble, and run or be refused with a sentence.
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Program.h"
#include "accel/Target/VTA/Simulator.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace accel::vta;

/// A folder that goes away with the process.
struct TemporaryFolder {
  TemporaryFolder() {
    if (llvm::sys::fs::createUniqueDirectory("accel-fuzz", path))
      abort();
  }
  ~TemporaryFolder() { (void)llvm::sys::fs::remove_directories(path); }
  llvm::SmallString<128> path;
};

static llvm::StringRef folder() {
  static const TemporaryFolder made;
  return made.path;
}

/// Takes a size and that many bytes from the front of `input`.
static llvm::StringRef takeFile(llvm::StringRef &input) {
  if (input.size() < 4)
    return {};
  size_t size = llvm::support::endian::read32le(input.data());
  input = input.drop_front(4);
  llvm::StringRef content = input.take_front(size);
  input = input.drop_front(content.size());
  return content;
}

static void writeFolder(llvm::StringRef input) {
  for (const char *name :
       {"manifest.json", "instructions.bin", "uops.bin", "constants.bin"}) {
    llvm::SmallString<128> path(folder());
    llvm::sys::path::append(path, name);
    std::error_code code;
    llvm::raw_fd_ostream(path, code) << takeFile(input);
    if (code)
      abort();
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  writeFolder(llvm::StringRef(reinterpret_cast<const char *>(data), size));
  llvm::Expected<Program> program = readProgram(folder());
  if (!program) {
    if (llvm::toString(program.takeError()).empty())
      abort();
    return 0;
  }
  for (const Instruction &instruction : program->instructions)
    if (disassemble(instruction).empty())
      abort();
  if (program->dramBytes > 1 << 20)
    return 0;
  TensorValues inputs;
  for (const TensorRecord &tensor : program->tensors)
    if (tensor.role == Role::Input)
      inputs[tensor.name].resize(tensor.numElements() *
                                 elementTypeBytes(tensor.elementType));
  RunOptions options;
  options.sim.maxMicroOps = 10000;
  llvm::Expected<RunResult> result = runProgram(*program, inputs, options);
  if (!result && llvm::toString(result.takeError()).empty())
    abort();
  return 0;
}
