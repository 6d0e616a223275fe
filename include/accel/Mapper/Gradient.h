//===- Gradient.h - The mapper that descends --------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds a good mapping of a whole program by descent on a continuous relaxation
// of the mapspace and of the cost model, followed by exact decoding, repair and
// polish. Heuristic: every answer is valid, none is proven. It shares its
// mapspace and its cost model with mapProgram.
//
// Idea: FADiff (arXiv 2511.22348) and its ancestor DOSA (MICRO 2023); the
// formulation here is our own, see docs/gradient.md.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_H
#define ACCEL_MAPPER_GRADIENT_H

#include "accel/Mapper/Mapper.h"

namespace accel {

namespace gradient {

/// A reproducible source of random numbers, the same on every platform.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next();
  /// Below `n`; 0 if `n` is 0.
  unsigned below(unsigned n) { return n == 0 ? 0 : unsigned(next() % n); }
  /// In [0, 1).
  double uniform() { return double(next() >> 11) * 0x1p-53; }
  template <typename Range> void shuffle(Range &range) {
    for (unsigned i = range.size(); i > 1; --i)
      std::swap(range[i - 1], range[below(i)]);
  }

private:
  uint64_t state;
};

} // namespace gradient

/// What the gradient engine needs beyond MapperOptions.
struct GradientOptions {
  uint64_t seed = 0;
  /// Restarts after which the search stops, one descent with its polish each;
  /// 0 stands for no limit. With a limit the result depends on the seed only.
  unsigned maxIterations = 0;
  /// Stages, for measurements of what each contributes.
  bool descend = true, polish = true;
  /// Called with the seconds since the start and the value whenever a better
  /// mapping has been found.
  std::function<void(double seconds, double value)> improved;
};

/// Maps a program. Preconditions as for mapProgram. Status is Feasible with no
/// claim on the optimum, or Infeasible if no valid mapping was found (which
/// proves nothing). Stops at `options.timeLimitS`, after
/// `gradient.maxIterations` restarts, or, with neither, after a number of
/// restarts without improvement. Deterministic for any number of threads unless
/// the time limit strikes.
///
/// For the two fronts, points are found by tightening one criterion while the
/// other is minimised.
MapperResult mapProgramByGradient(const EinsumGraph &graph,
                                  const Architecture &arch,
                                  const MapperOptions &options = {},
                                  const GradientOptions &gradient = {});

} // namespace accel

#endif // ACCEL_MAPPER_GRADIENT_H
