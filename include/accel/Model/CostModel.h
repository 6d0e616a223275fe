//===- CostModel.h - What a mapping costs -----------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Accesses, time, energy and peak usage of a LoopTree, in closed form. A
// mapping is compiled once into flat plans (everything that does not depend on
// tile sizes); evaluation then runs over arrays, allocates nothing and is a
// template over the scalar: `double` for exact costs, a differentiable scalar
// for search by gradient.
//
// Counts are scalars, not integers: with `double` every count below 2^53 is
// exact and larger ones round, where 64-bit integers would wrap.
//
// Semantics: LoopTree (IEEE TCASAI 2024) as AccelForge evaluates it
// (arXiv 2602.15166).
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_COSTMODEL_H
#define ACCEL_MODEL_COSTMODEL_H

#include "accel/Model/LoopTree.h"
#include "accel/Model/Padding.h"
#include <cmath>
#include <type_traits>

namespace accel {

/// Choices that change what a mapping means.
struct CostOptions {
  /// Tiles need not divide: the outermost tile of a rank pads it.
  bool imperfect = false;
  /// Reserve a window that slides through a fused loop inside the branch only,
  /// as the reference tool does; physically its halo outlives the branch.
  bool referenceWindows = false;
};

/// What one Einsum costs. Arrays over levels follow EinsumPlan::levels(),
/// arrays over (level, operand) are indexed by EinsumPlan::slot().
template <typename S> struct EinsumCost {
  /// Values that move at a level for an operand, all instances together:
  /// written into it from its parent, read from it for its children, written
  /// into it by its children, read from it to write back to the parent.
  std::vector<S> fills, childReads, updates, evictions;
  /// Charged bits at the level's width, summed over operands.
  std::vector<S> readBits, writeBits;
  /// Seconds that a level is busy.
  std::vector<S> levelTimeS;
  /// Seconds of that which nothing overlaps (MemoryLevel::exposesEnds): the
  /// first tiles read, and the last ones written.
  std::vector<S> exposedReadS, exposedWriteS;
  /// Seconds to start reading tiles and to make zeros that are not read; part
  /// of the level's time.
  std::vector<S> startTimeS;
  S ops{};
  S computeTimeS{};
  /// Seconds: the largest of all level times and the compute time, each with
  /// what is exposed elsewhere.
  S latencyS{};
  /// Joules for accesses and operations, without leakage.
  S dynamicJ{};
  /// Joules that all instances of the whole target leak meanwhile.
  S leakJ{};

  S energyJ() const { return dynamicJ + leakJ; }
};

/// Values that one keep of an operand exchanges with the keep above it, all
/// instances together.
template <typename S> struct Transfer {
  unsigned access = 0;
  /// Index into EinsumPlan::levels().
  unsigned level = 0, parentLevel = 0;
  /// Written into the level, and read from its parent for that: fewer where one
  /// read serves several instances.
  S fills{}, reads{};
  /// Zeros that the level makes in place of reads.
  S zeros{};
  /// Read from the level to write back, and written into its parent: fewer
  /// where instances are reduced on the way.
  S evictions{}, updates{};
};

/// What a program costs.
template <typename S> struct ProgramCost {
  std::vector<EinsumCost<S>> einsums;
  S energyJ{};
  /// Seconds, Einsums one after the other.
  S latencyS{};
  /// Peak per architecture node and instance (0 for nodes that are no memory).
  std::vector<S> peakBits, peakValues;

  S edpJs() const { return energyJ * latencyS; }
};

namespace detail {
/// A scaled product of tiles, evaluated against the loops' tile array: where a
/// rank's tile is taken from (a loop's index, or -1 for its whole bound).
struct TileRef {
  unsigned rank;
  int loop;
};
/// Occupancy of an operand: per tensor dimension 1 + sum |c| * (tile - 1).
struct Occupancy {
  struct Term {
    TileRef tile;
    double factor;
  };
  /// Terms of all dimensions, dimension by dimension.
  llvm::SmallVector<Term, 8> terms;
  /// Past-the-end index into `terms` for each dimension.
  llvm::SmallVector<unsigned, 6> ends;
};
/// Data that move between a keep (or the compute unit) and its parent keep.
struct Movement {
  unsigned access;
  bool isOutput;
  /// An output whose earlier contents come along, once for every element.
  bool readsInit;
  /// Index into levels(); the child is -1 for the compute unit.
  int childLevel;
  unsigned parentLevel;
  Occupancy occupancy;
  /// Dimensions that the child pads by itself, and per rank the loop that set
  /// its tile, or -1.
  llvm::SmallVector<PaddedDimension, 0> padded;
  llvm::SmallVector<int, 0> loopOf;
  /// Ranks with a loop above the child.
  llvm::SmallVector<TileRef, 6> relevant, irrelevant, fullyRelevant;
  /// Spatial loops above the child over irrelevant ranks: those whose fan-out
  /// shares on the way from the parent, all, and all above the parent.
  llvm::SmallVector<unsigned, 4> shared, sibling, siblingAboveParent;
};
/// A keep's claim on its level.
struct Claim {
  unsigned access;
  /// Index into levels().
  unsigned level;
  Occupancy occupancy;
  /// Bits per value times the number of buffers, and that number.
  double bits, copies;
  /// Loops above.
  unsigned depth;
  bool isBacking;
};
} // namespace detail

/// One Einsum's path, compiled. Precondition of compile: the mapping passed
/// verifyMapping.
class EinsumPlan {
public:
  static EinsumPlan compile(const EinsumGraph &graph, const Architecture &arch,
                            unsigned einsum, const EinsumMapping &mapping,
                            const CostOptions &options = {});

