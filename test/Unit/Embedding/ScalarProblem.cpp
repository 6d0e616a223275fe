//===- ScalarProblem.cpp - The embedding problem on scalars ---------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScalarProblem.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace accel;
using namespace accel::test;

static int64_t valueAt(const ProblemOperand &operand,
                       const std::vector<int64_t> &at) {
  int64_t number = 0;
  for (const LinearExpr &index : operand.projection) {
    int64_t position = index.offset;
    for (auto [rank, factor] : index.terms)
      position += factor * at[rank];
    number = number * 1000 + position + 500;
  }
  return number;
}

Points::Points(const Problem &problem) : problem(problem) {
  int64_t count = 1;
  for (const Rank &rank : problem.ranks)
    count *= rank.bound;
  for (int64_t point = 0; point < count; ++point) {
    std::vector<int64_t> at(problem.ranks.size());
    int64_t rest = point;
    for (size_t r = at.size(); r-- > 0;) {
      at[r] = rest % problem.ranks[r].bound;
      rest /= problem.ranks[r].bound;
    }
    for (unsigned i = 0; i < 3; ++i)
      values[i].push_back(valueAt(problem.operands[i], at));
    coordinates.push_back(std::move(at));
  }
}

int64_t Invocation::pointAt(llvm::ArrayRef<int64_t> positions) const {
  int64_t product = 0;
  for (auto [extent, position] : llvm::zip(used, positions))
    product = product * extent + position;
  return points[product];
}

bool Invocation::operator<(const Invocation &other) const {
  return std::tie(swapped, used, points) <
         std::tie(other.swapped, other.used, other.points);
}

bool Invocation::operator==(const Invocation &other) const {
  return std::tie(swapped, used, points) ==
         std::tie(other.swapped, other.used, other.points);
}

void accel::test::forEachPosition(
    llvm::ArrayRef<int64_t> extents,
    llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit) {
  if (llvm::is_contained(extents, 0))
    return;
  std::vector<int64_t> at(extents.size(), 0);
  while (true) {
    visit(at);
    size_t i = at.size();
    while (i > 0 && ++at[i - 1] == extents[i - 1])
      at[--i] = 0;
    if (i == 0)
      return;
  }
}

//===----------------------------------------------------------------------===//
// Enumeration
//===----------------------------------------------------------------------===//

namespace {

/// Solutions of one shape: the swap and the used positions of each lane.
class ScalarSearch {
public:
  ScalarSearch(const Points &points, bool swapped, std::vector<int64_t> used,
               std::set<Invocation> &out)
      : points(points), out(out) {
    const MatrixInstruction &instruction = points.problem.instruction;
    invocation.swapped = swapped;
    invocation.used = std::move(used);
    forEachPosition(invocation.used, [&](llvm::ArrayRef<int64_t> positions) {
      std::array<int64_t, 3> slot = {0, 0, 0};
      for (unsigned i = 0; i < 3; ++i)
        for (unsigned lane : instruction.operands[i].lanes)
          slot[i] = slot[i] * instruction.lanes[lane].extent + positions[lane];
      // Slots of the operator's input, weight and output.
      if (swapped)
        std::swap(slot[0], slot[1]);
      slots.push_back(slot);
      before.push_back(productBefore(positions));
    });
  }

  void run() {
    size_t product = invocation.points.size();
    if (product == slots.size()) {
      out.insert(invocation);
      return;
    }
    int64_t first = product ? invocation.points[before[product]] + 1 : 0;
    for (int64_t point = first; point < points.size(); ++point) {
      if (!fits(point))
        continue;
      invocation.points.push_back(point);
      run();
      invocation.points.pop_back();
    }
  }

private:
  /// The product whose point is less: the neighbour on a lane through the first
  /// product, for others the first product itself.
  size_t productBefore(llvm::ArrayRef<int64_t> positions) const {
    size_t moved = 0, stride = 1, step = 0;
    for (size_t lane = positions.size(); lane-- > 0;) {
      if (positions[lane] > 0) {
        ++moved;
        step = stride;
      }
      stride *= invocation.used[lane];
    }
    return moved == 1 ? slots.size() - 1 - step : 0;
  }

  bool fits(int64_t point) const {
    const auto &slot = slots[invocation.points.size()];
    for (size_t other = 0; other < invocation.points.size(); ++other) {
      int64_t otherPoint = invocation.points[other];
      if (otherPoint == point)
        return false;
      for (unsigned i = 0; i < 3; ++i) {
        bool sameValue =
            points.values[i][point] == points.values[i][otherPoint];
        bool sameSlot = slot[i] == slots[other][i];
        if (sameSlot ? !sameValue : i == 2 && sameValue)
          return false;
      }
    }
    return true;
  }

