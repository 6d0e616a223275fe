//===- ScalarTest.cpp - The affine search against the scalar one ----------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// On tiny operators, all solutions of the scalar problem are compared, as sets,
// with all invocations of all embeddings that the solver lists. What the solver
// does not list must be of a class that docs/embedding.md names.
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "RandomProblems.h"
#include "ScalarProblem.h"
#include "accel/Embedding/GecodeSolver.h"

using namespace accel;
using namespace accel::test;

namespace {

/// Values of a lane's own ranks at its used positions, in any order.
using LaneSet = std::set<std::vector<int64_t>>;

/// How a scalar solution relates to the classes of docs/embedding.md.
enum class Coverage {
  /// Lanes hold aligned tiles of ranks or fused ranks, or even strides of one.
  Covered,
  /// Lanes move their own ranks, but to other values than those.
  Irregular,
  /// Some lane moves ranks of another signature, or moves differently at other
  /// positions of the other lanes.
  Skewed
};

/// Sorts solutions into classes, by their definitions alone.
class Classifier {
public:
  explicit Classifier(const Points &points)
      : points(points), problem(points.problem) {
    for (bool swapped : {false, true})
      for (unsigned lane = 0; lane < problem.instruction.lanes.size(); ++lane) {
        Signature signature = problem.instruction.signature(lane);
        own[swapped].push_back(
            ranksOf(swapped ? signature.swapped() : signature));
        allowed[swapped].push_back(
            tiles(own[swapped].back(), problem.instruction.lanes[lane].extent));
      }
  }

  Coverage classify(const Invocation &invocation) const {
    Coverage result = Coverage::Covered;
    for (unsigned lane = 0; lane < invocation.used.size(); ++lane) {
      if (!movesOwnRanksAlike(invocation, lane))
        return Coverage::Skewed;
      std::vector<int64_t> at(invocation.used.size(), 0);
      LaneSet values;
      for (; at[lane] < invocation.used[lane]; ++at[lane])
        values.insert(ownValues(invocation, lane, at));
      if (!allowed[invocation.swapped][lane].count(values))
        result = Coverage::Irregular;
    }
    return result;
  }

private:
  /// Ranks of a signature, in the order in which they are fused.
  std::vector<unsigned> ranksOf(Signature signature) const {
    std::vector<unsigned> ranks;
    for (unsigned r = 0; r < problem.ranks.size(); ++r)
      if (problem.signature(r) == signature)
        ranks.push_back(r);
    llvm::sort(ranks, [&](unsigned a, unsigned b) {
      return problem.order[a] < problem.order[b];
    });
    return ranks;
  }

  std::vector<int64_t> ownValues(const Invocation &invocation, unsigned lane,
                                 llvm::ArrayRef<int64_t> at) const {
    const auto &point = points.coordinates[invocation.pointAt(at)];
    std::vector<int64_t> values;
    for (unsigned rank : own[invocation.swapped][lane])
      values.push_back(point[rank]);
    return values;
  }

  bool movesOwnRanksAlike(const Invocation &invocation, unsigned lane) const {
    bool alike = true;
    forEachPosition(invocation.used, [&](llvm::ArrayRef<int64_t> at) {
      std::vector<int64_t> start(at.begin(), at.end()), alone(at.size(), 0);
      start[lane] = 0;
      alone[lane] = at[lane];
      const auto &here = points.coordinates[invocation.pointAt(at)];
      const auto &before = points.coordinates[invocation.pointAt(start)];
      for (unsigned r = 0; r < here.size(); ++r)
        if (!llvm::is_contained(own[invocation.swapped][lane], r))
          alike &= here[r] == before[r];
      alike &=
          ownValues(invocation, lane, at) == ownValues(invocation, lane, alone);
    });
    return alike;
  }

  /// What positions of a lane of `extent` may hold of `ranks`: products, over a
  /// partition of the ranks, of aligned tiles and strides.
  std::set<LaneSet> tiles(const std::vector<unsigned> &ranks,
                          int64_t extent) const {
    std::set<LaneSet> out;
    extend(ranks, std::vector<bool>(ranks.size(), false), extent,
           {std::vector<int64_t>(ranks.size(), 0)}, out);
    return out;
  }

