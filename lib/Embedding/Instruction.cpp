//===- Instruction.cpp - Matrix instructions as data ----------------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Instruction.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace accel;

std::string Signature::str() const {
  llvm::SmallVector<llvm::StringRef, 3> names;
  for (Role role : {Role::Input, Role::Weight, Role::Output})
    if (has(role))
      names.push_back(stringifyRole(role));
  return "{" + llvm::join(names, ", ") + "}";
}

Signature MatrixInstruction::signature(unsigned lane) const {
  Signature result;
  for (Role role : {Role::Input, Role::Weight, Role::Output})
    if (llvm::is_contained(operand(role).lanes, lane))
      result.add(role);
  return result;
}

int MatrixInstruction::findLane(Signature sought) const {
  for (unsigned lane = 0; lane < lanes.size(); ++lane)
    if (signature(lane) == sought)
      return lane;
  return -1;
}

int64_t MatrixInstruction::valuesPerElement(Role role) const {
  int64_t values = 1;
  for (unsigned lane : operand(role).lanes)
    values *= lanes[lane].extent;
  return values;
}

int64_t MatrixInstruction::products() const {
  int64_t count = 1;
  for (const Lane &lane : lanes)
    count *= lane.extent;
  return count;
}

std::string MatrixInstruction::str() const {
  std::string text = name + "(";
  llvm::interleave(
      lanes,
      [&](const Lane &lane) {
        text += lane.name + "=" + std::to_string(lane.extent);
      },
      [&] { text += ", "; });
  return text + ")";
}

static llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

llvm::Error MatrixInstruction::check() const {
  // Four lanes of the largest extent still give products that fit in 64 bits.
  constexpr unsigned maxLanes = 4;
  if (lanes.empty() || lanes.size() > maxLanes)
    return error(llvm::formatv("instruction \"{0}\" has {1} lanes but 1 to {2} "
                               "are allowed",
                               name, lanes.size(), maxLanes));
  for (const InstructionOperand &operand : operands) {
    for (unsigned i = 0; i < operand.lanes.size(); ++i) {
      if (operand.lanes[i] >= lanes.size())
        return error(llvm::formatv("instruction \"{0}\" has an operand over "
                                   "lane {1} but only {2} lanes",
                                   name, operand.lanes[i], lanes.size()));
      if (llvm::is_contained(llvm::ArrayRef(operand.lanes).drop_front(i + 1),
                             operand.lanes[i]))
        return error(llvm::formatv("lane \"{0}\" indexes one operand of "
                                   "instruction \"{1}\" twice",
                                   lanes[operand.lanes[i]].name, name));
    }
    if (operand.valueBits == 0)
      return error(llvm::formatv(
          "instruction \"{0}\" has an operand of 0 bits a value", name));
  }
  for (unsigned lane = 0; lane < lanes.size(); ++lane) {
    int64_t extent = lanes[lane].extent;
    if (extent < 1 || extent > maxExtent)
      return error(llvm::formatv("lane \"{0}\" has extent {1} but 1 to {2} are "
                                 "allowed",
                                 lanes[lane].name, extent, maxExtent));
    if (signature(lane).empty())
      return error(llvm::formatv("lane \"{0}\" of instruction \"{1}\" indexes "
                                 "no operand",
                                 lanes[lane].name, name));
    for (unsigned other = 0; other < lane; ++other) {
      if (lanes[other].name == lanes[lane].name)
        return error(llvm::formatv("instruction \"{0}\" has two lanes named "
                                   "\"{1}\"",
                                   name, lanes[lane].name));
      if (signature(other) == signature(lane))
        return error(llvm::formatv(
            "lanes \"{0}\" and \"{1}\" both index {2}; describe them as one "
            "lane of extent {3}",
            lanes[other].name, lanes[lane].name, signature(lane).str(),
            extent * lanes[other].extent));
    }
  }
  return llvm::Error::success();
}

MatrixInstruction MatrixInstruction::gemm(int64_t m, int64_t n, int64_t k) {
  MatrixInstruction result;
  result.name = "gemm";
  result.lanes = {{"m", m}, {"n", n}, {"k", k}};
  result.operands[0] = {{0, 2}, 8};
  result.operands[1] = {{1, 2}, 8};
  result.operands[2] = {{0, 1}, 32};
  return result;
}

MatrixInstruction MatrixInstruction::vtaGemm(int64_t batch, int64_t blockIn,
                                             int64_t blockOut) {
  return gemm(batch, blockOut, blockIn);
}

MatrixInstruction MatrixInstruction::dotProduct(int64_t k) {
  MatrixInstruction result;
  result.name = "dot_product";
  result.lanes = {{"k", k}};
  result.operands[0] = {{0}, 8};
  result.operands[1] = {{0}, 8};
  result.operands[2] = {{}, 32};
  return result;
}

MatrixInstruction MatrixInstruction::outerProduct(int64_t m, int64_t n) {
  MatrixInstruction result;
  result.name = "outer_product";
  result.lanes = {{"m", m}, {"n", n}};
  result.operands[0] = {{0}, 8};
  result.operands[1] = {{1}, 8};
  result.operands[2] = {{0, 1}, 32};
  return result;
}

MatrixInstruction MatrixInstruction::matrixVector(int64_t n, int64_t k) {
  MatrixInstruction result;
  result.name = "matrix_vector";
  result.lanes = {{"n", n}, {"k", k}};
  result.operands[0] = {{1}, 8};
  result.operands[1] = {{0, 1}, 8};
  result.operands[2] = {{0}, 32};
  return result;
}

MatrixInstruction MatrixInstruction::vectorMultiply(int64_t e) {
  MatrixInstruction result;
  result.name = "vector_multiply";
  result.lanes = {{"e", e}};
  result.operands[0] = {{0}, 8};
  result.operands[1] = {{0}, 8};
  result.operands[2] = {{0}, 32};
  return result;
}
