//===- VTAISATest.cpp -----------------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"
#include "llvm/ADT/StringExtras.h"
#include <random>

using namespace accel::vta;
using testing::HasSubstr;

namespace {

/// Bits [high:low] of a 128-bit word, as the specification writes them.
uint64_t bits(const InstructionWord &word, unsigned high, unsigned low) {
  uint64_t value = 0;
  for (unsigned bit = low; bit <= high; ++bit)
    value |= uint64_t((word[bit / 8] >> (bit % 8)) & 1) << (bit - low);
  return value;
}

Geometry geometryOf(int index) {
  static constexpr int64_t kLanes[][3] = {
      {1, 16, 16}, {2, 16, 16}, {4, 16, 16}, {16, 16, 16}, {1, 32, 32}};
  return valueOf(
      Geometry::standard(kLanes[index][0], kLanes[index][1], kLanes[index][2]));
}

class Random {
public:
  int64_t upTo(int64_t maximum) {
    return std::uniform_int_distribution<int64_t>(0, maximum)(engine);
  }
  int64_t width(unsigned bits) { return upTo((int64_t(1) << bits) - 1); }

  Instruction instruction(const Geometry &g) {
    Instruction result;
    result.sync = {upTo(1) == 1, upTo(1) == 1, upTo(1) == 1, upTo(1) == 1};
    switch (upTo(4)) {
    case 0:
      result.body = Load{mem()};
      break;
    case 1:
      result.body = Store{mem()};
      break;
    case 2: {
      Gemm gemm;
      nest(gemm, g, g.inpBits());
      gemm.reset = upTo(1) == 1;
      gemm.wgtFactorOut = width(g.wgtBits());
      gemm.wgtFactorIn = width(g.wgtBits());
      result.body = gemm;
      break;
    }
    case 3: {
      Alu alu;
      nest(alu, g, g.accBits());
      alu.op = static_cast<AluOp>(upTo(4));
      alu.useImm = upTo(1) == 1;
      alu.imm = upTo(65535) - 32768;
      result.body = alu;
      break;
    }
    default:
      result.body = Finish{};
    }
    return result;
  }

private:
  MemAccess mem() {
    MemAccess mem;
    mem.buffer = static_cast<Buffer>(upTo(4));
    mem.sramBase = width(16);
    mem.dramBase = width(32);
    mem.ySize = width(16);
    mem.xSize = upTo(65534) + 1;
    mem.xStride = width(16);
    mem.yPadTop = width(4);
    mem.yPadBottom = width(4);
    mem.xPadLeft = width(4);
    mem.xPadRight = width(4);
    return mem;
  }
  void nest(MicroOpNest &nest, const Geometry &g, unsigned srcBits) {
    nest.uopBegin = width(g.uopBits());
    nest.uopEnd = width(g.uopBits() + 1);
    nest.iterOut = width(14);
    nest.iterIn = width(14);
    nest.dstFactorOut = width(g.accBits());
    nest.dstFactorIn = width(g.accBits());
    nest.srcFactorOut = width(srcBits);
    nest.srcFactorIn = width(srcBits);
  }

