//===- InstructionTest.cpp - Descriptions of matrix instructions ----------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Instruction.h"
#include "Operators.h"

using namespace accel;
using namespace accel::test;

TEST(Instruction, vtaGemmLanes) {
  MatrixInstruction gemm = MatrixInstruction::vtaGemm(2, 32, 16);
  EXPECT_EQ(gemm.str(), "gemm(m=2, n=16, k=32)");
  EXPECT_EQ(gemm.signature(0), Signature(true, false, true));
  EXPECT_EQ(gemm.signature(1), Signature(false, true, true));
  EXPECT_EQ(gemm.signature(2), Signature(true, true, false));
  EXPECT_EQ(gemm.valuesPerElement(Role::Input), 2 * 32);
  EXPECT_EQ(gemm.valuesPerElement(Role::Weight), 16 * 32);
  EXPECT_EQ(gemm.valuesPerElement(Role::Output), 2 * 16);
  EXPECT_EQ(gemm.products(), 2 * 16 * 32);
}

TEST(Instruction, factoriesAreSound) {
  for (const MatrixInstruction &instruction :
       {MatrixInstruction::vtaGemm(1, 16, 16), MatrixInstruction::dotProduct(8),
        MatrixInstruction::outerProduct(4, 4),
        MatrixInstruction::matrixVector(4, 8),
        MatrixInstruction::vectorMultiply(8)})
    EXPECT_EQ(message(instruction.check()), "success") << instruction.str();
}

TEST(Instruction, refusesExtentsOutOfRange) {
  EXPECT_EQ(message(MatrixInstruction::dotProduct(0).check()),
            "lane \"k\" has extent 0 but 1 to 4096 are allowed");
  EXPECT_EQ(message(MatrixInstruction::dotProduct(5000).check()),
            "lane \"k\" has extent 5000 but 1 to 4096 are allowed");
}

TEST(Instruction, refusesLanesOfOneSignature) {
  MatrixInstruction instruction = MatrixInstruction::dotProduct(4);
  instruction.lanes.push_back({"l", 8});
  instruction.operands[0].lanes.push_back(1);
  instruction.operands[1].lanes.push_back(1);
  EXPECT_EQ(message(instruction.check()),
            "lanes \"k\" and \"l\" both index {input, weight}; describe them "
            "as one lane of extent 32");
}

TEST(Instruction, refusesLanesThatIndexNothingOrTwice) {
  MatrixInstruction instruction = MatrixInstruction::dotProduct(4);
  instruction.lanes.push_back({"l", 8});
  EXPECT_EQ(message(instruction.check()),
            "lane \"l\" of instruction \"dot_product\" indexes no operand");
  instruction = MatrixInstruction::dotProduct(4);
  instruction.operands[0].lanes.push_back(0);
  EXPECT_EQ(message(instruction.check()),
            "lane \"k\" indexes one operand of instruction \"dot_product\" "
            "twice");
  instruction = MatrixInstruction::dotProduct(4);
  instruction.operands[0].lanes.push_back(3);
  EXPECT_EQ(message(instruction.check()),
            "instruction \"dot_product\" has an operand over lane 3 but only "
            "1 lanes");
}

TEST(Instruction, refusesWidthlessValuesAndMissingLanes) {
  MatrixInstruction instruction = MatrixInstruction::dotProduct(4);
  instruction.operands[2].valueBits = 0;
  EXPECT_EQ(message(instruction.check()),
            "instruction \"dot_product\" has an operand of 0 bits a value");
  instruction.lanes.clear();
  EXPECT_EQ(message(instruction.check()),
            "instruction \"dot_product\" has 0 lanes but 1 to 4 are allowed");
}
