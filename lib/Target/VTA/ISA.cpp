//===- ISA.cpp - Encoding of VTA instructions and micro-ops ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/ISA.h"
#include "Diagnostics.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace accel::vta;

namespace {

/// Field widths that geometry does not decide. Versions of the instruction set
/// differ in these alone: 0.0.1 has 2 bits for the buffer and the ALU
/// operation.
struct FixedWidths {
  unsigned opcode = 3;
  unsigned buffer = 3;
  unsigned sramBase = 16;
  unsigned dramBase = 32;
  unsigned size = 16;
  unsigned pad = 4;
  unsigned iteration = 14;
  unsigned aluOp = 3;
  unsigned imm = 16;
};

constexpr FixedWidths kWidths;

enum class Opcode : uint8_t {
  Load = 0,
  Store = 1,
  Gemm = 2,
  Finish = 3,
  Alu = 4
};

/// Writes consecutive fields from bit 0 up; the first value out of range is
/// kept as the error.
class Encoder {
public:
  void field(llvm::StringRef name, const int64_t &value, unsigned width) {
    int64_t maximum =
        static_cast<int64_t>(llvm::maskTrailingOnes<uint64_t>(width));
    put(name, value, 0, maximum, width);
  }
  void signedField(llvm::StringRef name, const int64_t &value, unsigned width) {
    put(name, value, llvm::minIntN(width), llvm::maxIntN(width), width);
  }
  void flag(const bool &value) { put("flag", value, 0, 1, 1); }
  template <typename Enum> void enumeration(const Enum &value, unsigned width) {
    put("enumeration", static_cast<int64_t>(value), 0,
        (int64_t(1) << width) - 1, width);
  }
  void skipTo(unsigned bit) { position = bit; }

  uint64_t words[2] = {0, 0};
  std::string error;

private:
  void put(llvm::StringRef name, int64_t value, int64_t minimum,
           int64_t maximum, unsigned width) {
    if ((value < minimum || value > maximum) && error.empty())
      error = (llvm::Twine(name) + " is " + llvm::Twine(value) +
               " but the field holds " + llvm::Twine(minimum) + " to " +
               llvm::Twine(maximum))
                  .str();
    uint64_t bits =
        static_cast<uint64_t>(value) & llvm::maskTrailingOnes<uint64_t>(width);
    for (unsigned bit = 0; bit < width; ++bit, ++position)
      words[position / 64] |= ((bits >> bit) & 1) << (position % 64);
  }

  unsigned position = 0;
};

/// Reads what Encoder writes.
class Decoder {
public:
  explicit Decoder(llvm::ArrayRef<uint8_t> bytes)
      : words{llvm::support::endian::read64le(bytes.data()),
              llvm::support::endian::read64le(bytes.data() + 8)} {}

  void field(llvm::StringRef, int64_t &value, unsigned width) {
    value = static_cast<int64_t>(take(width));
  }
  void signedField(llvm::StringRef, int64_t &value, unsigned width) {
    value = llvm::SignExtend64(take(width), width);
  }
  void flag(bool &value) { value = take(1) != 0; }
  template <typename Enum> void enumeration(Enum &value, unsigned width) {
    value = static_cast<Enum>(take(width));
  }
  void skipTo(unsigned bit) { position = bit; }

private:
  uint64_t take(unsigned width) {
    uint64_t bits = 0;
    for (unsigned bit = 0; bit < width; ++bit, ++position)
      bits |= ((words[position / 64] >> (position % 64)) & 1) << bit;
    return bits;
  }

  uint64_t words[2];
  unsigned position = 0;
};

/// The table of fields, once for both directions: T is `const X` for the
/// encoder and `X` for the decoder.
template <typename Coder, typename SyncT>
void codeSync(Coder &coder, SyncT &sync) {
  coder.flag(sync.popPrev);
  coder.flag(sync.popNext);
  coder.flag(sync.pushPrev);
  coder.flag(sync.pushNext);
}

template <typename Coder, typename MemT> void codeMem(Coder &coder, MemT &mem) {
  coder.enumeration(mem.buffer, kWidths.buffer);
  coder.field("sram_base", mem.sramBase, kWidths.sramBase);
  coder.field("dram_base", mem.dramBase, kWidths.dramBase);
  coder.skipTo(64);
  coder.field("y_size", mem.ySize, kWidths.size);
  coder.field("x_size", mem.xSize, kWidths.size);
  coder.field("x_stride", mem.xStride, kWidths.size);
  coder.field("y_pad_top", mem.yPadTop, kWidths.pad);
  coder.field("y_pad_bottom", mem.yPadBottom, kWidths.pad);
  coder.field("x_pad_left", mem.xPadLeft, kWidths.pad);
  coder.field("x_pad_right", mem.xPadRight, kWidths.pad);
}

template <typename Coder, typename NestT>
void codeNest(Coder &coder, NestT &nest, const Geometry &geometry,
              unsigned srcBits) {
  coder.field("uop_begin", nest.uopBegin, geometry.uopBits());
  coder.field("uop_end", nest.uopEnd, geometry.uopBits() + 1);
  coder.field("iter_out", nest.iterOut, kWidths.iteration);
  coder.field("iter_in", nest.iterIn, kWidths.iteration);
  coder.skipTo(64);
  coder.field("dst_factor_out", nest.dstFactorOut, geometry.accBits());
  coder.field("dst_factor_in", nest.dstFactorIn, geometry.accBits());
  coder.field("src_factor_out", nest.srcFactorOut, srcBits);
  coder.field("src_factor_in", nest.srcFactorIn, srcBits);
}

template <typename Coder, typename GemmT>
void codeGemm(Coder &coder, GemmT &gemm, const Geometry &geometry) {
  coder.flag(gemm.reset);
  codeNest(coder, gemm, geometry, geometry.inpBits());
  coder.field("wgt_factor_out", gemm.wgtFactorOut, geometry.wgtBits());
  coder.field("wgt_factor_in", gemm.wgtFactorIn, geometry.wgtBits());
}

template <typename Coder, typename AluT>
void codeAlu(Coder &coder, AluT &alu, const Geometry &geometry) {
  // Bit 7, the reset bit of GEMM, has no meaning here.
  coder.skipTo(8);
  codeNest(coder, alu, geometry, geometry.accBits());
  coder.enumeration(alu.op, kWidths.aluOp);
  coder.flag(alu.useImm);
  coder.signedField("imm", alu.imm, kWidths.imm);
}

Opcode opcodeOf(const Instruction &instruction) {
  if (instruction.as<Load>())
    return Opcode::Load;
  if (instruction.as<Store>())
    return Opcode::Store;
  if (instruction.as<Gemm>())
    return Opcode::Gemm;
  if (instruction.as<Alu>())
    return Opcode::Alu;
  return Opcode::Finish;
}

unsigned srcIndexBits(const Geometry &geometry) {
  return std::max(geometry.accBits(), geometry.inpBits());
}

} // namespace