  std::mt19937_64 engine{20240607};
};

TEST(VTAISA, LoadFieldsStandAtTheirBits) {
  MemAccess mem;
  mem.buffer = Buffer::Acc;
  mem.sramBase = 0x1234;
  mem.dramBase = 0x89abcdef;
  mem.ySize = 0x1111;
  mem.xSize = 0x2222;
  mem.xStride = 0x3333;
  mem.yPadTop = 1;
  mem.yPadBottom = 2;
  mem.xPadLeft = 3;
  mem.xPadRight = 4;
  InstructionWord word =
      valueOf(encode(Instruction{tokens("pS"), Load{mem}}, Geometry()));
  EXPECT_EQ(bits(word, 2, 0), 0u);
  EXPECT_EQ(bits(word, 6, 3), 0b1001u);
  EXPECT_EQ(bits(word, 9, 7), 3u);
  EXPECT_EQ(bits(word, 25, 10), 0x1234u);
  EXPECT_EQ(bits(word, 57, 26), 0x89abcdefu);
  EXPECT_EQ(bits(word, 79, 64), 0x1111u);
  EXPECT_EQ(bits(word, 95, 80), 0x2222u);
  EXPECT_EQ(bits(word, 111, 96), 0x3333u);
  EXPECT_EQ(bits(word, 115, 112), 1u);
  EXPECT_EQ(bits(word, 119, 116), 2u);
  EXPECT_EQ(bits(word, 123, 120), 3u);
  EXPECT_EQ(bits(word, 127, 124), 4u);
}

TEST(VTAISA, GemmFieldsStandAtTheirBits) {
  Gemm gemm;
  gemm.reset = true;
  gemm.uopBegin = 0x1555;
  gemm.uopEnd = 0x2aaa;
  gemm.iterOut = 0x3fff;
  gemm.iterIn = 0x1234;
  gemm.dstFactorOut = 0x7ff;
  gemm.dstFactorIn = 0x123;
  gemm.srcFactorOut = 0x456;
  gemm.srcFactorIn = 0x567;
  gemm.wgtFactorOut = 0x3ff;
  gemm.wgtFactorIn = 0x155;
  InstructionWord word =
      valueOf(encode(Instruction{tokens("Ps"), gemm}, Geometry()));
  EXPECT_EQ(bits(word, 2, 0), 2u);
  EXPECT_EQ(bits(word, 6, 3), 0b0110u);
  EXPECT_EQ(bits(word, 7, 7), 1u);
  EXPECT_EQ(bits(word, 20, 8), 0x1555u);
  EXPECT_EQ(bits(word, 34, 21), 0x2aaau);
  EXPECT_EQ(bits(word, 48, 35), 0x3fffu);
  EXPECT_EQ(bits(word, 62, 49), 0x1234u);
  EXPECT_EQ(bits(word, 74, 64), 0x7ffu);
  EXPECT_EQ(bits(word, 85, 75), 0x123u);
  EXPECT_EQ(bits(word, 96, 86), 0x456u);
  EXPECT_EQ(bits(word, 107, 97), 0x567u);
  EXPECT_EQ(bits(word, 117, 108), 0x3ffu);
  EXPECT_EQ(bits(word, 127, 118), 0x155u);
}

TEST(VTAISA, AluFieldsStandAtTheirBits) {
  Alu alu;
  alu.uopEnd = 1;
  alu.srcFactorIn = 0x7ff;
  alu.op = AluOp::Shr;
  alu.useImm = true;
  alu.imm = -2;
  InstructionWord word = valueOf(encode(Instruction{{}, alu}, Geometry()));
  EXPECT_EQ(bits(word, 2, 0), 4u);
  EXPECT_EQ(bits(word, 34, 21), 1u);
  EXPECT_EQ(bits(word, 107, 97), 0x7ffu);
  EXPECT_EQ(bits(word, 110, 108), 3u);
  EXPECT_EQ(bits(word, 111, 111), 1u);
  EXPECT_EQ(bits(word, 127, 112), 0xfffeu);
}

TEST(VTAISA, MicroOpFieldsStandAtTheirBits) {
  uint32_t word = valueOf(encode(MicroOp{0x7ff, 0x123, 0x2aa}, Geometry()));
  EXPECT_EQ(word & 0x7ff, 0x7ffu);
  EXPECT_EQ((word >> 11) & 0x7ff, 0x123u);
  EXPECT_EQ(word >> 22, 0x2aau);
}

/// Whole words, assembled by hand from the field tables of the specification:
/// every field times two to the power of its lowest bit, added up, lowest byte
/// first. Both directions, for the default geometry.
TEST(VTAISA, GoldenWords) {
  struct Golden {
    const char *bytes;
    const char *text;
  };
  for (const Golden &golden : {
           // 0 | push next 2^6 | buffer 2*2^7 | sram 8*2^10 | dram 0x100*2^26;
           // y 15, x 56*2^16, stride 56*2^32, pads 1*2^48, 0, 1*2^56, 1*2^60.
           Golden{"40210000040000000f00380038000111",
                  "load inp sram 8 dram 0x100 y 15 x 56 stride 56 "
                  "pad 1,0,1,1 [push next]"},
           // 1 | pop prev 2^3 | push prev 2^5 | buffer 4*2^7 | dram 0x130*2^26.
           Golden{"290200c0040000000100080008000000",
                  "store out sram 0 dram 0x130 y 1 x 8 stride 8 "
                  "[pop prev, push prev]"},
           // 2 | pop prev 2^3 | begin 2*2^8 | end 3*2^21 | out 2*2^35 |
           // in 8*2^49; dst in 2^11, src in 2^33, wgt out 2^44.
           Golden{"0a026000100010000008000002100000",
                  "gemm uop [2, 3) iter 2,8 dst 0,1 src 0,1 wgt 1,0 "
                  "[pop prev]"},
           // 2 | reset 2^7 | end 2^21 | out 2^35 | in 8*2^49; dst in 2^11.
           Golden{"82002000080010000008000000000000",
                  "reset uop [0, 1) iter 1,8 dst 0,1 src 0,0 wgt 0,0"},
           // 4 | push next 2^6 | end 2^21 | out 2^35 | in 8*2^49; dst in 2^11,
           // src in 2^33, SHR 3*2^44, immediate used 2^47, 3*2^48.
           Golden{"44002000080010000008000002b00300",
                  "shr uop [0, 1) iter 1,8 dst 0,1 src 0,1 imm 3 [push next]"},
           // MIN 0, the immediate -128 in 16 bits: 0xff80*2^48.
           Golden{"0405e0008000060030800018408080ff",
                  "min uop [5, 7) iter 16,3 dst 48,16 src 96,32 imm -128"},
           // 3 | pop next 2^4.
           Golden{"13000000000000000000000000000000", "finish [pop next]"},
       }) {
    std::string raw = llvm::fromHex(golden.bytes);
    llvm::ArrayRef<uint8_t> bytes = llvm::arrayRefFromStringRef(raw);
    Instruction instruction = valueOf(decode(bytes, Geometry()));
    EXPECT_EQ(disassemble(instruction), golden.text);
    InstructionWord word = valueOf(encode(instruction, Geometry()));
    EXPECT_EQ(llvm::toHex(word, /*LowerCase=*/true), golden.bytes);
  }
  // 5 | 7*2^11 | 9*2^22.
  EXPECT_EQ(valueOf(encode(MicroOp{5, 7, 9}, Geometry())), 0x02403805u);
}

TEST(VTAISA, RandomInstructionsSurviveTheRoundTrip) {
  Random random;
  for (int geometryIndex = 0; geometryIndex < 5; ++geometryIndex) {
    Geometry geometry = geometryOf(geometryIndex);
    for (int i = 0; i < 2000; ++i) {
      Instruction instruction = random.instruction(geometry);
      InstructionWord word = valueOf(encode(instruction, geometry));
      Instruction decoded = valueOf(decode(word, geometry));
      ASSERT_EQ(disassemble(decoded), disassemble(instruction));
      ASSERT_EQ(valueOf(encode(decoded, geometry)), word);
    }
  }
}

TEST(VTAISA, RandomMicroOpsSurviveTheRoundTrip) {
  Random random;
  for (int geometryIndex = 0; geometryIndex < 5; ++geometryIndex) {
    Geometry geometry = geometryOf(geometryIndex);
    for (int i = 0; i < 1000; ++i) {
      MicroOp microOp{random.width(geometry.accBits()),
                      random.width(geometry.inpBits()),
                      random.width(geometry.wgtBits())};
      uint32_t word = valueOf(encode(microOp, geometry));
      ASSERT_TRUE(decodeMicroOp(word, geometry) == microOp);
    }
  }
}

TEST(VTAISA, OverflowNamesFieldValueAndMaximum) {
  Geometry geometry;
  MemAccess mem;
  mem.xSize = 65536;
  EXPECT_EQ(messageOf(encode(Instruction{{}, Load{mem}}, geometry)),
            "x_size is 65536 but the field holds 0 to 65535");
  mem = MemAccess();
  mem.yPadTop = 16;
  EXPECT_EQ(messageOf(encode(Instruction{{}, Load{mem}}, geometry)),
            "y_pad_top is 16 but the field holds 0 to 15");
  mem = MemAccess();
  mem.dramBase = int64_t(1) << 32;
  EXPECT_EQ(messageOf(encode(Instruction{{}, Store{mem}}, geometry)),
            "dram_base is 4294967296 but the field holds 0 to 4294967295");
  Gemm gemm;
  gemm.wgtFactorIn = 1024;
  EXPECT_EQ(messageOf(encode(Instruction{{}, gemm}, geometry)),
            "wgt_factor_in is 1024 but the field holds 0 to 1023");
  gemm = Gemm();
  gemm.iterOut = -1;
  EXPECT_EQ(messageOf(encode(Instruction{{}, gemm}, geometry)),
            "iter_out is -1 but the field holds 0 to 16383");
  Alu alu;
  alu.imm = 32768;
  EXPECT_EQ(messageOf(encode(Instruction{{}, alu}, geometry)),
            "imm is 32768 but the field holds -32768 to 32767");
  EXPECT_EQ(messageOf(encode(MicroOp{0, 0, 1024}, geometry)),
            "micro-op wgt is 1024 but the field holds 0 to 1023");
}

TEST(VTAISA, EveryFieldHasItsRange) {
  // One beyond the width of each field, taken from the specification's table.
  Geometry geometry;
  auto refuses = [&](auto body, auto member, int64_t value) {
    body.*member = value;
    return !messageOf(encode(Instruction{{}, body}, geometry)).empty();
  };
  for (auto member : {&MemAccess::sramBase, &MemAccess::ySize,
                      &MemAccess::xSize, &MemAccess::xStride})
    EXPECT_TRUE(refuses(Load{}, member, 1 << 16));
  for (auto member : {&MemAccess::yPadTop, &MemAccess::yPadBottom,
                      &MemAccess::xPadLeft, &MemAccess::xPadRight})
    EXPECT_TRUE(refuses(Load{}, member, 1 << 4));
  EXPECT_TRUE(refuses(Gemm{}, &MicroOpNest::uopBegin, 1 << 13));
  EXPECT_TRUE(refuses(Gemm{}, &MicroOpNest::uopEnd, 1 << 14));
  for (auto member : {&MicroOpNest::iterOut, &MicroOpNest::iterIn})
    EXPECT_TRUE(refuses(Alu{}, member, 1 << 14));
  for (auto member : {&MicroOpNest::dstFactorOut, &MicroOpNest::dstFactorIn,
                      &MicroOpNest::srcFactorOut, &MicroOpNest::srcFactorIn})
    EXPECT_TRUE(refuses(Alu{}, member, 1 << 11));
}

TEST(VTAISA, DecodingRefusesUnknownCodes) {
  InstructionWord word = {};
  word[0] = 5;
  EXPECT_THAT(messageOf(decode(word, Geometry())),
              HasSubstr("unknown opcode 5"));
  word = {};
  word[0] = 0x80;
  word[1] = 0x02; // LOAD with buffer 5
  EXPECT_THAT(messageOf(decode(word, Geometry())),
              HasSubstr("unknown buffer 5"));
  word = {};
  word[0] = 4;
  word[13] = 0x50; // ALU operation 5
  EXPECT_THAT(messageOf(decode(word, Geometry())),
              HasSubstr("unknown ALU operation 5"));
  EXPECT_THAT(messageOf(decode(llvm::ArrayRef<uint8_t>(word).take_front(15),
                               Geometry())),
              HasSubstr("has 15 bytes but must have 16"));
}

TEST(VTAISA, QueuesFollowTheBuffer) {
  auto queueOfLoad = [](Buffer buffer) {
    MemAccess mem;
    mem.buffer = buffer;
    return queueOf(Instruction{{}, Load{mem}});
  };
  EXPECT_EQ(queueOfLoad(Buffer::Inp), Queue::Load);
  EXPECT_EQ(queueOfLoad(Buffer::Wgt), Queue::Load);
  EXPECT_EQ(queueOfLoad(Buffer::Acc), Queue::Compute);
  EXPECT_EQ(queueOfLoad(Buffer::Uop), Queue::Compute);
  EXPECT_EQ(queueOf(Instruction{{}, Store{}}), Queue::Store);
  EXPECT_EQ(queueOf(Instruction{{}, Gemm{}}), Queue::Compute);
  EXPECT_EQ(queueOf(Instruction{{}, Finish{}}), Queue::Compute);
}

TEST(VTAISA, Disassembly) {
  MemAccess mem;
  mem.dramBase = 0x100;
  mem.ySize = 15;
  mem.xSize = 56;
  mem.xStride = 56;
  mem.yPadTop = mem.xPadLeft = mem.xPadRight = 1;
  EXPECT_EQ(disassemble(Instruction{tokens("P"), Load{mem}}),
            "load inp sram 0 dram 0x100 y 15 x 56 stride 56 pad 1,0,1,1 "
            "[pop next]");
  EXPECT_EQ(disassemble(Instruction{tokens("pS"), Finish{}}),
            "finish [pop prev, push next]");
  EXPECT_EQ(disassemble(MicroOp{1, 2, 3}), "dst 1 src 2 wgt 3");
}

} // namespace
