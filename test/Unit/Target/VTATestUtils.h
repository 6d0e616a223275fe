//===- VTATestUtils.h - Small VTA programs for tests ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_TARGET_VTATESTUTILS_H
#define ACCEL_TEST_UNIT_TARGET_VTATESTUTILS_H

#include "accel/Target/VTA/Simulator.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <cstring>

namespace accel::vta {

/// The message of an expected failure; "" if there was none.
template <typename T> std::string messageOf(llvm::Expected<T> value) {
  return value ? "" : llvm::toString(value.takeError());
}
inline std::string messageOf(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "";
}

/// Aborts the test binary's current test with the message on failure.
template <typename T> T valueOf(llvm::Expected<T> value) {
  if (value)
    return std::move(*value);
  ADD_FAILURE() << llvm::toString(value.takeError());
  return T();
}

/// 'p' pop prev, 'P' pop next, 's' push prev, 'S' push next.
inline Sync tokens(llvm::StringRef flags) {
  return {flags.contains('p'), flags.contains('P'), flags.contains('s'),
          flags.contains('S')};
}

/// A core with one memory region per buffer, and a program that grows by
/// calls. Addresses below are bytes.
class TestCore {
public:
  static constexpr int64_t kInp = 0x10000;
  static constexpr int64_t kWgt = 0x20000;
  static constexpr int64_t kAcc = 0x30000;
  static constexpr int64_t kUop = 0x40000;
  static constexpr int64_t kOut = 0x50000;
  static constexpr int64_t kRegionBytes = 0x10000;

  explicit TestCore(const Geometry &geometry = Geometry())
      : geometry(geometry) {
    dram.addRegion(kInp, 5 * kRegionBytes);
  }

  static int64_t addressOf(Buffer buffer) {
    switch (buffer) {
    case Buffer::Uop:
      return kUop;
    case Buffer::Wgt:
      return kWgt;
    case Buffer::Inp:
      return kInp;
    case Buffer::Acc:
      return kAcc;
    case Buffer::Out:
      return kOut;
    }
    return 0;
  }

  template <typename T>
  void poke(int64_t address, const std::vector<T> &values) {
    dram.write(address, reinterpret_cast<const uint8_t *>(values.data()),
               static_cast<int64_t>(values.size() * sizeof(T)));
  }

  template <typename T> std::vector<T> peek(int64_t address, size_t count) {
    std::vector<T> values(count);
    dram.read(address, reinterpret_cast<uint8_t *>(values.data()),
              static_cast<int64_t>(count * sizeof(T)));
    return values;
  }

  void pokeMicroOps(llvm::ArrayRef<MicroOp> microOps) {
    std::vector<uint32_t> words;
    for (const MicroOp &microOp : microOps)
      words.push_back(valueOf(encode(microOp, geometry)));
    poke(kUop, words);
  }

  /// `count` elements in a row, from the start of the buffer's region plus
  /// `offset` elements.
  MemAccess access(Buffer buffer, int64_t count, int64_t sram = 0,
                   int64_t offset = 0) {
    MemAccess mem;
    mem.buffer = buffer;
    mem.sramBase = sram;
    mem.dramBase = addressOf(buffer) / geometry.elementBytes(buffer) + offset;
    mem.ySize = 1;
    mem.xSize = count;
    mem.xStride = count;
    return mem;
  }

