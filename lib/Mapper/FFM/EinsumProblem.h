//===- EinsumProblem.h - One Einsum on one compute unit ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything about mapping one Einsum to one compute unit that does not depend
// on the mapping: relevance of ranks, levels and fan-outs on the path, tables
// of fills and occupancies over all tile vectors, ways to fill fan-outs.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_EINSUMPROBLEM_H
#define ACCEL_MAPPER_FFM_EINSUMPROBLEM_H

#include "PartialMapping.h"
#include "TileLattice.h"
#include "accel/Mapper/Mapper.h"
#include "llvm/ADT/DenseMap.h"
#include <memory>

namespace accel::ffm {

/// A capacity: of a level's bits or of its values, per instance.
struct Resource {
  unsigned node = 0;
  bool values = false;
  double capacity = kInf;
};

/// What the whole search agrees on.
struct SearchContext {
  const EinsumGraph &graph;
  const Architecture &arch;
  const MapperOptions &options;
  /// Capacities that couple Einsums: rows carry what they claim of each.
  std::vector<Resource> tracked;
  double leakW = 0;
  /// For Least::bothJ: what a second counts in joules; 0 where the objective is
  /// no product.
  double secondsPriceW = 0;
  /// Another, above that: what the objective trades at lies between.
  double dearPriceW = 0;
  /// Whether energy and time take part in the objective.
  bool needsEnergy = true, needsTime = true;

  SearchContext(const EinsumGraph &graph, const Architecture &arch,
                const MapperOptions &options);

  /// The objective's value of dynamic energy and latency (fronts: the energy).
  double value(double dynamicJ, double latencyS) const;
  /// A lower bound on that of whatever `least` bounds.
  double value(const Least &least) const;
  Least costOf(double dynamicJ, double latencyS) const {
    return {dynamicJ, latencyS, dynamicJ + secondsPriceW * latencyS,
            dynamicJ + dearPriceW * latencyS};
  }
  /// True if intermediates that Einsum `einsum` exchanges in memory `node` need
  /// no loops above their backing keeps: in all Einsums that could share loops
  /// with it, everything alive at the same time fits whole, and nothing but
  /// capacity speaks for loops.
  bool fitsWhole(unsigned einsum, unsigned node) const {
    return whole[einsum * arch.nodes.size() + node];
  }
  bool isFront() const {
    return options.objective == Objective::Pareto ||
           options.objective == Objective::ParetoUsage;
  }

private:
  void findCoupled();
  void findWhole();
  std::vector<char> whole;
};

/// Whether the first keep of an operand may stand in memory `node` when the
/// Einsum runs on `unit`.
bool mayBack(const EinsumGraph &graph, const Architecture &arch,
             const Einsum &einsum, unsigned access, unsigned unit,
             unsigned node);

/// A memory level on the path.
struct PathLevel {
  unsigned node = 0;
  const MemoryLevel *mem = nullptr;
  /// Fan-outs between the level above and this one, as nodes, outermost first.
  llvm::SmallVector<unsigned, 2> fanouts;
  /// Ports as criteria (the same one if shared), -1 where never a bottleneck.
  int readPort = -1, writePort = -1;
  /// Index into SearchContext::tracked by bits and by values, or -1.
  int trackedBits = -1, trackedValues = -1;
};

/// A factor of a rank spread over a fan-out.
struct SpatialFactor {
  unsigned fanout = 0;
  unsigned rank = 0;
  int64_t factor = 1;
};
using Split = llvm::SmallVector<SpatialFactor, 4>;

/// Values over all tile vectors for one operand.
struct AccessTables {
  /// Values moved into a keep at that vector, first fills of outputs, values
  /// held.
  std::vector<double> fills, firsts, occupancy;
  /// The share of the fills that lies inside the tensor; empty if all does.
  std::vector<double> inside;

