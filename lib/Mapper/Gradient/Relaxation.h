//===- Relaxation.h - A program's mapspace made continuous ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The relaxed problem. For every intermediate a categorical over exchanges (off
// chip, or a level and the dimensions that fused loops run over) and the share
// of each dimension that these loops take, common to all its users; for every
// Einsum a categorical over structures (orders of keeps, holders), mixed by
// expected cost; for every combination of the two its own mixtures of factors.
// The loss is the logarithm of the objective, with augmented Lagrangian terms
// for capacities and fan-outs.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_RELAXATION_H
#define ACCEL_MAPPER_GRADIENT_RELAXATION_H

#include "Fusion.h"
#include "PathPolish.h"
#include "RelaxedHardware.h"
#include "RelaxedPath.h"
#include <deque>

namespace accel::gradient {

/// How soft the relaxation is; annealed during descent.
struct Softness {
  double temperature = 1;
  /// Order of the norm in place of the maximum.
  double sharpness = 8;
};

class Relaxation {
public:
  /// Structures are those of `base` and `numStructures - 1` random ones per
  /// Einsum. Logits prefer what `base` does by `bias`. Not usable if `expired`
  /// strikes meanwhile.
  Relaxation(
      const ProgramSpace &program, const ProgramState &base,
      unsigned numStructures, double bias, Random &random,
      llvm::function_ref<bool()> expired = [] { return false; });

  /// Makes the hardware part of the problem, beginning at the sizes of `start`.
  /// Preconditions: the program is on `hardware`'s largest, nothing has been
  /// evaluated yet; `hardware` outlives the relaxation.
  void addHardware(RelaxedHardware &hardware, const Architecture &start);

  /// False if some Einsum has no structure that could be relaxed, or has not
  /// been looked at.
  bool isUsable() const;

  unsigned numParameters() const { return start.size(); }
  llvm::ArrayRef<double> initial() const { return start; }

  /// The loss at `x` and its gradient.
  double evaluate(llvm::ArrayRef<double> x, const Softness &softness,
                  std::vector<double> &gradient);

  /// Raises the multipliers of what is violated at the last evaluation, and the
  /// weight of violations if they have not shrunk.
  void updateMultipliers();

  /// The mapping that the last evaluation's parameters mean, rounded. It may
  /// violate capacities.
  ProgramState decode() const;

private:
  struct Option {
    unsigned level;
    llvm::SmallVector<unsigned, 3> dims;
  };
  /// An intermediate that may be exchanged on chip.
  struct TensorPart {
    unsigned tensor;
    std::vector<Option> options;
    /// Of the option logits, and of the shares: by dimension, then prime.
    unsigned firstLogit;
    llvm::SmallVector<int, 4> firstShare;
    std::vector<llvm::SmallVector<PrimePower, 4>> primes;
    llvm::SmallVector<int64_t, 4> bounds;
    std::vector<double> probability;
    std::vector<double> gradient;
  };
  struct Variant {
    std::unique_ptr<RelaxedPath> path;
    unsigned structure;
    /// (index into tensors, option) of every intermediate with a choice.
    llvm::SmallVector<std::pair<unsigned, unsigned>, 4> choices;
    unsigned firstLogit;
    /// Per fused loop: tensors (indices) that share it, with the dimension.
    std::vector<llvm::SmallVector<std::pair<unsigned, unsigned>, 3>> sharers;
    /// Augmented Lagrangian: per limit, then per fan-out two.
    std::vector<double> multipliers, violations, previous;
    double weight = 0;
    /// At the last evaluation, on the hardware of that moment.
    double energyJ = 0;
  };
  struct EinsumPart {
    unsigned firstLogit;
    unsigned numStructures;
    std::deque<Variant> variants;
    /// Tensors (indices) that are alive here without being touched.
    llvm::SmallVector<unsigned, 4> passing;
  };

  void listTensors(const ProgramState &base, double bias, Random &random);
  void listVariants(unsigned e, const ProgramState &base,
                    unsigned numStructures, double bias, Random &random);
  void addVariant(unsigned e, const Path &base, unsigned structure,
                  llvm::ArrayRef<std::pair<unsigned, unsigned>> choices,
                  double bias, Random &random);
  unsigned addParameters(unsigned count, double spread, Random &random);
  double share(const TensorPart &t, unsigned dim, unsigned prime) const;
  double expectedSize(const TensorPart &t, unsigned o,
                      const RelaxedLimit &limit) const;
  double passingNeed(const EinsumPart &part, const RelaxedLimit &limit) const;
  void addPassing(const EinsumPart &part, const RelaxedLimit &limit,
                  double weight, std::vector<double> &gradient);
  void evaluateVariant(EinsumPart &part, Variant &variant,
                       const Softness &softness);
  double lagrangian(Variant &v, const EinsumPart &part, const SpaceUnit &unit);
  double logLimit(const RelaxedLimit &limit) const;
  double logInstances(const SpaceFanout &fanout) const;
  /// Where sizes vary, minimum usage is left to the polish.
  bool asksForUse(const SpaceFanout &fanout) const {
    return fanout.least > 1 && !(hardware && hardware->varies(fanout.node));
  }
  /// What the whole leaks beyond what has been recorded.
  double extraLeakW() const;
  double hardwareTerms(double energyJ, double latencyS);
  void differentiate(EinsumPart &part, Variant &v, const SpaceUnit &unit,
                     double energyWeight, double latencyWeight, double weight,
                     std::vector<double> &gradient);

  const ProgramSpace &program;
  std::vector<TensorPart> tensors;
  std::vector<int> partOf;
  std::deque<EinsumPart> einsums;
  std::vector<double> start;
  llvm::ArrayRef<double> x;
  double penalty = 1;
  RelaxedHardware *hardware = nullptr;
  unsigned firstHardware = 0;
  /// Augmented Lagrangian of the limits of area and power.
  std::vector<double> hardwareMultipliers, hardwareViolations;
};

/// Descends with Adam while the relaxation is annealed to hardness. Stops early
/// if `expired`. Returns the decoded state.
ProgramState descend(Relaxation &relaxation, unsigned steps,
                     const std::function<bool()> &expired);

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_RELAXATION_H
