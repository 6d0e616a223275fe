//===- Embedding.cpp - Where an operator's ranks sit on the lanes ---------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Embedding.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include <tuple>

using namespace accel;

llvm::StringRef accel::stringifyLayoutLevel(LayoutLevel level) {
  switch (level) {
  case LayoutLevel::AsIs:
    return "as is";
  case LayoutLevel::Packed:
    return "packed";
  case LayoutLevel::Padded:
    return "padded";
  case LayoutLevel::Unrolled:
    return "unrolled";
  }
  llvm_unreachable("unknown layout level");
}

bool EmbeddingCost::operator<(const EmbeddingCost &other) const {
  return std::tie(microOps, bytes, conversions) <
         std::tie(other.microOps, other.bytes, other.conversions);
}

bool EmbeddingCost::operator==(const EmbeddingCost &other) const {
  return std::tie(microOps, bytes, conversions) ==
         std::tie(other.microOps, other.bytes, other.conversions);
}

Role Embedding::instructionRole(Role role) const {
  if (!swapped || role == Role::Output)
    return role;
  return role == Role::Input ? Role::Weight : Role::Input;
}

int64_t Embedding::laneUsed(unsigned lane) const {
  int64_t used = 1;
  for (unsigned axis : lanes[lane])
    used *= axes[axis].tile;
  return used;
}

unsigned Embedding::axisOf(unsigned rank) const {
  for (unsigned axis = 0; axis < axes.size(); ++axis)
    if (llvm::is_contained(axes[axis].ranks, rank))
      return axis;
  llvm_unreachable("an embedding's axes hold every rank");
}

bool Embedding::decompose(unsigned lane, int64_t position,
                          llvm::SmallVectorImpl<int64_t> &positions) const {
  positions.assign(lanes[lane].size(), 0);
  for (size_t i = lanes[lane].size(); i-- > 0;) {
    int64_t tile = axes[lanes[lane][i]].tile;
    positions[i] = position % tile;
    position /= tile;
  }
  return position == 0;
}

/// Liberties beyond the cost, fewest first.
static auto liberties(const Embedding &e) {
  unsigned levels = 0, strided = 0;
  for (const OperandLayout &layout : e.layouts)
    levels += static_cast<unsigned>(layout.level);
  for (const EmbeddedAxis &axis : e.axes)
    strided += axis.strided;
  // Fewer axes for the same ranks means that more are fused.
  return std::make_tuple(levels, e.swapped, strided, -int64_t(e.axes.size()));
}

static auto decision(const EmbeddedAxis &axis) {
  return std::make_tuple(axis.ranks, -axis.tile, axis.lane, axis.strided);
}

bool accel::isBetter(const Embedding &a, const Embedding &b) {
  if (!(a.cost == b.cost))
    return a.cost < b.cost;
  if (liberties(a) != liberties(b))
    return liberties(a) < liberties(b);
  for (const auto &[x, y] : llvm::zip(a.axes, b.axes))
    if (decision(x) != decision(y))
      return decision(x) < decision(y);
  return a.axes.size() < b.axes.size();
}

bool accel::isSame(const Embedding &a, const Embedding &b) {
  if (a.swapped != b.swapped || a.axes.size() != b.axes.size())
    return false;
  for (const auto &[x, y] : llvm::zip(a.axes, b.axes))
    if (decision(x) != decision(y))
      return false;
  return true;
}
