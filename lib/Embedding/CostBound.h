//===- CostBound.h - Lower bounds on a partial embedding's cost -*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_EMBEDDING_COSTBOUND_H
#define ACCEL_LIB_EMBEDDING_COSTBOUND_H

#include "accel/Embedding/Problem.h"
#include <array>
#include <optional>
#include <vector>

namespace accel::embedding {

/// Bounds the cost of every embedding whose axes have at least given numbers of
/// groups. What does not depend on the search is worked out once.
class CostBound {
public:
  explicit CostBound(const Problem &problem);

  /// Least bytes and micro-ops. `leastGroups` is per axis of the problem, 1 for
  /// axes that may be unused; `swap` where decided.
  int64_t leastBytes(llvm::ArrayRef<int64_t> leastGroups,
                     std::optional<bool> swap) const;
  int64_t leastMicroOps(llvm::ArrayRef<int64_t> leastGroups,
                        std::optional<bool> swap) const;

  /// The most groups that each axis may have within `microOps`, the other axes
  /// having their least.
  llvm::SmallVector<int64_t, 32> mostGroups(int64_t microOps,
                                            llvm::ArrayRef<int64_t> leastGroups,
                                            std::optional<bool> swap) const;

private:
  /// Per signature class, the least product of its axes' groups.
  llvm::SmallVector<int64_t, 8>
  leastPerClass(llvm::ArrayRef<int64_t> leastGroups,
                std::optional<bool> swap) const;

  /// The axes of one signature share a lane.
  struct SignatureClass {
    llvm::SmallVector<unsigned, 8> axes;
    /// Points of its ranks divided by the lane's extent, by swap.
    std::array<int64_t, 2> leastGroups;
  };
  /// An operand has at least min(limit, max over axes of groups) elements along
  /// one dimension. Each single rank counts in the first dimension it indexes.
  struct Factor {
    llvm::SmallVector<unsigned, 4> axes;
    int64_t limit;
  };
  struct OperandBound {
    std::vector<Factor> factors;
    /// Per axis, the dimensions that its ranks index, as bits.
    llvm::SmallVector<uint64_t, 32> dims;
    /// Fused axes. Where one is in use, the dimensions it ties together have an
    /// element for every combination of groups.
    llvm::SmallVector<unsigned, 16> fused;
    /// Bits of an element, by swap.
    std::array<int64_t, 2> elementBits;
  };

  int64_t leastBits(const OperandBound &operand,
                    llvm::ArrayRef<int64_t> leastGroups,
                    std::optional<bool> swap) const;

  std::vector<SignatureClass> classes;
  std::array<OperandBound, 3> operands;
};

} // namespace accel::embedding

#endif // ACCEL_LIB_EMBEDDING_COSTBOUND_H
