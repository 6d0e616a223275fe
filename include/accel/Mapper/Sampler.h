//===- Sampler.h - Random valid mappings ------------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Draws mappings of a whole program from the mapper's mapspace: fusion, loop
// orders, tiles, holders and spatial splits at random, with a bias towards what
// fits. A baseline for search, and a way to falsify claimed optima: whatever is
// drawn here must not be better.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_SAMPLER_H
#define ACCEL_MAPPER_SAMPLER_H

#include "accel/Model/LoopTree.h"
#include <memory>

namespace accel {

struct SamplerOptions {
  /// False: intermediates are exchanged in the outermost level that may hold
  /// them, and no loops are shared.
  bool fuse = true;
};

/// Every mapping of the mapspace in which intermediates are exchanged in levels
/// that exist once has a positive probability; those exchanged behind a fan-out
/// are never drawn. Deterministic for a seed on one platform.
class MappingSampler {
public:
  /// Preconditions: `graph` is finalized, `arch` verified, and both outlive the
  /// sampler.
  MappingSampler(const EinsumGraph &graph, const Architecture &arch,
                 const SamplerOptions &options, uint64_t seed);
  ~MappingSampler();

  /// One attempt; nothing if the choices made do not fit together or
  /// verifyMapping refuses the result, most often for capacity.
  std::optional<ProgramMapping> tryDraw();

  /// One attempt at `base` with some consecutive Einsums drawn anew: a run, or
  /// several, between places at which no loops are shared. Precondition: `base`
  /// is valid and exchanges nothing behind a fan-out.
  std::optional<ProgramMapping> tryRedraw(const ProgramMapping &base);

  /// Repeats tryDraw at most `maxTries` times.
  std::optional<ProgramMapping> draw(unsigned maxTries = 1000);

private:
  class Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace accel

#endif // ACCEL_MAPPER_SAMPLER_H
