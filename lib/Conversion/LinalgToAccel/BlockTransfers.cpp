//===- BlockTransfers.cpp - Splits copies into 2-D transfers --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockTransfers.h"

using namespace mlir;
using namespace mlir::accel;

namespace {
/// A dimension of a copy; strides in elements.
struct CopyDim {
  int64_t extent;
  int64_t outerStride;
  int64_t chipStride;
  int64_t before = 0;
  int64_t after = 0;

  int64_t paddedExtent() const { return before + extent + after; }
};
} // namespace

/// The paddings of `onChip` inside of `padded`. Fails unless the views are
/// parallel and one lies in the other.
static LogicalResult findPadding(const ElementView &onChip,
                                 const ElementView &padded,
                                 SmallVectorImpl<CopyDim> &dims) {
  if (onChip.root != padded.root || onChip.sizes.size() != padded.sizes.size())
    return failure();
  int64_t rest = onChip.offset - padded.offset;
  if (rest < 0)
    return failure();
  // Larger strides first: the offset is then a mixed-radix number.
  SmallVector<size_t> order = llvm::to_vector(llvm::seq(dims.size()));
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::make_pair(padded.strides[a], padded.sizes[a]) >
           std::make_pair(padded.strides[b], padded.sizes[b]);
  });
  for (size_t dim : order) {
    int64_t size = padded.sizes[dim];
    if (onChip.sizes[dim] != 1 && onChip.strides[dim] != padded.strides[dim])
      return failure();
    dims[dim].chipStride = padded.strides[dim];
    if (size == 1)
      continue;
    dims[dim].before = rest / padded.strides[dim];
    rest %= padded.strides[dim];
    dims[dim].after = size - dims[dim].before - dims[dim].extent;
    if (dims[dim].after < 0)
      return failure();
  }
  return success(rest == 0);
}

FailureOr<std::vector<BlockTransfer>>
mlir::accel::splitIntoBlocks(const ElementView &outer,
                             const ElementView &onChip,
                             const ElementView *padded) {
  SmallVector<CopyDim> all;
  for (auto [size, outerStride, chipStride] :
       llvm::zip(onChip.sizes, outer.strides, onChip.strides))
    all.push_back({size, outerStride, chipStride});
  if (padded && failed(findPadding(onChip, *padded, all)))
    return failure();

  // Outermost on chip first, without what does not move.
  llvm::sort(all, [](const CopyDim &a, const CopyDim &b) {
    return std::make_pair(a.chipStride, a.paddedExtent()) >
           std::make_pair(b.chipStride, b.paddedExtent());
  });
  SmallVector<CopyDim> dims;
  for (const CopyDim &dim : all) {
    if (dim.paddedExtent() == 1)
      continue;
    dims.push_back(dim);
    while (dims.size() > 1) {
      const CopyDim &in = dims.back();
      const CopyDim &out = dims[dims.size() - 2];
      if (in.before != 0 || in.after != 0 ||
          std::max(out.before, out.after) * in.extent > kMaxPad ||
          out.outerStride != in.outerStride * in.extent ||
          out.chipStride != in.chipStride * in.extent)
        break;
      CopyDim merged = {out.extent * in.extent, in.outerStride, in.chipStride,
                        out.before * in.extent, out.after * in.extent};
      dims.pop_back();
      dims.back() = merged;
    }
  }

  CopyDim columns = {1, 1, 1};
  CopyDim rows = {1, 1, 1};
  if (!dims.empty() && dims.back().chipStride == 1 &&
      dims.back().outerStride == 1)
    columns = dims.pop_back_val();
  if (!dims.empty() && dims.back().chipStride == columns.paddedExtent())
    rows = dims.pop_back_val();
  for (const CopyDim &dim : dims)
    if (dim.before != 0 || dim.after != 0)
      return failure();
  for (int64_t pad : {rows.before, rows.after, columns.before, columns.after})
    if (pad > kMaxPad)
      return failure();

  BlockTransfer transfer;
  transfer.outer = outer;
  transfer.onChip = padded ? *padded : onChip;
  bool twoDimensional = rows.paddedExtent() > 1;
  auto shape = [&](ElementView &view, int64_t rowCount, int64_t rowStride,
                   int64_t columnCount) {
    view.sizes.clear();
    view.strides.clear();
    if (twoDimensional) {
      view.sizes.push_back(rowCount);
      view.strides.push_back(rowStride);
    }
    view.sizes.push_back(columnCount);
    view.strides.push_back(1);
  };
  shape(transfer.outer, rows.extent, rows.outerStride, columns.extent);
  shape(transfer.onChip, rows.paddedExtent(), columns.paddedExtent(),
        columns.paddedExtent());
  if (rows.before || rows.after || columns.before || columns.after)
    transfer.pad = {rows.before, rows.after, columns.before, columns.after};

  std::vector<BlockTransfer> blocks;
  SmallVector<int64_t> index(dims.size(), 0);
  for (;;) {
    BlockTransfer block = transfer;
    for (auto [dim, i] : llvm::zip(dims, index)) {
      block.outer.offset += i * dim.outerStride;
      block.onChip.offset += i * dim.chipStride;
    }
    blocks.push_back(std::move(block));
    int64_t digit = int64_t(index.size()) - 1;
    for (; digit >= 0; --digit) {
      if (++index[digit] < dims[digit].extent)
        break;
      index[digit] = 0;
    }
    if (digit < 0)
      return blocks;
  }
}
