//===- Layout.h - Where an element of a tensor lies in DRAM ---*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The packed layout of a tensor as an affine map from its logical index to a
// byte offset, in the text form of MLIR's affine maps:
//
//   (d0, d1) -> (d0 * 64 + (d1 floordiv 16) * 16 + d1 mod 16)
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_LAYOUT_H
#define ACCEL_TARGET_VTA_LAYOUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace accel::vta {

class Layout {
public:
  /// Parses `(d0, …) -> (expression)` with +, -, *, floordiv, ceildiv, mod,
  /// parentheses and integer constants; `*` needs a constant factor, the
  /// others a positive constant divisor. Fails with the column of the error.
  /// Linear in the length of the text.
  static llvm::Expected<Layout> parse(llvm::StringRef text);

  /// The dense row-major layout of a shape, `elementBytes` a step.
  static Layout rowMajor(llvm::ArrayRef<int64_t> shape, int64_t elementBytes);

  unsigned numDims() const { return dims; }

  /// The text it was parsed from.
  llvm::StringRef str() const { return text; }

  /// The offset in bytes of an index with numDims() entries; none where the
  /// arithmetic leaves 64 bits.
  std::optional<int64_t> evaluate(llvm::ArrayRef<int64_t> index) const;

  /// Bounds of the offset over all indices 0 ≤ index < shape. They hold every
  /// offset but need not be reached. None for an empty shape (an extent of 0)
  /// or where the arithmetic leaves 64 bits.
  std::optional<std::pair<int64_t, int64_t>>
  bounds(llvm::ArrayRef<int64_t> shape) const;

private:
  friend class LayoutParser;

  enum class Op : uint8_t {
    Dim,
    Constant,
    Add,
    Sub,
    Mul,
    FloorDiv,
    CeilDiv,
    Mod
  };
  /// Reverse Polish notation: operands precede their operator.
  struct Step {
    Op op;
    int64_t value = 0;
  };

  std::string text;
  unsigned dims = 0;
  std::vector<Step> steps;
};

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_LAYOUT_H