  template <typename Body> void add(Body body, llvm::StringRef flags = "") {
    instructions.push_back({tokens(flags), body});
  }
  void load(Buffer buffer, int64_t count, llvm::StringRef flags = "",
            int64_t sram = 0) {
    add(Load{access(buffer, count, sram)}, flags);
  }
  void store(int64_t count, llvm::StringRef flags = "pS", int64_t sram = 0) {
    add(Store{access(Buffer::Out, count, sram)}, flags);
  }
  void reset(int64_t begin, int64_t end, llvm::StringRef flags = "") {
    Gemm gemm;
    gemm.uopBegin = begin;
    gemm.uopEnd = end;
    gemm.reset = true;
    add(gemm, flags);
  }
  void gemm(int64_t begin, int64_t end, llvm::StringRef flags = "") {
    Gemm gemm;
    gemm.uopBegin = begin;
    gemm.uopEnd = end;
    add(gemm, flags);
  }
  void aluImm(AluOp op, int64_t imm, int64_t begin, int64_t end,
              llvm::StringRef flags = "") {
    Alu alu;
    alu.uopBegin = begin;
    alu.uopEnd = end;
    alu.op = op;
    alu.useImm = true;
    alu.imm = imm;
    add(alu, flags);
  }
  void aluTensor(AluOp op, int64_t begin, int64_t end,
                 llvm::StringRef flags = "") {
    Alu alu;
    alu.uopBegin = begin;
    alu.uopEnd = end;
    alu.op = op;
    add(alu, flags);
  }
  void finish(llvm::StringRef flags = "P") { add(Finish{}, flags); }

  /// Moves nothing; runs in the queue of the buffer.
  void noOp(Buffer buffer, llvm::StringRef flags) {
    MemAccess mem;
    mem.buffer = buffer;
    if (buffer == Buffer::Out)
      add(Store{mem}, flags);
    else
      add(Load{mem}, flags);
  }

  std::string run(const SimOptions &options = {}) {
    return messageOf(simulate(instructions, geometry, dram, options));
  }

  Geometry geometry;
  Dram dram;
  std::vector<Instruction> instructions;
};

/// reset; load inp and wgt; gemm; store; finish: one micro-op throughout, every
/// token in place. Values are all zero.
inline TestCore minimalGemm(const Geometry &geometry = Geometry()) {
  TestCore core(geometry);
  core.load(Buffer::Uop, 2);
  core.reset(0, 1);
  core.load(Buffer::Inp, 1);
  core.load(Buffer::Wgt, 1, "S");
  core.gemm(0, 1, "pS");
  core.store(1, "ps");
  core.finish("P");
  return core;
}

/// Positions in minimalGemm().
enum MinimalGemm {
  kLoadUop,
  kReset,
  kLoadInp,
  kLoadWgt,
  kGemm,
  kStore,
  kFinish
};

/// loads acc element 0..2, executes what `body` adds, stores element 0.
/// Micro-ops 0..2 are dst = src = 0..2.
template <typename Body> TestCore minimalAlu(Body body) {
  TestCore core;
  core.pokeMicroOps({{0, 0, 0}, {1, 1, 0}, {2, 2, 0}, {0, 1, 0}});
  core.load(Buffer::Uop, 4);
  core.load(Buffer::Acc, 3);
  body(core);
  core.aluImm(AluOp::Add, 0, 0, 1, "S");
  core.store(1, "ps");
  core.finish("P");
  return core;
}

inline std::vector<std::array<Queue, kNumQueues>> allOrders() {
  std::array<Queue, kNumQueues> order = {Queue::Load, Queue::Compute,
                                         Queue::Store};
  std::vector<std::array<Queue, kNumQueues>> orders;
  do
    orders.push_back(order);
  while (std::next_permutation(order.begin(), order.end()));
  return orders;
}

/// A folder that is removed at the end.
class TemporaryFolder {
public:
  TemporaryFolder() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("accel-test", folder));
  }
  ~TemporaryFolder() { (void)llvm::sys::fs::remove_directories(folder); }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::string operator/(llvm::StringRef name) const {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }

private:
  llvm::SmallString<128> folder;
};

/// Where the programs of other compilers lie.
inline std::string inputPath(llvm::StringRef name) {
  llvm::SmallString<128> path(ACCEL_TEST_SOURCE_DIR);
  llvm::sys::path::append(path, "Target", "VTA", "Inputs", name);
  return path.str().str();
}

} // namespace accel::vta

#endif // ACCEL_TEST_UNIT_TARGET_VTATESTUTILS_H
