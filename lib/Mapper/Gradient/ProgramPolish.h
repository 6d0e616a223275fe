//===- ProgramPolish.h - Descent over a program's neighbours ----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Coordinate descent on exact costs over a whole program: one Einsum's path at
// a time, and one tensor's exchange at a time with the paths of all Einsums
// that it concerns.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_PROGRAMPOLISH_H
#define ACCEL_MAPPER_GRADIENT_PROGRAMPOLISH_H

#include "Fusion.h"
#include "PathPolish.h"
#include <map>

namespace accel::gradient {

class ProgramPolish {
public:
  /// `improved` is called with every better valid state.
  using Callback =
      std::function<void(const ProgramState &, const ProgramValue &)>;

  ProgramPolish(const ProgramSpace &program, ProgramState start, uint64_t seed,
                std::function<bool()> expired, Callback improved);

  /// Whether random structures begin with factors found by descent on their
  /// relaxation (else with all loops where drawing leaves them).
  bool relaxes = true;

  /// Polishes every path by itself; then, if `structures`, from that many
  /// random structures each as well.
  void polishPaths(unsigned structures);

  /// Descends over exchanges and paths until nothing helps.
  void descend();

  /// Takes over a plan of exchanges if that improves the value after polish.
  bool tryPlan(const FusionPlan &plan);

  const ProgramState &best() const { return state; }
  const ProgramValue &value() const { return current; }

private:
  bool sweepExchanges(unsigned distance);
  void polishOne(ProgramState &trial, unsigned e, Effort effort,
                 unsigned structures);
  bool overflows(const ProgramState &trial, unsigned e) const;
  double estimate(const ProgramState &trial,
                  llvm::ArrayRef<unsigned> changed) const;
  bool adopt(ProgramState trial, llvm::ArrayRef<unsigned> changed);
  void take(ProgramState next, const ProgramValue &value,
            llvm::ArrayRef<unsigned> changed);
  llvm::SmallVector<unsigned, 16> spread(ProgramState &trial, unsigned e) const;

  const ProgramSpace &program;
  ProgramState state;
  ProgramValue current;
  /// Energy and latency by Einsum.
  std::vector<std::pair<double, double>> costs;
  Random random;
  std::function<bool()> expired;
  Callback improved;
  /// Results for equal questions: identical Einsums ask them often.
  std::map<std::vector<double>, Path> known;
  /// Whether what others cost counts to the last digit: equal Einsums then no
  /// longer share their answers.
  bool exact = false;
};

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_PROGRAMPOLISH_H
