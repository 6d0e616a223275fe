//===- TileDomain.h - Tile vectors that a level can see ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fan-outs take their factors out of a tile vector: above them only vectors
// that some choice of factors divides lead anywhere, below them only what is
// left. A domain lists these vectors, a small part of all, with the steps
// between them.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_TILEDOMAIN_H
#define ACCEL_MAPPER_FFM_TILEDOMAIN_H

#include "EinsumProblem.h"

namespace accel::ffm {

class TileDomain {
public:
  /// The vectors that keeps of level `level` of the path can stand at.
  TileDomain(const EinsumProblem &problem, unsigned level);

  uint32_t size() const { return members.size(); }
  llvm::ArrayRef<uint32_t> vectors() const { return members; }
  /// Position of a vector, or -1.
  int32_t find(uint32_t v) const { return positions[v]; }

  /// Steps over one rank, as positions (to, from): `from` is covered by `to`.
  /// In an order in which every `from` is final before it is used.
  llvm::ArrayRef<std::pair<uint32_t, uint32_t>> steps(unsigned rank) const {
    return stepsOf[rank];
  }
  /// Frees all but find(), once nothing else is asked.
  void forgetSteps() {
    members = std::vector<uint32_t>();
    stepsOf.clear();
  }

private:
  std::vector<uint32_t> members;
  std::vector<int32_t> positions;
  llvm::SmallVector<std::vector<std::pair<uint32_t, uint32_t>>, 8> stepsOf;
};

/// The vector that remains of `v` when fan-outs take `factors`, or -1.
int64_t divideVector(const EinsumProblem &problem, uint32_t v,
                     llvm::ArrayRef<int64_t> factors);

/// The same where loops may stand between `v` and the fan-outs: the bound of a
/// padded rank needs one before anything divides it, and there may be several.
llvm::SmallVector<uint32_t, 4>
divideBelowLoops(const EinsumProblem &problem, uint32_t v,
                 llvm::ArrayRef<int64_t> factors);

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_TILEDOMAIN_H
