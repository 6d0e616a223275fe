//===- Bounds.h - What no mapping can avoid ---------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lower bounds for one Einsum on a target, for operations that have no mapping
// yet: the two roofs of the roofline model.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_BOUNDS_H
#define ACCEL_MODEL_BOUNDS_H

#include "accel/Model/Architecture.h"

namespace accel {

/// Least cost of one Einsum under any mapping.
struct EinsumBounds {
  double ops = 0;
  /// Bits of external tensors read from and written to the outermost level,
  /// each element once. Intermediates may stay on chip and count nothing.
  double compulsoryReadBits = 0;
  double compulsoryWriteBits = 0;
  /// All instances of the fastest unit busy all the time.
  double computeTimeS = 0;
  /// The outermost level's time for the compulsory traffic.
  double memoryTimeS = 0;
  /// The larger of the two.
  double latencyS = 0;
  /// Operations on the cheapest unit, plus compulsory traffic at the outermost
  /// level, plus leakage for latencyS.
  double energyJ = 0;
};

/// Bounds for Einsum `einsum` of the graph; infinite time if no unit takes it.
/// O(operands * ranks).
EinsumBounds boundEinsum(const EinsumGraph &graph, const Architecture &arch,
                         unsigned einsum);

/// A lower bound of the number of distinct elements of a tensor that an operand
/// touches; exact if every rank occurs in one dimension only and each
/// dimension's expression has one rank or a gap-free window.
double distinctElements(const Einsum &einsum, const TensorAccess &access,
                        const Tensor &tensor);

} // namespace accel

#endif // ACCEL_MODEL_BOUNDS_H