  /// Memory levels of the path as architecture nodes, outermost first.
  llvm::ArrayRef<unsigned> levels() const { return levelNodes; }
  unsigned unit() const { return unitNode; }
  unsigned numAccesses() const { return accessCount; }
  unsigned slot(unsigned level, unsigned access) const {
    return level * accessCount + access;
  }
  /// Bits of one value of an operand at a level.
  double bitsPerValue(unsigned level, unsigned access) const {
    return slotBits[slot(level, access)];
  }
  /// Values read from, and written into, a level for an operand, as charged.
  template <typename S>
  S readValues(const EinsumCost<S> &cost, unsigned level,
               unsigned access) const {
    unsigned s = slot(level, access);
    return rates[level].chargesEvictions
               ? cost.childReads[s] + cost.evictions[s]
               : cost.childReads[s];
  }
  template <typename S>
  S writeValues(const EinsumCost<S> &cost, unsigned level,
                unsigned access) const {
    unsigned s = slot(level, access);
    return cost.fills[s] + cost.updates[s];
  }

  /// Tiles of the compiled mapping's loops, top down: the default argument of
  /// evaluate.
  llvm::ArrayRef<double> tiles() const { return defaultTiles; }

  /// What the keeps of the compiled mapping exchange with those above them, top
  /// down; for a copy Einsum what it moves from level to level.
  std::vector<Transfer<double>> transfers() const;

  /// The keeps' claims on their levels, top down.
  llvm::ArrayRef<detail::Claim> claims() const { return claimList; }

  /// Costs with the given tiles, one per loop. `out` is resized on first use
  /// only. O(operands * keeps * ranks).
  template <typename S>
  void evaluate(llvm::ArrayRef<S> loopTiles, EinsumCost<S> &out) const;

