//===- EinsumProblem.cpp - One Einsum on one compute unit -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EinsumProblem.h"
#include "accel/Model/Padding.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>
#include <cstdlib>
#include <numeric>

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

EinsumProblem::EinsumProblem(const SearchContext &context, unsigned einsumIndex,
                             unsigned unit, llvm::ArrayRef<int64_t> pads)
    : context(context), einsum(context.graph.einsums[einsumIndex]),
      index(einsumIndex), unitNode(unit),
      lattice(freeBounds(einsum), freePads(einsum, pads)),
      pads(pads.begin(), pads.end()) {
  for (unsigned r = 0; r != einsum.ranks.size(); ++r)
    if (einsum.ranks[r].isFree())
      freeRanks |= 1u << r;
  findPath();
  describeAccesses();
  findSplits();
}

void EinsumProblem::findPath() {
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

void EinsumProblem::describeAccesses() {
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
// Fan-outs
//===----------------------------------------------------------------------===//

bool EinsumProblem::mayTake(unsigned rank, int64_t factor) const {
  llvm::ArrayRef<int64_t> tiles = lattice.tilesOf(rank);
  // The bound of a padded rank is no loop's tile.
  if (factor != 1 && pads[rank] != einsum.ranks[rank].bound)
    tiles = tiles.drop_back();
  return llvm::any_of(tiles, [&](int64_t t) { return t % factor == 0; });
}

/// Ways to spread ranks over all fan-outs above a level beyond which minimum
/// usage is judged level by level.
static constexpr size_t kMaxSpreads = 5000;

/// Whether ranks that are spread above in one of these ways can be split so.
bool EinsumProblem::fitsBelow(const std::set<Factors> &above,
                              const Split &split) const {
  return llvm::any_of(above, [&](const Factors &taken) {
    Factors all = taken;
    for (const SpatialFactor &f : split)
      all[f.rank] *= f.factor;
    return llvm::all_of(split, [&](const SpatialFactor &f) {
      return !(freeRanks >> f.rank & 1) || mayTake(f.rank, all[f.rank]);
    });
  });
}

/// Adds the splits of a level to the ways above it; false if there are too
/// many.
bool EinsumProblem::extendSplits(std::set<Factors> &above,
                                 unsigned level) const {
  if (fanoutsAbove(level).empty())
    return true;
  std::set<Factors> next;
  for (const Factors &taken : above)
    for (const Split &split : splits[level]) {
      if (!fitsBelow({taken}, split))
        continue;
      Factors all = taken;
      for (const SpatialFactor &f : split)
        all[f.rank] *= f.factor;
      next.insert(std::move(all));
      if (next.size() > kMaxSpreads)
        return false;
    }
  above = std::move(next);
  return true;
}

/// Minimum usage asks for a share of the instances or, where no split reaches
/// it, for the most that one reaches. Fan-outs that compete for a rank are
/// served from the outside inwards.
std::vector<Split>
EinsumProblem::enumerateSplits(llvm::ArrayRef<unsigned> fanouts,
                               const std::set<Factors> &above) {
  const Architecture &arch = context.arch;
  std::vector<Split> found{Split()};
  for (unsigned node : fanouts) {
    const Fanout &fanout = *arch.fanout(node);
    llvm::SmallVector<unsigned, 6> ranks;
    Split lanes;
    int64_t lanesUsed = 1;
    for (unsigned r = 0; r != einsum.ranks.size(); ++r) {
      if (einsum.ranks[r].lanes == fanout.name) {
        lanes.push_back({node, r, einsum.ranks[r].bound});
        lanesUsed *= einsum.ranks[r].bound;
      }
      bool forbidden = !(freeRanks >> r & 1) || einsum.ranks[r].bound == 1;
      for (const AccessInfo &access : accesses)
        if (fanout.reuse.contains(access.role) && access.relevant() >> r & 1)
          forbidden = true;
      if (!forbidden)
        ranks.push_back(r);
    }
    if (lanesUsed > fanout.n) {
      infeasible = ("lanes of \"" + einsum.name + "\" need " +
                    llvm::Twine(lanesUsed) + " instances of \"" + fanout.name +
                    "\" but there are " + llvm::Twine(fanout.n))
                       .str();
      return {};
    }

    // Extends every split so far by every choice for this fan-out.
    std::vector<std::pair<Split, int64_t>> extended;
    for (const Split &prefix : found) {
      if (!lanes.empty()) {
        Split whole = prefix;
        whole.append(lanes.begin(), lanes.end());
        extended.push_back({whole, lanesUsed});
        continue;
      }
      auto extend = [&](auto &self, unsigned i, Split &current,
                        int64_t used) -> void {
        if (i == ranks.size()) {
          extended.push_back({current, used});
          return;
        }
        int64_t taken = 1;
        for (const SpatialFactor &f : prefix)
          if (f.rank == ranks[i])
            taken *= f.factor;
        for (int64_t f = 1; used * f <= fanout.n; ++f) {
          if (!mayTake(ranks[i], taken * f))
            continue;
          if (f > 1)
            current.push_back({node, ranks[i], f});
          self(self, i + 1, current, used * f);
          if (f > 1)
            current.pop_back();
        }
      };
      Split current = prefix;
      extend(extend, 0, current, 1);
    }
    double wanted = einsum.isCopy ? 0 : fanout.minUsage * double(fanout.n);
    if (wanted > 1) {
      std::vector<unsigned> order(extended.size());
      std::iota(order.begin(), order.end(), 0u);
      llvm::sort(order, [&](unsigned a, unsigned b) {
        return std::make_pair(-extended[a].second, a) <
               std::make_pair(-extended[b].second, b);
      });
      auto most = llvm::find_if(order, [&](unsigned i) {
        return fitsBelow(above, extended[i].first);
      });
      if (most != order.end())
        wanted = std::min(wanted, double(extended[*most].second));
    }
    found.clear();
    for (auto &[split, used] : extended)
      if (double(used) >= wanted)
        found.push_back(std::move(split));
  }
  return found;
}

void EinsumProblem::findSplits() {
  uint32_t spread = 0;
  std::set<Factors> above;
  above.insert(Factors(einsum.ranks.size(), 1));
  for (unsigned l = 0; l <= levels.size(); ++l) {
    for (unsigned node : fanoutsAbove(l))
      for (unsigned r = 0; r != einsum.ranks.size(); ++r)
        if (einsum.ranks[r].lanes == context.arch.fanout(node)->name)
          spread |= 1u << r;
    pinned.push_back(spread);
    splits.push_back(enumerateSplits(fanoutsAbove(l), above));
    if (!extendSplits(above, l))
      above = {Factors(einsum.ranks.size(), 1)};
  }
  for (unsigned r = 0; r != einsum.ranks.size(); ++r)
    if (!einsum.ranks[r].lanes.empty() && !(spread >> r & 1) &&
        infeasible.empty())
      infeasible = "rank \"" + einsum.rankName(r) + "\" of \"" + einsum.name +
                   "\" is pinned to \"" + einsum.ranks[r].lanes +
                   "\", which is not above \"" +
                   context.arch.nodeName(unitNode).str() + "\"";
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

double EinsumProblem::computeValues(unsigned access) const {
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

bool EinsumProblem::exposesEnds() const {
  return !einsum.isCopy && context.needsTime &&
         llvm::any_of(levels, [](const PathLevel &level) {
           return level.mem->exposesEnds;
         });
}

bool EinsumProblem::countsTiles() const {
  return context.needsTime && llvm::any_of(levels, [](const PathLevel &level) {
           return level.mem->readStartS > 0;
         });
}

double EinsumProblem::roughEnergyJ() const {
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
      double values = computeValues(a);
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

double EinsumProblem::roughLatencyS() const {
  if (!context.needsTime)
    return 0;
  return points() * einsum.opsPerPoint /
         (context.arch.unit(unitNode)->opsPerS *
          context.arch.numInstances(unitNode));
}

bool EinsumProblem::fits(unsigned access, unsigned level, double values) const {
  const MemoryLevel &mem = *levels[level].mem;
  double copies = values * mem.buffering;
  return copies * accesses[access].bits[level] <= mem.sizeBits &&
         copies <= mem.sizeValues;
}

} // namespace accel::ffm
