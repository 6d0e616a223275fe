//===- TilePlace.cpp - Where a tile lies in its storage -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePlace.h"

using namespace mlir;
using namespace mlir::accel;

namespace {
/// The dimensions of a dense tile before its element.
struct TileShape {
  explicit TileShape(MemRefType root)
      : sizes(root.getShape().drop_back(2)), strides(sizes.size(), 1) {
    for (size_t dim = sizes.size(); dim-- > 1;)
      strides[dim - 1] = strides[dim] * sizes[dim];
  }

  SmallVector<int64_t> indexOf(int64_t element) const {
    SmallVector<int64_t> index;
    for (int64_t stride : strides) {
      index.push_back(element / stride);
      element %= stride;
    }
    return index;
  }

  ArrayRef<int64_t> sizes;
  SmallVector<int64_t> strides;
};
} // namespace

/// True if no two points of a box have the same sum of stride · index.
static bool isInjective(ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  SmallVector<std::pair<int64_t, int64_t>> dims;
  for (auto [size, stride] : llvm::zip(sizes, strides))
    if (size > 1)
      dims.push_back({stride, size});
  llvm::sort(dims);
  int64_t reach = 0;
  for (auto [stride, size] : dims) {
    if (stride <= reach)
      return false;
    reach += stride * (size - 1);
  }
  return true;
}

FailureOr<TilePlace> TilePlace::find(MemRefType root, const NestAccess &written,
                                     const NestAccess &read,
                                     ArrayRef<int64_t> bounds) {
  TilePlace place;
  bool isDense = true;
  for (auto [bound, from, to] :
       llvm::zip(bounds, read.coefficients, written.coefficients))
    isDense &= bound == 1 || from == to;
  place.offset = read.base - written.base;
  if (isDense)
    return place;

  TileShape shape(root);
  place.strides.assign(shape.sizes.size(), 0);
  for (auto [bound, from, to] :
       llvm::zip(bounds, read.coefficients, written.coefficients)) {
    if (bound == 1)
      continue;
    bool found = false;
    for (size_t dim = 0; dim < shape.sizes.size() && !found; ++dim)
      if (shape.sizes[dim] == bound && shape.strides[dim] == to &&
          place.strides[dim] == 0) {
        place.strides[dim] = from;
        found = true;
      }
    if (!found)
      return failure();
  }
  if (written.base != 0 || !isInjective(shape.sizes, place.strides))
    return failure();
  return place;
}

FailureOr<ElementView> TilePlace::apply(ElementView view) const {
  if (strides.empty()) {
    view.offset += offset;
    return view;
  }
  TileShape shape(cast<MemRefType>(view.root.getType()));
  SmallVector<int64_t> last = shape.indexOf(view.offset);
  view.offset = offset;
  for (auto [index, stride] : llvm::zip(last, strides))
    view.offset += index * stride;
  for (auto [size, stride] : llvm::zip(view.sizes, view.strides)) {
    if (size == 1)
      continue;
    bool found = false;
    for (size_t dim = 0; dim < shape.sizes.size() && !found; ++dim) {
      if (shape.sizes[dim] == 1 || stride % shape.strides[dim] != 0)
        continue;
      int64_t step = stride / shape.strides[dim];
      if (last[dim] + step * (size - 1) >= shape.sizes[dim])
        continue;
      last[dim] += step * (size - 1);
      stride = step * strides[dim];
      found = true;
    }
    if (!found)
      return failure();
  }
  return view;
}
