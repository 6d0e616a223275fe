//===- Search.h - The search over a whole program ---------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Explores every class of identical Einsums coarsely, with bounds that stand
// for whatever was not looked into, and joins it all. The best program is a
// lower bound; what it takes from bounds is explored further, under a threshold
// just above it, until it takes only real mappings: then it is the optimum.
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

  /// A compute unit that takes the Einsum.
  struct Place {
    std::unique_ptr<EinsumOutline> outline;
    UsageGoals goals;
  };
  std::vector<Place> places;
  struct Unit {
    std::unique_ptr<EinsumProblem> problem;
    std::unique_ptr<PhaseGraph> graph;
    std::unique_ptr<CostToGo> toGo, blend;
    std::unique_ptr<Explorer> explorer;
    /// What the others need by choice of backing levels, within the threshold.
    std::vector<Others> byRoot;
  };
  /// What has been prepared: one per compute unit that takes the Einsum and
  /// vector of padded bounds.
  std::vector<Unit> units;
  /// What has not, because a rough bound puts it beyond the threshold so far.
  struct Candidate {
    /// Index into `places`.
    unsigned place;
    llvm::SmallVector<int64_t, 8> pads;
    double energyJ, latencyS;
  };
  std::vector<Candidate> candidates;
  /// Proven bounds on any mapping.
  Least least{0, 0, 0, 0};
  EinsumSpace space;
  /// One bound per choice of backing levels, and the choices of the units.
  EinsumSpace holdings;
  /// Per operand: the exchanges found, with their least cost, and those that
  /// the users explored so far leave.
  std::vector<ExchangeTrie> exchanges, around;
  Surroundings surroundings;
  /// By signature, once a join has told; empty before.
  std::vector<Others> others;
  std::string infeasible;
  /// The user fixed the path: the space is that mapping alone.
  const EinsumMapping *pinned = nullptr;
};

/// Fills `out` with the path of Einsum `e` as its only mapping; false, with the
/// reason, if the path is not allowed.
bool describePinned(const SearchContext &context, unsigned e,
                    const EinsumMapping &path, EinsumSpace &out,
                    std::string &reason);

class Search {
public:
  Search(const EinsumGraph &graph, const Architecture &arch,
         const MapperOptions &options);
  MapperResult run();
  /// Instead of run(): why no mapping of some Einsum fits, whatever the others
  /// do; empty if tables and bounds alone do not tell, or in the time limit.
  /// By capacities alone it holds for tiles that do not divide, too.
  std::string proveInfeasible(bool byCapacities);
  /// Whether the time limit ended the run.
  bool ranOutOfTime() const { return timedOut; }

private:
  void classify();
  std::string refuse() const;
  bool prepare();
  void addCandidates(EinsumClass &cls) const;
  void prepareWithin(EinsumClass &cls, double threshold,
                     const Least &others) const;
  void boundClass(EinsumClass &cls) const;
  void blend(EinsumClass::Unit &u) const;
  void priceSeconds();
  void blendBounds();
  double joinHoldings(double low, double threshold);
  std::vector<std::vector<unsigned>> wavesByShare() const;
  void sumBounds();
  void lookAround(unsigned c, const std::vector<char> &explored, unsigned rank);
  void noteExchanges(EinsumClass &cls) const;
  bool exploreRegions(EinsumClass &cls, double threshold,
                      const std::function<bool()> &cancelled);
  bool findAllRegions();
  bool findRegions(double threshold);
  bool findMappings(double threshold);
  JoinResult join(ExchangeGraph &graph, double margin, double threshold,
                  bool takesOpen, JoinMarginals *marginals);
  bool hasOpen(const JoinedProgram &program) const;
  MapperResult findOptimum();
  MapperResult findFront();
  MapperResult finish(MapperResult::Status status);
  MapperResult finishStopped();
  MapperResult finishInfeasible(const JoinResult &joined);
  void useMarginals(const JoinMarginals &marginals);
  void report(double best);
  bool expired() const;
  double seconds() const;
  void fillResult(const JoinResult &joined);
  ProgramMapping mappingOf(const JoinedProgram &program) const;
  void forEachClass(llvm::function_ref<void(EinsumClass &)> work);
  void forEachOf(llvm::ArrayRef<unsigned> which,
                 llvm::function_ref<void(EinsumClass &)> work);

  SearchContext context;
  std::vector<EinsumClass> classes;
  std::vector<unsigned> classOf;
  /// Sums over the program of what no mapping can beat.
  Least least{0, 0, 0, 0};
  MapperResult result;
  bool timedOut = false;
  /// Units have tables for energy and latency together.
  bool isBlended = false;
  /// A join raised bounds segment by segment; the next will, too.
  bool isLong = false;
  std::chrono::steady_clock::time_point begin;
};

/// The level that overflows most when what must be held there, operand by
/// operand or all together, is cut as small as loops can make it; empty if none
/// does. While an Einsum computes, all its holdings are alive.
std::string explainCapacity(const EinsumClass &cls);

/// Why no mapping of the class fits on any unit: the tightest level.
std::string explainInfeasible(const EinsumClass &cls);

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_SEARCH_H
