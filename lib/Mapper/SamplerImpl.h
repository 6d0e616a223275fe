//===- SamplerImpl.h - A mapping that is being drawn ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_MAPPER_SAMPLERIMPL_H
#define ACCEL_LIB_MAPPER_SAMPLERIMPL_H

#include "SamplerSite.h"
#include "accel/Mapper/Sampler.h"
#include <random>

namespace accel {

class MappingSampler::Impl {
public:
  Impl(const EinsumGraph &graph, const Architecture &arch,
       const SamplerOptions &options, uint64_t seed);
  std::optional<ProgramMapping> tryDraw(unsigned first, unsigned end);
  std::optional<ProgramMapping> tryRedraw(const ProgramMapping &base);
  unsigned numEinsums() const { return graph.einsums.size(); }

private:
  struct DrawnLoop {
    unsigned rank;
    int64_t trips;
  };

  /// A path under construction.
  struct Path {
    unsigned einsum;
    const Site *site;
    std::vector<MapNode> nodes;
    /// Tiles without, and factors of, spatial loops that are still to come.
    llvm::SmallVector<int64_t, 8> left, spatial;
    /// By fan-out node: its factors.
    llvm::SmallVector<llvm::SmallVector<DrawnLoop, 4>, 8> splits;
    llvm::SmallVector<DrawnLoop, 8> loops;
    llvm::SmallVector<bool, 4> backed;
  };

  unsigned below(size_t n) { return unsigned(random() % n); }
  bool chance(unsigned percent) { return random() % 100 < percent; }

  void drawUnits(unsigned first, unsigned end);
  bool drawLevels(unsigned first, unsigned end);
  void recall(unsigned e);
  bool drawPath(unsigned e, unsigned end);
  bool drawSplit(Path &p, unsigned node);
  bool drawSplits(Path &p);
  bool shareLoops(Path &p, unsigned shared);
  void addFusedLoops(Path &p, unsigned end);
  void backExchanged(Path &p, unsigned at);
  void keep(Path &p, unsigned access, unsigned level);
  void loop(Path &p, unsigned rank, int64_t tile);
  void cross(Path &p, unsigned fanout);
  bool fillLevel(Path &p, unsigned level);
  bool fitsAlone(unsigned e) const;
  bool isHeld(const Path &p, unsigned access, unsigned level) const;
  double occupancy(const Path &p, unsigned access,
                   llvm::ArrayRef<int64_t> left) const;
  int64_t drawDivisor(int64_t n);

  const EinsumGraph &graph;
  const Architecture &arch;
  SamplerOptions options;
  std::mt19937_64 random;
  std::vector<llvm::SmallVector<Site, 2>> sites;

  // The mapping being drawn.
  ProgramMapping mapping;
  std::vector<Path> paths;
  /// By tensor: level of exchange, and loops above the backing keep.
  llvm::SmallVector<unsigned, 16> level, depth;
  /// By tensor: values that its backing keep holds.
  llvm::SmallVector<double, 16> size;
};

} // namespace accel

#endif // ACCEL_LIB_MAPPER_SAMPLERIMPL_H
