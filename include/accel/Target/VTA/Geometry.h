//===- Geometry.h - Shape of a VTA core -----------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numbers that a VTA core is configured with: lanes of the matrix unit and
// depths of the on-chip buffers. Field widths of instructions and micro-ops
// follow from them. Facts: apache/tvm-vta, include/vta/hw_spec.h.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_GEOMETRY_H
#define ACCEL_TARGET_VTA_GEOMETRY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <array>
#include <cstdint>
#include <string>

namespace accel::vta {

/// An on-chip buffer; the value is the buffer field of LOAD and STORE.
enum class Buffer : uint8_t { Uop = 0, Wgt = 1, Inp = 2, Acc = 3, Out = 4 };

inline constexpr unsigned kNumBuffers = 5;

inline constexpr std::array<Buffer, kNumBuffers> kAllBuffers = {
    Buffer::Uop, Buffer::Wgt, Buffer::Inp, Buffer::Acc, Buffer::Out};

/// The name that messages and disassembly use: "uop", "wgt", ….
llvm::StringRef bufferName(Buffer buffer);

/// int8 inputs, weights and outputs and int32 accumulators are fixed; lanes
/// and depths vary. Depths count elements (see elementBytes).
struct Geometry {
  int64_t batch = 1;
  int64_t blockIn = 16;
  int64_t blockOut = 16;
  int64_t uopDepth = 8192;
  int64_t wgtDepth = 1024;
  int64_t inpDepth = 2048;
  int64_t accDepth = 2048;

  /// The geometry batch × blockIn × blockOut whose buffers hold as many bytes
  /// as those of the default geometry (32 Ki uop, 256 Ki wgt, 32 Ki inp,
  /// 128 Ki acc), or as many elements where those are smaller: the default
  /// depths are the largest that can be encoded together. Fails if the lanes
  /// are no powers of two.
  static llvm::Expected<Geometry> standard(int64_t batch, int64_t blockIn,
                                           int64_t blockOut);

  /// Refuses what cannot be encoded, naming the limit: every number must be a
  /// power of two, and each instruction must fit 128 bits and each micro-op
  /// 32 bits. Every other function of this library needs a verified geometry.
  llvm::Error verify() const;

  /// Elements that `buffer` holds. OUT shares the index space of ACC.
  int64_t depth(Buffer buffer) const;

  /// Bytes of one element, in DRAM and on chip alike.
  int64_t elementBytes(Buffer buffer) const;

  /// Multiply-accumulates that one GEMM micro-op performs.
  int64_t macsPerMicroOp() const { return batch * blockIn * blockOut; }

  /// Width of an index into the buffer: log2 of the depth.
  unsigned uopBits() const;
  unsigned wgtBits() const;
  unsigned inpBits() const;
  unsigned accBits() const;

  /// "1x16x16": batch, block in, block out.
  std::string str() const;
};

bool operator==(const Geometry &lhs, const Geometry &rhs);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_GEOMETRY_H
