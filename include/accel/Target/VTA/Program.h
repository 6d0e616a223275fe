//===- Program.h - A VTA program and its folder ---------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program as data: instructions, micro-ops, the tensors in DRAM, and the
// packed image of the constants. On disk it is a folder:
//
//   manifest.json     geometry, entry, one record per tensor (schema 1)
//   instructions.bin  16 bytes each, little endian
//   uops.bin          4 bytes each, little endian
//   constants.bin     the packed constants (absent if there is none)
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_PROGRAM_H
#define ACCEL_TARGET_VTA_PROGRAM_H

#include "accel/Target/VTA/Geometry.h"
#include "accel/Target/VTA/ISA.h"
#include "accel/Target/VTA/Layout.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <vector>

namespace accel::vta {

/// What a tensor is to the program. Scratch is written and read by the program
/// alone and may share its memory with other scratch tensors.
enum class Role : uint8_t { Input, Output, Constant, Scratch };

enum class ElementType : uint8_t { I8, I32 };

llvm::StringRef roleName(Role role);
llvm::StringRef elementTypeName(ElementType type);
int64_t elementTypeBytes(ElementType type);

/// A tensor in DRAM at [dramBase, dramBase + size), bytes. `layout` maps a
/// logical index to the byte offset from dramBase; bytes that no index maps to
/// are zero.
///
/// An input whose values stand in several places (windows that are unrolled)
/// has no such map: `gather` says the reverse, from a position in the dense
/// row-major array of `packedShape` to the logical index whose value is there,
/// one map per dimension; zero where that index is outside of the shape.
struct TensorRecord {
  std::string name;
  Role role = Role::Scratch;
  ElementType elementType = ElementType::I8;
  std::vector<int64_t> shape;
  int64_t dramBase = 0;
  int64_t size = 0;
  Layout layout;
  std::vector<int64_t> packedShape;
  std::vector<Layout> gather;
  /// Constants only: where the packed image starts in Program::constants.
  int64_t fileOffset = 0;

  int64_t numElements() const;
  bool isGathered() const { return !gather.empty(); }
};

/// The largest DRAM: 32-bit byte addresses.
inline constexpr int64_t kMaxDramBytes = int64_t(1) << 32;

struct Program {
  Geometry geometry;
  /// The function this was compiled from.
  std::string entry;
  /// Every address is below.
  int64_t dramBytes = 0;
  int64_t uopsDramBase = 0;
  std::vector<MicroOp> microOps;
  std::vector<Instruction> instructions;
  std::vector<TensorRecord> tensors;
  std::vector<uint8_t> constants;

  int64_t uopsSize() const {
    return static_cast<int64_t>(microOps.size()) * kMicroOpBytes;
  }

  /// The tensor of that name, or null.
  const TensorRecord *find(llvm::StringRef name) const;

  /// Refuses a geometry that cannot be encoded, unnamed or repeated tensors,
  /// empty shapes, memory outside of DRAM or used twice, layouts that leave
  /// their tensor, and constants without an image. Linear in the number of
  /// elements where a layout's bounds do not decide at once.
  llvm::Error verify() const;
};

/// Calls `visit` with the row-major position and the byte offset of every
/// element, of a gathered tensor for every place where it stands. Fails where
/// the layout leaves the tensor. `tensor` must be part of a program that passed
/// verify(), or have shapes whose size fits 64 bits.
llvm::Error
visitElements(const TensorRecord &tensor,
              llvm::function_ref<void(int64_t position, int64_t offset)> visit);

/// Row-major elements of `tensor` → its packed image of `tensor.size` bytes.
/// Fails if the number of bytes is wrong or the layout puts two elements on
/// one byte.
llvm::Expected<std::vector<uint8_t>> pack(const TensorRecord &tensor,
                                          llvm::ArrayRef<uint8_t> elements);

/// The inverse of pack(): fails if the image has the wrong size.
llvm::Expected<std::vector<uint8_t>> unpack(const TensorRecord &tensor,
                                            llvm::ArrayRef<uint8_t> image);

/// Reads and verifies a program folder. Every corruption is an error that
/// names the file and what is wrong in it.
llvm::Expected<Program> readProgram(llvm::StringRef folder);

/// Verifies and writes a program folder, under a temporary name that is then
/// renamed: no half-written folder remains. Replaces `folder` if it is empty
/// or an earlier program, and refuses if it holds anything else.
llvm::Error writeProgram(const Program &program, llvm::StringRef folder);

/// The micro-ops as they stand in uops.bin and in DRAM. Fails if one cannot be
/// encoded.
llvm::Expected<std::string> microOpBytes(const Program &program);

/// The text of manifest.json.
std::string manifestText(const Program &program);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_PROGRAM_H
