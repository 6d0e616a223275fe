//===- VTASimDriverTest.cpp ---------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"
#include "accel/Target/VTA/FileIO.h"
#include "accel/Target/VTA/SimDriver.h"
#include "llvm/Support/JSON.h"

using namespace accel;
using namespace accel::vta;
using testing::AllOf;
using testing::HasSubstr;

namespace {

/// y = x + 1 on two i8 elements, computed as int32 in ACC: x arrives as i32.
Program addOne() {
  Program program;
  program.entry = "add_one";
  program.dramBytes = 0x8000;
  program.uopsDramBase = 0x1000;
  program.microOps = {{0, 0, 0}, {0, 0, 0}};
  TensorRecord x;
  x.name = "x";
  x.role = Role::Input;
  x.elementType = ElementType::I32;
  x.shape = {2};
  x.dramBase = 0x2000;
  x.size = 64;
  x.layout = Layout::rowMajor({2}, 4);
  TensorRecord y = x;
  y.name = "y";
  y.role = Role::Output;
  y.elementType = ElementType::I8;
  y.dramBase = 0x3000;
  y.size = 16;
  y.layout = Layout::rowMajor({2}, 1);
  program.tensors = {x, y};
  auto access = [](Buffer buffer, int64_t base, int64_t count) {
    MemAccess mem;
    mem.buffer = buffer;
    mem.dramBase = base;
    mem.ySize = 1;
    mem.xSize = mem.xStride = count;
    return mem;
  };
  Alu alu;
  alu.uopEnd = 1;
  alu.op = AluOp::Add;
  alu.useImm = true;
  alu.imm = 1;
  program.instructions = {
      {{}, Load{access(Buffer::Uop, 0x1000 / 4, 2)}},
      {{}, Load{access(Buffer::Acc, 0x2000 / 64, 1)}},
      {tokens("S"), alu},
      {tokens("ps"), Store{access(Buffer::Out, 0x3000 / 16, 1)}},
      {tokens("P"), Finish{}}};
  return program;
}

class SimDriver : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(messageOf(writeProgram(addOne(), folder / "prog")), "");
    request.program = folder / "prog";
    request.inputs = {"x=" + (folder / "x.npy")};
    request.outputs = {"y=" + (folder / "y.npy")};
  }

  void writeInput(npy::DType dtype, std::vector<int64_t> shape,
                  std::vector<uint8_t> bytes) {
    ASSERT_EQ(messageOf(npy::write({dtype, std::move(shape), std::move(bytes)},
                                   folder / "x.npy")),
              "");
  }

  std::string run(AfterRun afterRun = nullptr) {
    text.clear();
    llvm::raw_string_ostream os(text);
    return messageOf(runSimTool(request, os, afterRun));
  }

  bool exists(llvm::StringRef name) {
    return llvm::sys::fs::exists(folder / name);
  }

  TemporaryFolder folder;
  SimRequest request;
  std::string text;
};

TEST_F(SimDriver, RunsOnce) {
  writeInput(npy::DType::I2, {2}, {5, 0, 0xfe, 0xff});
  ASSERT_EQ(run(), "");
  npy::Array y = valueOf(npy::read(folder / "y.npy"));
  EXPECT_EQ(y.dtype, npy::DType::I1);
  EXPECT_EQ(y.shape, (std::vector<int64_t>{2}));
  EXPECT_EQ(y.bytes, (std::vector<uint8_t>{6, 0xff}));
  EXPECT_THAT(text, AllOf(HasSubstr("VTA 1x16x16, timing pipelined"),
                          HasSubstr("cycles"), HasSubstr("acc read"),
                          HasSubstr("64 B")));
}

TEST_F(SimDriver, RunsEverySliceOfALeadingDimension) {
  writeInput(npy::DType::I1, {3, 2}, {1, 2, 3, 4, 5, 6});
  ASSERT_EQ(run(), "");
  npy::Array y = valueOf(npy::read(folder / "y.npy"));
  EXPECT_EQ(y.shape, (std::vector<int64_t>{3, 2}));
  EXPECT_EQ(y.bytes, (std::vector<uint8_t>{2, 3, 4, 5, 6, 7}));
  EXPECT_THAT(text, HasSubstr("3 runs, figures of one"));
}

TEST_F(SimDriver, CyclesDoNotDependOnTheNumberOfSlices) {
  request.reportFile = folder / "report.json";
  auto cycles = [&] {
    auto buffer = readFile(request.reportFile, 1 << 20);
    auto json = llvm::json::parse((*buffer)->getBuffer());
    return json->getAsObject()->getInteger("cycles").value_or(-1);
  };
  writeInput(npy::DType::I1, {2}, {1, 2});
  ASSERT_EQ(run(), "");
  int64_t once = cycles();
  writeInput(npy::DType::I1, {3, 2}, {1, 2, 3, 4, 5, 6});
  ASSERT_EQ(run(), "");
  EXPECT_GT(once, 0);
  EXPECT_EQ(cycles(), once);
}