  void extend(const std::vector<unsigned> &ranks, std::vector<bool> placed,
              int64_t room, const LaneSet &soFar,
              std::set<LaneSet> &out) const {
    size_t first = llvm::find(placed, false) - placed.begin();
    if (first == ranks.size()) {
      out.insert(soFar);
      return;
    }
    // Every choice of ranks to fuse with the first open one.
    for (unsigned subset = 0; subset < 1u << ranks.size(); ++subset) {
      if (!(subset >> first & 1))
        continue;
      std::vector<unsigned> fused;
      bool open = true;
      int64_t bound = 1;
      std::vector<bool> nowPlaced = placed;
      for (unsigned i = 0; i < ranks.size(); ++i)
        if (subset >> i & 1) {
          open &= !placed[i];
          nowPlaced[i] = true;
          fused.push_back(i);
          bound *= problem.ranks[ranks[i]].bound;
        }
      if (!open)
        continue;
      auto add = [&](const std::vector<int64_t> &flat, int64_t tile) {
        LaneSet combined;
        for (const std::vector<int64_t> &values : soFar)
          for (int64_t value : flat) {
            std::vector<int64_t> at = values;
            int64_t rest = value;
            for (unsigned i : llvm::reverse(fused)) {
              at[i] = rest % problem.ranks[ranks[i]].bound;
              rest /= problem.ranks[ranks[i]].bound;
            }
            combined.insert(at);
          }
        extend(ranks, nowPlaced, room / tile, combined, out);
      };
      for (int64_t tile = 1; tile <= std::min(room, bound); ++tile)
        for (int64_t begin = 0; begin < bound; begin += tile) {
          std::vector<int64_t> flat;
          for (int64_t v = begin; v < std::min(begin + tile, bound); ++v)
            flat.push_back(v);
          add(flat, tile);
        }
      if (fused.size() > 1)
        continue;
      for (int64_t stride = 2; stride < bound; ++stride) {
        int64_t tile = (bound + stride - 1) / stride;
        // As few groups as contiguous tiles would make.
        if (tile > room || stride != (bound + tile - 1) / tile)
          continue;
        for (int64_t begin = 0; begin < stride; ++begin) {
          std::vector<int64_t> flat;
          for (int64_t v = begin; v < bound; v += stride)
            flat.push_back(v);
          add(flat, tile);
        }
      }
    }
  }

  const Points &points;
  const Problem &problem;
  /// By swap and lane.
  std::array<std::vector<std::vector<unsigned>>, 2> own;
  std::array<std::vector<std::set<LaneSet>>, 2> allowed;
};

/// What the operators of one instruction had in all.
struct Totals {
  int operators = 0;
  size_t covered = 0, irregular = 0, skewed = 0;
};

} // namespace

/// All invocations of all embeddings.
static std::set<Invocation> invocationsFound(const Problem &problem) {
  SolveRequest all;
  all.goal = SolveGoal::All;
  SolveResult result = llvm::cantFail(solveWithGecode(problem, all));
  std::set<Invocation> found;
  for (const Embedding &e : result.embeddings)
    forEachGroup(e, [&](llvm::ArrayRef<int64_t> groups) {
      found.insert(invocationAt(problem, e, groups));
    });
  return found;
}

static void compare(const Problem &problem, Totals &totals) {
  Points points(problem);
  Classifier classifier(points);
  std::set<Invocation> expected;
  for (const Invocation &solution : enumerateScalarSolutions(points))
    switch (classifier.classify(solution)) {
    case Coverage::Covered:
      expected.insert(solution);
      break;
    case Coverage::Irregular:
      ++totals.irregular;
      break;
    case Coverage::Skewed:
      ++totals.skewed;
      break;
    }
  std::set<Invocation> found = invocationsFound(problem);
  ++totals.operators;
  totals.covered += expected.size();
  ASSERT_EQ(found.size(), expected.size());
  ASSERT_TRUE(found == expected);
}

static Totals compareRandomOperators(const MatrixInstruction &instruction,
                                     unsigned seed, int operators,
                                     int64_t maxPoints) {
  RandomProblems random(seed);
  Totals totals;
  for (int i = 0; i < operators && !testing::Test::HasFatalFailure(); ++i) {
    Problem problem =
        makeProblem(random.nextOperator(4, maxPoints), instruction);
    SCOPED_TRACE(problem.name + " " + std::to_string(i) + " on " +
                 instruction.str());
    compare(problem, totals);
  }
  std::printf("%s: %d operators, %zu scalar solutions found, %zu irregular, "
              "%zu skewed\n",
              instruction.str().c_str(), totals.operators, totals.covered,
              totals.irregular, totals.skewed);
  return totals;
}

TEST(Scalar, gemmOfOneRow) {
  Totals totals =
      compareRandomOperators(MatrixInstruction::gemm(1, 2, 2), 4731, 120, 64);
  EXPECT_GT(totals.covered, 0u);
  EXPECT_GT(totals.irregular, 0u);
  EXPECT_GT(totals.skewed, 0u);
}

TEST(Scalar, gemmOfTwoRows) {
  compareRandomOperators(MatrixInstruction::gemm(2, 2, 2), 4732, 120, 64);
}

TEST(Scalar, dotProduct) {
  compareRandomOperators(MatrixInstruction::dotProduct(4), 4733, 60, 48);
}

TEST(Scalar, outerProduct) {
  compareRandomOperators(MatrixInstruction::outerProduct(2, 3), 4734, 60, 36);
}

TEST(Scalar, matrixVector) {
  compareRandomOperators(MatrixInstruction::matrixVector(2, 3), 4735, 60, 36);
}

TEST(Scalar, vectorMultiply) {
  compareRandomOperators(MatrixInstruction::vectorMultiply(3), 4736, 60, 48);
}
