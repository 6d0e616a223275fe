//===- Staircase.h - Undominated points of two criteria ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_STAIRCASE_H
#define ACCEL_MAPPER_FFM_STAIRCASE_H

#include <algorithm>
#include <utility>
#include <vector>

namespace accel::ffm {

/// Points that no other beats in both coordinates, less being better.
class Staircase {
public:
  /// Whether some point is no worse in either coordinate. O(log points).
  bool covers(double first, double second) const {
    auto after = std::upper_bound(
        points.begin(), points.end(), first,
        [](double value, const auto &point) { return value < point.first; });
    return after != points.begin() && std::prev(after)->second <= second;
  }

  /// Precondition: no point covers it.
  void add(double first, double second) {
    auto begin = std::lower_bound(
        points.begin(), points.end(), first,
        [](const auto &point, double value) { return point.first < value; });
    auto end = begin;
    while (end != points.end() && end->second >= second)
      ++end;
    if (begin == end) {
      points.insert(begin, {first, second});
      return;
    }
    *begin = {first, second};
    points.erase(begin + 1, end);
  }

  void clear() { points.clear(); }

private:
  /// Ascending first, descending second coordinate.
  std::vector<std::pair<double, double>> points;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_STAIRCASE_H
