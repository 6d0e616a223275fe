//===- Search.h - The search over a whole program ---------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Explores every class of identical Einsums under a threshold on the objective,
// joins what was found, and raises the threshold until the best program lies
// within it: then nothing that was cut can be better. Regions are joined first,
// with bounds for what lies below them: that proves most thresholds too low
// before any mapping is known, and tells every Einsum what the others need.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_SEARCH_H
#define ACCEL_MAPPER_FFM_SEARCH_H

#include "Explorer.h"
#include "Join.h"
#include <chrono>

namespace accel::ffm {

/// Einsums that differ in names only, with everything known about them.
struct EinsumClass {
  /// The first of them.
  unsigned einsum = 0;
  unsigned count = 0;

  struct Unit {
    std::unique_ptr<EinsumProblem> problem;
    std::unique_ptr<PhaseGraph> graph;
    std::unique_ptr<CostToGo> toGo;
    std::unique_ptr<Explorer> explorer;
  };
  /// One per compute unit that takes the Einsum.
  std::vector<Unit> units;
  /// Proven bounds on any mapping.
  double leastEnergyJ = kInf, leastLatencyS = kInf;
  EinsumSpace space;
  /// By signature; empty if not known.
  std::vector<Others> others;
  std::string infeasible;
};

class Search {
public:
  Search(const EinsumGraph &graph, const Architecture &arch,
         const MapperOptions &options);
  MapperResult run();

private:
  void classify();
  bool prepare();
  bool findRegions(double threshold);
  bool findMappings(double threshold);
  void useMarginals(const JoinMarginals &marginals);
  void report(double best);
  bool expired() const;
  double seconds() const;
  double valueOf(const JoinedProgram &program) const;
  void fillResult(const JoinResult &joined);
  ProgramMapping mappingOf(const JoinedProgram &program) const;
  template <typename Work> void forEachClass(Work work);

  SearchContext context;
  std::vector<EinsumClass> classes;
  std::vector<unsigned> classOf;
  /// Sums over the program of what no mapping can beat.
  double leastEnergyJ = 0, leastLatencyS = 0;
  MapperResult result;
  std::chrono::steady_clock::time_point begin;
};

/// Why no mapping of `einsum` to any unit fits: the tightest level.
std::string explainInfeasible(const EinsumClass &cls);

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_SEARCH_H