const MemAccess *Instruction::memAccess() const {
  if (const Load *load = as<Load>())
    return load;
  return as<Store>();
}

const MicroOpNest *Instruction::nest() const {
  if (const Gemm *gemm = as<Gemm>())
    return gemm;
  return as<Alu>();
}

Queue accel::vta::queueOf(const Instruction &instruction) {
  if (instruction.as<Store>())
    return Queue::Store;
  if (const Load *load = instruction.as<Load>())
    if (load->buffer == Buffer::Inp || load->buffer == Buffer::Wgt)
      return Queue::Load;
  return Queue::Compute;
}

llvm::Expected<InstructionWord>
accel::vta::encode(const Instruction &instruction, const Geometry &geometry) {
  Encoder encoder;
  encoder.enumeration(opcodeOf(instruction), kWidths.opcode);
  codeSync(encoder, instruction.sync);
  if (const MemAccess *mem = instruction.memAccess())
    codeMem(encoder, *mem);
  else if (const Gemm *gemm = instruction.as<Gemm>())
    codeGemm(encoder, *gemm, geometry);
  else if (const Alu *alu = instruction.as<Alu>())
    codeAlu(encoder, *alu, geometry);
  if (!encoder.error.empty())
    return makeError(encoder.error);
  InstructionWord word;
  llvm::support::endian::write64le(word.data(), encoder.words[0]);
  llvm::support::endian::write64le(word.data() + 8, encoder.words[1]);
  return word;
}

llvm::Expected<Instruction> accel::vta::decode(llvm::ArrayRef<uint8_t> bytes,
                                               const Geometry &geometry) {
  if (bytes.size() != static_cast<size_t>(kInstructionBytes))
    return makeError(llvm::Twine("an instruction has ") +
                     llvm::Twine(bytes.size()) + " bytes but must have " +
                     llvm::Twine(kInstructionBytes));
  Decoder decoder(bytes);
  Instruction instruction;
  Opcode opcode;
  decoder.enumeration(opcode, kWidths.opcode);
  codeSync(decoder, instruction.sync);
  switch (opcode) {
  case Opcode::Load:
  case Opcode::Store: {
    MemAccess mem;
    codeMem(decoder, mem);
    if (mem.buffer > Buffer::Out)
      return makeError(llvm::Twine("unknown buffer ") +
                       llvm::Twine(static_cast<unsigned>(mem.buffer)) +
                       " but 0 to 4 are known");
    if (opcode == Opcode::Load)
      instruction.body = Load{mem};
    else
      instruction.body = Store{mem};
    return instruction;
  }
  case Opcode::Gemm: {
    Gemm gemm;
    codeGemm(decoder, gemm, geometry);
    instruction.body = gemm;
    return instruction;
  }
  case Opcode::Alu: {
    Alu alu;
    codeAlu(decoder, alu, geometry);
    if (alu.op > AluOp::Mul)
      return makeError(llvm::Twine("unknown ALU operation ") +
                       llvm::Twine(static_cast<unsigned>(alu.op)) +
                       " but 0 to 4 are known");
    instruction.body = alu;
    return instruction;
  }
  case Opcode::Finish:
    instruction.body = Finish{};
    return instruction;
  }
  return makeError(llvm::Twine("unknown opcode ") +
                   llvm::Twine(static_cast<unsigned>(opcode)) +
                   " but 0 to 4 are known");
}

llvm::Expected<uint32_t> accel::vta::encode(const MicroOp &microOp,
                                            const Geometry &geometry) {
  Encoder encoder;
  encoder.field("micro-op dst", microOp.dst, geometry.accBits());
  encoder.field("micro-op src", microOp.src, srcIndexBits(geometry));
  encoder.field("micro-op wgt", microOp.wgt, geometry.wgtBits());
  if (!encoder.error.empty())
    return makeError(encoder.error);
  return static_cast<uint32_t>(encoder.words[0]);
}

MicroOp accel::vta::decodeMicroOp(uint32_t word, const Geometry &geometry) {
  auto take = [&word](unsigned width) {
    int64_t value = word & llvm::maskTrailingOnes<uint32_t>(width);
    word = width < 32 ? word >> width : 0;
    return value;
  };
  MicroOp microOp;
  microOp.dst = take(geometry.accBits());
  microOp.src = take(srcIndexBits(geometry));
  microOp.wgt = take(geometry.wgtBits());
  return microOp;
}
