//===- VTASimulatorTest.cpp ---------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"
#include <random>

using namespace accel::vta;
using testing::HasSubstr;

namespace {

TEST(VTASimulator, SmallGemmByHand) {
  // inp [1 2], wgt rows (output channels) [3 4] and [5 -6]:
  // [1·3+2·4, 1·5-2·6] = [11, -7], onto acc [100, 200] = [111, 193].
  TestCore core(valueOf(Geometry::standard(1, 2, 2)));
  core.poke<int8_t>(TestCore::kInp, {1, 2});
  core.poke<int8_t>(TestCore::kWgt, {3, 4, 5, -6});
  core.poke<int32_t>(TestCore::kAcc, {100, 200});
  core.load(Buffer::Uop, 2);
  core.load(Buffer::Acc, 1);
  core.load(Buffer::Inp, 1);
  core.load(Buffer::Wgt, 1, "S");
  core.gemm(0, 1, "pS");
  core.store(1, "ps");
  core.finish("P");
  EXPECT_EQ(core.run(), "");
  // 193 does not fit int8: the low 8 bits are stored.
  EXPECT_EQ(core.peek<int8_t>(TestCore::kOut, 2),
            (std::vector<int8_t>{111, -63}));
}

TEST(VTASimulator, ResetStoresZeros) {
  TestCore core;
  core.poke<int8_t>(TestCore::kOut, std::vector<int8_t>(16, 7));
  core.load(Buffer::Uop, 2);
  core.reset(0, 1, "S");
  core.store(1, "ps");
  core.finish("P");
  EXPECT_EQ(core.run(), "");
  EXPECT_EQ(core.peek<int8_t>(TestCore::kOut, 16), std::vector<int8_t>(16, 0));
}

/// Applies one ALU operation to acc element 0 and returns its first lanes, as
/// four bytes each recovered by shifting and storing.
std::vector<int32_t> aluResult(std::vector<int32_t> values,
                               std::function<void(TestCore &)> operation,
                               std::vector<int32_t> operand = {}) {
  std::vector<int32_t> result(values.size(), 0);
  for (int byte = 0; byte < 4; ++byte) {
    TestCore core = minimalAlu([&](TestCore &core) {
      operation(core);
      for (int shifted = 0; shifted < byte; ++shifted)
        core.aluImm(AluOp::Shr, 8, 0, 1);
    });
    core.poke(TestCore::kAcc, values);
    core.poke(TestCore::kAcc + 64, operand);
    EXPECT_EQ(core.run({Portability::Note}), "");
    std::vector<uint8_t> stored =
        core.peek<uint8_t>(TestCore::kOut, values.size());
    for (size_t i = 0; i < values.size(); ++i)
      result[i] = static_cast<int32_t>(static_cast<uint32_t>(result[i]) |
                                       uint32_t(stored[i]) << (8 * byte));
  }
  return result;
}

auto imm(AluOp op, int64_t value) {
  return [=](TestCore &core) { core.aluImm(op, value, 0, 1); };
}

/// Micro-op 3 of minimalAlu: dst 0, src 1.
auto tensor(AluOp op) {
  return [=](TestCore &core) { core.aluTensor(op, 3, 4); };
}

using Values = std::vector<int32_t>;

TEST(VTASimulator, AluImmediates) {
  Values values = {5, -5, 1000000, INT32_MIN};
  EXPECT_EQ(aluResult(values, imm(AluOp::Min, 3)),
            (Values{3, -5, 3, INT32_MIN}));
  EXPECT_EQ(aluResult(values, imm(AluOp::Max, -3)),
            (Values{5, -3, 1000000, -3}));
  EXPECT_EQ(aluResult(values, imm(AluOp::Add, -32768)),
            (Values{-32763, -32773, 967232, INT32_MAX - 32767}));
}

TEST(VTASimulator, ShiftIsArithmeticAndRoundsDown) {
  Values values = {7, -7, -1, INT32_MIN};
  EXPECT_EQ(aluResult(values, imm(AluOp::Shr, 1)),
            (Values{3, -4, -1, INT32_MIN / 2}));
  EXPECT_EQ(aluResult(values, imm(AluOp::Shr, 15)),
            (Values{0, -1, -1, -65536}));
}

TEST(VTASimulator, NegativeShiftGoesLeftAndDropsHighBits) {
  Values values = {3, -3, 0x12345678, 1};
  EXPECT_EQ(aluResult(values, imm(AluOp::Shr, -4)),
            (Values{48, -48, 0x23456780, 16}));
  EXPECT_EQ(aluResult(values, imm(AluOp::Shr, -16)),
            (Values{3 << 16, -3 * 65536, 0x56780000, 65536}));
}

TEST(VTASimulator, AluTensors) {
  Values a = {5, -5, INT32_MAX, INT32_MIN};
  Values b = {6, -6, 1, -1};
  EXPECT_EQ(aluResult(a, tensor(AluOp::Min), b), (Values{5, -6, 1, INT32_MIN}));
  EXPECT_EQ(aluResult(a, tensor(AluOp::Max), b),
            (Values{6, -5, INT32_MAX, -1}));
  // Addition wraps around.
  EXPECT_EQ(aluResult(a, tensor(AluOp::Add), b),
            (Values{11, -11, INT32_MIN, INT32_MAX}));
}

TEST(VTASimulator, NonPortableOperationsAreExecutedWhenOnlyNoted) {
  EXPECT_EQ(aluResult({70000, -3}, imm(AluOp::Mul, 70)),
            (Values{4900000, -210}));
  EXPECT_EQ(aluResult({256, -256}, tensor(AluOp::Shr), {4, -4}),
            (Values{16, -4096}));
}

TEST(VTASimulator, AccumulationWrapsAround) {
  TestCore core(valueOf(Geometry::standard(1, 2, 2)));
  core.poke<int8_t>(TestCore::kInp, {127, 127});
  core.poke<int8_t>(TestCore::kWgt, {127, 127, 1, 0});
  core.poke<int32_t>(TestCore::kAcc, {INT32_MAX, INT32_MAX});
  core.load(Buffer::Uop, 2);
  core.load(Buffer::Acc, 1);
  core.load(Buffer::Inp, 1);
  core.load(Buffer::Wgt, 1, "S");
  core.gemm(0, 1, "p");
  core.aluImm(AluOp::Shr, 15, 0, 1);
  core.aluImm(AluOp::Shr, 9, 0, 1, "S");
  core.store(1, "ps");
  core.finish("P");
  EXPECT_EQ(core.run(), "");
  // 2³¹-1 + 2·127² = -2³¹ + 32257; its top byte is 0x80 = -128. 2³¹-1 + 127
  // likewise.
  EXPECT_EQ(core.peek<int8_t>(TestCore::kOut, 2),
            (std::vector<int8_t>{-128, -128}));
}

TEST(VTASimulator, StoreKeepsTheLowByte) {
  TestCore core = minimalAlu([](TestCore &) {});
  core.poke<int32_t>(TestCore::kAcc, {0x12345680, -1, 127, 300});
  EXPECT_EQ(core.run(), "");
  EXPECT_EQ(core.peek<uint8_t>(TestCore::kOut, 4),
            (std::vector<uint8_t>{0x80, 0xff, 127, 44}));
}

TEST(VTASimulator, StridedLoadPadsWithZeros) {
  // A 2×2 window out of rows of 3, with one row above, one column left and two
  // right: 3 rows of 5. Adding 0 to every element makes it visible in out.
  TestCore core(valueOf(Geometry::standard(1, 1, 1)));
  core.poke<int32_t>(TestCore::kAcc, {1, 2, 3, 4, 5, 6});
  std::vector<MicroOp> microOps;
  for (int64_t i = 0; i < 16; ++i)
    microOps.push_back({i, i, 0});
  core.pokeMicroOps(microOps);
  core.load(Buffer::Uop, 16);
  MemAccess mem = core.access(Buffer::Acc, 2);
  mem.ySize = 2;
  mem.xStride = 3;
  mem.yPadTop = 1;
  mem.xPadLeft = 1;
  mem.xPadRight = 2;
  core.add(Load{mem});
  core.aluImm(AluOp::Add, 0, 0, 15, "S");
  core.store(15, "ps");
  core.finish("P");
  EXPECT_EQ(core.run(), "");
  EXPECT_EQ(core.peek<int8_t>(TestCore::kOut, 15),
            (std::vector<int8_t>{0, 0, 0, 0, 0, //
                                 0, 1, 2, 0, 0, //
                                 0, 4, 5, 0, 0}));
}

TEST(VTASimulator, StridedStoreLeavesGaps) {
  TestCore core(valueOf(Geometry::standard(1, 1, 1)));
  core.poke<int8_t>(TestCore::kOut, std::vector<int8_t>(8, 9));
  core.poke<int32_t>(TestCore::kAcc, {1, 2, 3, 4});
  core.pokeMicroOps({{0, 0, 0}, {1, 1, 0}, {2, 2, 0}, {3, 3, 0}});
  core.load(Buffer::Uop, 4);
  core.load(Buffer::Acc, 4);
  core.aluImm(AluOp::Add, 0, 0, 4, "S");
  MemAccess mem = core.access(Buffer::Out, 2);
  mem.ySize = 2;
  mem.xStride = 3;
  core.add(Store{mem}, "ps");
  core.finish("P");
  EXPECT_EQ(core.run(), "");
  EXPECT_EQ(core.peek<int8_t>(TestCore::kOut, 6),
            (std::vector<int8_t>{1, 2, 9, 3, 4, 9}));
}

/// out = inp · wgtᵀ of `rows` × `inner` by `columns` × `inner` elements of the
/// buffers, through the whole nest: i over rows, j over inner, micro-ops over
/// columns.
void checkMatmul(const Geometry &geometry) {
  constexpr int64_t kRows = 3, kInner = 4, kColumns = 3;
  const int64_t b = geometry.batch, in = geometry.blockIn,
                out = geometry.blockOut;
  std::mt19937 random(static_cast<unsigned>(b * 1000 + in));
  std::vector<int8_t> inp(kRows * kInner * b * in);
  std::vector<int8_t> wgt(kColumns * kInner * out * in);
  for (int8_t &value : inp)
    value = static_cast<int8_t>(random());
  for (int8_t &value : wgt)
    value = static_cast<int8_t>(random());

  TestCore core(geometry);
  core.poke(TestCore::kInp, inp);
  core.poke(TestCore::kWgt, wgt);
  std::vector<MicroOp> microOps;
  for (int64_t column = 0; column < kColumns; ++column)
    microOps.push_back({column, 0, column * kInner});
  // The ALU's own, without a weight.
  for (int64_t column = 0; column < kColumns; ++column)
    microOps.push_back({column, column, 0});
  core.pokeMicroOps(microOps);
  core.load(Buffer::Uop, 2 * kColumns);
  core.load(Buffer::Inp, kRows * kInner);
  core.load(Buffer::Wgt, kColumns * kInner, "S");
  Gemm gemm;
  gemm.uopEnd = kColumns;
  gemm.iterOut = kRows;
  gemm.dstFactorOut = kColumns;
  gemm.reset = true;
  core.add(gemm);
  gemm.reset = false;
  gemm.iterIn = kInner;
  gemm.srcFactorOut = kInner;
  gemm.srcFactorIn = 1;
  gemm.wgtFactorIn = 1;
  core.add(gemm, "p");
  Alu shift;
  shift.uopBegin = kColumns;
  shift.uopEnd = 2 * kColumns;
  shift.iterOut = kRows;
  shift.dstFactorOut = kColumns;
  shift.op = AluOp::Shr;
  shift.useImm = true;
  shift.imm = 7;
  core.add(shift, "S");
  core.store(kRows * kColumns, "ps");
  core.finish("P");
  ASSERT_EQ(core.run(), "") << geometry.str();

  std::vector<int8_t> expected(kRows * kColumns * b * out);
  for (int64_t row = 0; row < kRows * b; ++row)
    for (int64_t column = 0; column < kColumns * out; ++column) {
      int32_t sum = 0;
      for (int64_t k = 0; k < kInner * in; ++k)
        sum +=
            inp[(row / b * kInner + k / in) * b * in + row % b * in + k % in] *
            wgt[(column / out * kInner + k / in) * out * in +
                column % out * in + k % in];
      expected[(row / b * kColumns + column / out) * b * out + row % b * out +
               column % out] = static_cast<int8_t>(sum >> 7);
    }
  EXPECT_EQ(core.peek<int8_t>(TestCore::kOut, expected.size()), expected)
      << geometry.str();
}

TEST(VTASimulator, MatmulIsExactOnEveryGeometry) {
  for (auto [batch, blockIn, blockOut] : {std::array<int64_t, 3>{1, 16, 16},
                                          {2, 16, 16},
                                          {4, 16, 16},
                                          {16, 16, 16},
                                          {1, 32, 32},
                                          {1, 2, 2},
                                          {2, 2, 2},
                                          {1, 8, 32},
                                          {2, 64, 4}})
    checkMatmul(valueOf(Geometry::standard(batch, blockIn, blockOut)));
}

TEST(VTASimulator, StatsCountWhatMoves) {
  TestCore core = minimalGemm();
  core.noOp(Buffer::Inp, "");
  SimStats stats = countStats(core.instructions, core.geometry);
  EXPECT_EQ(stats.loads, 3);
  EXPECT_EQ(stats.stores, 1);
  EXPECT_EQ(stats.gemms, 2);
  EXPECT_EQ(stats.noOps, 1);
  EXPECT_EQ(stats.gemmMicroOps, 1);
  EXPECT_EQ(stats.resetMicroOps, 1);
  // 2 micro-ops of 4 bytes, one inp of 16, one wgt of 256; one out of 16.
  EXPECT_EQ(stats.readBytes(), 8 + 16 + 256);
  EXPECT_EQ(stats.writtenBytes(), 16);
  EXPECT_EQ(stats.instructionBytes, 8 * 16);
}

TEST(VTASimulator, UndefinedElementsAreNotRead) {
  struct Case {
    int drop;
    const char *message;
  };
  for (const Case &c :
       {Case{kLoadUop, "reads uop 0, which nothing has written"},
        Case{kReset, "reads acc 0, which was neither reset nor loaded"},
        Case{kLoadInp, "reads inp 0, which nothing has written"},
        Case{kGemm, "token"}}) {
    TestCore core = minimalGemm();
    core.instructions.erase(core.instructions.begin() + c.drop);
    EXPECT_THAT(core.run(), HasSubstr(c.message));
  }
  TestCore core = minimalGemm();
  core.instructions[kStore].as<Store>()->sramBase = 1;
  EXPECT_THAT(core.run(), HasSubstr("instruction 5 (store out sram 1"));
  EXPECT_THAT(core.run(), HasSubstr("reads out 1, which nothing has written"));
}

TEST(VTASimulator, ResetDefinesOnlyItsElement) {
  TestCore core = minimalGemm();
  core.pokeMicroOps({{0, 0, 0}, {1, 0, 0}});
  core.instructions[kGemm].as<Gemm>()->uopBegin = 1;
  core.instructions[kGemm].as<Gemm>()->uopEnd = 2;
  EXPECT_THAT(core.run(), HasSubstr("reads acc 1, which was neither reset"));
}

TEST(VTASimulator, BuffersEndAtTheirDepth) {
  TestCore core = minimalGemm();
  core.instructions[kLoadInp].as<Load>()->sramBase = 2048;
  EXPECT_THAT(
      core.run(),
      HasSubstr("takes elements 2048 to 2048 of inp but it holds 2048"));

  core = minimalGemm();
  core.instructions[kGemm].as<Gemm>()->iterIn = 2;
  core.instructions[kGemm].as<Gemm>()->srcFactorIn = 2047;
  core.instructions[kGemm].as<Gemm>()->dstFactorIn = 1;
  core.instructions[kReset].as<Gemm>()->iterIn = 2;
  core.instructions[kReset].as<Gemm>()->dstFactorIn = 1;
  core.pokeMicroOps({{0, 1, 0}});
  core.instructions[kLoadInp].as<Load>()->xSize = 2;
  EXPECT_THAT(core.run(),
              HasSubstr("accesses element 2048 of inp but it holds 2048"));

  core = minimalGemm();
  core.instructions[kReset].as<Gemm>()->iterOut = 3;
  core.instructions[kReset].as<Gemm>()->dstFactorOut = 1024;
  EXPECT_THAT(core.run(),
              HasSubstr("accesses element 2048 of acc but it holds 2048"));

  core = minimalGemm();
  core.instructions[kGemm].as<Gemm>()->uopEnd = 8193;
  EXPECT_THAT(core.run(), HasSubstr("has uop_end 8193 but uop holds 8192"));
}

TEST(VTASimulator, DramEndsAtItsRegions) {
  TestCore core = minimalGemm();
  core.instructions[kLoadInp].as<Load>()->dramBase = 0x60000 / 16;
  EXPECT_THAT(core.run(),
              HasSubstr("accesses DRAM bytes 0x60000 to 0x6000f for inp but "
                        "the nearest memory is 0x10000 to 0x5ffff"));
  core = minimalGemm();
  core.instructions[kStore].as<Store>()->dramBase = 0xffffffff;
  EXPECT_THAT(core.run(), HasSubstr("instruction 5 (store"));
  EXPECT_THAT(core.run(), HasSubstr("0xffffffff0"));
}

TEST(VTASimulator, StridedRowsAreCheckedOneByOne) {
  TestCore core = minimalGemm();
  Load &load = *core.instructions[kLoadInp].as<Load>();
  load.ySize = 2;
  load.xStride = 0x50000 / 16;
  EXPECT_THAT(core.run(), HasSubstr("accesses DRAM bytes 0x60000"));
}

TEST(VTASimulator, FieldsOutOfRangeAreRefusedInMemoryToo) {
  TestCore core = minimalGemm();
  core.instructions[kGemm].as<Gemm>()->dstFactorIn = -1;
  EXPECT_THAT(core.run(), HasSubstr("dst_factor_in is -1"));
}

TEST(VTASimulator, OnlyOutIsStoredAndNeverLoaded) {
  TestCore core = minimalGemm();
  core.instructions[kStore].as<Store>()->buffer = Buffer::Acc;
  EXPECT_THAT(core.run(), HasSubstr("stores from acc but only out"));
  core = minimalGemm();
  core.instructions[kLoadInp].as<Load>()->buffer = Buffer::Out;
  EXPECT_THAT(core.run(), HasSubstr("loads out but only"));
}

TEST(VTASimulator, RowsOfNothingAreRefused) {
  TestCore core = minimalGemm();
  core.instructions[kLoadInp].as<Load>()->ySize = 0;
  EXPECT_THAT(core.run(), HasSubstr("has y_size 0 but at least 1"));
}

} // namespace
