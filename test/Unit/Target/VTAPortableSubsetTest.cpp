//===- VTAPortableSubsetTest.cpp ----------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"

using namespace accel::vta;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

/// The program is refused for `message`, and executed with a note of the same
/// when portability is only noted.
void expectRule(TestCore core, llvm::StringRef instruction,
                const std::string &message) {
  TestCore lenient = core;
  std::string refusal = core.run();
  EXPECT_THAT(refusal, StartsWith(instruction.str()));
  EXPECT_THAT(refusal, HasSubstr(message));
  auto notes = simulate(lenient.instructions, lenient.geometry, lenient.dram,
                        {Portability::Note});
  ASSERT_TRUE(static_cast<bool>(notes)) << llvm::toString(notes.takeError());
  ASSERT_EQ(notes->size(), 1u);
  EXPECT_EQ(notes->front(), refusal);
}

TEST(VTAPortableSubset, TheMinimalProgramsKeepToIt) {
  EXPECT_EQ(minimalGemm().run(), "");
  EXPECT_EQ(minimalAlu([](TestCore &) {}).run(), "");
}

TEST(VTAPortableSubset, MicroOpsAndIterationsAreNotEmpty) {
  TestCore core =
      minimalAlu([](TestCore &core) { core.aluImm(AluOp::Add, 1, 1, 1); });
  expectRule(core, "instruction 2 (add",
             "has micro-ops [1, 1) and 1 x 1 iterations but at least one");
  core = minimalAlu([](TestCore &core) {
    core.aluImm(AluOp::Add, 1, 0, 1);
    core.instructions.back().as<Alu>()->iterOut = 0;
  });
  expectRule(core, "instruction 2", "0 x 1 iterations");
}

TEST(VTAPortableSubset, MicroOpsStayBelow2048) {
  TestCore core = minimalGemm();
  Load &load = *core.instructions[kLoadUop].as<Load>();
  load.xSize = load.xStride = 2049;
  expectRule(core, "instruction 0 (load uop",
             "loads micro-ops up to index 2048 but only 2048 may be used");
  // Loaded within the limit in two parts, used beyond.
  core = minimalAlu([](TestCore &core) {
    core.add(Load{core.access(Buffer::Uop, 2, 2046)});
  });
  EXPECT_EQ(core.run(), "");
  core = minimalAlu(
      [](TestCore &core) { core.aluImm(AluOp::Add, 0, 2048, 2049); });
  EXPECT_THAT(core.run(),
              HasSubstr("has uop_end 2049 but only 2048 micro-ops may be"));
}

/// One ALU instruction whose micro-ops write the given elements.
TestCore writes(std::vector<int64_t> elements) {
  TestCore core;
  std::vector<MicroOp> microOps;
  for (int64_t element : elements)
    microOps.push_back({element, element, 0});
  core.pokeMicroOps(microOps);
  core.load(Buffer::Uop, static_cast<int64_t>(microOps.size()));
  core.load(Buffer::Acc, 4);
  core.aluImm(AluOp::Add, 0, 0, static_cast<int64_t>(microOps.size()), "S");
  core.store(1, "ps");
  core.finish("P");
  return core;
}

TEST(VTAPortableSubset, DestinationsAreThreeApart) {
  EXPECT_EQ(writes({0, 1, 2, 0, 1, 2}).run(), "");
  expectRule(writes({0, 0}), "instruction 2 (add",
             "writes acc 0 1 micro-ops after a micro-op that wrote it but at "
             "least 3 are required");
  expectRule(writes({3, 0, 1, 0}), "instruction 2",
             "writes acc 0 2 micro-ops after");
}

TEST(VTAPortableSubset, DestinationsAreCountedOverTheWholeNest) {
  // Micro-ops 0, 1 in two iterations: 0 1 0.
  TestCore core = writes({0, 1});
  core.instructions[2].as<Alu>()->iterIn = 2;
  expectRule(core, "instruction 2", "writes acc 0 2 micro-ops after");
  // The next instruction starts with an empty pipeline.
  core = minimalAlu([](TestCore &core) {
    core.aluImm(AluOp::Add, 0, 0, 1);
    core.aluImm(AluOp::Add, 0, 0, 1);
  });
  EXPECT_EQ(core.run(), "");
}

TEST(VTAPortableSubset, GemmReductionsNeedThreeDestinations) {
  TestCore core = minimalGemm();
  core.instructions[kGemm].as<Gemm>()->iterIn = 2;
  expectRule(core, "instruction 4 (gemm", "writes acc 0 1 micro-ops after");
}

TEST(VTAPortableSubset, OperandsAreNotForwardedEither) {
  TestCore core = minimalAlu([](TestCore &core) {
    core.pokeMicroOps(
        {{0, 0, 0}, {1, 1, 0}, {2, 2, 0}, {0, 1, 0}, {1, 2, 0}, {2, 1, 0}});
    core.instructions[0].as<Load>()->xSize = 6;
    core.aluTensor(AluOp::Add, 4, 6);
  });
  expectRule(core, "instruction 2 (add",
             "reads acc 1 1 micro-ops after a micro-op that wrote it");
}

