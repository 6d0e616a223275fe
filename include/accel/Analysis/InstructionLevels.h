//===- InstructionLevels.h - Between which levels a unit works --*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_ANALYSIS_INSTRUCTIONLEVELS_H
#define ACCEL_ANALYSIS_INSTRUCTIONLEVELS_H

#include "accel/Dialect/Accel/IR/Accel.h"

namespace mlir::accel {

/// The on-chip levels that the matrix instruction of a target reads and writes.
/// Instructions know them by these roles, whatever the target calls them.
struct InstructionLevels {
  std::string input = "INP";
  std::string weight = "WGT";
  std::string accumulator = "ACC";

  /// For each role, the innermost level above the unit with a matrix shape that
  /// must keep its tensors. Without a target the names are those of VTA. Emits
  /// an error at `loc` if a role has no level of its own.
  static FailureOr<InstructionLevels> find(TargetAttr target, Location loc);
};

/// The level of an on-chip memref type.
StringRef levelOf(Type type);

} // namespace mlir::accel

#endif // ACCEL_ANALYSIS_INSTRUCTIONLEVELS_H
