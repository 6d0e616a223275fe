//===- ScalarProblem.h - The embedding problem on scalars -------*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scalar constraint problem maps every product of an invocation to a point
// of the operator on its own, with nothing said about tiles:
//  - no two products compute one point,
//  - products that share an operand's slot in the instruction share its value
//    in the operator,
//  - products of one sum are summed in the operator: one accumulator a result,
//    and one result an accumulator.
// On tiny operators it can be enumerated. Nothing here comes from the solvers.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_EMBEDDING_SCALARPROBLEM_H
#define ACCEL_TEST_UNIT_EMBEDDING_SCALARPROBLEM_H

#include "accel/Embedding/Problem.h"
#include <set>
#include <vector>

namespace accel::test {

/// Coordinates of an operator's points, and the values that they touch.
class Points {
public:
  explicit Points(const Problem &problem);
  int64_t size() const { return coordinates.size(); }

  const Problem &problem;
  std::vector<std::vector<int64_t>> coordinates;
  /// By role, the operand's value that each point uses, as a number.
  std::array<std::vector<int64_t>, 3> values;
};

/// An invocation: the swap, how many positions of each lane are used, and the
/// point that each product computes, lanes slowest first. The order of
/// positions on a lane means nothing: the least point comes first, and the
/// points that differ from it in one lane only ascend.
struct Invocation {
  bool swapped = false;
  std::vector<int64_t> used;
  std::vector<int64_t> points;

  /// Of the product at those positions.
  int64_t pointAt(llvm::ArrayRef<int64_t> positions) const;
  bool operator<(const Invocation &other) const;
  bool operator==(const Invocation &other) const;
};

/// Calls `visit` with every position vector below `extents`, last one fastest.
void forEachPosition(llvm::ArrayRef<int64_t> extents,
                     llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

/// All solutions of the scalar problem, by backtracking over products.
std::set<Invocation> enumerateScalarSolutions(const Points &points);

/// The invocation of an embedding at one group of every axis, or nothing if all
/// of a lane is filler.
Invocation invocationAt(const Problem &problem, const Embedding &embedding,
                        llvm::ArrayRef<int64_t> groups);

/// Calls `visit` with every choice of groups.
void forEachGroup(const Embedding &embedding,
                  llvm::function_ref<void(llvm::ArrayRef<int64_t>)> visit);

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_EMBEDDING_SCALARPROBLEM_H