  /// Values that an occupancy amounts to.
  template <typename S>
  S occupied(const detail::Occupancy &occ, llvm::ArrayRef<S> loopTiles) const;

private:
  template <typename S>
  S tileOf(const detail::TileRef &ref, llvm::ArrayRef<S> loopTiles) const {
    return ref.loop < 0 ? S(bounds[ref.rank]) : loopTiles[ref.loop];
  }
  template <typename S>
  S product(llvm::ArrayRef<unsigned> loops, const S *trips) const {
    S result(1.0);
    for (unsigned loop : loops)
      result = result * trips[loop];
    return result;
  }
  template <typename S> S paddedBound(unsigned rank, llvm::ArrayRef<S> t) const;
  template <typename S>
  Transfer<S> transfer(const detail::Movement &m, llvm::ArrayRef<S> loopTiles,
                       const S *trips, const S *padded) const;
  template <typename S>
  void addStartAndEnds(const detail::Movement &m, const Transfer<S> &moved,
                       llvm::ArrayRef<S> loopTiles, const S *trips,
                       const S &fullTiles, EinsumCost<S> &out) const;
  template <typename S>
  void addMovement(const detail::Movement &m, llvm::ArrayRef<S> loopTiles,
                   const S *trips, const S *padded, const S &fullTiles,
                   EinsumCost<S> &out) const;

  unsigned accessCount = 0;
  unsigned unitNode = 0;
  bool imperfect = false;
  llvm::SmallVector<unsigned, 8> levelNodes;
  llvm::SmallVector<double, 6> bounds;
  std::vector<double> defaultTiles;
  /// Per loop: the tile above it.
  std::vector<detail::TileRef> loops;
  /// Per rank: its outermost loop, or -1.
  llvm::SmallVector<int, 6> outermostLoop;
  std::vector<detail::Movement> movements;
  std::vector<detail::Claim> claimList;
  /// Spatial loops above each level, and above the compute unit at the end.
  std::vector<llvm::SmallVector<unsigned, 4>> instanceLoops;
  /// Per slot: bits per value at the level.
  std::vector<double> slotBits;
  struct LevelRates {
    double readJ, writeJ, readBitsPerS, writeBitsPerS, readStartS;
    bool sharedPort, accumulates, chargesEvictions, exposesEnds;
  };
  std::vector<LevelRates> rates;
  double points = 0, opsPerPoint = 0, jPerOp = 0, opsPerS = 0, leakW = 0;
  /// Results, the time, in operations, that starting one takes, and the seconds
  /// to start computing a tile.
  double results = 0, initOps = 0, tileStartS = 0;
  /// Per rank with loops above the last keep, the innermost of them, and the
  /// spatial ones among all.
  llvm::SmallVector<detail::TileRef, 6> tileLoops;
  llvm::SmallVector<unsigned, 4> tileInstances;
  /// Spatial loops over reduction ranks: instances that start results of their
  /// own.
  llvm::SmallVector<unsigned, 4> siblings;
  /// A copy moves this many values from one level to another, or nothing.
  bool isCopy = false;
  /// Some level exposes the ends: what moves last waits for the last compute.
  bool exposesEnds = false;
  detail::Occupancy copied;
  unsigned copyFrom = 0, copyTo = 0;
};

/// A whole mapping, compiled. Precondition as for EinsumPlan.
class ProgramPlan {
public:
  static ProgramPlan compile(const EinsumGraph &graph, const Architecture &arch,
                             const ProgramMapping &mapping,
                             const CostOptions &options = {});

  llvm::ArrayRef<EinsumPlan> einsums() const { return plans; }

  /// Costs with the compiled tiles. `out` is resized on first use only.
  void evaluate(ProgramCost<double> &out) const;

  /// Costs with other tiles, one array per Einsum.
  template <typename S>
  void evaluate(llvm::ArrayRef<std::vector<S>> tiles,
                ProgramCost<S> &out) const;

  /// A claim that is alive while an Einsum runs.
  struct LiveClaim {
    unsigned einsum; ///< whose plan the claim is in
    unsigned claim;  ///< index into that plan's claims()
    /// Another view of the previous entry's storage: the larger one counts.
    bool samePlace;
  };
  /// What is reserved in all levels while Einsum `einsum` runs.
  llvm::ArrayRef<LiveClaim> live(unsigned einsum) const {
    return liveClaims[einsum];
  }

private:
  template <typename S, typename TilesOf>
  void evaluateWith(TilesOf tilesOf, ProgramCost<S> &out) const;

