//===- CostAnalysis.h - Predicted cost of mapped ops *- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_ANALYSIS_COSTANALYSIS_H
#define ACCEL_ANALYSIS_COSTANALYSIS_H

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Model/CostModel.h"

namespace mlir::accel {

/// The cost of one op.
struct OpCost {
  double energyJ = 0;
  double latencyS = 0;
  double ops = 0;
  /// False: the op has no mapping, and the figures are lower bounds from its
  /// operations and its compulsory traffic to the outermost memory.
  bool isMapped = false;
};

/// What the cost model says of a function's ops, from their `accel.mapping`.
/// Attributes are results, this is the truth: passes ask here, never
/// `accel.cost`.
class CostAnalysis {
public:
  /// Evaluates `func` on the module's target. Reports at the op what is wrong
  /// with a mapping, and fails. A tile that does not divide is accepted where
  /// the mapping says `imperfect`; with `referenceWindows`, windows are
  /// reserved as in CostOptions. O(ops * operands * keeps * ranks).
  static FailureOr<CostAnalysis> compute(func::FuncOp func,
                                         bool referenceWindows = false);

  const FunctionEinsums &program() const { return einsums; }
  const ::accel::Architecture &architecture() const { return arch; }
  /// The mapping, if every Einsum has one.
  const std::optional<::accel::ProgramMapping> &mapping() const { return full; }
  /// With what `mapping` was evaluated.
  const ::accel::CostOptions &options() const { return costOptions; }
  ArrayRef<OpCost> costs() const { return perEinsum; }
  /// The cost of the program, if every Einsum has a mapping.
  const std::optional<::accel::ProgramCost<double>> &total() const {
    return whole;
  }

private:
  FunctionEinsums einsums;
  ::accel::Architecture arch;
  ::accel::CostOptions costOptions;
  std::optional<::accel::ProgramMapping> full;
  std::optional<::accel::ProgramCost<double>> whole;
  SmallVector<OpCost> perEinsum;
};

/// The attribute of a cost.
CostAttr getCostAttr(MLIRContext *context, double energyJ, double latencyS,
                     double ops);

} // namespace mlir::accel

#endif // ACCEL_ANALYSIS_COSTANALYSIS_H
