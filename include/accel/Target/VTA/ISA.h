//===- ISA.h - VTA instructions and micro-ops -----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// VTA instruction set 0.0.2: four task instructions and FINISH, 128 bits each,
// and the 32-bit micro-ops that GEMM and ALU iterate over. All fields are wide
// signed integers here, so that a compiler can fill them from arithmetic and
// have encode() say which one does not fit.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_ISA_H
#define ACCEL_TARGET_VTA_ISA_H

#include "accel/Target/VTA/Geometry.h"
#include "llvm/ADT/ArrayRef.h"
#include <variant>

namespace accel::vta {

/// The version that manifests name and that encode() writes.
inline constexpr llvm::StringLiteral kIsaVersion = "0.0.2";

inline constexpr int64_t kInstructionBytes = 16;
inline constexpr int64_t kMicroOpBytes = 4;

/// The three in-order instruction queues, in the order of their neighbours:
/// load ↔ compute ↔ store.
enum class Queue : uint8_t { Load = 0, Compute = 1, Store = 2 };

inline constexpr unsigned kNumQueues = 3;

llvm::StringRef queueName(Queue queue);

/// Dependency tokens taken before and given after an instruction. `prev` and
/// `next` are the neighbours of the instruction's own queue.
struct Sync {
  bool popPrev = false;
  bool popNext = false;
  bool pushPrev = false;
  bool pushNext = false;
};

/// A strided two-dimensional access between DRAM and a buffer. Bases, sizes
/// and stride count elements of `buffer`; the DRAM byte address is
/// dramBase · elementBytes(buffer). With xSize = 0 nothing moves but tokens.
struct MemAccess {
  Buffer buffer = Buffer::Inp;
  int64_t sramBase = 0;
  int64_t dramBase = 0;
  int64_t ySize = 0;
  int64_t xSize = 0;
  int64_t xStride = 0;
  /// Elements of zeros that a LOAD puts around what it reads.
  int64_t yPadTop = 0;
  int64_t yPadBottom = 0;
  int64_t xPadLeft = 0;
  int64_t xPadRight = 0;

  bool isNoOp() const { return xSize == 0; }
};

/// DRAM → buffer, filling the buffer densely from sramBase.
struct Load : MemAccess {};

/// OUT → DRAM.
struct Store : MemAccess {};

/// The micro-op nest: for i < iterOut, j < iterIn, u in [uopBegin, uopEnd).
/// An index is uop.field + i · factorOut + j · factorIn.
struct MicroOpNest {
  int64_t uopBegin = 0;
  int64_t uopEnd = 0;
  int64_t iterOut = 1;
  int64_t iterIn = 1;
  int64_t dstFactorOut = 0;
  int64_t dstFactorIn = 0;
  int64_t srcFactorOut = 0;
  int64_t srcFactorIn = 0;

  /// Micro-ops that one execution performs.
  int64_t count() const {
    return uopEnd > uopBegin ? (uopEnd - uopBegin) * iterOut * iterIn : 0;
  }
};

/// ACC[d] = reset ? 0 : ACC[d] + INP[s] · WGT[w]ᵀ, in int32 that wraps.
struct Gemm : MicroOpNest {
  bool reset = false;
  int64_t wgtFactorOut = 0;
  int64_t wgtFactorIn = 0;
};

enum class AluOp : uint8_t { Min = 0, Max = 1, Add = 2, Shr = 3, Mul = 4 };

llvm::StringRef aluOpName(AluOp op);

/// ACC[d] = op(ACC[d], useImm ? imm : ACC[s]), element by element. SHR by a
/// negative amount shifts left.
struct Alu : MicroOpNest {
  AluOp op = AluOp::Add;
  bool useImm = false;
  int64_t imm = 0;
};

struct Finish {};

struct Instruction {
  Sync sync;
  std::variant<Load, Store, Gemm, Alu, Finish> body = Finish{};

  template <typename T> const T *as() const { return std::get_if<T>(&body); }
  template <typename T> T *as() { return std::get_if<T>(&body); }

  /// The common part of LOAD and STORE, or null.
  const MemAccess *memAccess() const;
  /// The common part of GEMM and ALU, or null.
  const MicroOpNest *nest() const;
};

/// Indices into ACC, INP (GEMM) or ACC (ALU), and WGT (0 for ALU).
struct MicroOp {
  int64_t dst = 0;
  int64_t src = 0;
  int64_t wgt = 0;
};

inline bool operator==(const MicroOp &lhs, const MicroOp &rhs) {
  return lhs.dst == rhs.dst && lhs.src == rhs.src && lhs.wgt == rhs.wgt;
}

using InstructionWord = std::array<uint8_t, kInstructionBytes>;

/// The queue that executes the instruction: LOAD INP and WGT → load,
/// STORE → store, the rest → compute.
Queue queueOf(const Instruction &instruction);

/// Encodes little-endian. Fails naming the field, its value and the largest
/// allowed one. Encoding is injective: decode() gives the instruction back.
llvm::Expected<InstructionWord> encode(const Instruction &instruction,
                                       const Geometry &geometry);

/// Decodes 16 bytes. Fails on an unknown opcode, buffer or ALU operation.
/// Bits that no field covers are ignored, as the hardware does.
llvm::Expected<Instruction> decode(llvm::ArrayRef<uint8_t> bytes,
                                   const Geometry &geometry);

llvm::Expected<uint32_t> encode(const MicroOp &microOp,
                                const Geometry &geometry);

MicroOp decodeMicroOp(uint32_t word, const Geometry &geometry);

/// One line, for example
/// `load inp sram 0 dram 0x100 y 15 x 56 stride 56 pad 1,0,1,1 [pop next]`.
std::string disassemble(const Instruction &instruction);

std::string disassemble(const MicroOp &microOp);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_ISA_H
