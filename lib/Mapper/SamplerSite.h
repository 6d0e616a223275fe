//===- SamplerSite.h - Where an Einsum can run ------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_SAMPLERSITE_H
#define ACCEL_MAPPER_SAMPLERSITE_H

#include "accel/Model/Architecture.h"

namespace accel {

/// One compute unit that takes an Einsum.
struct Site {
  unsigned unit = 0;
  /// Nodes above it, outermost first.
  llvm::SmallVector<unsigned, 8> nodes;
  /// Least instances that a mapping must use, by node.
  llvm::SmallVector<int64_t, 8> wanted;
};

/// The way to `unit`, and what minimum usage means there: the share that is
/// asked for or, where no split reaches it, the most that one reaches, from the
/// outermost fan-out inwards.
Site describeSite(const EinsumGraph &graph, const Architecture &arch,
                  unsigned einsum, unsigned unit);

/// Largest divisor of `bound` that a rank may spread over a fan-out with `room`
/// instances left; 1 if it may not be spread there.
int64_t spatialFactor(const Einsum &einsum, unsigned rank, int64_t bound,
                      const Fanout &fanout, int64_t room);

} // namespace accel

#endif // ACCEL_MAPPER_SAMPLERSITE_H
