//===- Explorer.h - Partial mappings of one Einsum --------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Enumerates the Pareto-optimal paths of one Einsum on one unit whose bounds
// pass a threshold. First the regions of fused loops, in which their order
// matters and is enumerated; with bounds for what lies below they make a
// relaxed space that can be joined before anything else is known. Then, below
// the innermost exchanged tensor of each region that is left, a dynamic program
// over (phase, tile vector).
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_EXPLORER_H
#define ACCEL_MAPPER_FFM_EXPLORER_H

#include "CostToGo.h"
#include "ExchangeTrie.h"
#include "PartialMapping.h"
#include "llvm/ADT/DenseMap.h"
#include <functional>

namespace accel::ffm {

/// What may be cut.
struct Threshold {
  double value = kInf;
  /// Least of all other Einsums together.
  Least others{0, 0, 0, 0};
};

/// Least of all other Einsums, given how this one exchanges
/// its intermediates; infinite if nothing fits within the threshold.
using Others = Least;

/// What is known about the other Einsums before any region is.
struct Surroundings {
  /// What they need by choice of backing levels, in the order of
  /// PhaseGraph::roots; empty if not known.
  std::vector<Others> byRoot;
  /// Per operand: the exchanges that the other users of an intermediate can
  /// take part in; null if not known.
  std::vector<const ExchangeTrie *> exchanges;
  /// Larger than that of all users explored before.
  unsigned rank = 0;
};

class Explorer {
public:
  Explorer(const EinsumProblem &problem, const PhaseGraph &graph,
           const CostToGo &toGo, unsigned number);

  /// Least of any mapping, from the tables alone; infinite if there is none.
  const Least &leastCost() const { return least; }
  /// Bounds both criteria together with further tables from now on.
  void useBlend(const CostToGo &tables);

  /// Enumerates the regions within the threshold and appends them, with bounds
  /// in place of costs, to `out`; one open nest per choice of backing levels
  /// stands for those beyond it. Returns false if `cancelled` said so.
  bool findRegions(const Threshold &threshold, const Surroundings &around,
                   EinsumSpace &out, const std::function<bool()> &cancelled);

  /// Appends one bound per choice of backing levels to `out`, in the order of
  /// PhaseGraph::roots: open nests.
  void boundRoots(EinsumSpace &out) const;

  /// Appends the choices of backing levels to `out` with the same bound for
  /// each.
  void boundRoots(const Least &bound, EinsumSpace &out) const;

  /// Appends to `out`, whose nests are those of findRegions, all undominated
  /// mappings that may be part of a program within the threshold, and bounds
  /// for those that may not. `others` is indexed by signature; regions of
  /// impossible ones are left alone; empty stands for no bound. Returns false
  /// if `cancelled` said so.
  bool findMappings(double threshold, llvm::ArrayRef<Others> others,
                    EinsumSpace &out, const std::function<bool()> &cancelled);

  uint64_t numPriced = 0, numPruned = 0;

  /// The path that ends in `move`.
  EinsumMapping path(uint32_t move) const;

private:
  /// Costs and claims so far.
  struct Row {
    double energy = 0, latency = 0, both = 0;
    llvm::SmallVector<double, 6> times;
    /// Held in the level being filled, if that is not tracked.
    double bits = 0, values = 0;
    llvm::SmallVector<double, 2> total;
  };
  struct ClosedRow : Row {
    unsigned nest = 0;
    /// Tiles of the keep placed last, times what fan-outs have split off them
    /// since: all, and how many they were if all were full.
    double tiles = 1, fullTiles = 1;
    uint32_t move = 0;
    /// Ranks that fully index the keep placed last: loops over them would stand
    /// above it instead.
    uint32_t settled = 0;
  };
  struct Region;
  /// A region, to be continued.
  struct Seed {
    unsigned phase;
    uint32_t v;
    ClosedRow row;
  };

  Least leastFrom(unsigned root) const;
  bool passes(unsigned phase, uint32_t v, Row &row);
  Least bound(unsigned phase, uint32_t v, const Row &row) const;
  void prolong(unsigned phase, uint32_t v, Row &row) const;
  Nest openNest(const Root &root, unsigned rank = 0) const;
  void appendBounds(unsigned nest, const CutFront &cut, EinsumSpace &out) const;
  bool claim(const Placement &p, double values, Row &row) const;
  void charge(const Placement &p, uint32_t v, Row &row) const;
  uint32_t addMove(Move move);
  bool enterNest(unsigned nest, llvm::ArrayRef<Others> others);
  void arrive(unsigned phase, uint32_t v, ClosedRow row);
  void insert(unsigned phase, uint32_t v, ClosedRow row);
  bool dominates(const ClosedRow &a, const ClosedRow &b, uint32_t ports) const;
  void expand(unsigned phase, uint32_t v, const ClosedRow &row);
  void finish(unsigned phase, ClosedRow row);

  const EinsumProblem &problem;
  const PhaseGraph &graph;
  const CostToGo &toGo;
  const CostToGo *blend = nullptr;
  unsigned number;
  Least least;
  Threshold threshold;
  EinsumSpace *space = nullptr;
  std::vector<Move> moves;
  /// Moves that belong to regions.
  uint32_t numRegionMoves = 0;
  std::vector<Seed> seeds;
  /// What was cut: by choice of backing levels while regions are sought, by
  /// nest while mappings are; and that to which rows now belong.
  std::vector<CutFront> cuts;
  CutFront *cutsHere = nullptr;
  /// What was left out since users of some operand cannot take part, by choice
  /// of backing levels and operand.
  std::vector<CutFront> excluded;
  /// By nest: the mappings found, as indices into the space.
  std::vector<std::vector<uint32_t>> finished;
  /// Per phase, by tile vector and signature: rows of different signatures are
  /// never compared.
  std::vector<llvm::DenseMap<uint64_t, std::vector<ClosedRow>>> buckets;
};

/// Drops dominated mappings of equal signature. Where energy does not count it
/// is zero.
void keepUndominated(EinsumSpace &space, bool usesTime);

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_EXPLORER_H
