//===- Layers.h - What prefixes of a program can look like ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Groups of prefixes that end before one Einsum, and what is known of them. In
// a network whose layers repeat, the same groups stand before all Einsums of
// one kind, and bounds differ by a constant: they are kept once.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_LAYERS_H
#define ACCEL_MAPPER_FFM_LAYERS_H

#include "PartialMapping.h"
#include <memory>

namespace accel::ffm {

/// One cost per group: shared ones and a constant.
class SharedCosts {
public:
  SharedCosts() = default;
  explicit SharedCosts(std::vector<Least> costs)
      : costs(std::make_shared<const std::vector<Least>>(std::move(costs))) {}

  Least operator[](unsigned g) const { return (*costs)[g] + constant; }
  unsigned size() const { return costs ? costs->size() : 0; }
  bool differByConstant(const SharedCosts &other) const {
    return costs == other.costs;
  }
  /// Precondition: they differ by a constant.
  Least constantAbove(const SharedCosts &other) const {
    return constant - other.constant;
  }
  SharedCosts operator+(const Least &more) const {
    SharedCosts sum = *this;
    sum.constant = sum.constant + more;
    return sum;
  }
  /// Takes the costs of `other` if these differ from them by a constant, up to
  /// rounding. Precondition: as many.
  void share(const SharedCosts &other);

private:
  std::shared_ptr<const std::vector<Least>> costs;
  Least constant{0, 0, 0, 0};
};

/// Per claim of a state: the most that can still be added to it before it is
/// compared with a capacity for the last time; minus infinity if it never is.
/// Group g has those from `begin[g]` on.
struct LaterClaims {
  std::vector<double> values;
  std::vector<uint32_t> begin;

  bool operator==(const LaterClaims &other) const {
    return values == other.values && begin == other.begin;
  }
};

/// What prefixes that end before one Einsum can look like: groups of one shape
/// each, in columns, in the order in which they were found.
struct Layer {
  std::shared_ptr<const std::vector<unsigned>> shapes;
  /// Least that leads to each group, and least from there to the end, capacity
  /// aside.
  SharedCosts reached, rest;
  /// The latter in programs within the limit of the pass under way, if an
  /// earlier join has told.
  std::vector<Least> restWithin;
  std::shared_ptr<const LaterClaims> later;
  /// States of a group in the history.
  struct Kept {
    uint32_t group, begin, end;
  };
  std::vector<Kept> kept;

  unsigned size() const { return shapes ? shapes->size() : 0; }
  Least least(unsigned g) const {
    return restWithin.empty() ? rest[g] : restWithin[g];
  }
  const double *laterOf(unsigned g) const {
    return later->values.data() + later->begin[g];
  }
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_LAYERS_H
