//===- ScalarTest.cpp - The affine search against the scalar one ----------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scalar constraint problem maps every product of an invocation to a point
// of the operator on its own, with nothing said about tiles. On tiny operators
// it is enumerated here, and its solutions are compared, as sets, with all
// invocations of all embeddings that the solver lists.
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "RandomProblems.h"
#include "accel/Embedding/GecodeSolver.h"
#include <set>

using namespace accel;
using namespace accel::test;

namespace {

/// An invocation: the swap, how many positions of each lane are used, and the
/// point that each product computes. Lanes have up to two positions, which are
/// numbered so that the least point comes first.
struct Invocation {
  bool swapped;
  std::array<int64_t, 3> used;
  std::vector<int64_t> points;

  bool operator<(const Invocation &other) const {
    return std::tie(swapped, used, points) <
           std::tie(other.swapped, other.used, other.points);
  }
  bool operator==(const Invocation &other) const {
    return std::tie(swapped, used, points) ==
           std::tie(other.swapped, other.used, other.points);
  }
};

/// Coordinates of points and of the values they touch.
class Points {
public:
  explicit Points(const Problem &problem) : problem(problem) {
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
  int64_t size() const { return coordinates.size(); }

  const Problem &problem;
  std::vector<std::vector<int64_t>> coordinates;
  /// By role, the operand's value that each point uses, as a number.
  std::array<std::vector<int64_t>, 3> values;

private:
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
};

/// Enumerates the scalar problem by backtracking over products.
class ScalarSearch {
public:
  ScalarSearch(const Points &points, bool swapped, std::array<int64_t, 3> used)
      : points(points) {
    invocation.swapped = swapped;
    invocation.used = used;
    for (int64_t m = 0; m < used[0]; ++m)
      for (int64_t n = 0; n < used[1]; ++n)
        for (int64_t k = 0; k < used[2]; ++k) {
          // Slots of the operator's input, weight and output.
          std::array<int64_t, 3> slot = {2 * m + k, 2 * n + k, 2 * m + n};
          if (swapped)
            std::swap(slot[0], slot[1]);
          slots.push_back(slot);
        }
  }

  void run(std::set<Invocation> &out) {
    if (invocation.points.size() == slots.size()) {
      out.insert(invocation);
      return;
    }
    // The first product computes the least point.
    int64_t first =
        invocation.points.empty() ? 0 : invocation.points.front() + 1;
    for (int64_t point = first; point < points.size(); ++point) {
      if (!fits(point))
        continue;
      invocation.points.push_back(point);
      run(out);
      invocation.points.pop_back();
    }
  }

private:
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
        // A register holds one value; a result has one register.
        if (sameSlot ? !sameValue : i == 2 && sameValue)
          return false;
      }
    }
    return true;
  }

  const Points &points;
  std::vector<std::array<int64_t, 3>> slots;
  Invocation invocation;
};

/// Whether a scalar solution is of a class that Problem.h calls covered.
class Coverage {
public:
  explicit Coverage(const Points &points)
      : points(points), problem(points.problem) {}

  bool covers(const Invocation &invocation) const {
    for (unsigned lane = 0; lane < 3; ++lane) {
      Signature signature = problem.instruction.signature(lane);
      if (invocation.swapped)
        signature = signature.swapped();
      std::vector<unsigned> own;
      for (unsigned r = 0; r < problem.ranks.size(); ++r)
        if (problem.signature(r) == signature)
          own.push_back(r);
      llvm::sort(own, [&](unsigned a, unsigned b) {
        return problem.order[a] < problem.order[b];
      });
      if (!coversLane(invocation, lane, own))
        return false;
    }
    return true;
  }

private:
  const std::vector<int64_t> &at(const Invocation &invocation, int64_t m,
                                 int64_t n, int64_t k) const {
    return points.coordinates[invocation.points[(m * invocation.used[1] + n) *
                                                    invocation.used[2] +
                                                k]];
  }

  /// Moving along the lane may change its own ranks only, in the same way
  /// everywhere, to the other half of an aligned pair or of a strided one.
  bool coversLane(const Invocation &invocation, unsigned lane,
                  const std::vector<unsigned> &own) const {
    if (invocation.used[lane] == 1)
      return true;
    std::array<int64_t, 3> position;
    std::array<int64_t, 3> outer = invocation.used;
    outer[lane] = 1;
    const std::vector<int64_t> *firstLow = nullptr, *firstHigh = nullptr;
    for (position[0] = 0; position[0] < outer[0]; ++position[0])
      for (position[1] = 0; position[1] < outer[1]; ++position[1])
        for (position[2] = 0; position[2] < outer[2]; ++position[2]) {
          std::array<int64_t, 3> moved = position;
          moved[lane] = 1;
          const auto &low =
              at(invocation, position[0], position[1], position[2]);
          const auto &high = at(invocation, moved[0], moved[1], moved[2]);
          if (!firstLow) {
            firstLow = &low;
            firstHigh = &high;
          }
          for (unsigned r = 0; r < low.size(); ++r) {
            if (!llvm::is_contained(own, r) && low[r] != high[r])
              return false;
            if (llvm::is_contained(own, r) &&
                (low[r] != (*firstLow)[r] || high[r] != (*firstHigh)[r]))
              return false;
          }
        }
    return isTile(*firstLow, *firstHigh, own) ||
           isTile(*firstHigh, *firstLow, own);
  }

