//===- MicroOpLoadsTest.cpp - Joined loads bring the same micro-ops -------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/MicroOpLoads.h"
#include "gtest/gtest.h"

using namespace accel::vta;

namespace {

/// Loads of micro-ops, each followed by a GEMM that reads what it brings.
struct Stream {
  std::vector<Instruction> instructions;
  std::vector<size_t> loads;

  void add(int64_t sram, int64_t dram, int64_t size) {
    Load load;
    load.buffer = Buffer::Uop;
    load.sramBase = sram;
    load.dramBase = dram;
    load.ySize = 1;
    load.xSize = load.xStride = size;
    loads.push_back(instructions.size());
    instructions.emplace_back().body = load;
    Gemm gemm;
    gemm.uopBegin = sram;
    gemm.uopEnd = sram + size;
    instructions.emplace_back().body = gemm;
  }

  /// By GEMM: the place in DRAM of each micro-op that it reads, -1 for none.
  std::vector<std::vector<int64_t>> reads() const {
    std::vector<int64_t> buffer(2048, -1);
    std::vector<std::vector<int64_t>> found;
    for (const Instruction &instruction : instructions) {
      if (const Load *load = instruction.as<Load>())
        for (int64_t i = 0; i < load->xSize; ++i)
          buffer[load->sramBase + i] = load->dramBase + i;
      if (const Gemm *gemm = instruction.as<Gemm>())
        found.emplace_back(buffer.begin() + gemm->uopBegin,
                           buffer.begin() + gemm->uopEnd);
    }
    return found;
  }

  std::vector<int64_t> sizes() const {
    std::vector<int64_t> found;
    for (size_t position : loads)
      found.push_back(instructions[position].as<Load>()->xSize);
    return found;
  }
};

} // namespace

TEST(MicroOpLoads, JoinsWhatContinues) {
  Stream stream;
  // Lists start at even places.
  for (int64_t i = 0; i < 12; ++i)
    stream.add(4 * i, 4 * i, 3);
  auto before = stream.reads();
  joinMicroOpLoads(stream.instructions, stream.loads);
  EXPECT_EQ(stream.reads(), before);
  // One list, with 3 before it another one, with 6 before it no two, which span
  // 7; with 9 before them two, with 16 four, and the last three.
  EXPECT_EQ(stream.sizes(), (std::vector<int64_t>{3, 3, 3, 7, 15, 11}));
  EXPECT_EQ(stream.instructions.size(), 12 + stream.loads.size());
}

TEST(MicroOpLoads, KeepsWhatDoesNotContinue) {
  Stream stream;
  stream.add(0, 0, 64);
  stream.add(64, 100, 2);
  stream.add(66, 102, 2);
  // The buffer starts anew, although DRAM goes on.
  stream.add(0, 104, 2);
  stream.add(2, 106, 2);
  auto before = stream.reads();
  joinMicroOpLoads(stream.instructions, stream.loads);
  EXPECT_EQ(stream.reads(), before);
  EXPECT_EQ(stream.sizes(), (std::vector<int64_t>{64, 4, 4}));
}

TEST(MicroOpLoads, LeavesOtherInstructions) {
  Stream stream;
  for (int64_t i = 0; i < 5; ++i) {
    stream.add(2 * i, 2 * i, 2);
    // A load that only waits is no load of micro-ops.
    Load wait;
    wait.buffer = Buffer::Uop;
    stream.instructions.emplace_back().body = wait;
    stream.instructions.back().sync.popPrev = true;
  }
  joinMicroOpLoads(stream.instructions, stream.loads);
  int64_t waits = 0;
  for (const Instruction &instruction : stream.instructions)
    waits += instruction.sync.popPrev;
  EXPECT_EQ(waits, 5);
  for (size_t position : stream.loads)
    EXPECT_GT(stream.instructions[position].as<Load>()->xSize, 0);
}
