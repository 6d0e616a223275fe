//===- NumericCheck.cpp - Runs an embedding on numbers --------------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NumericCheck.h"
#include "ScalarProblem.h"
#include "llvm/ADT/STLExtras.h"
#include <map>
#include <optional>
#include <random>

using namespace accel;
using namespace accel::test;

namespace {

/// Memory by (element, slot); what was never written reads as zero.
using Packed = std::map<std::pair<int64_t, int64_t>, uint64_t>;

class Execution {
public:
  Execution(const Problem &problem, const Embedding &embedding)
      : problem(problem), embedding(embedding), points(problem) {}

  bool run();

private:
  bool isExecutable() const;
  /// Calls `visit` with every product: its element and slot by role, and its
  /// point unless it is filler. False if an element does not exist.
  bool forEachProduct(llvm::function_ref<
                      void(const std::array<std::pair<int64_t, int64_t>, 3> &,
                           std::optional<int64_t>)>
                          visit);
  std::optional<int64_t> elementOf(const OperandLayout &layout,
                                   llvm::ArrayRef<int64_t> groups) const;
  std::optional<int64_t> pointOf(llvm::ArrayRef<int64_t> groups,
                                 llvm::ArrayRef<int64_t> lanes) const;

  const Problem &problem;
  const Embedding &embedding;
  Points points;
};

} // namespace

bool Execution::isExecutable() const {
  std::vector<int> uses(problem.ranks.size(), 0);
  if (embedding.lanes.size() != problem.instruction.lanes.size())
    return false;
  for (const EmbeddedAxis &axis : embedding.axes) {
    if (axis.tile < 1 || axis.groups < 1 || axis.groups > 1000)
      return false;
    int64_t bound = 1;
    for (unsigned rank : axis.ranks) {
      if (rank >= uses.size())
        return false;
      ++uses[rank];
      bound *= problem.ranks[rank].bound;
    }
    if (bound != axis.bound)
      return false;
  }
  for (const auto &lane : embedding.lanes)
    for (unsigned axis : lane)
      if (axis >= embedding.axes.size())
        return false;
  for (const OperandLayout &layout : embedding.layouts)
    for (const PackedDim &dim : layout.dims)
      for (auto [axis, step] : dim.terms)
        if (axis >= embedding.axes.size())
          return false;
  return llvm::all_of(uses, [](int count) { return count == 1; });
}

std::optional<int64_t>
Execution::elementOf(const OperandLayout &layout,
                     llvm::ArrayRef<int64_t> groups) const {
  int64_t element = 0;
  for (const PackedDim &dim : layout.dims) {
    int64_t index = dim.offset;
    for (auto [axis, step] : dim.terms)
      index += step * groups[axis];
    if (index < 0 || index >= dim.size)
      return std::nullopt;
    element = element * dim.size + index;
  }
  if (element >= layout.elements)
    return std::nullopt;
  return element;
}

std::optional<int64_t> Execution::pointOf(llvm::ArrayRef<int64_t> groups,
                                          llvm::ArrayRef<int64_t> lanes) const {
  std::vector<int64_t> position(embedding.axes.size(), 0);
  for (auto [axes, at] : llvm::zip(embedding.lanes, lanes)) {
    int64_t rest = at;
    for (unsigned axis : llvm::reverse(axes)) {
      position[axis] = rest % embedding.axes[axis].tile;
      rest /= embedding.axes[axis].tile;
    }
    if (rest != 0)
      return std::nullopt;
  }
  std::vector<int64_t> coordinates(problem.ranks.size(), 0);
  for (auto [axis, group, at] : llvm::zip(embedding.axes, groups, position)) {
    int64_t value =
        axis.strided ? at * axis.groups + group : group * axis.tile + at;
    if (value >= axis.bound)
      return std::nullopt;
    for (unsigned rank : llvm::reverse(axis.ranks)) {
      coordinates[rank] = value % problem.ranks[rank].bound;
      value /= problem.ranks[rank].bound;
    }
  }
  int64_t point = 0;
  for (auto [rank, at] : llvm::zip(problem.ranks, coordinates))
    point = point * rank.bound + at;
  return point;
}

bool Execution::forEachProduct(
    llvm::function_ref<void(const std::array<std::pair<int64_t, int64_t>, 3> &,
                            std::optional<int64_t>)>
        visit) {
  const MatrixInstruction &instruction = problem.instruction;
  std::vector<int64_t> extents;
  for (const Lane &lane : instruction.lanes)
    extents.push_back(lane.extent);
  bool exists = true;
  forEachGroup(embedding, [&](llvm::ArrayRef<int64_t> groups) {
    std::array<std::pair<int64_t, int64_t>, 3> place;
    for (unsigned i = 0; i < 3; ++i) {
      std::optional<int64_t> element = elementOf(embedding.layouts[i], groups);
      exists &= element.has_value();
      place[i].first = element.value_or(0);
    }
    if (!exists)
      return;
    forEachPosition(extents, [&](llvm::ArrayRef<int64_t> lanes) {
      for (unsigned i = 0; i < 3; ++i) {
        unsigned operand = embedding.swapped && i < 2 ? 1 - i : i;
        place[i].second = 0;
        for (unsigned lane : instruction.operands[operand].lanes)
          place[i].second =
              place[i].second * instruction.lanes[lane].extent + lanes[lane];
      }
      visit(place, pointOf(groups, lanes));
    });
  });
  return exists;
}

bool Execution::run() {
  if (!isExecutable())
    return false;
  // Random numbers make it all but certain that sums of other products differ.
  std::mt19937_64 random(1);
  std::array<std::map<int64_t, uint64_t>, 2> numbers;
  std::map<int64_t, uint64_t> expected, found;
  for (int64_t point = 0; point < points.size(); ++point) {
    uint64_t product = 1;
    for (unsigned i = 0; i < 2; ++i) {
      auto [it, fresh] = numbers[i].try_emplace(points.values[i][point], 0);
      if (fresh)
        it->second = random() | 1;
      product *= it->second;
    }
    expected[points.values[2][point]] += product;
  }
  std::array<Packed, 3> memory;
  if (!forEachProduct([&](const auto &place, std::optional<int64_t> point) {
        if (!point)
          return;
        for (unsigned i = 0; i < 2; ++i)
          memory[i][place[i]] = numbers[i][points.values[i][*point]];
      }))
    return false;
  auto read = [&](unsigned i, const std::pair<int64_t, int64_t> &place) {
    auto it = memory[i].find(place);
    return it == memory[i].end() ? 0 : it->second;
  };
  forEachProduct([&](const auto &place, std::optional<int64_t>) {
    memory[2][place[2]] += read(0, place[0]) * read(1, place[1]);
  });
  // A result must be the same wherever it is read from.
  bool unique = true;
  forEachProduct([&](const auto &place, std::optional<int64_t> point) {
    if (!point)
      return;
    uint64_t sum = memory[2][place[2]];
    auto [it, fresh] = found.try_emplace(points.values[2][*point], sum);
    unique &= it->second == sum;
  });
  return unique && found == expected;
}

bool accel::test::computesOperator(const Problem &problem,
                                   const Embedding &embedding) {
  return Execution(problem, embedding).run();
}
