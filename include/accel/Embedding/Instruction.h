//===- Instruction.h - Matrix instructions as data --------------*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What one invocation of a matrix unit computes, as named lanes. A solver that
// reads nothing but this description knows no particular target.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_EMBEDDING_INSTRUCTION_H
#define ACCEL_EMBEDDING_INSTRUCTION_H

#include "accel/Model/Einsum.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <array>
#include <cstdint>
#include <string>

namespace accel {

/// The operands that a lane or a rank addresses, as a set of roles.
class Signature {
public:
  constexpr Signature() = default;
  constexpr Signature(bool input, bool weight, bool output)
      : bits(input | weight << 1 | output << 2) {}

  bool has(Role role) const { return bits >> static_cast<unsigned>(role) & 1; }
  void add(Role role) { bits |= 1u << static_cast<unsigned>(role); }
  bool empty() const { return bits == 0; }
  /// A reduction: read by an operand, but not an index of the result.
  bool isReduction() const { return bits != 0 && !has(Role::Output); }
  /// Input and weight exchanged.
  Signature swapped() const {
    return Signature(has(Role::Weight), has(Role::Input), has(Role::Output));
  }
  bool operator==(Signature other) const { return bits == other.bits; }
  bool operator!=(Signature other) const { return bits != other.bits; }
  bool operator<(Signature other) const { return bits < other.bits; }
  /// "{input, output}".
  std::string str() const;

private:
  uint8_t bits = 0;
};

/// One dimension of the iteration space of an invocation.
struct Lane {
  std::string name;
  int64_t extent = 1;
};

/// One operand of the instruction.
struct InstructionOperand {
  /// Lanes that index an element, slowest first: the storage order inside the
  /// element. Empty for a scalar.
  llvm::SmallVector<unsigned, 2> lanes;
  /// Bits of one value inside the unit (of an accumulator, for the output).
  unsigned valueBits = 8;
};

/// out[lanes of out] (+)= in[lanes of in] * wgt[lanes of wgt], over all lanes.
struct MatrixInstruction {
  std::string name;
  llvm::SmallVector<Lane, 3> lanes;
  /// By Role: input, weight, output.
  std::array<InstructionOperand, 3> operands;
  /// False if the output is overwritten: a reduction must then fit in one
  /// invocation.
  bool accumulates = true;

  const InstructionOperand &operand(Role role) const {
    return operands[static_cast<unsigned>(role)];
  }
  Signature signature(unsigned lane) const;
  /// The lane with that signature, or -1.
  int findLane(Signature signature) const;
  /// Values of one element of the operand: the product of its lanes' extents.
  int64_t valuesPerElement(Role role) const;
  /// Scalar products per invocation.
  int64_t products() const;
  /// "gemm(m=1, n=16, k=16)".
  std::string str() const;

  /// Extents in 1..maxExtent, names unique, every lane in an operand and no two
  /// with one signature (such lanes are one lane of the product of extents).
  llvm::Error check() const;
  static constexpr int64_t maxExtent = 4096;

  /// out[m, n] += inp[m, k] * wgt[n, k], int8 into int32.
  static MatrixInstruction gemm(int64_t m, int64_t n, int64_t k);
  /// VTA's GEMM: m = BATCH, n = BLOCK_OUT, k = BLOCK_IN.
  static MatrixInstruction vtaGemm(int64_t batch, int64_t blockIn,
                                   int64_t blockOut);
  /// out += inp[k] * wgt[k].
  static MatrixInstruction dotProduct(int64_t k);
  /// out[m, n] += inp[m] * wgt[n].
  static MatrixInstruction outerProduct(int64_t m, int64_t n);
  /// out[n] += inp[k] * wgt[n, k].
  static MatrixInstruction matrixVector(int64_t n, int64_t k);
  /// out[e] += inp[e] * wgt[e]: what a depthwise channel or a batch can fill.
  static MatrixInstruction vectorMultiply(int64_t e);
};

} // namespace accel

#endif // ACCEL_EMBEDDING_INSTRUCTION_H
