//===- RestBounds.h - What the rest of a program costs at least -*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bounds on suffixes of a program, found from its end: only the two live
// tensors that are read next must be exchanged alike by those who touch them;
// capacities, and what else is alive, are left aside. Where fused loops of
// neighbours hardly fit each other, the sum of what each Einsum needs alone is
// far below that.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_RESTBOUNDS_H
#define ACCEL_MAPPER_FFM_RESTBOUNDS_H

#include "ExchangeGraph.h"
#include "llvm/ADT/DenseMap.h"
#include <array>
#include <memory>

namespace accel::ffm {

class RestBounds {
public:
  /// `leastByNest(e)` has the least cost of each nest of Einsum e; nests
  /// without mappings are impossible. If `takesOpen`, nests of unknown loops
  /// are among them, and the bounds are mere sums.
  RestBounds(
      const SearchContext &context, const ExchangeGraph &graph,
      llvm::function_ref<const std::vector<Least> &(unsigned)> leastByNest,
      bool takesOpen);

  /// Of Einsums e, e + 1, ...; impossible if none of them can follow.
  Least before(unsigned e, const Shape &shape) const;

  /// Whether bounds before two Einsums differ by a constant, whatever the
  /// shape; and by which.
  bool differByConstant(unsigned a, unsigned b) const {
    return cuts[a].bySpecs == cuts[b].bySpecs;
  }
  Least constantAbove(unsigned a, unsigned b) const {
    return cuts[a].constant - cuts[b].constant;
  }

private:
  static constexpr unsigned kMostTracked = 2;
  /// Exchanges of the tracked tensors, by number.
  using Specs = std::array<unsigned, kMostTracked>;
  static uint64_t keyOf(const Specs &specs) {
    return uint64_t(specs[0]) << 32 | specs[1];
  }
  /// Nests of a space that exchange some of their operands alike.
  struct Nests {
    Specs before, after;
    Least least;
  };
  using Costs = llvm::DenseMap<uint64_t, Least>;
  /// What is tracked before one Einsum, and what follows costs at least: a
  /// constant and costs that cuts of repeated layers share.
  struct Cut {
    /// Tensors, and their places among the live ones.
    llvm::SmallVector<unsigned, kMostTracked> tensors, places;
    std::shared_ptr<const Costs> bySpecs;
    Least constant{0, 0, 0, 0};
  };

  static std::vector<Nests> groupNests(const EinsumSpace &space,
                                       const std::vector<Least> &leastByNest,
                                       llvm::ArrayRef<int> before,
                                       llvm::ArrayRef<int> after);
  static bool prepend(llvm::ArrayRef<Nests> nests, const Cut &next,
                      llvm::ArrayRef<int> passing, Costs &costs);
  static void share(Cut &cut, const Cut &other);

  std::vector<Cut> cuts;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_RESTBOUNDS_H