  bool isTile(const std::vector<int64_t> &low, const std::vector<int64_t> &high,
              const std::vector<unsigned> &own) const {
    std::vector<unsigned> changed;
    for (unsigned r : own)
      if (low[r] != high[r])
        changed.push_back(r);
    if (changed.size() == 1) {
      unsigned r = changed.front();
      if (high[r] - low[r] == (problem.ranks[r].bound + 1) / 2)
        return true;
    }
    // Every way to fuse ranks, with the others unchanged.
    for (unsigned subset = 1; subset < 1u << own.size(); ++subset) {
      int64_t flatLow = 0, flatHigh = 0;
      bool othersSame = true;
      for (unsigned i = 0; i < own.size(); ++i) {
        unsigned r = own[i];
        if (subset >> i & 1) {
          flatLow = flatLow * problem.ranks[r].bound + low[r];
          flatHigh = flatHigh * problem.ranks[r].bound + high[r];
        } else {
          othersSame &= low[r] == high[r];
        }
      }
      if (othersSame && flatLow % 2 == 0 && flatHigh == flatLow + 1)
        return true;
    }
    return false;
  }

  const Points &points;
  const Problem &problem;
};

} // namespace

/// The invocation of an embedding at one group of every axis.
static Invocation invocationAt(const Problem &problem, const Embedding &e,
                               llvm::ArrayRef<int64_t> groups) {
  std::array<std::vector<llvm::SmallVector<int64_t, 2>>, 3> positions;
  for (unsigned lane = 0; lane < 3; ++lane)
    for (int64_t p = 0; p < problem.instruction.lanes[lane].extent; ++p) {
      llvm::SmallVector<int64_t, 2> onAxes;
      bool valid = e.decompose(lane, p, onAxes);
      for (auto [a, position] : llvm::zip(e.lanes[lane], onAxes))
        valid = valid && e.axes[a].value(groups[a], position) < e.axes[a].bound;
      if (valid)
        positions[lane].push_back(onAxes);
    }
  auto pointAt = [&](std::array<int64_t, 3> p) {
    llvm::SmallVector<int64_t, 8> value;
    for (auto [axis, group] : llvm::zip(e.axes, groups))
      value.push_back(axis.value(group, 0));
    for (unsigned lane = 0; lane < 3; ++lane)
      for (auto [a, position] :
           llvm::zip(e.lanes[lane], positions[lane][p[lane]]))
        value[a] = e.axes[a].value(groups[a], position);
    std::vector<int64_t> at(problem.ranks.size());
    for (auto [axis, v] : llvm::zip(e.axes, value))
      for (unsigned rank : llvm::reverse(axis.ranks)) {
        at[rank] = v % problem.ranks[rank].bound;
        v /= problem.ranks[rank].bound;
      }
    int64_t point = 0;
    for (auto [rank, coordinate] : llvm::zip(problem.ranks, at))
      point = point * rank.bound + coordinate;
    return point;
  };
  Invocation result;
  result.swapped = e.swapped;
  for (unsigned lane = 0; lane < 3; ++lane)
    result.used[lane] = positions[lane].size();
  std::array<int64_t, 3> least = {0, 0, 0}, p;
  for (p[0] = 0; p[0] < result.used[0]; ++p[0])
    for (p[1] = 0; p[1] < result.used[1]; ++p[1])
      for (p[2] = 0; p[2] < result.used[2]; ++p[2])
        if (pointAt(p) < pointAt(least))
          least = p;
  for (p[0] = 0; p[0] < result.used[0]; ++p[0])
    for (p[1] = 0; p[1] < result.used[1]; ++p[1])
      for (p[2] = 0; p[2] < result.used[2]; ++p[2])
        result.points.push_back(
            pointAt({p[0] ^ least[0], p[1] ^ least[1], p[2] ^ least[2]}));
  return result;
}

/// All invocations of all embeddings.
static std::set<Invocation> invocationsFound(const Problem &problem) {
  SolveRequest all;
  all.goal = SolveGoal::All;
  SolveResult result = llvm::cantFail(solveWithGecode(problem, all));
  std::set<Invocation> found;
  for (const Embedding &e : result.embeddings) {
    llvm::SmallVector<int64_t, 8> groups(e.axes.size(), 0);
    while (true) {
      found.insert(invocationAt(problem, e, groups));
      size_t a = groups.size();
      while (a > 0 && ++groups[a - 1] == e.axes[a - 1].groups)
        groups[--a] = 0;
      if (a == 0)
        break;
    }
  }
  return found;
}

TEST(Scalar, solverFindsExactlyTheCoveredSolutions) {
  RandomProblems random(4731);
  size_t covered = 0, uncovered = 0;
  constexpr int operators = 240;
  for (int i = 0; i < operators; ++i) {
    EinsumGraph graph = random.nextOperator(4, 64);
    MatrixInstruction instruction =
        MatrixInstruction::gemm(i % 2 ? 2 : 1, 2, 2);
    Problem problem = makeProblem(graph, instruction);
    Points points(problem);
    std::set<Invocation> found = invocationsFound(problem);
    std::set<Invocation> scalar;
    for (bool swapped : {false, true})
      for (int64_t m = 1; m <= instruction.lanes[0].extent; ++m)
        for (int64_t n = 1; n <= 2; ++n)
          for (int64_t k = 1; k <= 2; ++k)
            ScalarSearch(points, swapped, {m, n, k}).run(scalar);
    Coverage coverage(points);
    std::set<Invocation> expected;
    for (const Invocation &invocation : scalar)
      if (coverage.covers(invocation))
        expected.insert(invocation);
    covered += expected.size();
    uncovered += scalar.size() - expected.size();
    ASSERT_EQ(found.size(), expected.size())
        << problem.name << " " << i << " on " << instruction.str();
    ASSERT_TRUE(found == expected)
        << problem.name << " " << i << " on " << instruction.str();
  }
  std::printf("%d operators: %zu scalar solutions found, %zu of classes not "
              "covered\n",
              operators, covered, uncovered);
}
