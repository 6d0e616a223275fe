//===- MicroOpPlan.h - Loop nests as micro-op instructions ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A GEMM or ALU instruction has two loops around a list of micro-ops. A nest of
// any depth becomes such instructions: two of its loops (one may be split)
// become the instruction's, the others are written out as micro-ops.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_TRANSLATION_MICROOPPLAN_H
#define ACCEL_TARGET_VTA_TRANSLATION_MICROOPPLAN_H

#include "accel/Target/VTA/ISA.h"
#include "llvm/ADT/SmallVector.h"

#include <vector>

namespace accel::vta {

/// Newer hardware reaches this many micro-ops.
inline constexpr int64_t kMaxMicroOpWindow = 2048;

/// The pipeline of the matrix unit needs this many different destinations in a
/// row.
inline constexpr int64_t kMinDestinationDistance = 3;

/// A loop; its steps in elements of each operand are not negative.
struct NestLoop {
  int64_t extent = 1;
  int64_t dst = 0;
  int64_t src = 0;
  int64_t wgt = 0;
};

/// A nest in which the order of iterations does not matter.
struct ElementNest {
  MicroOp base;
  llvm::SmallVector<NestLoop> loops;
};

/// Instructions that share a list of micro-ops and the two loops around it.
struct MicroOpPlan {
  std::vector<MicroOp> microOps;
  /// The part of the list that each instruction runs: [begin, end).
  std::vector<std::pair<int64_t, int64_t>> windows;
  int64_t iterOut = 1;
  int64_t iterIn = 1;
  /// Steps of the two loops; the extents are ignored.
  NestLoop out;
  NestLoop in;
};

/// Plans a nest such that, within one instruction, every three successive
/// micro-ops have different destinations, and no list is longer than
/// kMaxMicroOpWindow. Picks the two loops with the fewest micro-ops, which is
/// optimal for nests that one instruction can do; others are split into several
/// instructions by a heuristic. Loops along which destinations overlap without
/// being equal take one instruction per step.
std::vector<MicroOpPlan> planMicroOps(const ElementNest &nest);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_TRANSLATION_MICROOPPLAN_H
