//===- ElementView.cpp - Memrefs as arrays of elements --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/Transforms/ElementView.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include <numeric>

using namespace mlir;
using namespace mlir::accel;

bool mlir::accel::isOnChip(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref && isa_and_nonnull<MemAttr>(memref.getMemorySpace());
}

Value mlir::accel::getViewRoot(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

FailureOr<ElementView> ElementView::get(Value memref, std::string &reason) {
  auto type = dyn_cast<MemRefType>(memref.getType());
  if (!type || !type.hasStaticShape()) {
    reason = "needs a static shape";
    return failure();
  }
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)) ||
      ShapedType::isDynamic(offset) ||
      llvm::any_of(strides, ShapedType::isDynamic)) {
    reason = "needs static offset and strides";
    return failure();
  }
  int64_t rank = type.getRank();
  if (rank < 2) {
    reason = "needs two dimensions that are one element";
    return failure();
  }
  ElementView view;
  view.root = getViewRoot(memref);
  view.elementRows = type.getDimSize(rank - 2);
  view.elementColumns = type.getDimSize(rank - 1);
  // A dimension of one has no stride to speak of.
  bool dense =
      (view.elementColumns == 1 || strides[rank - 1] == 1) &&
      (view.elementRows == 1 || strides[rank - 2] == view.elementColumns);
  int64_t elementSize = view.elementSize();
  if (!dense || elementSize == 0 || offset % elementSize != 0) {
    reason = "needs whole elements in its last two dimensions";
    return failure();
  }
  view.offset = offset / elementSize;
  for (int64_t dim = 0; dim < rank - 2; ++dim) {
    int64_t size = type.getDimSize(dim);
    if (size != 1 && strides[dim] % elementSize != 0) {
      reason = "needs whole elements in its last two dimensions";
      return failure();
    }
    view.sizes.push_back(size);
    view.strides.push_back(strides[dim] / elementSize);
  }
  return view;
}

int64_t ElementView::size() const {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1),
                         std::multiplies<int64_t>());
}

bool ElementView::coversRoot() const {
  auto type = cast<MemRefType>(root.getType());
  return type.getNumElements() == size() * elementSize();
}

bool ElementView::sameElements(const ElementView &other) const {
  if (root != other.root || offset != other.offset || sizes != other.sizes)
    return false;
  for (auto [size, left, right] : llvm::zip(sizes, strides, other.strides))
    if (size != 1 && left != right)
      return false;
  return true;
}

Value ElementView::materialize(OpBuilder &builder, Location loc,
                               Value newRoot) const {
  auto rootType = cast<MemRefType>(newRoot.getType());
  SmallVector<int64_t> shape(sizes);
  shape.append({elementRows, elementColumns});
  SmallVector<int64_t> valueStrides;
  for (int64_t stride : strides)
    valueStrides.push_back(stride * elementSize());
  valueStrides.append({elementColumns, 1});
  if (offset == 0 && rootType.getShape() == ArrayRef<int64_t>(shape) &&
      rootType.getLayout().isIdentity()) {
    SmallVector<int64_t> rootStrides;
    int64_t rootOffset;
    if (succeeded(rootType.getStridesAndOffset(rootStrides, rootOffset)) &&
        rootStrides == valueStrides)
      return newRoot;
  }
  auto layout = StridedLayoutAttr::get(builder.getContext(),
                                       offset * elementSize(), valueStrides);
  auto type = MemRefType::get(shape, rootType.getElementType(), layout,
                              rootType.getMemorySpace());
  return memref::ReinterpretCastOp::create(
      builder, loc, type, newRoot, offset * elementSize(), shape, valueStrides);
}

FailureOr<NestAccess> mlir::accel::getNestAccess(AffineMap map,
                                                 const ElementView &view) {
  NestAccess access;
  access.base = view.offset;
  access.coefficients.assign(map.getNumDims(), 0);
  if (map.getNumResults() != view.strides.size())
    return failure();
  for (auto [expr, stride, size] :
       llvm::zip(map.getResults(), view.strides, view.sizes)) {
    SmallVector<int64_t> flat;
    if (failed(getFlattenedAffineExpr(expr, map.getNumDims(),
                                      map.getNumSymbols(), &flat)) ||
        flat.size() != map.getNumDims() + 1)
      return failure();
    if (size == 1)
      continue;
    access.base += flat.back() * stride;
    for (auto [coefficient, factor] : llvm::zip(access.coefficients, flat))
      coefficient += factor * stride;
  }
  return access;
}

void mlir::accel::visitRanges(
    const NestAccess &access, ArrayRef<int64_t> nest,
    llvm::function_ref<void(int64_t, int64_t)> visit) {
  // Loops in ascending stride: while the next one continues where the run
  // ends or inside it, the run grows.
  SmallVector<std::pair<int64_t, int64_t>> loops;
  for (auto [coefficient, extent] : llvm::zip(access.coefficients, nest))
    if (coefficient != 0 && extent > 1)
      loops.push_back({coefficient, extent});
  llvm::sort(loops);
  int64_t run = 1;
  auto *rest = loops.begin();
  for (; rest != loops.end() && rest->first <= run; ++rest)
    run += rest->first * (rest->second - 1);
  SmallVector<int64_t> index(loops.end() - rest, 0);
  for (;;) {
    int64_t begin = access.base;
    for (auto [position, i] : llvm::enumerate(index))
      begin += i * rest[position].first;
    visit(begin, begin + run);
    size_t digit = 0;
    for (; digit < index.size(); ++digit) {
      if (++index[digit] < rest[digit].second)
        break;
      index[digit] = 0;
    }
    if (digit == index.size())
      return;
  }
}

void mlir::accel::visitRanges(
    const ElementView &view, llvm::function_ref<void(int64_t, int64_t)> visit) {
  NestAccess access;
  access.base = view.offset;
  access.coefficients.assign(view.strides.begin(), view.strides.end());
  visitRanges(access, view.sizes, visit);
}
