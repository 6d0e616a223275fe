//===- Timing.h - Event-driven timing of VTA programs ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cycles without data: an instruction starts when its queue has finished the
// one before and its tokens are there. The three queues share one DRAM read
// channel; STORE has a write channel of its own. Instructions are fetched in
// program order through the read channel, ahead of the queues.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_TIMING_H
#define ACCEL_TARGET_VTA_TIMING_H

#include "accel/Target/VTA/ISA.h"
#include "llvm/ADT/ArrayRef.h"
#include <vector>

namespace accel::vta {

/// All in clock cycles unless the name says otherwise.
struct TimingModel {
  std::string name;
  int64_t gemmPerMicroOp = 1;
  int64_t aluImmPerMicroOp = 1;
  int64_t aluTensorPerMicroOp = 2;
  /// Filling and draining the pipeline, once per GEMM or ALU instruction.
  int64_t pipelineFill = 8;
  int64_t dramBytesPerCycle = 8;
  /// From the request of a LOAD to its first data, once per instruction.
  int64_t loadLatency = 24;
  /// From the start to the first instruction.
  int64_t fetchLatency = 24;
  /// Lost per DRAM burst, in either direction. A row of a LOAD or STORE is
  /// split into bursts of at most maxBurstBeats transfers.
  int64_t burstGap = 0;
  int64_t maxBurstBeats = 256;
  /// Lost per element that STORE writes.
  int64_t storeBubble = 1;

  /// Hardware sources since 2021: one micro-op a cycle.
  static TimingModel pipelined();

  /// The RTL of 2020: 4 cycles a GEMM micro-op, 5 an ALU one, 8 between
  /// bursts. Agrees with RTL runs of seven programs within −2 % … +3 %.
  static TimingModel rtl2020();

  /// `pipelined` or `rtl2020`; fails listing them.
  static llvm::Expected<TimingModel> preset(llvm::StringRef name);
};

/// One instruction's execution, [begin, end) in cycles.
struct TimelineEntry {
  Queue queue;
  uint32_t instruction;
  int64_t begin;
  int64_t end;
};

struct TimingResult {
  /// Until the last queue is done.
  int64_t cycles = 0;
  /// Cycles in which each queue executes an instruction.
  std::array<int64_t, kNumQueues> busyCycles = {};
  /// In order of completion; empty unless asked for.
  std::vector<TimelineEntry> timeline;
};

/// Fails on a deadlock or a token flag without a neighbour, as the functional
/// simulation does. O((instructions + bursts) log) time, independent of the
/// number of micro-ops.
llvm::Expected<TimingResult>
simulateTiming(llvm::ArrayRef<Instruction> instructions,
               const Geometry &geometry, const TimingModel &model,
               bool withTimeline = false);

/// The timeline as JSON in Chrome's trace event format, which Perfetto opens:
/// one track a queue, one cycle shown as one microsecond.
std::string traceText(llvm::ArrayRef<Instruction> instructions,
                      const TimingResult &timing);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_TIMING_H
