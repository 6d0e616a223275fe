//===- Mapper.h - The optimal mapper ----------------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Finds the best mapping of a whole program in a stated mapspace, with proof:
// per Einsum all Pareto-optimal partial mappings by dynamic programming on the
// divisor lattice, then a join of the Einsums in program order (Fast and
// Fusiest Mapper, arXiv 2602.15166).
//
// Mapspace: any allowed set of holders per level; keeps in any order with outer
// levels above inner ones, except that backing keeps of intermediates may stand
// earlier; keeps of the outermost level at the very top; above the backing keep
// of an intermediate only loops over ranks that index it alone; spatial loops
// at their fan-out, directly above the next keep below it; tiles that divide.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_MAPPER_H
#define ACCEL_MAPPER_MAPPER_H

#include "accel/Model/LoopTree.h"
#include <functional>

namespace accel {

/// What the mapper minimises.
enum class Objective : uint8_t {
  EDP,        ///< energy times latency, J s
  Energy,     ///< J, leakage included
  Latency,    ///< s
  Pareto,     ///< the front of energy against latency
  ParetoUsage ///< the front of energy against the peak share of any level
};

/// "edp", "energy", "latency", "pareto", "pareto-usage".
llvm::StringRef stringifyObjective(Objective objective);
std::optional<Objective> parseObjective(llvm::StringRef text);

/// Where a search stands.
struct MapperProgress {
  double seconds = 0;
  /// Proven lower bound, and the best value so far (infinite if none).
  double lowerBound = 0, best = kInf;
  /// Distinct Einsums explored in this round, of how many; rounds begun.
  unsigned explored = 0, distinct = 0, round = 0;
};

struct MapperOptions {
  Objective objective = Objective::EDP;
  /// False: every intermediate goes through the outermost memory.
  bool fuse = true;
  /// Most loops above an intermediate's backing keep; unlimited if unset.
  std::optional<unsigned> maxFusedLoops;
  /// Most fused loops over one rank.
  unsigned maxFusedLoopsPerRank = 1;
  /// Tiles of a rank's outermost loop need not divide.
  bool imperfect = false;
  /// Allow recomputation of halos and cheap producers. Such mappings are not
  /// searched yet: the result is then never claimed to be optimal.
  bool recompute = false;
  /// Restrict keeps between fused loops as AccelForge does, for comparison.
  bool referenceSlots = false;
  /// Search identical Einsums once.
  bool shareIdentical = true;
  /// Pairs for each Einsum in one pass of the join from which on bounds are
  /// raised segment by segment, and Einsums of a segment at least. Only time
  /// depends on them; less makes small programs take the way of large ones.
  unsigned segmentPairs = 2048, segmentLength = 8;
  /// Seconds within which to end; the result is then the best mapping known,
  /// with the bound proven so far.
  double timeLimitS = kInf;
  /// Threads; 0 stands for all cores.
  unsigned threads = 1;
  /// Paths that the user fixed, by Einsum; absent or empty nodes are free. A
  /// pinned path counts as it stands; its `sharedLoops` is found by the search.
  std::vector<std::optional<EinsumMapping>> pinned;
  /// Called between steps, from the calling thread.
  std::function<void(const MapperProgress &)> progress;
};

/// One point of a front, with its mapping.
struct ParetoPoint {
  double energyJ = 0;
  double latencyS = 0;
  /// Peak share of the size of any bounded level (pareto-usage only).
  double usage = 0;
  ProgramMapping mapping;
};

struct MapperStatistics {
  double seconds = 0;
  /// Decimal logarithm of the number of mappings: ways to choose one path for
  /// every Einsum, without regard to what ties Einsums together.
  double mapspaceLog10 = 0;
  /// Partial mappings priced, and those cut by bounds or dominance.
  uint64_t partialMappings = 0, pruned = 0;
  unsigned distinctEinsums = 0;
  /// Pairs tried by the join.
  uint64_t joins = 0;
  /// Passes over the program with a rising threshold.
  unsigned rounds = 0;
};

struct MapperResult {
  enum class Status : uint8_t { Optimal, Feasible, Infeasible };
  Status status = Status::Infeasible;
  /// Objective's value of `best`, and a proven lower bound on any mapping's;
  /// equal if optimal. Without meaning for fronts.
  double value = kInf, lowerBound = 0;
  ProgramMapping best;
  /// Ascending energy; only for the two Pareto objectives, where `best` is the
  /// point of least energy.
  std::vector<ParetoPoint> pareto;
  /// Why there is no mapping: the tightest constraint found.
  std::string reason;
  /// With status Infeasible: the time limit came first, so there may be one.
  bool timedOut = false;
  /// With status Infeasible: a heuristic search found none, so there may be
  /// one.
  bool unproven = false;
  MapperStatistics statistics;
};

/// Maps a program. Preconditions: `graph` is finalized, `arch` verified. Status
/// is Optimal only if every mapping of the mapspace was covered or cut by a
/// bound; Feasible if the time limit came first. Deterministic, whatever the
/// number of threads, unless the time limit strikes.
MapperResult mapProgram(const EinsumGraph &graph, const Architecture &arch,
                        const MapperOptions &options = {});

} // namespace accel

#endif // ACCEL_MAPPER_MAPPER_H