  const Points &points;
  std::set<Invocation> &out;
  std::vector<std::array<int64_t, 3>> slots;
  std::vector<size_t> before;
  Invocation invocation;
};

} // namespace

std::set<Invocation>
accel::test::enumerateScalarSolutions(const Points &points) {
  std::set<Invocation> solutions;
  std::vector<int64_t> extents;
  for (const Lane &lane : points.problem.instruction.lanes)
    extents.push_back(lane.extent);
  for (bool swapped : {false, true}) {
    if (swapped && !points.problem.options.allowRoleSwap)
      break;
    forEachPosition(extents, [&](llvm::ArrayRef<int64_t> last) {
      std::vector<int64_t> used(last.begin(), last.end());
      for (int64_t &positions : used)
        ++positions;
      ScalarSearch(points, swapped, used, solutions).run();
    });
  }
  return solutions;
}

//===----------------------------------------------------------------------===//
// Invocations of embeddings
//===----------------------------------------------------------------------===//

void accel::test::forEachGroup(
    const Embedding &embedding,
    llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit) {
  std::vector<int64_t> extents;
  for (const EmbeddedAxis &axis : embedding.axes)
    extents.push_back(axis.groups);
  forEachPosition(extents, visit);
}

/// The point at a position of every lane.
static int64_t pointOf(const Problem &problem, const Embedding &e,
                       llvm::ArrayRef<int64_t> groups,
                       llvm::ArrayRef<llvm::SmallVector<int64_t, 2>> onLanes) {
  std::vector<int64_t> at(problem.ranks.size());
  std::vector<int64_t> positions(e.axes.size(), 0);
  for (auto [lane, onAxes] : llvm::zip(e.lanes, onLanes))
    for (auto [axis, position] : llvm::zip(lane, onAxes))
      positions[axis] = position;
  for (auto [axis, group, position] : llvm::zip(e.axes, groups, positions)) {
    int64_t value = axis.value(group, position);
    for (unsigned rank : llvm::reverse(axis.ranks)) {
      at[rank] = value % problem.ranks[rank].bound;
      value /= problem.ranks[rank].bound;
    }
  }
  int64_t point = 0;
  for (auto [rank, coordinate] : llvm::zip(problem.ranks, at))
    point = point * rank.bound + coordinate;
  return point;
}

Invocation accel::test::invocationAt(const Problem &problem, const Embedding &e,
                                     llvm::ArrayRef<int64_t> groups) {
  unsigned numLanes = problem.instruction.lanes.size();
  std::vector<std::vector<llvm::SmallVector<int64_t, 2>>> positions(numLanes);
  Invocation result;
  result.swapped = e.swapped;
  for (unsigned lane = 0; lane < numLanes; ++lane) {
    for (int64_t p = 0; p < problem.instruction.lanes[lane].extent; ++p) {
      llvm::SmallVector<int64_t, 2> onAxes;
      bool valid = e.decompose(lane, p, onAxes);
      for (auto [a, position] : llvm::zip(e.lanes[lane], onAxes))
        valid = valid && e.axes[a].value(groups[a], position) < e.axes[a].bound;
      if (valid)
        positions[lane].push_back(onAxes);
    }
    result.used.push_back(positions[lane].size());
  }
  auto pointAt = [&](llvm::ArrayRef<int64_t> p) {
    llvm::SmallVector<llvm::SmallVector<int64_t, 2>, 4> onLanes;
    for (unsigned lane = 0; lane < numLanes; ++lane)
      onLanes.push_back(positions[lane][p[lane]]);
    return pointOf(problem, e, groups, onLanes);
  };
  std::vector<int64_t> least;
  forEachPosition(result.used, [&](llvm::ArrayRef<int64_t> p) {
    if (least.empty() || pointAt(p) < pointAt(least))
      least.assign(p.begin(), p.end());
  });
  if (least.empty())
    return result;
  // Along each lane through the least point, ascending.
  for (unsigned lane = 0; lane < numLanes; ++lane) {
    std::vector<int64_t> order(result.used[lane]);
    std::iota(order.begin(), order.end(), 0);
    auto pointOn = [&](int64_t p) {
      std::vector<int64_t> at = least;
      at[lane] = p;
      return pointAt(at);
    };
    llvm::sort(order,
               [&](int64_t a, int64_t b) { return pointOn(a) < pointOn(b); });
    auto unordered = positions[lane];
    for (auto [to, from] : llvm::enumerate(order))
      positions[lane][to] = unordered[from];
    least[lane] = 0;
  }
  forEachPosition(result.used, [&](llvm::ArrayRef<int64_t> p) {
    result.points.push_back(pointAt(p));
  });
  return result;
}