  double insideAt(uint32_t v) const { return inside.empty() ? 1 : inside[v]; }
};

struct AccessInfo {
  unsigned tensor = 0;
  Role role = Role::Input;
  bool isOutput = false;
  /// An intermediate: its backing keep is exchanged with other Einsums.
  bool exchanged = false;
  /// Ranks as bit masks.
  uint32_t full = 0, partial = 0;
  uint32_t relevant() const { return full | partial; }
  /// Ranks that may be fused loops above the backing keep, and the tensor
  /// dimension that each of them is alone in.
  uint32_t fusable = 0;
  llvm::SmallVector<unsigned, 6> dimOf;
  /// Bits per value by path level.
  llvm::SmallVector<double, 6> bits;
};

/// Instances of fan-outs that mappings must use at least, by node.
using UsageGoals = llvm::SmallDenseMap<unsigned, double, 4>;

/// What mapping one Einsum to one compute unit means, whatever the tiles.
class EinsumOutline {
public:
  EinsumOutline(const SearchContext &context, unsigned einsum, unsigned unit);

  const SearchContext &context;
  const Einsum &einsum;
  unsigned index;
  unsigned unitNode;
  llvm::SmallVector<PathLevel, 6> levels;
  /// Fan-outs between the innermost level and the unit.
  llvm::SmallVector<unsigned, 2> unitFanouts;
  llvm::SmallVector<AccessInfo, 4> accesses;
  /// Ranks that loops may split (the others fill lanes of a fan-out, or stay
  /// whole down to the last keep).
  uint32_t freeRanks = 0;
  /// Number of time criteria; the last one is the compute unit's.
  unsigned numPorts = 0;
  unsigned computePort = 0;

  /// Fan-outs crossed on the way into level `level` (or into the unit, if it is
  /// the number of levels).
  llvm::ArrayRef<unsigned> fanoutsAbove(unsigned level) const {
    return level < levels.size()
               ? llvm::ArrayRef<unsigned>(levels[level].fanouts)
               : llvm::ArrayRef<unsigned>(unitFanouts);
  }

  /// Whether the tile of a rank's outermost loop need not divide its bound.
  bool mayPad(unsigned rank) const;

  /// Minimum usage in terms of all paths, whatever their pads.
  UsageGoals usageGoals() const;

  /// Seconds to start computing a tile.
  double tileStartS() const {
    return einsum.isCopy
               ? 0
               : context.arch.unit(unitNode)->startS * einsum.opsPerTile;
  }
  /// Whether what moves last waits for the last compute.
  bool exposesEnds() const;
  /// Whether the number of tiles matters, not only what they hold.
  bool countsTiles() const;

  double points() const { return einsum.isCopy ? 0 : einsum.numPoints(); }

  /// Values that compute moves for an operand: every point, padded in ranks
  /// that the operand does not depend on.
  double computeValues(unsigned access, llvm::ArrayRef<int64_t> pads) const;

  /// A lower bound on the energy of any mapping with these padded bounds,
  /// without tables.
  double roughEnergyJ(llvm::ArrayRef<int64_t> pads) const;
  /// The same for latency, whatever the pads.
  double roughLatencyS() const;

private:
  void findPath();
  void describeAccesses();
};

/// The same with tiles: one padded bound per rank.
class EinsumProblem : public EinsumOutline {
public:
  EinsumProblem(const EinsumOutline &outline, llvm::ArrayRef<int64_t> pads,
                const UsageGoals &goals);

  TileLattice lattice;
  llvm::SmallVector<int64_t, 8> pads;
  /// Not empty if no mapping exists on this unit.
  std::string infeasible;

  /// All ways to spread ranks over the fan-outs above `level` that keep to
  /// `reuse`, pinned lanes and minimum usage.
  llvm::ArrayRef<Split> splitsAbove(unsigned level) const {
    return splits[level];
  }

  /// Whether some tile of a free rank leaves room for a spatial factor.
  bool mayTake(unsigned rank, int64_t factor) const;

  /// Tables of operand `access` in level `level`.
  const AccessTables &tables(unsigned access, unsigned level) const;

  /// Tiles of that vector in the iteration space, all instances together; and
  /// how many of them, were they all full, would make it up.
  double numTiles(uint32_t v) const { return countTiles(v, true); }
  double numFullTiles(uint32_t v) const { return countTiles(v, false); }

  double computeValues(unsigned access) const {
    return EinsumOutline::computeValues(access, pads);
  }

private:
  double countTiles(uint32_t v, bool padded) const;

  std::vector<std::vector<Split>> splits;
  /// Per level: ranks pinned to fan-outs above it.
  std::vector<uint32_t> pinned;
  mutable std::vector<
      std::pair<std::pair<unsigned, uint32_t>, std::unique_ptr<AccessTables>>>
      tableCache;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_EINSUMPROBLEM_H
