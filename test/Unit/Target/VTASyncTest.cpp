//===- VTASyncTest.cpp --------------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"

using namespace accel::vta;
using testing::AnyOf;
using testing::HasSubstr;

namespace {

/// Two tiles through both halves of inp and out, with the tokens of a
/// double-buffered loop: loads of a later tile wait until the tile two before
/// was computed, resets until it was stored.
TestCore doubleBuffered(int tiles) {
  TestCore core;
  std::vector<int8_t> inp(16 * tiles), wgt(256);
  for (size_t i = 0; i < inp.size(); ++i)
    inp[i] = static_cast<int8_t>(i * 7);
  for (size_t i = 0; i < wgt.size(); ++i)
    wgt[i] = static_cast<int8_t>(i % 3) - 1;
  core.poke(TestCore::kInp, inp);
  core.poke(TestCore::kWgt, wgt);
  core.pokeMicroOps({{0, 0, 0}, {1, 1, 0}});
  core.load(Buffer::Uop, 2);
  core.load(Buffer::Wgt, 1);
  for (int tile = 0; tile < tiles; ++tile) {
    int64_t half = tile % 2;
    bool reuses = tile >= 2;
    core.add(Load{core.access(Buffer::Inp, 1, half, tile)},
             reuses ? "PS" : "S");
    core.reset(half, half + 1, reuses ? "P" : "");
    core.gemm(half, half + 1, "psS");
    core.add(Store{core.access(Buffer::Out, 1, half, tile)}, "ps");
  }
  // The last two tokens of either direction end here.
  for (int left = 0; left < std::min(tiles, 2); ++left) {
    core.noOp(Buffer::Inp, "PS");
    core.noOp(Buffer::Uop, "pP");
  }
  core.finish("");
  return core;
}

TEST(VTASync, DoubleBufferingRunsInEveryOrder) {
  std::vector<int8_t> first;
  for (const auto &order : allOrders()) {
    TestCore core = doubleBuffered(9);
    ASSERT_EQ(core.run({Portability::Enforce, order}), "");
    std::vector<int8_t> out = core.peek<int8_t>(TestCore::kOut, 9 * 16);
    if (first.empty())
      first = out;
    EXPECT_EQ(out, first);
  }
  // Tile 8, lane 0: weights of output channel 0 are (c mod 3) - 1.
  int32_t sum = 0;
  for (int c = 0; c < 16; ++c)
    sum += static_cast<int8_t>((8 * 16 + c) * 7) * (c % 3 - 1);
  EXPECT_EQ(first[8 * 16], static_cast<int8_t>(sum));
}

/// Every token flag that is dropped or added breaks the program, and every
/// order of the queues says so.
TEST(VTASync, EveryTokenIsNeeded) {
  TestCore good = doubleBuffered(5);
  for (size_t i = 0; i < good.instructions.size(); ++i)
    for (bool Sync::*flag :
         {&Sync::popPrev, &Sync::popNext, &Sync::pushPrev, &Sync::pushNext})
      for (const auto &order : allOrders()) {
        TestCore core = doubleBuffered(5);
        bool &value = core.instructions[i].sync.*flag;
        value = !value;
        EXPECT_NE(core.run({Portability::Enforce, order}), "")
            << "instruction " << i;
      }
}

TEST(VTASync, DroppedPopIsARace) {
  TestCore core = minimalGemm();
  core.instructions[kGemm].sync.popPrev = false;
  // In this order the load is already done when gemm reads.
  EXPECT_THAT(core.run(),
              AllOf(HasSubstr("instruction 4 (gemm"), HasSubstr("reads inp 0"),
                    HasSubstr("instruction 2 (load inp"), HasSubstr("race")));
}

TEST(VTASync, WriteAfterReadIsARace) {
  TestCore core = doubleBuffered(3);
  for (Instruction &instruction : core.instructions) {
    const Load *load = instruction.as<Load>();
    if (load && load->buffer == Buffer::Inp && !load->isNoOp())
      instruction.sync.popNext = false;
  }
  // Compute first, so that the read comes before the write.
  std::string message = core.run(
      {Portability::Enforce, {Queue::Compute, Queue::Load, Queue::Store}});
  EXPECT_THAT(message, AllOf(HasSubstr("writes inp 0"), HasSubstr(" reads,"),
                             HasSubstr("race")));
}

TEST(VTASync, OutputsOverwrittenBeforeTheStoreAreARace) {
  TestCore core = doubleBuffered(3);
  for (Instruction &instruction : core.instructions)
    if (const Gemm *gemm = instruction.as<Gemm>(); gemm && gemm->reset)
      instruction.sync.popNext = false;
  for (const auto &order : allOrders())
    EXPECT_THAT(core.run({Portability::Enforce, order}),
                AllOf(HasSubstr("out 0"), HasSubstr("race")));
}

/// Stores a tile, then reads it back as input; `ordered` sends the token
/// store → compute → load.
TestCore readBack(bool ordered) {
  TestCore core = minimalGemm();
  core.instructions.pop_back();
  core.noOp(Buffer::Uop, ordered ? "Ps" : "P");
  MemAccess mem = core.access(Buffer::Inp, 1, 1);
  mem.dramBase = TestCore::kOut / 16;
  core.add(Load{mem}, ordered ? "PS" : "S");
  core.noOp(Buffer::Uop, "p");
  core.finish("");
  return core;
}

TEST(VTASync, ReadingBackFromDramNeedsATokenFromStore) {
  for (const auto &order : allOrders()) {
    TestCore good = readBack(true);
    EXPECT_EQ(good.run({Portability::Enforce, order}), "");
    TestCore bad = readBack(false);
    EXPECT_THAT(bad.run({Portability::Enforce, order}),
                AllOf(AnyOf(HasSubstr("reads DRAM from 0x50000"),
                            HasSubstr("writes DRAM from 0x50000")),
                      HasSubstr("race")));
  }
}

TEST(VTASync, DeadlockNamesWhoWaitsForWhat) {
  TestCore core = minimalGemm();
  core.instructions[kLoadWgt].sync.pushNext = false;
  std::string message = core.run();
  EXPECT_THAT(message, HasSubstr("deadlock"));
  EXPECT_THAT(message,
              HasSubstr("compute waits at instruction 4 (gemm uop [0, 1)"));
  EXPECT_THAT(message, HasSubstr("for a token from load"));
  EXPECT_THAT(message, HasSubstr("store waits at instruction 5"));
  EXPECT_THAT(messageOf(simulateTiming(core.instructions, core.geometry,
                                       TimingModel::pipelined())),
              HasSubstr("deadlock"));
}

TEST(VTASync, TokensMayNotBeLeft) {
  TestCore core = minimalGemm();
  core.instructions[kGemm].sync.pushPrev = true;
  EXPECT_EQ(core.run(),
            "1 tokens from compute to load are left at the end but none may "
            "be");
}

TEST(VTASync, EverythingHappensBeforeFinish) {
  TestCore core = minimalGemm();
  core.instructions[kStore].sync.pushPrev = false;
  core.instructions[kFinish].sync.popNext = false;
  EXPECT_THAT(core.run(), AllOf(HasSubstr("instruction 5 (store"),
                                HasSubstr("is not ordered before finish")));
  core = minimalGemm();
  core.instructions.insert(
      core.instructions.end() - 1,
      Instruction{{}, Load{core.access(Buffer::Inp, 1, 1)}});
  EXPECT_THAT(core.run(), HasSubstr("of the load queue is not ordered before"));
}

TEST(VTASync, FinishIsLast) {
  TestCore core = minimalGemm();
  core.instructions.pop_back();
  EXPECT_THAT(core.run(), HasSubstr("6 instructions and none is finish"));
  core = minimalGemm();
  core.add(Finish{});
  EXPECT_THAT(core.run(), HasSubstr("is followed by 1 instructions"));
  EXPECT_THAT(TestCore().run(), HasSubstr("0 instructions and none is finish"));
}

TEST(VTASync, TokensNeedANeighbour) {
  TestCore core = minimalGemm();
  core.instructions[kLoadInp].sync.pushPrev = true;
  EXPECT_THAT(core.run(), HasSubstr("the queue before load"));
  core = minimalGemm();
  core.instructions[kStore].sync.popNext = true;
  EXPECT_THAT(core.run(), HasSubstr("the queue after store"));
}

/// `count` tokens from load to compute that nothing holds back.
TestCore manyTokens(int count) {
  TestCore core;
  for (int i = 0; i < count; ++i)
    core.noOp(Buffer::Inp, "S");
  for (int i = 0; i < count; ++i)
    core.noOp(Buffer::Uop, "p");
  core.finish("");
  return core;
}

TEST(VTASync, AtMost255TokensAreOutstanding) {
  for (const auto &order : allOrders()) {
    EXPECT_EQ(manyTokens(255).run({Portability::Enforce, order}), "");
    // Even if compute goes first and takes each token at once.
    EXPECT_THAT(manyTokens(256).run({Portability::Enforce, order}),
                HasSubstr("leaves up to 256 tokens from load to compute "
                          "outstanding but 255 are allowed"));
    EXPECT_EQ(manyTokens(256).run({Portability::Note, order}), "");
  }
  // A loop that is held back may be as long as it likes.
  TestCore core = doubleBuffered(600);
  EXPECT_EQ(core.run(), "");
}

} // namespace
