//===- RelaxedHardware.h - Sizes as continuous variables --------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One parameter per variable of the hardware: where its logarithm lies in its
// range, through the logistic function, so that every point of the descent is
// in range. Energies, leakage and area follow in closed form.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_RELAXEDHARDWARE_H
#define ACCEL_MAPPER_GRADIENT_RELAXEDHARDWARE_H

#include "accel/Mapper/Hardware.h"

namespace accel::gradient {

class RelaxedHardware {
public:
  /// `base` is what the space speaks of; both must outlive this.
  RelaxedHardware(const HardwareSpace &space, const Architecture &base);

  /// The hardware with all variables at their most, on which the model is to be
  /// recorded.
  Architecture largest() const;

  unsigned numParameters() const { return space.variables.size(); }
  /// Parameters that stand for the sizes of `arch`, kept off the ends of the
  /// ranges, where nothing would move them.
  std::vector<double> parametersOf(const Architecture &arch) const;

  /// Takes over parameters, and forgets what has been added to gradients.
  void set(llvm::ArrayRef<double> parameters);

  bool varies(unsigned node) const { return variableOf[node] >= 0; }
  /// Logarithm of a variable level's bits or fan-out's instances.
  double logSize(unsigned node) const { return logs[variableOf[node]]; }
  /// Energy per access of a level over that of the largest.
  double energyScale(unsigned node) const;
  double leakW() const { return valueOf(leakTerms); }
  /// Logarithm of the area over its limit; -1 without a limit.
  double areaExcess() const;

  /// Add to the gradient what follows from a weight on each of the above.
  void addLogSize(unsigned node, double weight) {
    byLog[variableOf[node]] += weight;
  }
  void addEnergyScale(unsigned node, double weight);
  void addLeak(double weight) { addTerms(leakTerms, weight); }
  void addAreaExcess(double weight);

  /// The gradient by the parameters.
  std::vector<double> gradient() const;

  /// One size per variable.
  std::vector<double> sizes() const;

  const HardwareSpace &space;

private:
  /// A coefficient times the sizes of some variables.
  struct Term {
    double coefficient;
    llvm::SmallVector<unsigned, 4> variables;
  };
  double growthAt(unsigned node, double size) const;
  double valueOf(const Term &term) const;
  double valueOf(llvm::ArrayRef<Term> terms) const;
  void addTerms(llvm::ArrayRef<Term> terms, double weight);

  const Architecture &base;
  /// By node: index of its variable, or -1.
  std::vector<int> variableOf;
  std::vector<Term> areaTerms, leakTerms;
  /// Logarithms of sizes, by variable; their derivatives by the parameters; and
  /// the gradient by them.
  std::vector<double> logs, slopes, byLog;
};

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_RELAXEDHARDWARE_H
