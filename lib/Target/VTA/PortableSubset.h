//===- PortableSubset.h - What every VTA implementation runs alike -*- C++ -*-//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// VTA has been implemented several times: a functional simulator, HLS, two
// generations of Chisel. They agree on a subset only; these are its rules.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_PORTABLESUBSET_H
#define ACCEL_LIB_TARGET_VTA_PORTABLESUBSET_H

#include "accel/Target/VTA/ISA.h"

namespace accel::vta {

enum class Rule : uint8_t {
  EmptyNest,
  MicroOpWindow,
  DestinationDistance,
  ShiftAmount,
  ShiftByTensor,
  Multiply,
  Padding,
  MicroOpLoadRows,
  MicroOpLoadAlignment,
  StaleOutput,
  AluWeightField,
  TokensOutstanding,
  LowAddress
};

inline constexpr unsigned kNumRules = 13;

/// Newer hardware holds this many micro-ops, whatever the geometry says.
inline constexpr int64_t kPortableMicroOps = 2048;
/// The smallest DRAM byte address.
inline constexpr int64_t kPortableLowestAddress = 4096;
/// Tokens that a queue between two neighbours can hold.
inline constexpr int64_t kPortableTokens = 255;
/// A micro-op must not depend on this many before it.
inline constexpr unsigned kPipelineDepth = 2;
inline constexpr int64_t kMinShift = -16;
inline constexpr int64_t kMaxShift = 15;

/// Calls `report` for every rule that the instruction breaks by itself, with
/// what was found and what is allowed.
void checkPortable(const Instruction &instruction, const Geometry &geometry,
                   llvm::function_ref<void(Rule, const llvm::Twine &)> report);

} // namespace accel::vta

#endif // ACCEL_LIB_TARGET_VTA_PORTABLESUBSET_H
