//===- Layout.cpp - Lanes, layouts and cost that follow from the axes -----===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "accel/Embedding/Problem.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstdlib>
#include <numeric>

using namespace accel;
using namespace accel::embedding;

int64_t embedding::commonStep(Progressions progressions) {
  int64_t common = 0;
  for (auto [step, count] : progressions)
    if (count > 1)
      common = std::gcd(common, step);
  return common == 0 ? 1 : common;
}

int64_t embedding::countSpan(Progressions progressions) {
  int64_t common = commonStep(progressions);
  int64_t span = 1;
  for (auto [step, count] : progressions)
    span = addSat(span, mulSat(std::abs(step) / common, count - 1));
  return span;
}

int64_t embedding::countDistinct(Progressions progressions) {
  llvm::SmallVector<std::pair<int64_t, int64_t>, 4> active;
  int64_t all = 1;
  for (auto [step, count] : progressions)
    if (count > 1) {
      active.push_back({std::abs(step), count});
      all = mulSat(all, count);
    }
  if (active.size() < 2)
    return all;
  int64_t common = commonStep(active);
  if (active.size() == 2) {
    // Two pairs of indices meet iff they differ by a multiple of (b, -a): the
    // pairs form chains, and a chain of n pairs has n - 1 links.
    int64_t a = active[0].first / common, b = active[1].first / common;
    int64_t links = mulSat(std::max<int64_t>(0, active[0].second - b),
                           std::max<int64_t>(0, active[1].second - a));
    return all - links;
  }
  int64_t span = countSpan(active);
  constexpr int64_t maxWork = 1 << 16;
  if (mulSat(span, static_cast<int64_t>(active.size())) > maxWork ||
      all > maxWork)
    return std::min(all, span);
  llvm::BitVector sums(span);
  sums.set(0);
  for (auto [step, count] : active) {
    llvm::BitVector next(span);
    for (unsigned sum : sums.set_bits())
      for (int64_t i = 0; i < count; ++i)
        next.set(sum + i * step / common);
    sums = std::move(next);
  }
  return sums.count();
}

namespace {

/// Derives the layout of one operand.
class LayoutBuilder {
public:
  LayoutBuilder(const Problem &problem, const Embedding &embedding, Role role)
      : problem(problem), embedding(embedding), role(role),
        operand(problem.operand(role)),
        slot(problem.instruction.operand(embedding.instructionRole(role))) {}

  OperandLayout build();

private:
  void addComponent(llvm::ArrayRef<unsigned> dims);
  void addAffineDim(unsigned dim);
  void addUnrolledDims(llvm::ArrayRef<unsigned> axes);
  bool addSharedWindow(unsigned dim, llvm::ArrayRef<unsigned> axes);
  void appendDim(PackedDim dim, int64_t touched);
  LayoutLevel level() const;
  bool isMemoryOrder() const;
  bool isPadded() const;
  bool isPlain(const EmbeddedAxis &axis) const;
  bool addresses(const EmbeddedAxis &axis, unsigned dim) const;

  const Problem &problem;
  const Embedding &embedding;
  Role role;
  const ProblemOperand &operand;
  const InstructionOperand &slot;
  OperandLayout layout;
  /// Values stored, filler aside, and values of the tensor that are touched.
  int64_t stored = 1, original = 1;
};

} // namespace

bool LayoutBuilder::addresses(const EmbeddedAxis &axis, unsigned dim) const {
  for (auto [rank, factor] : operand.projection[dim].terms)
    if (problem.ranks[rank].bound > 1 && llvm::is_contained(axis.ranks, rank))
      return true;
  return false;
}

bool LayoutBuilder::isPlain(const EmbeddedAxis &axis) const {
  // Every single rank leads the problem's axes, in rank order.
  return llvm::all_of(axis.ranks, [&](unsigned rank) {
    return problem.axes[rank].plain[static_cast<unsigned>(role)];
  });
}

void LayoutBuilder::appendDim(PackedDim dim, int64_t touched) {
  layout.elements = mulSat(layout.elements, dim.size);
  layout.touched = mulSat(layout.touched, touched);
  if (!dim.terms.empty())
    layout.dims.push_back(std::move(dim));
}

void LayoutBuilder::addAffineDim(unsigned dim) {
  llvm::SmallVector<std::pair<int64_t, int64_t>, 4> loops;
  for (auto [rank, factor] : operand.projection[dim].terms)
    loops.push_back({factor, problem.ranks[rank].bound});
  int64_t common = commonStep(loops);
  PackedDim packed;
  packed.size = countSpan(loops);
  for (auto [rank, factor] : operand.projection[dim].terms) {
    int64_t bound = problem.ranks[rank].bound;
    if (bound == 1)
      continue;
    int64_t step = factor / common;
    packed.terms.push_back({embedding.axisOf(rank), step});
    if (step < 0)
      packed.offset -= step * (bound - 1);
  }
  int64_t touched = std::min(countDistinct(loops), operand.shape[dim]);
  stored = mulSat(stored, touched);
  appendDim(std::move(packed), touched);
}

