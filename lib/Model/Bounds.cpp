//===- Bounds.cpp - What no mapping can avoid
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/Bounds.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

using namespace accel;

/// Distinct values of one index expression, from below.
static double distinctIndices(const Einsum &einsum, const LinearExpr &expr) {
  llvm::SmallVector<std::pair<double, double>, 4> terms; // |factor|, bound
  for (auto [rank, factor] : expr.terms)
    terms.push_back(
        {std::abs(double(factor)), double(einsum.ranks[rank].bound)});
  llvm::sort(terms);
  double count = 1, span = 1;
  for (auto [factor, bound] : terms) {
    // Shifts by at most the span leave no gap between copies of a gap-free run;
    // shifts beyond it keep the copies apart.
    bool gapFree = count == span;
    if (gapFree && factor <= span)
      count += factor * (bound - 1);
    else if (factor >= span)
      count *= bound;
    else
      count = std::max(count, bound);
    span += factor * (bound - 1);
  }
  return count;
}

double accel::distinctElements(const Einsum &einsum, const TensorAccess &access,
                               const Tensor &tensor) {
  bool independent = true;
  for (unsigned r = 0; r != einsum.ranks.size(); ++r)
    independent &= llvm::count_if(access.projection, [&](const auto &expr) {
                     return expr.coefficient(r) != 0;
                   }) <= 1;
  double product = 1, largest = 1;
  for (unsigned d = 0; d != access.projection.size(); ++d) {
    double count = std::min(distinctIndices(einsum, access.projection[d]),
                            double(tensor.shape[d]));
    product *= count;
    largest = std::max(largest, count);
  }
  return independent ? product : largest;
}

EinsumBounds accel::boundEinsum(const EinsumGraph &graph,
                                const Architecture &arch, unsigned index) {
  const Einsum &einsum = graph.einsums[index];
  const MemoryLevel &outermost = *arch.memory(arch.outermost());
  EinsumBounds bounds;
  double energyPerOp = kInf;
  bounds.computeTimeS = kInf;
  // A copy may stay within the outermost level and cost nothing.
  bounds.ops = einsum.isCopy ? 0 : einsum.numPoints() * einsum.opsPerPoint;
  for (unsigned node : arch.unitsFor(einsum)) {
    const ComputeUnit &unit = *arch.unit(node);
    bounds.computeTimeS =
        std::min(bounds.computeTimeS,
                 bounds.ops / (unit.opsPerS * arch.numInstances(node)));
    energyPerOp = std::min(energyPerOp, unit.jPerOp);
  }
  if (!einsum.isCopy)
    for (const TensorAccess &access : einsum.accesses) {
      const Tensor &tensor = graph.tensorOf(access);
      double bits = distinctElements(einsum, access, tensor) *
                    outermost.bitsPerValue(tensor, access.role);
      if (access.role == Role::Output && einsum.readsInit)
        bounds.compulsoryReadBits += bits;
      if (tensor.isIntermediate())
        continue;
      (access.role == Role::Output ? bounds.compulsoryWriteBits
                                   : bounds.compulsoryReadBits) += bits;
    }
  double readS = bounds.compulsoryReadBits / outermost.readBitsPerS;
  double writeS = bounds.compulsoryWriteBits / outermost.writeBitsPerS;
  bounds.memoryTimeS = outermost.ports == Ports::Shared
                           ? readS + writeS
                           : std::max(readS, writeS);
  bounds.latencyS = std::max(bounds.computeTimeS, bounds.memoryTimeS);
  bounds.energyJ = (bounds.ops > 0 ? bounds.ops * energyPerOp : 0) +
                   bounds.compulsoryReadBits * outermost.readJPerBit +
                   bounds.compulsoryWriteBits * outermost.writeJPerBit;
  if (double leakW = arch.totalLeakW())
    bounds.energyJ += leakW * bounds.latencyS;
  return bounds;
}
