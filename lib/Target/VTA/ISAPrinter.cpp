//===- ISAPrinter.cpp - Disassembly of VTA instructions -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/ISA.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel::vta;

namespace {

void printSync(llvm::raw_ostream &os, const Sync &sync) {
  llvm::StringRef separator = " [";
  auto print = [&](bool set, llvm::StringRef text) {
    if (!set)
      return;
    os << separator << text;
    separator = ", ";
  };
  print(sync.popPrev, "pop prev");
  print(sync.popNext, "pop next");
  print(sync.pushPrev, "push prev");
  print(sync.pushNext, "push next");
  if (separator == ", ")
    os << "]";
}

void printMem(llvm::raw_ostream &os, const MemAccess &mem) {
  os << bufferName(mem.buffer);
  if (mem.isNoOp()) {
    os << " nothing";
    return;
  }
  os << " sram " << mem.sramBase << " dram "
     << llvm::format_hex(static_cast<uint64_t>(mem.dramBase), 1) << " y "
     << mem.ySize << " x " << mem.xSize << " stride " << mem.xStride;
  if (mem.yPadTop || mem.yPadBottom || mem.xPadLeft || mem.xPadRight)
    os << " pad " << mem.yPadTop << "," << mem.yPadBottom << "," << mem.xPadLeft
       << "," << mem.xPadRight;
}

void printNest(llvm::raw_ostream &os, const MicroOpNest &nest) {
  os << "uop [" << nest.uopBegin << ", " << nest.uopEnd << ") iter "
     << nest.iterOut << "," << nest.iterIn << " dst " << nest.dstFactorOut
     << "," << nest.dstFactorIn << " src " << nest.srcFactorOut << ","
     << nest.srcFactorIn;
}

} // namespace

llvm::StringRef accel::vta::queueName(Queue queue) {
  switch (queue) {
  case Queue::Load:
    return "load";
  case Queue::Compute:
    return "compute";
  case Queue::Store:
    return "store";
  }
  llvm_unreachable("unknown queue");
}

llvm::StringRef accel::vta::aluOpName(AluOp op) {
  switch (op) {
  case AluOp::Min:
    return "min";
  case AluOp::Max:
    return "max";
  case AluOp::Add:
    return "add";
  case AluOp::Shr:
    return "shr";
  case AluOp::Mul:
    return "mul";
  }
  llvm_unreachable("unknown ALU operation");
}

std::string accel::vta::disassemble(const Instruction &instruction) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (const Load *load = instruction.as<Load>()) {
    os << "load ";
    printMem(os, *load);
  } else if (const Store *store = instruction.as<Store>()) {
    os << "store ";
    printMem(os, *store);
  } else if (const Gemm *gemm = instruction.as<Gemm>()) {
    os << (gemm->reset ? "reset " : "gemm ");
    printNest(os, *gemm);
    os << " wgt " << gemm->wgtFactorOut << "," << gemm->wgtFactorIn;
  } else if (const Alu *alu = instruction.as<Alu>()) {
    os << aluOpName(alu->op) << " ";
    printNest(os, *alu);
    if (alu->useImm)
      os << " imm " << alu->imm;
  } else {
    os << "finish";
  }
  printSync(os, instruction.sync);
  return text;
}

std::string accel::vta::disassemble(const MicroOp &microOp) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "dst " << microOp.dst << " src " << microOp.src << " wgt "
     << microOp.wgt;
  return text;
}
