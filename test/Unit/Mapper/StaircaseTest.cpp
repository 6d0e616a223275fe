//===- StaircaseTest.cpp - Undominated points of two criteria -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Mapper/FFM/Staircase.h"
#include <gtest/gtest.h>
#include <random>

namespace accel::ffm {

TEST(Staircase, CoversWhatAnyPointSoFarIsNoWorseThan) {
  std::mt19937 random(1);
  // Few values, so that coordinates coincide.
  std::uniform_int_distribution<int> value(0, 12);
  for (int run = 0; run != 200; ++run) {
    Staircase stairs;
    std::vector<std::pair<double, double>> all;
    for (int i = 0; i != 40; ++i) {
      double first = value(random), second = value(random);
      bool covered = false;
      for (auto [f, s] : all)
        covered |= f <= first && s <= second;
      ASSERT_EQ(stairs.covers(first, second), covered)
          << first << ' ' << second;
      all.emplace_back(first, second);
      if (!covered)
        stairs.add(first, second);
    }
    stairs.clear();
    EXPECT_FALSE(stairs.covers(12, 12));
  }
}

} // namespace accel::ffm
