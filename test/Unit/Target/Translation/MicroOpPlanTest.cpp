//===- MicroOpPlanTest.cpp - Plans run the nest, and nothing else ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/MicroOpPlan.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <functional>
#include <random>
#include <tuple>

using namespace accel::vta;

namespace {

using Point = std::tuple<int64_t, int64_t, int64_t>;

/// All points of the nest, sorted.
std::vector<Point> pointsOf(const ElementNest &nest) {
  std::vector<Point> points;
  std::function<void(size_t, MicroOp)> walk = [&](size_t depth, MicroOp at) {
    if (depth == nest.loops.size()) {
      points.push_back({at.dst, at.src, at.wgt});
      return;
    }
    const NestLoop &loop = nest.loops[depth];
    for (int64_t i = 0; i < loop.extent; ++i)
      walk(depth + 1, {at.dst + i * loop.dst, at.src + i * loop.src,
                       at.wgt + i * loop.wgt});
  };
  walk(0, nest.base);
  std::sort(points.begin(), points.end());
  return points;
}

/// Executes the plans as the hardware does; checks every rule on the way.
std::vector<Point> execute(const std::vector<MicroOpPlan> &plans,
                           size_t &instructions) {
  std::vector<Point> points;
  for (const MicroOpPlan &plan : plans) {
    EXPECT_LE(int64_t(plan.microOps.size()), kMaxMicroOpWindow);
    for (auto [begin, end] : plan.windows) {
      ++instructions;
      EXPECT_LT(begin, end);
      EXPECT_LE(end, int64_t(plan.microOps.size()));
      std::vector<int64_t> destinations;
      for (int64_t i = 0; i < plan.iterOut; ++i)
        for (int64_t j = 0; j < plan.iterIn; ++j)
          for (int64_t u = begin; u < end; ++u) {
            const MicroOp &op = plan.microOps[u];
            Point point = {op.dst + i * plan.out.dst + j * plan.in.dst,
                           op.src + i * plan.out.src + j * plan.in.src,
                           op.wgt + i * plan.out.wgt + j * plan.in.wgt};
            points.push_back(point);
            destinations.push_back(std::get<0>(point));
          }
      for (size_t i = 1; i < destinations.size(); ++i) {
        EXPECT_NE(destinations[i], destinations[i - 1]);
        if (i > 1) {
          EXPECT_NE(destinations[i], destinations[i - 2]);
        }
      }
    }
  }
  std::sort(points.begin(), points.end());
  return points;
}

size_t check(const ElementNest &nest) {
  size_t instructions = 0;
  EXPECT_EQ(execute(planMicroOps(nest), instructions), pointsOf(nest));
  return instructions;
}

TEST(MicroOpPlan, OneLoopOfDestinationsIsOneMicroOp) {
  ElementNest nest;
  nest.base = {5, 7, 9};
  nest.loops = {{64, 1, 2, 0}};
  EXPECT_EQ(check(nest), 1u);
  std::vector<MicroOpPlan> plans = planMicroOps(nest);
  ASSERT_EQ(plans.size(), 1u);
  EXPECT_EQ(plans[0].microOps.size(), 1u);
}

TEST(MicroOpPlan, ConvolutionKeepsThreeDestinationsApart) {
  // y, x, r, s of a 3x3 convolution on 14x14 with a row of 16 inputs.
  ElementNest nest;
  nest.loops = {{14, 14, 16, 0}, {14, 1, 1, 0}, {3, 0, 16, 3}, {3, 0, 1, 1}};
  EXPECT_EQ(check(nest), 1u);
}

TEST(MicroOpPlan, OneDestinationTakesAnInstructionPerProduct) {
  ElementNest nest;
  nest.loops = {{32, 0, 1, 1}};
  EXPECT_EQ(check(nest), 32u);
}

TEST(MicroOpPlan, TwoDestinationsTakeAnInstructionPerStep) {
  ElementNest nest;
  nest.loops = {{2, 1, 0, 32}, {32, 0, 1, 1}};
  EXPECT_EQ(check(nest), 32u);
}

TEST(MicroOpPlan, LongListsAreSplit) {
  // Five loops that cannot be merged: more micro-ops than a list holds.
  ElementNest nest;
  nest.loops = {{7, 49, 3, 0}, {7, 7, 50, 0},  {7, 1, 0, 11},
                {13, 0, 1, 2}, {11, 0, 17, 1}, {5, 0, 23, 31}};
  check(nest);
}

TEST(MicroOpPlan, EqualOverlapIsSeparated) {
  // Two loops of one step: destinations meet again.
  ElementNest nest;
  nest.loops = {{4, 1, 1, 0}, {3, 1, 8, 1}};
  check(nest);
}

TEST(MicroOpPlan, EmptyNestIsOnePoint) {
  ElementNest nest;
  nest.base = {1, 2, 3};
  EXPECT_EQ(check(nest), 1u);
}

TEST(MicroOpPlan, RandomNestsAreExecutedExactly) {
  std::mt19937 random(3);
  auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int trial = 0; trial < 500; ++trial) {
    ElementNest nest;
    nest.base = {pick(0, 9), pick(0, 9), pick(0, 9)};
    for (int64_t loop = pick(0, 5); loop > 0; --loop)
      nest.loops.push_back(
          {pick(1, 7), pick(0, 1) * pick(0, 60), pick(0, 5), pick(0, 5)});
    SCOPED_TRACE(trial);
    check(nest);
    if (HasFailure())
      return;
  }
}

} // namespace
