//===- ProgramFolder.h - Names in a program folder ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_PROGRAMFOLDER_H
#define ACCEL_LIB_TARGET_VTA_PROGRAMFOLDER_H

#include "accel/Target/VTA/ISA.h"
#include <vector>

namespace accel::vta {

inline constexpr int64_t kManifestSchema = 1;
inline constexpr llvm::StringLiteral kManifestFile = "manifest.json";
inline constexpr llvm::StringLiteral kInstructionsFile = "instructions.bin";
inline constexpr llvm::StringLiteral kUopsFile = "uops.bin";
inline constexpr llvm::StringLiteral kConstantsFile = "constants.bin";

/// Decodes a whole instruction file; fails naming the instruction.
llvm::Expected<std::vector<Instruction>>
decodeInstructions(llvm::StringRef bytes, const Geometry &geometry);

} // namespace accel::vta

#endif // ACCEL_LIB_TARGET_VTA_PROGRAMFOLDER_H