TEST_F(SimDriver, InputsThatDoNotFitAreRefused) {
  writeInput(npy::DType::I8, {2},
             {0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_THAT(run(), HasSubstr("element 0 is 4294967296 but tensor \"x\" "
                               "holds i32, -2147483648 to 2147483647"));
  writeInput(npy::DType::F4, {2}, std::vector<uint8_t>(8));
  EXPECT_THAT(run(), HasSubstr("elements are float32 but tensor \"x\""));
  writeInput(npy::DType::I1, {3}, {1, 2, 3});
  EXPECT_THAT(run(), AllOf(HasSubstr("shape [3] for tensor \"x\" but [2]"),
                           HasSubstr("x.npy")));
  writeInput(npy::DType::I1, {0, 2}, {});
  EXPECT_THAT(run(), HasSubstr("shape [0, 2]"));
  writeInput(npy::DType::I1, {1, 1, 2}, {1, 2});
  EXPECT_THAT(run(), HasSubstr("shape [1, 1, 2]"));
  EXPECT_FALSE(exists("y.npy"));
}

TEST_F(SimDriver, NamesAreChecked) {
  writeInput(npy::DType::I1, {2}, {1, 2});
  SimRequest good = request;
  request.inputs.clear();
  EXPECT_THAT(run(), HasSubstr("input tensor \"x\" has no value: give --input "
                               "x=FILE.npy, i32 [2]"));
  request.inputs = {"z=a.npy"};
  EXPECT_THAT(run(), HasSubstr("\"z\" is no input tensor of the program, "
                               "which has: x"));
  request.inputs = {"y=a.npy"};
  EXPECT_THAT(run(), HasSubstr("\"y\" is no input tensor"));
  request.inputs = {"x"};
  EXPECT_THAT(run(), HasSubstr("'x' is not name=file.npy"));
  request = good;
  request.inputs.push_back(request.inputs.front());
  EXPECT_THAT(run(), HasSubstr("names \"x\" twice"));
  request = good;
  request.outputs = {"x=" + (folder / "y.npy")};
  EXPECT_THAT(run(), HasSubstr("\"x\" is no output tensor of the program, "
                               "which has: y"));
  request = good;
  request.preset = "warp";
  EXPECT_THAT(run(), HasSubstr("unknown preset 'warp'"));
  request = good;
  request.program = folder / "none";
  EXPECT_THAT(run(), HasSubstr("does not exist"));
  EXPECT_FALSE(exists("y.npy"));
}

TEST_F(SimDriver, RefusedProgramsWriteNothing) {
  Program program = addOne();
  program.instructions[2].sync.pushNext = false;
  ASSERT_EQ(messageOf(writeProgram(program, folder / "prog")), "");
  writeInput(npy::DType::I1, {2}, {1, 2});
  request.traceFile = folder / "trace.json";
  EXPECT_THAT(run(), HasSubstr("deadlock"));
  EXPECT_FALSE(exists("y.npy"));
  EXPECT_FALSE(exists("trace.json"));
  writeInput(npy::DType::I1, {1, 2}, {1, 2});
  EXPECT_THAT(run(), HasSubstr("slice 0: deadlock"));
}

TEST_F(SimDriver, TraceReportAndImagesAreWritten) {
  writeInput(npy::DType::I1, {2}, {1, 2});
  request.traceFile = folder / "trace.json";
  request.reportFile = folder / "report.json";
  request.imageFolder = folder / "images";
  ASSERT_EQ(run(), "");
  for (const std::string &file : {request.traceFile, request.reportFile}) {
    auto buffer = readFile(file, 1 << 20);
    ASSERT_TRUE(static_cast<bool>(buffer));
    EXPECT_EQ(messageOf(llvm::json::parse((*buffer)->getBuffer())), "");
  }
  auto after = readFile(folder / "images/y.after.bin", 100);
  ASSERT_TRUE(static_cast<bool>(after));
  EXPECT_EQ((*after)->getBuffer().take_front(2), "\2\3");
  // Lanes that no index maps to hold what the ALU made of the padding.
  EXPECT_EQ((*after)->getBuffer().size(), 16u);
  EXPECT_TRUE(exists("images/x.before.bin"));
}

TEST_F(SimDriver, FunctionalAndTimingCanBeLeftOut) {
  writeInput(npy::DType::I1, {2}, {1, 2});
  request.functionalOnly = true;
  ASSERT_EQ(run(), "");
  EXPECT_THAT(text, testing::Not(HasSubstr("cycles")));
  request.traceFile = folder / "trace.json";
  EXPECT_THAT(run(), HasSubstr("--trace needs the timing"));
  request.functionalOnly = false;
  request.timingOnly = true;
  EXPECT_THAT(run(), HasSubstr("--output needs the data"));
  request.inputs.clear();
  request.outputs.clear();
  ASSERT_EQ(run(), "");
  EXPECT_THAT(text, HasSubstr("cycles"));
}

TEST_F(SimDriver, HookSeesAllRunsAndCanRefuse) {
  writeInput(npy::DType::I1, {2, 2}, {1, 2, 3, 4});
  auto hook = [](const Program &program, int64_t runs,
                 const SimArrays &arrays) -> llvm::Error {
    EXPECT_EQ(program.entry, "add_one");
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(arrays.inputs.front().second.dtype, npy::DType::I4);
    EXPECT_EQ(arrays.outputs.front().second.bytes,
              (std::vector<uint8_t>{2, 3, 4, 5}));
    return llvm::createStringError("the reference differs");
  };
  EXPECT_EQ(run(hook), "the reference differs");
  EXPECT_FALSE(exists("y.npy"));
}

TEST_F(SimDriver, ForeignProgramsCompareWithTheirImage) {
  request = SimRequest();
  request.program = inputPath("sv_matrix_maxpool");
  request.preset = "rtl2020";
  ASSERT_EQ(run(), "");
  EXPECT_THAT(text, AllOf(HasSubstr("timing rtl2020"),
                          HasSubstr("not portable: instruction 4 (max"),
                          HasSubstr("buffer \"out\" is as expected (64 "
                                    "bytes)")));
  request.program = inputPath("sv_matrix_maxpool/program.vta");
  ASSERT_EQ(run(), "");
  request.inputs = {"x=x.npy"};
  EXPECT_THAT(run(), HasSubstr("holds its own data"));
}

} // namespace
