//===- ForeignProgram.h - Programs of other tools -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text form `program.vta`, in which programs that other compilers
// generated are given. It knows buffers and images instead of tensors:
//
//   # comment
//   config LOG_BATCH=0 LOG_BLOCK=4 LOG_INP_WIDTH=3 …
//   buf <name> <byte address> <file> | zero:<bytes>
//   run <instruction file>
//   expect <buffer> <file>
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_FOREIGNPROGRAM_H
#define ACCEL_TARGET_VTA_FOREIGNPROGRAM_H

#include "accel/Target/VTA/ISA.h"
#include <vector>

namespace accel::vta {

struct ForeignBuffer {
  std::string name;
  int64_t dramBase = 0;
  std::vector<uint8_t> image;
};

struct ForeignExpectation {
  /// Index into ForeignProgram::buffers.
  size_t buffer = 0;
  /// What the first bytes of the buffer must be after the run.
  std::vector<uint8_t> image;
};

struct ForeignProgram {
  Geometry geometry;
  std::vector<ForeignBuffer> buffers;
  std::vector<Instruction> instructions;
  std::vector<ForeignExpectation> expectations;
};

/// Reads `path`, a program.vta or the folder that holds one; its files must
/// lie in the same folder. Fails naming the line.
llvm::Expected<ForeignProgram> readForeignProgram(llvm::StringRef path);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_FOREIGNPROGRAM_H