void LayoutBuilder::addUnrolledDims(llvm::ArrayRef<unsigned> axes) {
  for (unsigned a : axes) {
    const EmbeddedAxis &axis = embedding.axes[a];
    PackedDim packed;
    packed.size = axis.groups;
    if (axis.groups > 1)
      packed.terms.push_back({a, 1});
    stored = mulSat(stored, axis.bound);
    appendDim(std::move(packed), axis.groups);
  }
}

/// Lets overlapping windows share elements: two groups whose windows start at
/// the same place read one element.
bool LayoutBuilder::addSharedWindow(unsigned dim,
                                    llvm::ArrayRef<unsigned> axes) {
  // Where a reduction rank has filler, one of its two operands must hold zeros
  // there. A shared window cannot, as a neighbour may need the value; so the
  // weight never shares.
  if (axes.size() < 2 || role != Role::Input)
    return false;
  PackedDim packed;
  llvm::SmallVector<std::pair<int64_t, int64_t>, 4> groups;
  llvm::SmallVector<int64_t, 4> steps;
  int64_t all = 1, tiles = 1;
  for (unsigned a : axes) {
    const EmbeddedAxis &axis = embedding.axes[a];
    if (axis.ranks.size() > 1)
      return false;
    int64_t step = 0;
    for (auto [rank, factor] : operand.projection[dim].terms)
      if (rank == axis.ranks.front())
        step = factor;
    if (step < 0)
      return false;
    if (!axis.strided)
      step *= axis.tile;
    groups.push_back({step, axis.groups});
    steps.push_back(step);
    all = mulSat(all, axis.groups);
    tiles *= axis.tile;
  }
  packed.size = countSpan(groups);
  if (packed.size >= all)
    return false;
  int64_t common = commonStep(groups);
  for (auto [a, step] : llvm::zip(axes, steps))
    if (embedding.axes[a].groups > 1)
      packed.terms.push_back({a, step / common});
  stored = mulSat(stored, mulSat(packed.size, tiles));
  int64_t touched = packed.size;
  appendDim(std::move(packed), touched);
  return true;
}

void LayoutBuilder::addComponent(llvm::ArrayRef<unsigned> dims) {
  llvm::SmallVector<unsigned, 4> axes;
  bool onLane = false;
  for (unsigned a = 0; a < embedding.axes.size(); ++a) {
    const EmbeddedAxis &axis = embedding.axes[a];
    if (llvm::none_of(dims, [&](unsigned d) { return addresses(axis, d); }))
      continue;
    axes.push_back(a);
    onLane |= axis.lane >= 0;
  }
  if (!onLane) {
    for (unsigned dim : dims)
      addAffineDim(dim);
    return;
  }
  if (dims.size() == 1 && addSharedWindow(dims.front(), axes))
    return;
  addUnrolledDims(axes);
}

bool LayoutBuilder::isPadded() const {
  for (unsigned lane : slot.lanes) {
    if (embedding.laneUsed(lane) != problem.instruction.lanes[lane].extent)
      return true;
    for (unsigned a : embedding.lanes[lane])
      if (embedding.axes[a].bound % embedding.axes[a].tile != 0)
        return true;
  }
  return false;
}

/// True if the tensor, row-major, is already an array of elements: positions on
/// the lanes are neighbours in memory and elements start at multiples of their
/// size.
bool LayoutBuilder::isMemoryOrder() const {
  if (isPadded())
    return false;
  int64_t size = layout.valuesPerElement;
  llvm::SmallVector<int64_t, 4> strides(operand.shape.size());
  int64_t stride = 1, base = 0;
  for (size_t d = operand.shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride = mulSat(stride, operand.shape[d]);
  }
  llvm::SmallVector<int64_t, 8> rankStride(problem.ranks.size(), 0);
  for (auto [index, dimStride] : llvm::zip(operand.projection, strides)) {
    // The remainder suffices, and strides of huge tensors saturate.
    base += index.offset % size * (dimStride % size);
    for (auto [rank, factor] : index.terms)
      rankStride[rank] =
          addSat(rankStride[rank], mulSat(std::abs(factor), dimStride));
  }
  if (base % size != 0)
    return false;
  auto axisStride = [&](const EmbeddedAxis &axis) -> int64_t {
    for (size_t i = axis.ranks.size() - 1; i > 0; --i)
      if (rankStride[axis.ranks[i - 1]] !=
          mulSat(rankStride[axis.ranks[i]], problem.ranks[axis.ranks[i]].bound))
        return -1;
    return rankStride[axis.ranks.back()];
  };
  int64_t expected = 1;
  for (unsigned lane : llvm::reverse(slot.lanes))
    for (unsigned a : llvm::reverse(embedding.lanes[lane])) {
      const EmbeddedAxis &axis = embedding.axes[a];
      int64_t step = axisStride(axis);
      if (axis.strided)
        step = mulSat(step, axis.groups);
      if (step != expected)
        return false;
      expected *= axis.tile;
    }
  for (const EmbeddedAxis &axis : embedding.axes) {
    if (axis.groups == 1 || rankStride[axis.ranks.back()] == 0)
      continue;
    int64_t step = axisStride(axis);
    if (step < 0 || mulSat(step, axis.strided ? 1 : axis.tile) % size != 0)
      return false;
  }
  // A negative factor runs against memory order.
  for (const LinearExpr &index : operand.projection)
    for (auto [rank, factor] : index.terms)
      if (factor < 0 && embedding.axes[embedding.axisOf(rank)].lane >= 0)
        return false;
  return true;
}

