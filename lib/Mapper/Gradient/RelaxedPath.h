//===- RelaxedPath.h - One structure with continuous tiles ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The structure of a path whose factors are mixtures. A tuple of factors whose
// product is the bound distributes every prime of the bound over the places
// where a factor may stand. The geometric mixtures of all tuples are thus the
// products of one simplex per prime, and a softmax per prime parametrises them:
// with weights w, the factor at place j is prod_p p^(e_p * w_pj), and the
// product is the bound whatever the weights. Fused loops take their share of
// each prime first.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_RELAXEDPATH_H
#define ACCEL_MAPPER_GRADIENT_RELAXEDPATH_H

#include "Path.h"
#include "Tape.h"

namespace accel::gradient {

/// A prime of a rank's bound, with its multiplicity.
struct PrimePower {
  int64_t prime = 2;
  unsigned exponent = 1;
  double logarithm = 0;
};
llvm::SmallVector<PrimePower, 4> primePowers(int64_t n);

/// A limit: of a level's bits or values, or of a fan-out.
struct RelaxedLimit {
  /// Architecture node.
  unsigned node = 0;
  bool values = false;
  /// Tape node of what is needed; logarithm of what there is.
  uint32_t needed = 0;
  double logLimit = 0;
};

/// What accesses of a level cost.
struct RelaxedLevel {
  /// Architecture node.
  unsigned node = 0;
  /// Tape node.
  uint32_t energy = 0;
};

class RelaxedPath {
public:
  RelaxedPath(const PathSpace &space, const Path &path);

  Path path;

  /// Logits: one per (rank, prime of it, place that accepts the rank).
  unsigned numLogits() const { return logitCount; }

  /// Evaluates at logits and at the logarithms of the fused loops' counts by
  /// (loop, prime).
  void forward(llvm::ArrayRef<double> logits, double temperature,
               llvm::ArrayRef<std::vector<double>> fusedShares,
               double sharpness);
  double energyJ() const { return tape.value(energyNode); }
  double latencyS() const { return tape.value(latencyNode); }
  llvm::ArrayRef<RelaxedLimit> limits() const { return limitList; }
  double neededFor(const RelaxedLimit &limit) const {
    return tape.value(limit.needed);
  }
  llvm::ArrayRef<RelaxedLevel> levels() const { return levelList; }
  double energyOf(const RelaxedLevel &level) const {
    return tape.value(level.energy);
  }
  /// Sum of the logarithms of a fan-out's factors, and the fan-outs that have
  /// room for choice, as indices into the unit's.
  double logUse(unsigned fanout) const;

  /// Adds to the gradients by logits and fused shares what follows from
  /// weights on energy, latency, needs, uses and, if given, levels' energies.
  void backward(double energyWeight, double latencyWeight,
                llvm::ArrayRef<double> limitWeights,
                llvm::ArrayRef<double> useWeights,
                llvm::MutableArrayRef<double> logitGradient,
                llvm::MutableArrayRef<std::vector<double>> shareGradient,
                llvm::ArrayRef<double> levelWeights = {});

  /// The path with factors rounded: of every prime each place gets the whole
  /// part of its share, and the largest remainders the rest. Fused loops are
  /// left alone, so the result is to be settled.
  Path rounded() const;

  /// Logits that prefer the factors that `path` has now.
  void preferPath(llvm::MutableArrayRef<double> logits, double strength) const;

private:
  /// A rank that may be split, and the logits of its primes.
  struct Split {
    unsigned rank;
    llvm::SmallVector<PrimePower, 4> primes;
    /// Indices into `places`.
    llvm::SmallVector<unsigned, 12> open;
    /// Logits of prime k begin at first + k * open.size().
    unsigned first;
  };
  void recordModel();
  void listLoops();

  const PathSpace &space;
  llvm::SmallVector<Place, 16> places;
  std::vector<Split> splits;
  unsigned logitCount = 0;
  Tape tape;
  uint32_t energyNode = 0, latencyNode = 0;
  std::vector<RelaxedLimit> limitList;
  std::vector<RelaxedLevel> levelList;
  /// Own loops top down: (rank, index into places).
  std::vector<std::pair<unsigned, unsigned>> ownLoops;
  /// Of the last forward: softmax weights, logarithms of factors by
  /// (place, rank), inputs of the tape and their adjoints.
  std::vector<double> weights, logFactors, tiles, adjoints;
  double temperature = 1;
  std::vector<std::vector<double>> shares;
};

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_RELAXEDPATH_H
