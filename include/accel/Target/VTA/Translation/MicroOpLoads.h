//===- MicroOpLoads.h - Fewer loads of micro-ops ----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_TRANSLATION_MICROOPLOADS_H
#define ACCEL_TARGET_VTA_TRANSLATION_MICROOPLOADS_H

#include "accel/Target/VTA/ISA.h"

#include <vector>

namespace accel::vta {

/// Joins loads of micro-ops that continue each other in DRAM and in the buffer
/// into the first of them. The matrix unit waits out the latency of each load,
/// so few large ones cost less than many small ones; but the first instructions
/// should not wait for all others' micro-ops, so a load brings at most as many
/// as were loaded before it.
///
/// `loads` are the positions of the loads in `instructions`, ascending; they
/// take no tokens and give none. Where addresses ascend, as in `MicroOpStore`
/// between two starts of the buffer, nothing reads the places of the later
/// loads before the instructions that follow them. Both lists are updated.
/// O(instructions).
void joinMicroOpLoads(std::vector<Instruction> &instructions,
                      std::vector<size_t> &loads);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_TRANSLATION_MICROOPLOADS_H
