//===- CostBound.cpp - Lower bounds on a partial embedding's cost ---------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CostBound.h"
#include "Arithmetic.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <utility>

using namespace accel;
using namespace accel::embedding;

/// The dimensions that ranks of the axis index, as bits.
static uint64_t dimsOf(const Problem &problem, const ProblemOperand &operand,
                       const Axis &axis) {
  uint64_t dims = 0;
  for (unsigned d = 0; d < operand.projection.size(); ++d)
    for (auto [rank, factor] : operand.projection[d].terms)
      if (problem.ranks[rank].bound > 1 && llvm::is_contained(axis.ranks, rank))
        dims |= uint64_t(1) << d;
  return dims;
}

CostBound::CostBound(const Problem &problem) {
  llvm::SmallVector<Signature, 8> signatures;
  for (unsigned a = 0; a < problem.axes.size(); ++a) {
    const Axis &axis = problem.axes[a];
    size_t i = llvm::find(signatures, axis.signature) - signatures.begin();
    if (i == signatures.size()) {
      signatures.push_back(axis.signature);
      classes.push_back({{}, {1, 1}});
    }
    classes[i].axes.push_back(a);
    if (axis.isFused())
      continue;
    for (int64_t &points : classes[i].leastGroups)
      points = mulSat(points, axis.bound);
  }
  for (SignatureClass &cls : classes)
    for (unsigned swap = 0; swap < 2; ++swap) {
      int lane = problem.axes[cls.axes.front()].lane[swap];
      if (lane >= 0)
        cls.leastGroups[swap] = divCeil(cls.leastGroups[swap],
                                        problem.instruction.lanes[lane].extent);
    }

  for (unsigned i = 0; i < 3; ++i) {
    const ProblemOperand &operand = problem.operands[i];
    OperandBound &bound = operands[i];
    Role role = static_cast<Role>(i);
    Role other = role == Role::Output  ? Role::Output
                 : role == Role::Input ? Role::Weight
                                       : Role::Input;
    bound.elementBits = {
        mulSat(problem.instruction.valuesPerElement(role), operand.bits),
        mulSat(problem.instruction.valuesPerElement(other), operand.bits)};
    // Groups of one axis, all else fixed, start at different places.
    for (int64_t size : operand.shape)
      bound.factors.push_back({{}, size});
    for (unsigned a = 0; a < problem.axes.size(); ++a) {
      const Axis &axis = problem.axes[a];
      uint64_t dims = dimsOf(problem, operand, axis);
      bound.dims.push_back(dims);
      if (dims == 0)
        continue;
      if (axis.isFused())
        bound.fused.push_back(a);
      else
        bound.factors[llvm::countr_zero(dims)].axes.push_back(a);
    }
  }
}

static int64_t product(llvm::ArrayRef<int64_t> factors) {
  int64_t result = 1;
  for (int64_t factor : factors)
    result = mulSat(result, factor);
  return result;
}

llvm::SmallVector<int64_t, 8>
CostBound::leastPerClass(llvm::ArrayRef<int64_t> leastGroups,
                         std::optional<bool> swap) const {
  llvm::SmallVector<int64_t, 8> result;
  for (const SignatureClass &cls : classes) {
    int64_t groups = 1;
    for (unsigned a : cls.axes)
      groups = mulSat(groups, leastGroups[a]);
    int64_t least = swap ? cls.leastGroups[*swap]
                         : std::min(cls.leastGroups[0], cls.leastGroups[1]);
    result.push_back(std::max(groups, least));
  }
  return result;
}

int64_t CostBound::leastMicroOps(llvm::ArrayRef<int64_t> leastGroups,
                                 std::optional<bool> swap) const {
  return product(leastPerClass(leastGroups, swap));
}

llvm::SmallVector<int64_t, 32>
CostBound::mostGroups(int64_t microOps, llvm::ArrayRef<int64_t> leastGroups,
                      std::optional<bool> swap) const {
  llvm::SmallVector<int64_t, 32> most(leastGroups.size());
  llvm::SmallVector<int64_t, 8> perClass = leastPerClass(leastGroups, swap);
  for (unsigned c = 0; c < classes.size(); ++c) {
    int64_t own = std::exchange(perClass[c], 1);
    int64_t room = microOps / product(perClass);
    perClass[c] = own;
    int64_t groups = 1;
    for (unsigned a : classes[c].axes)
      groups = mulSat(groups, leastGroups[a]);
    for (unsigned a : classes[c].axes)
      most[a] = room / (groups / leastGroups[a]);
  }
  return most;
}

int64_t CostBound::leastBits(const OperandBound &operand,
                             llvm::ArrayRef<int64_t> leastGroups,
                             std::optional<bool> swap) const {
  int64_t bits = swap
                     ? operand.elementBits[*swap]
                     : std::min(operand.elementBits[0], operand.elementBits[1]);
  uint64_t tied = 0;
  for (unsigned a : operand.fused)
    if (leastGroups[a] > 1)
      tied |= operand.dims[a];
  if (tied != 0)
    for (unsigned a = 0; a < leastGroups.size(); ++a)
      if (operand.dims[a] & tied)
        bits = mulSat(bits, leastGroups[a]);
  for (unsigned d = 0; d < operand.factors.size(); ++d) {
    if (tied >> d & 1)
      continue;
    int64_t count = 1;
    for (unsigned a : operand.factors[d].axes)
      if (!(operand.dims[a] & tied))
        count = std::max(count, leastGroups[a]);
    bits = mulSat(bits, std::min(count, operand.factors[d].limit));
  }
  return bits;
}

int64_t CostBound::leastBytes(llvm::ArrayRef<int64_t> leastGroups,
                              std::optional<bool> swap) const {
  int64_t bytes = 0;
  for (const OperandBound &operand : operands) {
    int64_t bits = leastBits(operand, leastGroups, swap);
    bytes = addSat(bytes, bits / 8 + (bits % 8 != 0));
  }
  return bytes;
}
