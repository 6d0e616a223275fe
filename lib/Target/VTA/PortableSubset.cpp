//===- PortableSubset.cpp - What every VTA implementation runs alike ------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PortableSubset.h"
#include "llvm/ADT/Twine.h"

using namespace accel::vta;
using llvm::Twine;

namespace {

using Report = llvm::function_ref<void(Rule, const Twine &)>;

/// Micro-ops are fetched in words of two.
constexpr int64_t kMicroOpAlignment = 8;

void checkMem(const Instruction &instruction, const MemAccess &mem,
              const Geometry &geometry, Report report) {
  if (mem.isNoOp())
    return;
  bool pads = mem.yPadTop || mem.yPadBottom || mem.xPadLeft || mem.xPadRight;
  bool mayPad = instruction.as<Load>() &&
                (mem.buffer == Buffer::Inp || mem.buffer == Buffer::Acc);
  if (pads && !mayPad)
    report(Rule::Padding, "pads " + bufferName(mem.buffer) +
                              " but only loads of inp and acc may pad");
  int64_t address = mem.dramBase * geometry.elementBytes(mem.buffer);
  if (address < kPortableLowestAddress)
    report(Rule::LowAddress, "has DRAM address " + Twine(address) +
                                 " but the lowest allowed is " +
                                 Twine(kPortableLowestAddress));
  if (mem.buffer != Buffer::Uop)
    return;
  if (mem.ySize != 1)
    report(Rule::MicroOpLoadRows, "loads micro-ops with y_size " +
                                      Twine(mem.ySize) +
                                      " but only 1 is allowed");
  if (address % kMicroOpAlignment != 0)
    report(Rule::MicroOpLoadAlignment,
           "loads micro-ops from DRAM address " + Twine(address) +
               " but a multiple of " + Twine(kMicroOpAlignment) +
               " is required");
  int64_t end = mem.sramBase + mem.ySize * mem.xSize;
  if (end > kPortableMicroOps)
    report(Rule::MicroOpWindow, "loads micro-ops up to index " +
                                    Twine(end - 1) + " but only " +
                                    Twine(kPortableMicroOps) + " may be used");
}

void checkNest(const MicroOpNest &nest, Report report) {
  if (nest.count() == 0)
    report(Rule::EmptyNest,
           "has micro-ops [" + Twine(nest.uopBegin) + ", " +
               Twine(nest.uopEnd) + ") and " + Twine(nest.iterOut) + " x " +
               Twine(nest.iterIn) +
               " iterations but at least one micro-op and one iteration are "
               "required");
  if (nest.uopEnd > kPortableMicroOps)
    report(Rule::MicroOpWindow, "has uop_end " + Twine(nest.uopEnd) +
                                    " but only " + Twine(kPortableMicroOps) +
                                    " micro-ops may be used");
}

void checkAlu(const Alu &alu, Report report) {
  if (alu.op == AluOp::Mul)
    report(Rule::Multiply,
           "multiplies but only min, max, add and shr are allowed");
  if (alu.op != AluOp::Shr)
    return;
  if (!alu.useImm)
    report(Rule::ShiftByTensor,
           "shifts by a tensor but only immediates are allowed");
  else if (alu.imm < kMinShift || alu.imm > kMaxShift)
    report(Rule::ShiftAmount, "shifts by " + Twine(alu.imm) + " but " +
                                  Twine(kMinShift) + " to " + Twine(kMaxShift) +
                                  " are allowed");
}

} // namespace

void accel::vta::checkPortable(const Instruction &instruction,
                               const Geometry &geometry, Report report) {
  if (const MemAccess *mem = instruction.memAccess())
    checkMem(instruction, *mem, geometry, report);
  if (const MicroOpNest *nest = instruction.nest())
    checkNest(*nest, report);
  if (const Alu *alu = instruction.as<Alu>())
    checkAlu(*alu, report);
}
