//===- Npy.h - Arrays in NumPy's file format ------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads and writes .npy, versions 1 and 2, C order, little endian. Format:
// NEP 1, "A Simple File Format for NumPy Arrays".
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_NPY_H
#define ACCEL_TARGET_VTA_NPY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <vector>

namespace accel::npy {

enum class DType : uint8_t { I1, I2, I4, I8, U1, F4, F8 };

/// NumPy's name: "int8", "float32", ….
llvm::StringRef dtypeName(DType dtype);

int64_t itemBytes(DType dtype);

/// True for all but F4 and F8.
bool isInteger(DType dtype);

/// Row-major elements, little endian.
struct Array {
  DType dtype = DType::I1;
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;

  int64_t numElements() const {
    return static_cast<int64_t>(bytes.size()) / itemBytes(dtype);
  }

  /// Element `i` in row-major order; the dtype must be an integer.
  int64_t integerAt(int64_t i) const;
};

/// Parses a whole file's content. Fails on anything else than what is listed
/// above, saying what was found; never reads past `content` and allocates no
/// more than its size.
llvm::Expected<Array> parse(llvm::StringRef content);

llvm::Expected<Array> read(llvm::StringRef path);

/// The content of a version 1 file.
std::string serialize(const Array &array);

/// Writes under a temporary name and renames, so that `path` never holds half
/// an array.
llvm::Error write(const Array &array, llvm::StringRef path);

} // namespace accel::npy

#endif // ACCEL_TARGET_VTA_NPY_H