  unsigned numNodes = 0;
  std::vector<EinsumPlan> plans;
  std::vector<std::vector<LiveClaim>> liveClaims;
};

/// Compiles and evaluates in one call.
ProgramCost<double> evaluateMapping(const EinsumGraph &graph,
                                    const Architecture &arch,
                                    const ProgramMapping &mapping,
                                    const CostOptions &options = {});

/// Peak share of a level's size, the larger of bits and values; 0 if unbounded.
double usageShare(const Architecture &arch, unsigned node,
                  const ProgramCost<double> &cost);

//===----------------------------------------------------------------------===//
// Templates
//===----------------------------------------------------------------------===//

template <typename S>
S EinsumPlan::occupied(const detail::Occupancy &occ,
                       llvm::ArrayRef<S> loopTiles) const {
  S result(1.0);
  unsigned i = 0;
  for (unsigned end : occ.ends) {
    S extent(1.0);
    for (; i != end; ++i)
      extent = extent + occ.terms[i].factor *
                            (tileOf(occ.terms[i].tile, loopTiles) - S(1.0));
    result = result * extent;
  }
  return result;
}

template <typename S>
S EinsumPlan::paddedBound(unsigned rank, llvm::ArrayRef<S> loopTiles) const {
  S bound(bounds[rank]);
  if (!imperfect || outermostLoop[rank] < 0)
    return bound;
  using std::ceil;
  S tile = loopTiles[outermostLoop[rank]];
  return ceil(bound / tile) * tile;
}

template <typename S>
Transfer<S> EinsumPlan::transfer(const detail::Movement &m,
                                 llvm::ArrayRef<S> loopTiles, const S *trips,
                                 const S *padded) const {
  Transfer<S> result;
  S occ = occupied(m.occupancy, loopTiles);
  S fills = occ;
  for (const detail::TileRef &ref : m.relevant)
    fills = fills * (S(bounds[ref.rank]) / tileOf(ref, loopTiles));
  for (const detail::TileRef &ref : m.irrelevant)
    fills = fills * (padded[ref.rank] / tileOf(ref, loopTiles));
  S groups = product<S>(m.shared, trips);
  if (!m.isOutput) {
    // Differentiable scalars take padding for data, as it has no derivative.
    S share(1.0);
    if constexpr (std::is_same_v<S, double>)
      if (!m.padded.empty())
        share = insideShare(m.padded, [&](unsigned rank) {
          return tileOf<S>({rank, m.loopOf[rank]}, loopTiles);
        });
    result.fills = fills;
    result.reads = fills * share / groups;
    result.zeros = fills / groups - result.reads;
    return result;
  }
  // The first fill of every output tile is elided, once per instance that holds
  // its own partial sums.
  S size = occ;
  for (const detail::TileRef &ref : m.fullyRelevant)
    size = size * (S(bounds[ref.rank]) / tileOf(ref, loopTiles));
  result.fills = fills - size * product<S>(m.sibling, trips);
  // A parent that cannot accumulate reads before every write that merges.
  result.reads =
      rates[m.parentLevel].accumulates
          ? result.fills / groups
          : fills / groups - size * product<S>(m.siblingAboveParent, trips);
  if (m.readsInit) {
    result.reads = result.reads + size;
    result.fills = result.fills + size;
  }
  result.evictions = fills;
  result.updates = fills / groups;
  return result;
}

/// Adds the time to start the reads of a movement, that in which a level makes
/// zeros instead, and that of its tile which nothing overlaps.
template <typename S>
void EinsumPlan::addStartAndEnds(const detail::Movement &m,
                                 const Transfer<S> &moved,
                                 llvm::ArrayRef<S> loopTiles, const S *trips,
                                 const S &fullTiles, EinsumCost<S> &out) const {
  const LevelRates &rate = rates[m.parentLevel];
  S &startS = out.startTimeS[m.parentLevel];
  double bitsPerValue = slotBits[slot(m.parentLevel, m.access)];
  if (!m.padded.empty())
    startS = startS + moved.zeros * bitsPerValue / rate.readBitsPerS;
  bool starts = !m.isOutput && m.childLevel >= 0 && rate.readStartS > 0;
  // Earlier contents of an output that is backed on chip come apart from tiles.
  bool isInitialLoad = !m.isOutput && m.access + 1 == accessCount;
  if (isInitialLoad || !(starts || rate.exposesEnds))
    return;
  S visits = (m.isOutput ? moved.evictions : moved.fills) /
             occupied(m.occupancy, loopTiles);
  if (starts)
    startS = startS + visits / product<S>(m.shared, trips) * rate.readStartS;
  if (!rate.exposesEnds)
    return;
  S values = m.isOutput ? moved.updates : moved.reads + moved.zeros;
  values =
      m.childLevel < 0
          ? values / fullTiles
          : values / visits * product<S>(instanceLoops[m.childLevel], trips);
  S bits =
      values * bitsPerValue / product<S>(instanceLoops[m.parentLevel], trips);
  std::vector<S> &exposed = m.isOutput ? out.exposedWriteS : out.exposedReadS;
  exposed[m.parentLevel] =
      exposed[m.parentLevel] +
      bits / (m.isOutput ? rate.writeBitsPerS : rate.readBitsPerS);
}

template <typename S>
void EinsumPlan::addMovement(const detail::Movement &m,
                             llvm::ArrayRef<S> loopTiles, const S *trips,
                             const S *padded, const S &fullTiles,
                             EinsumCost<S> &out) const {
  Transfer<S> moved = transfer(m, loopTiles, trips, padded);
  addStartAndEnds(m, moved, loopTiles, trips, fullTiles, out);
  unsigned parent = slot(m.parentLevel, m.access);
  out.childReads[parent] = out.childReads[parent] + moved.reads;
  out.updates[parent] = out.updates[parent] + moved.updates;
  if (m.childLevel >= 0) {
    S &filled = out.fills[slot(m.childLevel, m.access)];
    filled = filled + moved.fills;
    out.evictions[slot(m.childLevel, m.access)] = moved.evictions;
  }
}

template <typename S>
void EinsumPlan::evaluate(llvm::ArrayRef<S> loopTiles,
                          EinsumCost<S> &out) const {
  unsigned numLevels = levelNodes.size();
  for (std::vector<S> *counts :
       {&out.fills, &out.childReads, &out.updates, &out.evictions})
    counts->assign(numLevels * accessCount, S(0.0));
  out.readBits.assign(numLevels, S(0.0));
  out.writeBits.assign(numLevels, S(0.0));
  for (std::vector<S> *times : {&out.levelTimeS, &out.exposedReadS,
                                &out.exposedWriteS, &out.startTimeS})
    times->assign(numLevels, S(0.0));

  llvm::SmallVector<S, 24> trips;
  for (unsigned i = 0, e = loops.size(); i != e; ++i)
    trips.push_back(tileOf(loops[i], loopTiles) / loopTiles[i]);

  llvm::SmallVector<S, 8> padded;
  for (unsigned r = 0, e = bounds.size(); r != e; ++r)
    padded.push_back(paddedBound(r, loopTiles));
  // Tiles that an instance computes, and their size as a share of all.
  S tiles = S(1.0) / product<S>(tileInstances, trips.data());
  S fullTiles = tiles;
  for (const detail::TileRef &ref : tileLoops) {
    tiles = tiles * padded[ref.rank] / tileOf(ref, loopTiles);
    fullTiles = fullTiles * bounds[ref.rank] / tileOf(ref, loopTiles);
  }
  if (isCopy) {
    if (copyFrom != copyTo) {
      S moved = occupied(copied, loopTiles);
      out.childReads[slot(copyFrom, 0)] = moved;
      out.fills[slot(copyTo, 0)] = moved;
    }
  } else {
    for (const detail::Movement &m : movements)
      addMovement(m, loopTiles, trips.data(), padded.data(), fullTiles, out);
  }

  using std::max;
  out.ops = S(points * opsPerPoint);
  S units = product<S>(instanceLoops[numLevels], trips.data());
  S starts = results * initOps * product<S>(siblings, trips.data());
  out.computeTimeS = (out.ops + starts) / units / opsPerS + tiles * tileStartS;
  S exposed(0.0);
  for (unsigned l = 0; l != numLevels; ++l)
    exposed = exposed + out.exposedReadS[l] + out.exposedWriteS[l];
  out.latencyS = out.computeTimeS + exposed;
  if (exposesEnds)
    exposed = exposed + out.computeTimeS / fullTiles;
  out.dynamicJ = out.ops * jPerOp;
  for (unsigned l = 0; l != numLevels; ++l) {
    for (unsigned a = 0; a != accessCount; ++a) {
      double bits = slotBits[slot(l, a)];
      out.readBits[l] = out.readBits[l] + readValues(out, l, a) * bits;
      out.writeBits[l] = out.writeBits[l] + writeValues(out, l, a) * bits;
    }
    const LevelRates &rate = rates[l];
    S used = product<S>(instanceLoops[l], trips.data());
    S readS =
        out.readBits[l] / used / rate.readBitsPerS + out.startTimeS[l] / used;
    S writeS = out.writeBits[l] / used / rate.writeBitsPerS;
    out.levelTimeS[l] = rate.sharedPort ? readS + writeS : max(readS, writeS);
    S elsewhereR = exposed - out.exposedReadS[l];
    S elsewhereW = exposed - out.exposedWriteS[l];
    out.latencyS = max(
        out.latencyS,
        rate.sharedPort ? out.levelTimeS[l] + elsewhereR - out.exposedWriteS[l]
                        : max(readS + elsewhereR, writeS + elsewhereW));
    out.dynamicJ = out.dynamicJ + out.readBits[l] * rate.readJ +
                   out.writeBits[l] * rate.writeJ;
  }
  out.leakJ = out.latencyS * leakW;
}

template <typename S, typename TilesOf>
void ProgramPlan::evaluateWith(TilesOf tilesOf, ProgramCost<S> &out) const {
  out.einsums.resize(plans.size());
  out.peakBits.assign(numNodes, S(0.0));
  out.peakValues.assign(numNodes, S(0.0));
  out.energyJ = S(0.0);
  out.latencyS = S(0.0);
  llvm::SmallVector<S, 16> bits(numNodes, S(0.0)), values(numNodes, S(0.0));
  for (unsigned e = 0; e != plans.size(); ++e) {
    plans[e].evaluate(tilesOf(e), out.einsums[e]);
    out.energyJ = out.energyJ + out.einsums[e].energyJ();
    out.latencyS = out.latencyS + out.einsums[e].latencyS;
    using std::max;
    std::fill(bits.begin(), bits.end(), S(0.0));
    std::fill(values.begin(), values.end(), S(0.0));
    S lastBits(0.0), lastValues(0.0);
    for (const LiveClaim &live : liveClaims[e]) {
      const EinsumPlan &owner = plans[live.einsum];
      const detail::Claim &claim = owner.claims()[live.claim];
      unsigned node = owner.levels()[claim.level];
      S occ = owner.occupied(claim.occupancy, tilesOf(live.einsum));
      S newBits = occ * claim.bits, newValues = occ * claim.copies;
      if (live.samePlace) {
        bits[node] = bits[node] - lastBits;
        values[node] = values[node] - lastValues;
        newBits = max(newBits, lastBits);
        newValues = max(newValues, lastValues);
      }
      bits[node] = bits[node] + newBits;
      values[node] = values[node] + newValues;
      lastBits = newBits;
      lastValues = newValues;
    }
    for (unsigned n = 0; n != numNodes; ++n) {
      out.peakBits[n] = max(out.peakBits[n], bits[n]);
      out.peakValues[n] = max(out.peakValues[n], values[n]);
    }
  }
}

template <typename S>
void ProgramPlan::evaluate(llvm::ArrayRef<std::vector<S>> tiles,
                           ProgramCost<S> &out) const {
  evaluateWith([&](unsigned e) { return llvm::ArrayRef<S>(tiles[e]); }, out);
}

} // namespace accel

#endif // ACCEL_MODEL_COSTMODEL_H
