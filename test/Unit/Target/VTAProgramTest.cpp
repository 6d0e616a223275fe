//===- VTAProgramTest.cpp -----------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"
#include "accel/Target/VTA/FileIO.h"
#include "llvm/ADT/STLExtras.h"
#include <functional>
#include <random>

using namespace accel::vta;
using testing::AllOf;
using testing::HasSubstr;

namespace {

TensorRecord tensor(const char *name, Role role, ElementType type,
                    std::vector<int64_t> shape, int64_t base, int64_t size,
                    const char *layout) {
  TensorRecord record;
  record.name = name;
  record.role = role;
  record.elementType = type;
  record.shape = std::move(shape);
  record.dramBase = base;
  record.size = size;
  record.layout = valueOf(Layout::parse(layout));
  return record;
}

/// out[1, 5] = inp[1, 20] · wgt[5, 20]ᵀ on 1×16×16: two inp blocks, two wgt
/// blocks, one out block.
Program smallProgram() {
  Program program;
  program.entry = "main";
  program.dramBytes = 0x10000;
  program.uopsDramBase = 0x1000;
  program.microOps = {{0, 0, 0}, {0, 0, 0}};
  program.tensors = {
      tensor("x", Role::Input, ElementType::I8, {1, 20}, 0x2000, 32,
             "(d0, d1) -> (d0 * 32 + d1)"),
      tensor("w", Role::Constant, ElementType::I8, {5, 20}, 0x3000, 512,
             "(d0, d1) -> ((d1 floordiv 16) * 256 + d0 * 16 + d1 mod 16)"),
      tensor("b", Role::Constant, ElementType::I32, {5}, 0x4000, 64,
             "(d0) -> (d0 * 4)"),
      tensor("t", Role::Scratch, ElementType::I8, {1, 5}, 0x5000, 16,
             "(d0, d1) -> (d1)"),
      tensor("y", Role::Output, ElementType::I8, {1, 5}, 0x6000, 16,
             "(d0, d1) -> (d1)")};
  std::vector<uint8_t> weights(100), bias(20);
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<uint8_t>(i % 5);
  for (size_t i = 0; i < 5; ++i)
    bias[4 * i] = static_cast<uint8_t>(i);
  program.constants = valueOf(pack(program.tensors[1], weights));
  program.tensors[2].fileOffset =
      static_cast<int64_t>(program.constants.size());
  std::vector<uint8_t> image = valueOf(pack(program.tensors[2], bias));
  program.constants.insert(program.constants.end(), image.begin(), image.end());

  auto load = [](Buffer buffer, int64_t address, int64_t bytes, int64_t count) {
    MemAccess mem;
    mem.buffer = buffer;
    mem.dramBase = address / bytes;
    mem.ySize = 1;
    mem.xSize = mem.xStride = count;
    return Load{mem};
  };
  Gemm gemm;
  gemm.uopEnd = 1;
  Gemm second = gemm;
  second.uopBegin = 1;
  second.uopEnd = 2;
  second.iterIn = 1;
  MemAccess out;
  out.buffer = Buffer::Out;
  out.dramBase = 0x6000 / 16;
  out.ySize = out.xSize = out.xStride = 1;
  program.microOps[1] = {0, 1, 1};
  program.instructions = {{{}, load(Buffer::Uop, 0x1000, 4, 2)},
                          {{}, load(Buffer::Acc, 0x4000, 64, 1)},
                          {{}, load(Buffer::Inp, 0x2000, 16, 2)},
                          {tokens("S"), load(Buffer::Wgt, 0x3000, 256, 2)},
                          {tokens("p"), gemm},
                          {tokens("S"), second},
                          {tokens("ps"), Store{out}},
                          {tokens("P"), Finish{}}};
  return program;
}

TensorValues smallInputs() {
  TensorValues inputs;
  for (int i = 0; i < 20; ++i)
    inputs["x"].push_back(static_cast<uint8_t>(i - 10));
  return inputs;
}

std::string readText(const std::string &path) {
  auto buffer = readFile(path, 1 << 20);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

TEST(VTAProgram, PackingFollowsTheLayoutAndZeroesTheRest) {
  TensorRecord record =
      tensor("w", Role::Constant, ElementType::I8, {2, 18}, 0, 64,
             "(d0, d1) -> ((d1 floordiv 16) * 32 + d0 * 16 + d1 mod 16)");
  std::vector<uint8_t> elements(36);
  for (size_t i = 0; i < elements.size(); ++i)
    elements[i] = static_cast<uint8_t>(i + 1);
  std::vector<uint8_t> image = valueOf(pack(record, elements));
  EXPECT_EQ(image[0], 1);
  EXPECT_EQ(image[16], 19);
  EXPECT_EQ(image[32], 17);
  EXPECT_EQ(image[33], 18);
  EXPECT_EQ(image[34], 0);
  EXPECT_EQ(image[49], 36);
  EXPECT_EQ(valueOf(unpack(record, image)), elements);
}

TEST(VTAProgram, PackingRefusesCollisionsAndWrongSizes) {
  TensorRecord record = tensor("w", Role::Input, ElementType::I8, {4}, 0, 16,
                               "(d0) -> (d0 floordiv 2)");
  EXPECT_THAT(messageOf(pack(record, std::vector<uint8_t>(4))),
              HasSubstr("puts two elements on one byte"));
  EXPECT_THAT(messageOf(pack(record, std::vector<uint8_t>(3))),
              HasSubstr("got 3 bytes of elements but its shape has 4"));
  EXPECT_THAT(messageOf(unpack(record, std::vector<uint8_t>(15))),
              HasSubstr("the image has 15 bytes but the tensor has 16"));
  // Elements of four bytes that overlap in part.
  record = tensor("w", Role::Input, ElementType::I32, {2}, 0, 16,
                  "(d0) -> (d0 * 3)");
  EXPECT_THAT(messageOf(pack(record, std::vector<uint8_t>(8))),
              HasSubstr("puts two elements on one byte"));
}

/// Windows of 3 with stride 2 over 5 values, each in its own element of 4:
/// positions 2p + s - 1 for p, s of [3][4], the last of which is filler.
static TensorRecord windows() {
  TensorRecord record = tensor("x", Role::Input, ElementType::I8, {5}, 0x2000,
                               12, "(d0) -> (d0)");
  record.layout = Layout();
  record.packedShape = {3, 4};
  record.gather = {valueOf(Layout::parse("(d0, d1) -> (d0 * 2 + d1 - 1)"))};
  return record;
}

TEST(VTAProgram, GatheredValuesStandWhereverTheyAreRead) {
  // Outside on the left, and beyond the end, are zeros.
  EXPECT_THAT(
      valueOf(pack(windows(), {10, 11, 12, 13, 14})),
      testing::ElementsAre(0, 10, 11, 12, 11, 12, 13, 14, 13, 14, 0, 0));
}

TEST(VTAProgram, GatheredTensorsRoundTripAndAreChecked) {
  Program program = smallProgram();
  program.tensors[0] = windows();
  ASSERT_EQ(messageOf(program.verify()), "");
  TemporaryFolder folder;
  ASSERT_EQ(messageOf(writeProgram(program, folder / "p")), "");
  Program read = valueOf(readProgram(folder / "p"));
  EXPECT_EQ(manifestText(read), manifestText(program));
  ASSERT_TRUE(read.tensors[0].isGathered());
  EXPECT_EQ(read.tensors[0].packedShape, program.tensors[0].packedShape);

  Program wrong = program;
  wrong.tensors[0].role = Role::Output;
  EXPECT_THAT(messageOf(wrong.verify()),
              HasSubstr("is gathered but only inputs may be"));
  wrong = program;
  wrong.tensors[0].packedShape = {3, 3};
  EXPECT_THAT(messageOf(wrong.verify()),
              HasSubstr("the packed shape has 9 bytes but the tensor has 12"));
  wrong = program;
  wrong.tensors[0].packedShape = {4, 4};
  EXPECT_THAT(messageOf(wrong.verify()), HasSubstr("do not fit the 12 bytes"));
  wrong = program;
  wrong.tensors[0].packedShape = {12};
  EXPECT_THAT(messageOf(wrong.verify()),
              HasSubstr("a map to gather by has 2 dimensions but the packed "
                        "shape has 1"));
  wrong = program;
  wrong.tensors[0].shape = {5, 1};
  EXPECT_THAT(messageOf(wrong.verify()),
              HasSubstr("has 1 maps to gather by but the shape has 2"));
}

TEST(VTAProgram, RunsFromNamedValuesToNamedValues) {
  Program program = smallProgram();
  ASSERT_EQ(messageOf(program.verify()), "");
  RunResult result = valueOf(runProgram(program, smallInputs()));
  // w[o][c] = (20·o + c) mod 5 = c mod 5, bias o.
  int32_t dot = 0;
  for (int c = 0; c < 20; ++c)
    dot += (c - 10) * (c % 5);
  std::vector<uint8_t> expected;
  for (int o = 0; o < 5; ++o)
    expected.push_back(static_cast<uint8_t>(dot + o));
  EXPECT_EQ(result.outputs["y"], expected);
  EXPECT_EQ(result.stats.gemmMicroOps, 2);
  EXPECT_GT(result.timing.cycles, 0);
  EXPECT_TRUE(result.notes.empty());
}

TEST(VTAProgram, TrafficIsCountedPerTensor) {
  Program program = smallProgram();
  // Two inputs, two weights, a row of biases, nothing of the scratch tensor,
  // and one result; micro-ops belong to no tensor.
  auto text = [&] {
    std::string result;
    for (auto [tensor, traffic] :
         llvm::zip(program.tensors, countTensorTraffic(program)))
      result += tensor.name + " " + std::to_string(traffic.readBytes) + "+" +
                std::to_string(traffic.writtenBytes) + " ";
    return result;
  };
  EXPECT_EQ(text(), "x 32+0 w 512+0 b 64+0 t 0+0 y 0+16 ");
  // Rows count where they begin: the second one of this load is w's.
  MemAccess &mem = *program.instructions[3].as<Load>();
  mem.dramBase = 0x2000 / 256;
  mem.xSize = 1;
  mem.ySize = 2;
  mem.xStride = 0x1000 / 256;
  EXPECT_EQ(text(), "x 288+0 w 256+0 b 64+0 t 0+0 y 0+16 ");
  EXPECT_EQ(valueOf(runProgram(smallProgram(), smallInputs()))
                .tensorTraffic[0]
                .second.readBytes,
            32);
}

TEST(VTAProgram, ImagesAreThoseOfEveryTensor) {
  RunOptions options;
  options.withImages = true;
  RunResult result =
      valueOf(runProgram(smallProgram(), smallInputs(), options));
  EXPECT_EQ(result.imagesBefore.size(), 5u);
  EXPECT_EQ(result.imagesBefore["y"], std::vector<uint8_t>(16, 0));
  EXPECT_EQ(result.imagesAfter["x"], result.imagesBefore["x"]);
  EXPECT_NE(result.imagesAfter["y"], result.imagesBefore["y"]);
}

TEST(VTAProgram, InputsMustBeThoseOfTheProgram) {
  TensorValues inputs;
  EXPECT_THAT(messageOf(runProgram(smallProgram(), inputs)),
              HasSubstr("input tensor \"x\" has no value"));
  inputs = smallInputs();
  inputs["y"] = {};
  EXPECT_THAT(messageOf(runProgram(smallProgram(), inputs)),
              HasSubstr("\"y\" is no input tensor of the program, which has: "
                        "x"));
  inputs = smallInputs();
  inputs["x"].pop_back();
  EXPECT_THAT(messageOf(runProgram(smallProgram(), inputs)),
              HasSubstr("got 19 bytes of elements but its shape has 20"));
}

TEST(VTAProgram, ExcessiveLoopsAreRefusedNotRun) {
  Program program = smallProgram();
  Gemm &gemm = *program.instructions[4].as<Gemm>();
  gemm.iterOut = gemm.iterIn = 16383;
  RunOptions options;
  options.sim.maxMicroOps = 1000000;
  EXPECT_THAT(messageOf(runProgram(program, smallInputs(), options)),
              HasSubstr("executes 268402690 micro-ops but at most 1000000"));
}

TEST(VTAProgram, FolderRoundTrip) {
  TemporaryFolder folder;
  std::string path = folder / "prog";
  Program program = smallProgram();
  ASSERT_EQ(messageOf(writeProgram(program, path)), "");
  Program read = valueOf(readProgram(path));
  EXPECT_EQ(manifestText(read), manifestText(program));
  EXPECT_EQ(read.constants, program.constants);
  EXPECT_EQ(read.microOps, program.microOps);
  ASSERT_EQ(read.instructions.size(), program.instructions.size());
  for (size_t i = 0; i < read.instructions.size(); ++i)
    EXPECT_EQ(disassemble(read.instructions[i]),
              disassemble(program.instructions[i]));
  EXPECT_EQ(valueOf(runProgram(read, smallInputs())).outputs["y"],
            valueOf(runProgram(program, smallInputs())).outputs["y"]);
}

TEST(VTAProgram, WritingLeavesNoTemporaryFolder) {
  TemporaryFolder folder;
  ASSERT_EQ(messageOf(writeProgram(smallProgram(), folder / "prog")), "");
  ASSERT_EQ(messageOf(writeProgram(smallProgram(), folder / "prog/")), "");
  std::error_code code;
  int entries = 0;
  for (llvm::sys::fs::directory_iterator it(folder / "", code), end; it != end;
       it.increment(code))
    ++entries;
  EXPECT_EQ(entries, 1);
}

TEST(VTAProgram, WritingReplacesOnlyPrograms) {
  TemporaryFolder folder;
  Program program = smallProgram();
  ASSERT_EQ(messageOf(writeProgram(program, folder / "prog")), "");
  program.entry = "other";
  ASSERT_EQ(messageOf(writeProgram(program, folder / "prog")), "");
  EXPECT_EQ(valueOf(readProgram(folder / "prog")).entry, "other");

  ASSERT_EQ(messageOf(writeFile(folder / "prog/notes.txt", "mine")), "");
  EXPECT_THAT(messageOf(writeProgram(program, folder / "prog")),
              HasSubstr("holds 'notes.txt', which is no part of a program"));
  ASSERT_EQ(messageOf(writeFile(folder / "file", "mine")), "");
  EXPECT_THAT(messageOf(writeProgram(program, folder / "file")),
              HasSubstr("is not a folder"));
  EXPECT_THAT(messageOf(writeProgram(program, folder / "no/such/place")),
              HasSubstr("cannot create"));
  EXPECT_NE(messageOf(writeProgram(program, "")), "");
}

TEST(VTAProgram, WritingRefusesWhatCannotBeEncoded) {
  TemporaryFolder folder;
  Program program = smallProgram();
  program.instructions[4].as<Gemm>()->iterIn = 20000;
  EXPECT_THAT(messageOf(writeProgram(program, folder / "prog")),
              HasSubstr("instruction 4: iter_in is 20000"));
  program = smallProgram();
  program.microOps[1].wgt = 1024;
  EXPECT_THAT(messageOf(writeProgram(program, folder / "prog")),
              HasSubstr("micro-op 1: micro-op wgt is 1024"));
  EXPECT_FALSE(llvm::sys::fs::exists(folder / "prog"));
}

TEST(VTAProgram, ScratchMayShareMemoryWithScratchOnly) {
  Program program = smallProgram();
  TensorRecord other = program.tensors[3];
  other.name = "t2";
  other.dramBase += 8;
  program.tensors.push_back(other);
  EXPECT_EQ(messageOf(program.verify()), "");
  program.tensors.back().role = Role::Output;
  EXPECT_THAT(messageOf(program.verify()),
              AllOf(HasSubstr("overlaps"), HasSubstr("\"t\"")));
}

TEST(VTAProgram, LayoutsThatBoundsCannotDecideAreEnumerated) {
  Program program = smallProgram();
  // The bounds say 16 + 15 = 31, but the largest offset is 19.
  program.tensors[0].layout =
      valueOf(Layout::parse("(d0, d1) -> ((d1 floordiv 16) * 16 + d1 mod 16)"));
  program.tensors[0].size = 20;
  EXPECT_EQ(messageOf(program.verify()), "");
  program.tensors[0].layout =
      valueOf(Layout::parse("(d0, d1) -> ((d1 floordiv 16) * 17 + d1 mod 16)"));
  EXPECT_THAT(messageOf(program.verify()),
              HasSubstr("maps element 19 to byte 20 but the tensor holds 20"));
}

/// A folder with a good program, one file of which is then damaged.
class CorruptFolder : public testing::Test {
protected:
  void SetUp() override {
    path = folder / "prog";
    ASSERT_EQ(messageOf(writeProgram(smallProgram(), path)), "");
    manifest = readText(path + "/manifest.json");
  }

  std::string readWith(llvm::StringRef file, llvm::StringRef content) {
    std::string name = path + "/" + file.str();
    std::string before = readText(name);
    EXPECT_EQ(messageOf(writeFile(name, content)), "");
    std::string message = messageOf(readProgram(path));
    EXPECT_EQ(messageOf(writeFile(name, before)), "");
    return message;
  }

  std::string withManifest(llvm::StringRef from, llvm::StringRef to) {
    size_t at = manifest.find(from.str());
    EXPECT_NE(at, std::string::npos) << from.str();
    std::string text = manifest;
    text.replace(at, from.size(), to.str());
    return readWith("manifest.json", text);
  }

  TemporaryFolder folder;
  std::string path;
  std::string manifest;
};

TEST_F(CorruptFolder, EveryManifestMutationIsAnError) {
  struct Mutation {
    const char *from, *to, *message;
  };
  for (const Mutation &m : {
           Mutation{"\"schema\": 1", "\"schema\": 2", "schema 2 but 1"},
           Mutation{"\"schema\": 1", "\"schema\": \"1\"", "schema"},
           Mutation{"\"schema\": 1,", "", "schema is missing"},
           Mutation{"\"0.0.2\"", "\"0.0.1\"", "isa \"0.0.1\" but \"0.0.2\""},
           Mutation{"\"isa\": \"0.0.2\"", "\"isa\": 2", "isa"},
           Mutation{"\"geometry\"", "\"geo\"", "geometry is missing"},
           Mutation{"\"batch\": 1", "\"batch\": 0", "batch 0"},
           Mutation{"\"batch\": 1", "\"batch\": -1", "batch -1"},
           Mutation{"\"batch\": 1", "\"batch\": 1.5", "batch"},
           Mutation{"\"block_in\": 16", "\"block_in\": 17", "block_in 17"},
           Mutation{"\"block_out\": 16", "\"block_out\": 1073741824",
                    "block_out 1073741824"},
           Mutation{"\"uop_depth\": 8192", "\"uop_depth\": 16384",
                    "cannot be encoded"},
           Mutation{"\"wgt_depth\": 1024", "\"wgt_depth\": null", "wgt_depth"},
           Mutation{"\"inp_depth\": 2048", "\"inp_depth\": 1e30", "inp_depth"},
           Mutation{"\"acc_depth\": 2048", "\"acc_depth\": 65536",
                    "cannot be encoded"},
           Mutation{"\"entry\": \"main\"", "\"entry\": []", "entry"},
           Mutation{"\"dram_bytes\": 65536", "\"dram_bytes\": -1",
                    "dram_bytes is -1"},
           Mutation{"\"dram_bytes\": 65536", "\"dram_bytes\": 4294967297",
                    "dram_bytes is 4294967297"},
           Mutation{"\"dram_bytes\": 65536",
                    "\"dram_bytes\": 99999999999999999999", "dram_bytes"},
           Mutation{"\"dram_bytes\": 65536", "\"dram_bytes\": 4096",
                    "but there are 4096"},
           Mutation{"\"uops\"", "\"ops\"", "uops is missing"},
           Mutation{"\"dram_base\": 4096", "\"dram_base\": 65536",
                    "the micro-ops takes 8 bytes at 65536"},
           Mutation{"\"dram_base\": 4096", "\"dram_base\": -8",
                    "the micro-ops"},
           Mutation{"\"dram_base\": 4096", "\"dram_base\": 8196", "overlaps"},
           Mutation{"\"size\": 8", "\"size\": 12", "uops.bin: has 8 bytes"},
           Mutation{"\"size\": 8", "\"size\": -8", "uops.bin"},
           Mutation{"\"tensors\"", "\"tensor\"", "tensors is missing"},
           Mutation{"\"tensors\": [", "\"tensors\": [3, ", "tensors[0]"},
           Mutation{"\"name\": \"x\"", "\"name\": \"\"", "no name"},
           Mutation{"\"name\": \"x\"", "\"name\": \"w\"", "used twice"},
           Mutation{"\"name\": \"x\"", "\"name\": 7", "tensors[0].name"},
           Mutation{"\"role\": \"input\"", "\"role\": \"inout\"",
                    "role \"inout\" but input, output"},
           Mutation{"\"role\": \"input\"", "\"role\": \"constant\"",
                    "file_offset"},
           Mutation{"\"element_type\": \"i8\"", "\"element_type\": \"f32\"",
                    "element type \"f32\" but i8 and i32"},
           Mutation{"\"element_type\": \"i8\"", "\"element_type\": \"i32\"",
                    "do not fit"},
           Mutation{"\"dram_base\": 8192", "\"dram_base\": 65535",
                    "takes 32 bytes at 65535"},
           Mutation{"\"dram_base\": 8192", "\"dram_base\": -1", "bytes at -1"},
           Mutation{"\"dram_base\": 8192", "\"dram_base\": 9223372036854775807",
                    "bytes at"},
           Mutation{"\"dram_base\": 8192", "\"dram_base\": 12300", "overlaps"},
           Mutation{"\"dram_base\": 8192", "\"dram_base\": 12280", "overlaps"},
           Mutation{"\"size\": 32", "\"size\": 0", "do not fit the 0 bytes"},
           Mutation{"\"size\": 32", "\"size\": -32", "takes -32 bytes"},
           Mutation{"\"size\": 32", "\"size\": 9223372036854775807", "bytes"},
           Mutation{"\"size\": 32", "\"size\": 19", "do not fit the 19 bytes"},
           Mutation{"d0 * 32 + d1", "d0 * 32 + d1 + 13", "maps element 19"},
           Mutation{"d0 * 32 + d1", "d1 - 1", "maps element 0 to byte -1"},
           Mutation{"d0 * 32 + d1", "d0 * 32 + d2", "unknown dimension"},
           Mutation{"d0 * 32 + d1", "d1 * 9223372036854775807 + d1",
                    "beyond 64 bits"},
           Mutation{"(d0, d1) -> (d0 * 32 + d1)", "(d0) -> (d0)",
                    "1 dimensions but the shape has 2"},
           Mutation{"(d0, d1) -> (d0 * 32 + d1)", "", "expected '('"},
           Mutation{"d0 * 32 + d1", "d1 mod 0", "positive constant"},
           Mutation{"\"file_offset\": 512", "\"file_offset\": 513",
                    "takes 64 bytes at 513"},
           Mutation{"\"file_offset\": 512", "\"file_offset\": -1", "at -1"},
           Mutation{"\"file_offset\": 512",
                    "\"file_offset\": 9223372036854775807", "64 bytes at"},
           Mutation{"\"file_offset\": 512", "\"file_offset\": \"512\"",
                    "file_offset"},
       })
    EXPECT_THAT(withManifest(m.from, m.to),
                AllOf(HasSubstr(m.message), testing::Not(HasSubstr("\n"))))
        << m.from << " -> " << m.to;
}

TEST_F(CorruptFolder, BadShapesAreErrors) {
  size_t begin = manifest.find("\"shape\": [");
  size_t end = manifest.find(']', begin) + 1;
  for (const char *shape :
       {"[]", "[0, 20]", "[-1, 20]", "[1, 21, 1]", "[1.5, 20]", "[\"1\", 20]",
        "[null]", "{}", "[4294967296, 4294967296]", "[9223372036854775807, 2]",
        "[1, 33]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]"}) {
    std::string text = manifest;
    text.replace(begin, end - begin, std::string("\"shape\": ") + shape);
    EXPECT_NE(readWith("manifest.json", text), "") << shape;
  }
}

TEST_F(CorruptFolder, PaddingIsBounded) {
  // 4 GiB for twenty elements.
  size_t at = manifest.find("\"dram_bytes\": 65536");
  std::string text = manifest;
  text.replace(at, 19, "\"dram_bytes\": 4294967296");
  at = text.find("\"dram_base\": 8192");
  text.replace(at, 17, "\"dram_base\": 65536");
  at = text.find("\"size\": 32");
  text.replace(at, 10, "\"size\": 4294901760");
  EXPECT_THAT(readWith("manifest.json", text),
              HasSubstr("takes 4294901760 bytes for 20 bytes of elements"));
}

TEST_F(CorruptFolder, TextThatIsNoManifest) {
  for (const std::string &text :
       {std::string(), std::string("["), std::string("null"), std::string("[]"),
        std::string("{}"), std::string("\xff\xfe"), std::string(100000, '['),
        std::string(100000, '{'), manifest.substr(0, manifest.size() / 2),
        manifest + "}", std::string(1000, '\0')})
    EXPECT_THAT(readWith("manifest.json", text), HasSubstr("manifest.json"));
}

TEST_F(CorruptFolder, EveryPrefixOfTheManifestIsAnError) {
  size_t last = manifest.find_last_of('}');
  for (size_t size = 0; size < last; size += 7)
    EXPECT_NE(readWith("manifest.json", manifest.substr(0, size)), "");
}

TEST_F(CorruptFolder, BinariesOfWrongSizeAreErrors) {
  std::string instructions = readText(path + "/instructions.bin");
  EXPECT_THAT(readWith("instructions.bin", instructions.substr(0, 100)),
              HasSubstr("has 100 bytes but a multiple of 16"));
  EXPECT_THAT(readWith("uops.bin", std::string(4, '\0')),
              HasSubstr("has 4 bytes but the manifest says 8"));
  EXPECT_THAT(readWith("uops.bin", ""), HasSubstr("has 0 bytes"));
  EXPECT_THAT(readWith("constants.bin", std::string(575, '\0')),
              HasSubstr("but there are 575"));
}

TEST_F(CorruptFolder, UnknownCodesNameTheInstruction) {
  std::string bytes = readText(path + "/instructions.bin");
  bytes[3 * 16] = 7;
  EXPECT_THAT(readWith("instructions.bin", bytes),
              HasSubstr("instruction 3: unknown opcode 7"));
}

TEST_F(CorruptFolder, MissingFilesAreErrors) {
  for (const char *file :
       {"manifest.json", "instructions.bin", "uops.bin", "constants.bin"}) {
    std::string name = path + "/" + file;
    std::string before = readText(name);
    ASSERT_FALSE(llvm::sys::fs::remove(name));
    EXPECT_THAT(messageOf(readProgram(path)), HasSubstr(file));
    // A folder of that name is no file either.
    ASSERT_FALSE(llvm::sys::fs::create_directory(name));
    EXPECT_THAT(messageOf(readProgram(path)), HasSubstr("not a regular file"));
    ASSERT_FALSE(llvm::sys::fs::remove(name));
    ASSERT_EQ(messageOf(writeFile(name, before)), "");
  }
  EXPECT_EQ(messageOf(readProgram(path)), "");
  EXPECT_NE(messageOf(readProgram(folder / "none")), "");
}

/// Random damage may leave a valid program; it must neither crash nor run
/// forever.
TEST_F(CorruptFolder, RandomDamageNeverCrashes) {
  std::mt19937 random(42);
  RunOptions options;
  options.sim.maxMicroOps = 100000;
  for (int i = 0; i < 1500; ++i) {
    const char *files[] = {"manifest.json", "instructions.bin", "uops.bin"};
    std::string name = path + "/" + files[i % 3];
    std::string good = readText(name);
    std::string bad = good;
    for (unsigned flips = 0; flips < 1 + random() % 3; ++flips)
      bad[random() % bad.size()] ^= static_cast<char>(1 << random() % 8);
    ASSERT_EQ(messageOf(writeFile(name, bad)), "");
    llvm::Expected<Program> program = readProgram(path);
    if (program)
      (void)messageOf(runProgram(*program, smallInputs(), options));
    else
      llvm::consumeError(program.takeError());
    ASSERT_EQ(messageOf(writeFile(name, good)), "");
  }
}

} // namespace
