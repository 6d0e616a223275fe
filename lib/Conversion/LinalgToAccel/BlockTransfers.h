//===- BlockTransfers.h - Splits copies into 2-D transfers ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_CONVERSION_LINALGTOACCEL_BLOCKTRANSFERS_H
#define ACCEL_CONVERSION_LINALGTOACCEL_BLOCKTRANSFERS_H

#include "accel/Dialect/Accel/Transforms/ElementView.h"

#include <vector>

namespace mlir::accel {

/// The most zero elements that a load adds on each side.
inline constexpr int64_t kMaxPad = 15;

/// One load or store: rows of columns, dense on chip, rows any stride apart in
/// the outermost memory.
struct BlockTransfer {
  ElementView outer;
  ElementView onChip;
  /// Zero rows above and below, zero columns left and right. `onChip` includes
  /// them, `outer` does not.
  SmallVector<int64_t, 4> pad;
};

/// Splits a copy between two views of equal shape into block transfers:
/// dimensions that are contiguous on both sides are collapsed, the two
/// innermost ones become rows and columns, every index of the others takes a
/// transfer of its own. With `padded`, a view of the tile around `onChip` that
/// shall be zero outside of it, the transfers pad; fails if they cannot.
FailureOr<std::vector<BlockTransfer>>
splitIntoBlocks(const ElementView &outer, const ElementView &onChip,
                const ElementView *padded = nullptr);

} // namespace mlir::accel

#endif // ACCEL_CONVERSION_LINALGTOACCEL_BLOCKTRANSFERS_H
