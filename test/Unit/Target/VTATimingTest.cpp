//===- VTATimingTest.cpp ------------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"
#include "llvm/Support/JSON.h"

using namespace accel::vta;
using testing::HasSubstr;

namespace {

TimingResult time(const TestCore &core, const TimingModel &model) {
  return valueOf(simulateTiming(core.instructions, core.geometry, model, true));
}

/// When instruction `index` begins and ends.
std::pair<int64_t, int64_t> span(const TimingResult &timing, uint32_t index) {
  for (const TimelineEntry &entry : timing.timeline)
    if (entry.instruction == index)
      return {entry.begin, entry.end};
  return {-1, -1};
}

TEST(VTATiming, LoadsCostLatencyAndBeats) {
  // 8 bytes a cycle: an inp element takes 2 cycles, wgt 32, acc 8.
  TestCore core;
  core.load(Buffer::Inp, 10);
  core.load(Buffer::Wgt, 2);
  core.noOp(Buffer::Inp, "S");
  core.load(Buffer::Acc, 3, "p");
  core.finish("");
  TimingResult timing = time(core, TimingModel::pipelined());
  // The first instruction arrives after 24 cycles and its own 2 beats.
  EXPECT_EQ(span(timing, 0), (std::pair<int64_t, int64_t>(26, 26 + 24 + 20)));
  EXPECT_EQ(span(timing, 1), (std::pair<int64_t, int64_t>(70, 70 + 24 + 64)));
  EXPECT_EQ(span(timing, 2), (std::pair<int64_t, int64_t>(158, 159)));
  EXPECT_EQ(span(timing, 3), (std::pair<int64_t, int64_t>(159, 159 + 24 + 24)));
  EXPECT_EQ(timing.cycles, 159 + 48 + 1);
  EXPECT_EQ(timing.busyCycles[0], 44 + 88 + 1);
}

TEST(VTATiming, ComputeCostsFillAndMicroOps) {
  TestCore core;
  core.gemm(0, 5);
  core.instructions.back().as<Gemm>()->iterOut = 3;
  core.aluImm(AluOp::Add, 0, 0, 7);
  core.aluTensor(AluOp::Add, 0, 7);
  core.finish("");
  TimingResult pipelined = time(core, TimingModel::pipelined());
  auto duration = [](std::pair<int64_t, int64_t> span) {
    return span.second - span.first;
  };
  EXPECT_EQ(duration(span(pipelined, 0)), 8 + 15);
  EXPECT_EQ(duration(span(pipelined, 1)), 8 + 7);
  EXPECT_EQ(duration(span(pipelined, 2)), 8 + 14);
  TimingResult rtl = time(core, TimingModel::rtl2020());
  EXPECT_EQ(duration(span(rtl, 0)), 60);
  EXPECT_EQ(duration(span(rtl, 1)), 35);
  EXPECT_EQ(duration(span(rtl, 2)), 35);
}

TEST(VTATiming, StoresHaveABubblePerElementAndTheirOwnChannel) {
  TestCore core;
  core.store(10, "");
  core.load(Buffer::Inp, 10);
  core.finish("");
  TimingResult timing = time(core, TimingModel::pipelined());
  EXPECT_EQ(span(timing, 0), (std::pair<int64_t, int64_t>(26, 26 + 30)));
  EXPECT_EQ(span(timing, 1), (std::pair<int64_t, int64_t>(28, 28 + 44)));
}

TEST(VTATiming, QueuesShareTheReadChannel) {
  // 64 acc elements are 512 beats, 100 inp elements 200: both queues ask at
  // the same time, the channel moves one beat a cycle in all.
  TestCore core;
  core.load(Buffer::Inp, 100);
  core.load(Buffer::Acc, 64);
  core.finish("");
  TimingResult timing = time(core, TimingModel::pipelined());
  EXPECT_EQ(std::max(span(timing, 0).second, span(timing, 1).second),
            26 + 24 + 200 + 512);
}

TEST(VTATiming, BurstsAreAtMost256Beats) {
  // One row of 256 inp elements is 512 beats = 2 bursts; 4 rows of 2 elements
  // are 4 bursts of 4 beats.
  TestCore core;
  core.load(Buffer::Inp, 256);
  core.finish("");
  EXPECT_EQ(time(core, TimingModel::rtl2020()).busyCycles[0], 512 + 2 * 8);
  core = TestCore();
  MemAccess mem = core.access(Buffer::Inp, 2);
  mem.ySize = 4;
  core.add(Load{mem});
  core.finish("");
  EXPECT_EQ(time(core, TimingModel::rtl2020()).busyCycles[0], 4 * (4 + 8));
}

TEST(VTATiming, PaddingCostsBufferWritesOnly) {
  TestCore core;
  MemAccess mem = core.access(Buffer::Inp, 4);
  mem.yPadTop = 1;
  mem.xPadLeft = 2;
  core.add(Load{mem});
  core.finish("");
  // 4 elements read, 2·6 - 4 = 8 filled, 2 cycles each.
  EXPECT_EQ(time(core, TimingModel::pipelined()).busyCycles[0], 24 + 8 + 16);
}

TEST(VTATiming, InstructionsWaitForTokens) {
  TestCore core = minimalGemm();
  TimingResult timing = time(core, TimingModel::pipelined());
  EXPECT_EQ(span(timing, kGemm).first, span(timing, kLoadWgt).second);
  EXPECT_EQ(span(timing, kStore).first, span(timing, kGemm).second);
  EXPECT_EQ(span(timing, kFinish).first, span(timing, kStore).second);
  EXPECT_EQ(timing.cycles, span(timing, kFinish).second);
}

TEST(VTATiming, UtilisationIsMicroOpsPerCycle) {
  RunResult result;
  result.stats.gemmMicroOps = 300;
  result.timing.cycles = 1200;
  EXPECT_DOUBLE_EQ(result.utilisation(), 0.25);
  result.timing.cycles = 0;
  EXPECT_DOUBLE_EQ(result.utilisation(), 0.0);
}

TEST(VTATiming, PresetsAreNamed) {
  EXPECT_EQ(valueOf(TimingModel::preset("rtl2020")).gemmPerMicroOp, 4);
  EXPECT_EQ(valueOf(TimingModel::preset("pipelined")).gemmPerMicroOp, 1);
  EXPECT_THAT(messageOf(TimingModel::preset("fast")),
              HasSubstr("unknown preset 'fast' but pipelined and rtl2020"));
}

TEST(VTATiming, TraceIsChromeJson) {
  TestCore core = minimalGemm();
  TimingResult timing = time(core, TimingModel::pipelined());
  auto json = llvm::json::parse(traceText(core.instructions, timing));
  ASSERT_TRUE(static_cast<bool>(json)) << llvm::toString(json.takeError());
  const llvm::json::Array *events =
      json->getAsObject()->getArray("traceEvents");
  ASSERT_NE(events, nullptr);
  // One process name, three thread names, one event an instruction.
  EXPECT_EQ(events->size(), 4 + core.instructions.size());
  int64_t busy = 0;
  for (const llvm::json::Value &event : *events)
    if (event.getAsObject()->getString("ph") == "X")
      busy += *event.getAsObject()->getInteger("dur");
  EXPECT_EQ(busy,
            timing.busyCycles[0] + timing.busyCycles[1] + timing.busyCycles[2]);
}

} // namespace