TEST(VTAPortableSubset, ShiftsAreWithinSixteen) {
  for (int64_t amount : {-16, 15})
    EXPECT_EQ(minimalAlu([&](TestCore &core) {
                core.aluImm(AluOp::Shr, amount, 0, 1);
              }).run(),
              "");
  for (int64_t amount : {-17, 16})
    expectRule(minimalAlu([&](TestCore &core) {
                 core.aluImm(AluOp::Shr, amount, 0, 1);
               }),
               "instruction 2 (shr",
               "shifts by " + std::to_string(amount) +
                   " but -16 to 15 are allowed");
}

TEST(VTAPortableSubset, ShiftsAreImmediate) {
  expectRule(
      minimalAlu([](TestCore &core) { core.aluTensor(AluOp::Shr, 3, 4); }),
      "instruction 2 (shr",
      "shifts by a tensor but only immediates are allowed");
}

TEST(VTAPortableSubset, NothingIsMultiplied) {
  expectRule(
      minimalAlu([](TestCore &core) { core.aluImm(AluOp::Mul, 3, 0, 1); }),
      "instruction 2 (mul",
      "multiplies but only min, max, add and shr are allowed");
}

TEST(VTAPortableSubset, OnlyInpAndAccArePadded) {
  TestCore core = minimalGemm();
  core.instructions[kLoadWgt].as<Load>()->xPadRight = 1;
  expectRule(core, "instruction 3 (load wgt",
             "pads wgt but only loads of inp and acc may pad");
  core = minimalGemm();
  core.instructions[kLoadUop].as<Load>()->yPadBottom = 1;
  expectRule(core, "instruction 0 (load uop", "pads uop");
  core = minimalGemm();
  core.instructions[kStore].as<Store>()->xPadLeft = 1;
  expectRule(core, "instruction 5 (store out", "pads out");
  core = minimalGemm();
  core.instructions[kLoadInp].as<Load>()->xPadLeft = 0;
  core.instructions[kLoadInp].as<Load>()->xPadRight = 15;
  EXPECT_EQ(core.run(), "");
}

TEST(VTAPortableSubset, MicroOpsAreLoadedInOneRow) {
  TestCore core = minimalGemm();
  Load &load = *core.instructions[kLoadUop].as<Load>();
  load.ySize = 2;
  load.xStride = 2;
  expectRule(core, "instruction 0", "with y_size 2 but only 1 is allowed");
}

TEST(VTAPortableSubset, MicroOpsAreLoadedFromAlignedAddresses) {
  TestCore core = minimalGemm();
  core.instructions[kLoadUop].as<Load>()->dramBase += 1;
  expectRule(core, "instruction 0",
             "from DRAM address 262148 but a multiple of 8 is required");
}

TEST(VTAPortableSubset, LoadedAccumulatorsAreNotStored) {
  TestCore core = minimalAlu([](TestCore &core) {
    core.aluImm(AluOp::Add, 0, 0, 3);
    core.load(Buffer::Acc, 2);
  });
  core.instructions[5].as<Store>()->xSize = 2;
  // Element 0 is computed after the load, element 1 is not.
  expectRule(core, "instruction 5 (store out",
             "stores out 1, which is older than the load of acc 1 but only "
             "gemm and alu write out");
}

TEST(VTAPortableSubset, StaleOutputIsWhatIsStored) {
  TestCore core = minimalAlu([](TestCore &core) {
    core.aluImm(AluOp::Add, 1, 0, 3);
    core.load(Buffer::Acc, 2);
  });
  core.instructions[5].as<Store>()->xSize = 2;
  core.poke<int32_t>(TestCore::kAcc + 64, {40});
  EXPECT_EQ(core.run({Portability::Note}), "");
  EXPECT_EQ(core.peek<int8_t>(TestCore::kOut + 16, 1),
            (std::vector<int8_t>{41}));
}

TEST(VTAPortableSubset, AluMicroOpsHaveNoWeight) {
  TestCore core = minimalAlu([](TestCore &core) {
    core.pokeMicroOps({{0, 0, 0}, {1, 1, 5}});
    core.aluImm(AluOp::Add, 0, 1, 2);
  });
  expectRule(core, "instruction 2 (add",
             "uses a micro-op (dst 1 src 1 wgt 5) whose wgt must be 0");
}

TEST(VTAPortableSubset, LowDramIsNotTouched) {
  TestCore core = minimalGemm();
  core.dram.addRegion(0, 0x10000);
  core.instructions[kLoadInp].as<Load>()->dramBase = 4096 / 16;
  EXPECT_EQ(core.run(), "");
  core.instructions[kLoadInp].as<Load>()->dramBase = 4096 / 16 - 1;
  std::string message = core.run();
  EXPECT_THAT(message, StartsWith("instruction 2 (load inp"));
  EXPECT_THAT(message,
              HasSubstr("has DRAM address 4080 but the lowest allowed is "
                        "4096"));
  EXPECT_EQ(core.run({Portability::Note}), "");
  core.instructions[kLoadInp].as<Load>()->dramBase = 4096 / 16;
  core.instructions[kStore].as<Store>()->dramBase = 0;
  EXPECT_THAT(core.run(), StartsWith("instruction 5 (store"));
}

TEST(VTAPortableSubset, TokensOnlyAreExempt) {
  TestCore core = minimalGemm();
  core.instructions.insert(core.instructions.begin(),
                           Instruction{{}, Load{MemAccess{Buffer::Uop}}});
  EXPECT_EQ(core.run(), "");
}

} // namespace
