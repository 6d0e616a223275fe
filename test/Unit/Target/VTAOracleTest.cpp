//===- VTAOracleTest.cpp ------------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Programs that we did not generate (test/Target/VTA/Inputs/README.md).
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"
#include "accel/Target/VTA/ForeignProgram.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace accel::vta;
using testing::AllOf;
using testing::HasSubstr;

namespace {

struct OracleProgram {
  const char *name;
  /// Of the RTL of 2020.
  int64_t cycles;
};

constexpr OracleProgram kPrograms[] = {{"16x16", 301},
                                       {"sv_add_16x16matrix", 521},
                                       {"sv_matrix_16x16_relu", 533},
                                       {"sv_matrix_20x20", 1848},
                                       {"sv_matrix_maxpool", 773},
                                       {"sv_lenet5_layer1", 28059},
                                       {"conv3x3_64_56", 2102500}};

ForeignProgram readInput(llvm::StringRef name) {
  return valueOf(readForeignProgram(inputPath(name)));
}

RunOptions noting() {
  RunOptions options;
  options.sim.portability = Portability::Note;
  return options;
}

std::string run(const ForeignProgram &program) {
  return messageOf(runForeignProgram(program, noting()));
}

class VTAOracle : public testing::TestWithParam<OracleProgram> {};

TEST_P(VTAOracle, IsExactInEveryOrder) {
  ForeignProgram program = readInput(GetParam().name);
  ASSERT_EQ(program.expectations.size(), 1u);
  for (const auto &order : allOrders()) {
    RunOptions options = noting();
    options.sim.order = order;
    // A difference from the expected image is an error.
    EXPECT_EQ(messageOf(runForeignProgram(program, options)), "");
  }
}

TEST_P(VTAOracle, CyclesAreThoseOfTheRTL) {
  ForeignProgram program = readInput(GetParam().name);
  TimingResult timing = valueOf(simulateTiming(
      program.instructions, program.geometry, TimingModel::rtl2020()));
  double ratio = static_cast<double>(timing.cycles) /
                 static_cast<double>(GetParam().cycles);
  EXPECT_GT(ratio, 0.9);
  EXPECT_LT(ratio, 1.1);
}

TEST_P(VTAOracle, ReencodesToTheSameBytes) {
  ForeignProgram program = readInput(GetParam().name);
  auto bytes = llvm::MemoryBuffer::getFile(
      inputPath((llvm::Twine(GetParam().name) + "/instructions.bin").str()),
      false, false);
  ASSERT_TRUE(static_cast<bool>(bytes));
  std::string encoded;
  for (const Instruction &instruction : program.instructions) {
    InstructionWord word = valueOf(encode(instruction, program.geometry));
    encoded.append(word.begin(), word.end());
  }
  EXPECT_EQ(encoded, (*bytes)->getBuffer());
}

INSTANTIATE_TEST_SUITE_P(Programs, VTAOracle, testing::ValuesIn(kPrograms),
                         [](const auto &info) {
                           std::string name = info.param.name;
                           return name;
                         });

// The bad programs differ from conv3x3_64_56 in one place each.

TEST(VTAOracleBad, DroppedPopIsARace) {
  ForeignProgram program = readInput("conv3x3_64_56");
  ASSERT_TRUE(program.instructions[20].sync.popPrev);
  program.instructions[20].sync.popPrev = false;
  EXPECT_THAT(run(program), AllOf(HasSubstr("instruction 20 (gemm"),
                                  HasSubstr("instruction 18 (load wgt"),
                                  HasSubstr("(race)")));
}

TEST(VTAOracleBad, DroppedPushIsADeadlock) {
  ForeignProgram program = readInput("conv3x3_64_56");
  ASSERT_TRUE(program.instructions[11].sync.pushNext);
  program.instructions[11].sync.pushNext = false;
  EXPECT_THAT(run(program), HasSubstr("deadlock: load waits at"));
}

TEST(VTAOracleBad, AddressOutOfRange) {
  ForeignProgram program = readInput("conv3x3_64_56");
  program.instructions[1].as<Load>()->dramBase |= int64_t(1) << 31;
  EXPECT_THAT(run(program),
              AllOf(HasSubstr("instruction 1 (load inp"),
                    HasSubstr("accesses DRAM bytes 0x800001000")));
}

TEST(VTAOracleBad, NoFinish) {
  ForeignProgram program = readInput("conv3x3_64_56");
  program.instructions.pop_back();
  EXPECT_EQ(run(program), "the program has 277 instructions and none is "
                          "finish, which must be the last");
}

TEST(VTAOracleBad, FlippedBitInTheExpectedImage) {
  ForeignProgram program = readInput("conv3x3_64_56");
  program.expectations[0].image[77777] ^= 1;
  EXPECT_EQ(run(program),
            "buffer \"out\" differs from the expected image in 1 of 200704 "
            "bytes, first at byte 77777: found 0x7f, expected 0x7e");
}

TEST(VTAOracleBad, UninitialisedAccumulator) {
  EXPECT_THAT(run(readInput("bad_sram_uninit")),
              AllOf(HasSubstr("instruction 5 (gemm"),
                    HasSubstr("reads acc 16, which was neither reset nor "
                              "loaded before")));
}

TEST(VTAOracleBad, PortableSubsetRefusesForeignReductions) {
  ForeignProgram program = readInput("sv_matrix_maxpool");
  RunOptions options;
  EXPECT_THAT(messageOf(runForeignProgram(program, options)),
              HasSubstr("writes acc 0 1 micro-ops after"));
}

/// A folder with a small program.vta and a file of 32 bytes.
class ForeignText : public testing::Test {
protected:
  std::string read(llvm::StringRef text) {
    write("program.vta", text);
    write("data.bin", std::string(32, '\0'));
    return messageOf(readForeignProgram(folder / "program.vta"));
  }
  void write(llvm::StringRef name, llvm::StringRef content) {
    std::error_code code;
    llvm::raw_fd_ostream os(folder / name, code);
    os << content;
  }
  TemporaryFolder folder;
};

TEST_F(ForeignText, ReadsCommentsSpacesAndAnyOrder) {
  EXPECT_EQ(read("# hello\n\nrun data.bin\n  buf a 0x1000 data.bin # a\n"
                 "buf b 8192 zero:64\nexpect b data.bin\r\n"
                 "config LOG_BLOCK=5\n"),
            "");
  EXPECT_EQ(valueOf(readForeignProgram(folder / "")).geometry.blockIn, 32);
}

TEST_F(ForeignText, MalformedLinesAreLocated) {
  struct Case {
    const char *text;
    const char *message;
  };
  for (const Case &c : {
           Case{"", "there is no 'run' line"},
           Case{"\nnonsense\n", "program.vta:2: expected 'config"},
           Case{"run data.bin\nrun data.bin\n", ":2: a second 'run'"},
           Case{"run none.bin\n", "none.bin"},
           Case{"run ../data.bin\n", "must lie in the folder"},
           Case{"run /etc/passwd\n", "must lie in the folder"},
           Case{"run ..\n", "must lie in the folder"},
           Case{"config LOG_FOO=1\n", ":1: configuration 'LOG_FOO=1'"},
           Case{"config LOG_BLOCK\n", "configuration 'LOG_BLOCK'"},
           Case{"config LOG_BLOCK=-4\n", "configuration"},
           Case{"config LOG_BLOCK=400\n", "configuration"},
           Case{"config LOG_BLOCK=20\nrun data.bin\n", "block_in 1048576"},
           Case{"config LOG_INP_WIDTH=4\nrun data.bin\n",
                "LOG_INP_WIDTH is 4 but 3 is supported"},
           Case{"config LOG_ACC_BUFF_SIZE=18\nrun data.bin\n",
                "cannot be encoded"},
           Case{"config LOG_WGT_BUFF_SIZE=2\nrun data.bin\n", "wgt_depth 0"},
           Case{"buf a 0x1000\n", "expected 'config"},
           Case{"buf a -1 data.bin\n", "address '-1'"},
           Case{"buf a 0x100000000 data.bin\n", "address"},
           Case{"buf a zzz data.bin\n", "address 'zzz'"},
           Case{"buf a 0 zero:99999999999999\n", "size '99999999999999'"},
           Case{"buf a 0 zero:-3\n", "size '-3'"},
           Case{"buf a 0 zero:8\nbuf a 64 zero:8\n", "declared twice"},
           Case{"buf a 0 zero:8\nbuf b 4 zero:8\n", "'b' and 'a' overlap"},
           Case{"expect a data.bin\n", "buffer 'a' is not declared"},
           Case{"buf a 0 zero:8\nexpect a data.bin\n",
                "has 32 bytes but the buffer holds 8"},
       })
    EXPECT_THAT(read(c.text), HasSubstr(c.message)) << c.text;
}

TEST_F(ForeignText, BuffersStayBelow4GiB) {
  // Accepted by the reader's address check, but it must not end beyond.
  EXPECT_NE(read("buf a 0xffffffff zero:64\nrun data.bin\n"), "");
}

TEST_F(ForeignText, MissingFileIsNamed) {
  EXPECT_THAT(messageOf(readForeignProgram(folder / "nothing")),
              HasSubstr("nothing"));
}

} // namespace
