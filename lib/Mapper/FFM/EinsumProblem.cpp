//===- EinsumProblem.cpp - One Einsum on one compute unit -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FanoutSplits.h"
#include "accel/Model/Padding.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstdlib>

namespace accel::ffm {

static llvm::SmallVector<int64_t, 8> freeBounds(const Einsum &einsum) {
  llvm::SmallVector<int64_t, 8> bounds;
  for (const Rank &rank : einsum.ranks)
    bounds.push_back(rank.isFree() ? rank.bound : 1);
  return bounds;
}

static llvm::SmallVector<int64_t, 8> freePads(const Einsum &einsum,
                                              llvm::ArrayRef<int64_t> pads) {
  llvm::SmallVector<int64_t, 8> result;
  for (unsigned r = 0; r != pads.size(); ++r)
    result.push_back(einsum.ranks[r].isFree() ? pads[r] : 1);
  return result;
}

EinsumOutline::EinsumOutline(const SearchContext &context, unsigned einsumIndex,
                             unsigned unit)
    : context(context), einsum(context.graph.einsums[einsumIndex]),
      index(einsumIndex), unitNode(unit) {
  for (unsigned r = 0; r != einsum.ranks.size(); ++r)
    if (einsum.ranks[r].isFree())
      freeRanks |= 1u << r;
  findPath();
  describeAccesses();
}

EinsumProblem::EinsumProblem(const EinsumOutline &outline,
                             llvm::ArrayRef<int64_t> pads,
                             const UsageGoals &goals)
    : EinsumOutline(outline),
      lattice(freeBounds(einsum), freePads(einsum, pads)),
      pads(pads.begin(), pads.end()) {
  FanoutSplits found(
      *this, [&](unsigned r, int64_t f) { return mayTake(r, f); }, &goals);
  splits = std::move(found.byLevel);
  pinned = std::move(found.pinned);
  infeasible = std::move(found.infeasible);
}

UsageGoals EinsumOutline::usageGoals() const {
  // Some tile of a rank that may be padded is any multiple of the factor.
  FanoutSplits ideal(
      *this,
      [&](unsigned r, int64_t factor) {
        int64_t bound = einsum.ranks[r].bound;
        return mayPad(r) ? factor <= bound : bound % factor == 0;
      },
      nullptr);
  return std::move(ideal.goals);
}

bool EinsumOutline::mayPad(unsigned rank) const {
  // Ranks that fill lanes or move a window are cut evenly.
  if (!context.options.imperfect || einsum.isCopy || !(freeRanks >> rank & 1))
    return false;
  return llvm::none_of(einsum.accesses, [&](const TensorAccess &access) {
    return relevance(access, rank) == Relevance::Partial;
  });
}

bool EinsumProblem::mayTake(unsigned rank, int64_t factor) const {
  llvm::ArrayRef<int64_t> tiles = lattice.tilesOf(rank);
  // The bound of a padded rank is no loop's tile.
  if (factor != 1 && pads[rank] != einsum.ranks[rank].bound)
    tiles = tiles.drop_back();
  return llvm::any_of(tiles, [&](int64_t t) { return t % factor == 0; });
}

void EinsumOutline::findPath() {
  const Architecture &arch = context.arch;
  llvm::SmallVector<unsigned, 2> fanouts;
  for (unsigned node : arch.pathTo(unitNode).nodes) {
    if (arch.fanout(node)) {
      fanouts.push_back(node);
      continue;
    }
    PathLevel level;
    level.node = node;
    level.mem = arch.memory(node);
    level.fanouts = std::exchange(fanouts, {});
    if (context.needsTime) {
      bool reads = level.mem->readBitsPerS < kInf || level.mem->readStartS > 0;
      bool writes = level.mem->writeBitsPerS < kInf;
      if (level.mem->ports == Ports::Shared) {
        if (reads || writes)
          level.readPort = level.writePort = numPorts++;
      } else {
        if (reads)
          level.readPort = numPorts++;
        if (writes)
          level.writePort = numPorts++;
      }
    }
    for (unsigned t = 0; t != context.tracked.size(); ++t)
      if (context.tracked[t].node == node)
        (context.tracked[t].values ? level.trackedValues : level.trackedBits) =
            t;
    levels.push_back(level);
  }
  unitFanouts = fanouts;
  computePort = numPorts;
  if (context.needsTime)
    ++numPorts;
}

void EinsumOutline::describeAccesses() {
  const EinsumGraph &graph = context.graph;
  for (const TensorAccess &access : einsum.accesses) {
    AccessInfo info;
    const Tensor &tensor = graph.tensorOf(access);
    info.tensor = access.tensor;
    info.role = access.role;
    info.isOutput = accesses.size() == einsum.outputIndex();
    info.exchanged = tensor.isIntermediate();
    info.dimOf.assign(einsum.ranks.size(), 0);
    for (unsigned r = 0; r != einsum.ranks.size(); ++r) {
      Relevance rel = relevance(access, r);
      if (rel == Relevance::Partial)
        info.partial |= 1u << r;
      if (rel != Relevance::Full)
        continue;
      info.full |= 1u << r;
      for (unsigned d = 0; d != access.projection.size(); ++d) {
        const LinearExpr &expr = access.projection[d];
        if (expr.terms.size() != 1 || expr.terms[0].first != r)
          continue;
        // Tiles of both sides must cover the same part of the tensor.
        if (expr.offset == 0 &&
            std::abs(expr.terms[0].second) * einsum.ranks[r].bound ==
                tensor.shape[d] &&
            freeRanks >> r & 1)
          info.fusable |= 1u << r;
        info.dimOf[r] = d;
        break;
      }
    }
    for (const PathLevel &level : levels)
      info.bits.push_back(level.mem->bitsPerValue(tensor, access.role));
    accesses.push_back(std::move(info));
  }
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

static void fillTables(AccessTables &out, const EinsumProblem &problem,
                       unsigned access, uint32_t spread) {
  const Einsum &einsum = problem.einsum;
  const TileLattice &lattice = problem.lattice;
  const AccessInfo &info = problem.accesses[access];
  const auto &projection = einsum.accesses[access].projection;
  uint32_t size = lattice.size();
  out.fills.resize(size);
  out.firsts.resize(size);
  out.occupancy.resize(size);
  llvm::SmallVector<PaddedDimension, 2> padded;
  if (!info.isOutput && llvm::any_of(problem.levels, [](const PathLevel &l) {
        return l.mem->pads;
      }))
    padded = findPaddedDimensions(einsum, einsum.accesses[access],
                                  problem.context.graph.tensors[info.tensor]);
  if (!padded.empty())
    out.inside.resize(size);
  llvm::SmallVector<unsigned, 8> pos(einsum.ranks.size(), 0);
  for (uint32_t v = 0; v != size; ++v) {
    auto tileOf = [&](unsigned r) -> double {
      if (!(problem.freeRanks >> r & 1))
        return spread >> r & 1 ? 1.0 : double(einsum.ranks[r].bound);
      return double(lattice.tilesOf(r)[pos[r]]);
    };
    double occ = 1;
    for (const LinearExpr &expr : projection) {
      double extent = 1;
      for (auto [r, c] : expr.terms)
        extent += std::abs(double(c)) * (tileOf(r) - 1);
      occ *= extent;
    }
    double trips = 1, fullTrips = 1;
    for (unsigned r = 0; r != pos.size(); ++r) {
      double bound = double(einsum.ranks[r].bound), tile = tileOf(r);
      if (tile == bound)
        continue;
      trips *=
          (info.relevant() >> r & 1 ? bound : double(problem.pads[r])) / tile;
      if (info.full >> r & 1)
        fullTrips *= bound / tile;
    }
    out.occupancy[v] = occ;
    out.fills[v] = occ * trips;
    out.firsts[v] = occ * fullTrips;
    if (!padded.empty())
      out.inside[v] = insideShare(padded, tileOf);
    for (unsigned r = pos.size(); r-- != 0;) {
      if (++pos[r] != lattice.tilesOf(r).size())
        break;
      pos[r] = 0;
    }
  }
}

const AccessTables &EinsumProblem::tables(unsigned access,
                                          unsigned level) const {
  std::pair<unsigned, uint32_t> key{access, pinned[level]};
  for (auto &[known, table] : tableCache)
    if (known == key)
      return *table;
  auto table = std::make_unique<AccessTables>();
  fillTables(*table, *this, access, pinned[level]);
  tableCache.push_back({key, std::move(table)});
  return *tableCache.back().second;
}

double EinsumOutline::computeValues(unsigned access,
                                    llvm::ArrayRef<int64_t> pads) const {
  double values = points();
  for (unsigned r = 0; r != pads.size(); ++r)
    if (!(accesses[access].relevant() >> r & 1))
      values *= double(pads[r]) / double(einsum.ranks[r].bound);
  return values;
}

double EinsumProblem::countTiles(uint32_t v, bool padded) const {
  double tiles = 1;
  for (unsigned r = 0; r != pads.size(); ++r) {
    if (!(freeRanks >> r & 1))
      continue;
    int64_t tile = lattice.tile(v, r), bound = einsum.ranks[r].bound;
    // The top of an imperfect rank is its bound: one tile.
    if (tile != bound)
      tiles *= double(padded ? pads[r] : bound) / double(tile);
  }
  return tiles;
}

bool EinsumOutline::exposesEnds() const {
  return !einsum.isCopy && context.needsTime &&
         llvm::any_of(levels, [](const PathLevel &level) {
           return level.mem->exposesEnds;
         });
}

bool EinsumOutline::countsTiles() const {
  return context.needsTime && llvm::any_of(levels, [](const PathLevel &level) {
           return level.mem->readStartS > 0;
         });
}

double EinsumOutline::roughEnergyJ(llvm::ArrayRef<int64_t> pads) const {
  const ComputeUnit &unit = *context.arch.unit(unitNode);
  double energy = points() * einsum.opsPerPoint * unit.jPerOp;
  if (einsum.isCopy)
    return 0;
  for (unsigned a = 0; a != accesses.size(); ++a) {
    double groups = 1, instances = context.arch.numInstances(unitNode);
    for (unsigned l = 0; l <= levels.size(); ++l)
      for (unsigned node : fanoutsAbove(l))
        if (context.arch.fanout(node)->mayReuse.contains(accesses[a].role))
          groups *= double(context.arch.fanout(node)->n);
    // Compute works on some level; an external tensor has come there from the
    // outermost one at least once, or has gone there.
    const AccessInfo &info = accesses[a];
    double firsts = 1;
    for (unsigned r = 0; r != pads.size(); ++r)
      if (info.full >> r & 1)
        firsts *= double(einsum.ranks[r].bound);
    double whole = info.partial ? 0 : firsts;
    double least = kInf;
    for (unsigned l = 0; l != levels.size(); ++l) {
      const MemoryLevel &mem = *levels[l].mem, &top = *levels[0].mem;
      double values = computeValues(a, pads);
      double here =
          info.isOutput
              ? values * mem.writeJPerBit +
                    std::max(0.0, values - firsts * instances) * mem.readJPerBit
              : values * mem.readJPerBit;
      double cost = here * info.bits[l] / groups;
      if (l != 0 && !info.exchanged)
        cost += whole / groups *
                (info.isOutput ? info.bits[l] * mem.readJPerBit +
                                     info.bits[0] * top.writeJPerBit
                               : info.bits[l] * mem.writeJPerBit +
                                     info.bits[0] * top.readJPerBit);
      least = std::min(least, cost);
    }
    energy += least;
  }
  return energy;
}

double EinsumOutline::roughLatencyS() const {
  if (!context.needsTime)
    return 0;
  return points() * einsum.opsPerPoint /
         (context.arch.unit(unitNode)->opsPerS *
          context.arch.numInstances(unitNode));
}

} // namespace accel::ffm