LayoutLevel LayoutBuilder::level() const {
  if (isMemoryOrder())
    return LayoutLevel::AsIs;
  for (const EmbeddedAxis &axis : embedding.axes)
    if (axis.lane >= 0 && !isPlain(axis))
      return LayoutLevel::Unrolled;
  return isPadded() ? LayoutLevel::Padded : LayoutLevel::Packed;
}

OperandLayout LayoutBuilder::build() {
  unsigned numDims = operand.projection.size();
  // Dimensions that an axis ties together are laid out together.
  llvm::SmallVector<unsigned, 4> leader(numDims);
  std::iota(leader.begin(), leader.end(), 0);
  for (const EmbeddedAxis &axis : embedding.axes) {
    int first = -1;
    for (unsigned d = 0; d < numDims; ++d) {
      if (!addresses(axis, d))
        continue;
      if (first < 0)
        first = leader[d];
      unsigned from = leader[d];
      for (unsigned &l : leader)
        if (l == from)
          l = first;
    }
  }
  llvm::SmallVector<bool, 4> done(numDims, false);
  for (unsigned d = 0; d < numDims; ++d) {
    if (done[d])
      continue;
    llvm::SmallVector<unsigned, 4> dims;
    for (unsigned other = d; other < numDims; ++other)
      if (leader[other] == leader[d]) {
        dims.push_back(other);
        done[other] = true;
      }
    addComponent(dims);
  }
  for (unsigned d = 0; d < numDims; ++d) {
    llvm::SmallVector<std::pair<int64_t, int64_t>, 4> loops;
    for (auto [rank, factor] : operand.projection[d].terms)
      loops.push_back({factor, problem.ranks[rank].bound});
    original =
        mulSat(original, std::min(countDistinct(loops), operand.shape[d]));
  }
  layout.valuesPerElement =
      problem.instruction.valuesPerElement(embedding.instructionRole(role));
  layout.replication = static_cast<double>(stored) / original;
  int64_t bits =
      mulSat(mulSat(layout.touched, layout.valuesPerElement), operand.bits);
  layout.bytes = bits / 8 + (bits % 8 != 0);
  layout.level = level();
  return std::move(layout);
}

void Problem::complete(Embedding &embedding) const {
  for (EmbeddedAxis &axis : embedding.axes) {
    axis.bound = 1;
    for (unsigned rank : axis.ranks)
      axis.bound = mulSat(axis.bound, ranks[rank].bound);
    axis.groups = divCeil(axis.bound, axis.tile);
    if (axis.tile == 1)
      axis.lane = -1;
  }
  llvm::sort(embedding.axes, [&](const EmbeddedAxis &a, const EmbeddedAxis &b) {
    return order[a.ranks.front()] < order[b.ranks.front()];
  });
  embedding.lanes.assign(instruction.lanes.size(), {});
  EmbeddingCost &cost = embedding.cost;
  cost = {};
  cost.microOps = 1;
  double points = 1;
  for (unsigned a = 0; a < embedding.axes.size(); ++a) {
    const EmbeddedAxis &axis = embedding.axes[a];
    if (axis.lane >= 0)
      embedding.lanes[axis.lane].push_back(a);
    cost.microOps = mulSat(cost.microOps, axis.groups);
    points *= static_cast<double>(axis.bound);
  }
  for (Role role : {Role::Input, Role::Weight, Role::Output}) {
    OperandLayout layout = LayoutBuilder(*this, embedding, role).build();
    cost.bytes = addSat(cost.bytes, layout.bytes);
    cost.conversions += layout.level != LayoutLevel::AsIs;
    embedding.layouts[static_cast<unsigned>(role)] = std::move(layout);
  }
  cost.utilisation =
      points / (static_cast<double>(cost.microOps) * instruction.products());
}

bool Problem::respectsLayouts(const Embedding &embedding) const {
  for (unsigned i = 0; i < 3; ++i)
    if (embedding.layouts[i].level > options.maxLayout[i])
      return false;
  return true;
}
