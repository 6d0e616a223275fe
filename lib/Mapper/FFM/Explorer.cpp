//===- Explorer.cpp - Partial mappings of one Einsum ----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Explorer.h"
#include "Region.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace accel::ffm {

/// Steps of a bound on regions that were not looked into.
static constexpr unsigned kOpenSteps = 8;

Explorer::Explorer(const EinsumProblem &problem, const PhaseGraph &graph,
                   const CostToGo &toGo, unsigned number)
    : problem(problem), graph(graph), toGo(toGo), number(number) {
  for (const Root &root : graph.roots)
    least.include(leastFrom(root.phase));
}

void Explorer::useBlend(const CostToGo &tables) {
  blend = &tables;
  least = {};
  for (const Root &root : graph.roots)
    least.include(leastFrom(root.phase));
}

/// Any completion takes at least as long as its tables say, so rows may be
/// compared by it.
void Explorer::prolong(unsigned phase, uint32_t v, Row &row) const {
  for (unsigned p = 0; p != problem.numPorts; ++p) {
    row.latency =
        std::max(row.latency,
                 (row.times[p] + toGo.time(phase, p, v)) * (1 - kSlack / 10));
    if (blend)
      row.both = std::max(
          row.both, (row.energy + problem.context.secondsPriceW * row.times[p] +
                     blend->blended(phase, p, v)) *
                        (1 - kSlack / 10));
  }
}

/// Precondition: the row has been prolonged.
Least Explorer::bound(unsigned phase, uint32_t v, const Row &row) const {
  double energy = row.energy + toGo.energy(phase, v);
  Least cost = problem.context.costOf(problem.context.needsEnergy ? energy : 0,
                                      row.latency);
  cost.bothJ = std::max(cost.bothJ, row.both);
  cost.dearJ = std::max(cost.dearJ, row.both + (problem.context.dearPriceW -
                                                problem.context.secondsPriceW) *
                                                   row.latency);
  return cost;
}

bool Explorer::passes(unsigned phase, uint32_t v, Row &row) {
  ++numPriced;
  if (!toGo.reachesEnd(phase, v)) {
    ++numPruned;
    return false;
  }
  prolong(phase, v, row);
  Least cost = bound(phase, v, row);
  if (problem.context.value(cost + threshold.others) <=
      threshold.value * (1 + kSlack))
    return true;
  cutsHere->add(cost, row.total);
  ++numPruned;
  return false;
}

bool Explorer::claim(const Placement &p, double values, Row &row) const {
  const PathLevel &level = problem.levels[p.level];
  if (level.mem->sizeBits == kInf && level.mem->sizeValues == kInf)
    return true;
  double copies = values * level.mem->buffering;
  double bits = copies * problem.accesses[p.access].bits[p.level];
  const auto &tracked = problem.context.tracked;
  if (level.trackedBits >= 0) {
    row.total[level.trackedBits] += bits;
    if (row.total[level.trackedBits] > tracked[level.trackedBits].capacity)
      return false;
  } else {
    row.bits += bits;
    if (row.bits > level.mem->sizeBits)
      return false;
  }
  if (level.trackedValues >= 0)
    return (row.total[level.trackedValues] += copies) <=
           tracked[level.trackedValues].capacity;
  return (row.values += copies) <= level.mem->sizeValues;
}

void Explorer::charge(const Placement &p, uint32_t v, Row &row) const {
  Moved moved = p.moved(v);
  row.energy += p.energy.of(moved);
  for (const auto &[port, price] : p.times)
    row.times[port] += price.of(moved);
}

uint32_t Explorer::addMove(Move move) {
  moves.push_back(move);
  return moves.size() - 1;
}

/// A row that has no open region, at a phase whose keeps above are placed.
void Explorer::arrive(unsigned phaseIndex, uint32_t v, ClosedRow row) {
  const Phase &phase = graph.phases[phaseIndex];
  if (phase.end) {
    finish(phaseIndex, std::move(row));
    return;
  }
  if (phase.pending != 0) {
    insert(phaseIndex, v, std::move(row));
    return;
  }
  for (unsigned i = 0; i != phase.advances.size(); ++i) {
    const Advance &advance = phase.advances[i];
    for (uint32_t w : divideBelowLoops(problem, v, advance.factors)) {
      ClosedRow next = row;
      next.bits = next.values = 0;
      if (!passes(advance.target, w, next))
        continue;
      for (unsigned r = 0;
           problem.context.needsTime && r != advance.factors.size(); ++r)
        if (problem.freeRanks >> r & 1) {
          next.tiles *= double(advance.factors[r]);
          next.fullTiles *= double(advance.factors[r]);
        }
      next.move = addMove({Move::Kind::Cross, row.move, phaseIndex, i, 0});
      arrive(advance.target, w, std::move(next));
    }
  }
}

/// Precondition: the rows' nests have the same signature.
bool Explorer::dominates(const ClosedRow &a, const ClosedRow &b,
                         uint32_t ports) const {
  if (a.settled & ~b.settled)
    return false;
  if (problem.context.needsEnergy && a.energy > b.energy)
    return false;
  if (problem.context.needsTime) {
    if (a.latency > b.latency)
      return false;
    for (unsigned p = 0; p != problem.numPorts; ++p)
      if (ports >> p & 1 && a.times[p] > b.times[p])
        return false;
  }
  if (a.bits > b.bits || a.values > b.values)
    return false;
  for (unsigned t = 0; t != a.total.size(); ++t)
    if (a.total[t] > b.total[t])
      return false;
  if (a.nest == b.nest)
    return true;
  const Nest &na = space->nests[a.nest], &nb = space->nests[b.nest];
  for (unsigned i = 0; i != na.above.size(); ++i)
    if (na.above[i] > nb.above[i])
      return false;
  return true;
}

void Explorer::insert(unsigned phase, uint32_t v, ClosedRow row) {
  uint32_t ports = graph.phases[phase].livePorts;
  unsigned signature = space->nests[row.nest].signature;
  std::vector<ClosedRow> &bucket =
      buckets[phase][uint64_t(signature) << 32 | v];
  for (const ClosedRow &other : bucket)
    if (dominates(other, row, ports)) {
      ++numPruned;
      return;
    }
  unsigned before = bucket.size();
  llvm::erase_if(bucket, [&](const ClosedRow &other) {
    return dominates(row, other, ports);
  });
  numPruned += before - bucket.size();
  bucket.push_back(std::move(row));
}

/// Places every pending operand below every useful choice of loops.
void Explorer::expand(unsigned phaseIndex, uint32_t v, const ClosedRow &row) {
  const TileLattice &lattice = problem.lattice;
  for (const Placement &p : graph.phases[phaseIndex].placements) {
    const AccessInfo &info = problem.accesses[p.access];
    // A loop that does not shrink this keep's tile is better below it, and one
    // over a rank that fully indexes the keep before better above that. But
    // where ends are exposed, more tiles leave less of them.
    uint32_t loops = problem.freeRanks & ~row.settled;
    if (!problem.exposesEnds())
      loops &= info.relevant();
    auto place = [&](uint32_t at, int windowRank, uint32_t below) {
      ClosedRow next = row;
      if (!claim(p, p.tables->occupancy[windowRank < 0 ? at : below], next))
        return;
      charge(p, at, next);
      if (!passes(p.target, below, next))
        return;
      // Where starting to read costs time, few tiles may be worth their room.
      next.settled = problem.countsTiles() ? 0 : info.full;
      if (problem.context.needsTime) {
        next.tiles = problem.numTiles(at);
        next.fullTiles = problem.numFullTiles(at);
      }
      next.move =
          addMove({Move::Kind::Keep, row.move, p.access, p.level, int64_t(at)});
      if (windowRank >= 0)
        next.move = addMove({Move::Kind::Loop, next.move, unsigned(windowRank),
                             0, lattice.tile(below, windowRank)});
      arrive(p.target, below, std::move(next));
    };
    auto descend = [&](auto &self, unsigned r, uint32_t at) -> void {
      while (r != lattice.numRanks() && !(loops >> r & 1))
        ++r;
      if (r != lattice.numRanks()) {
        self(self, r + 1, at);
        for (uint16_t pos : lattice.below(r, lattice.position(at, r)))
          self(self, r + 1, lattice.withPosition(at, r, pos));
        return;
      }
      place(at, -1, at);
      if (p.backing || !problem.levels[p.level].mem->slides)
        return;
      for (unsigned w = 0; w != lattice.numRanks(); ++w)
        if (info.partial & problem.freeRanks & 1u << w)
          for (uint16_t pos : lattice.oneLoopBelow(w, lattice.position(at, w)))
            place(at, w, lattice.withPosition(at, w, pos));
    };
    descend(descend, 0, v);
  }
}

void Explorer::finish(unsigned phaseIndex, ClosedRow row) {
  const Phase &phase = graph.phases[phaseIndex];
  row.energy += phase.endEnergy;
  if (problem.context.needsTime) {
    // Tiles that the unit computes one after the other, each from a start.
    double tiles = row.fullTiles / phase.instances;
    unsigned unit = problem.computePort;
    double starts = row.tiles / phase.instances * problem.tileStartS();
    double exposed = 0;
    for (double s : phase.endExposed)
      exposed += s / tiles;
    row.times[unit] += starts;
    double last =
        problem.exposesEnds() ? (phase.endTimes[unit] + starts) / tiles : 0;
    for (unsigned p = 0; p != problem.numPorts; ++p)
      row.latency =
          std::max(row.latency, row.times[p] + phase.endTimes[p] + exposed -
                                    phase.endExposed[p] / tiles +
                                    (p == unit ? 0 : last));
  }
  Least cost =
      problem.context.costOf(problem.context.needsEnergy ? row.energy : 0,
                             problem.context.needsTime ? row.latency : 0);
  // Of many that end here most are no better than one found before, and that
  // is often the one that was better than the last.
  std::vector<uint32_t> &same = finished[row.nest];
  for (uint32_t &i : same) {
    const PartialMapping &other = space->mappings[i];
    bool dominated = other.cost.energyJ <= cost.energyJ &&
                     other.cost.latencyS <= cost.latencyS;
    for (unsigned t = 0; dominated && t != row.total.size(); ++t)
      dominated = other.total[t] <= row.total[t];
    if (dominated) {
      ++numPruned;
      std::swap(i, same.front());
      return;
    }
  }
  same.push_back(space->mappings.size());
  PartialMapping mapping;
  mapping.cost = cost;
  mapping.nest = row.nest;
  mapping.move = row.move;
  mapping.explorer = number;
  mapping.total = std::move(row.total);
  space->mappings.push_back(std::move(mapping));
}

Least Explorer::leastFrom(unsigned root) const {
  uint32_t top = problem.lattice.top();
  if (!toGo.reachesEnd(root, top))
    return {};
  Row none;
  none.times.assign(problem.numPorts, 0);
  prolong(root, top, none);
  return bound(root, top, none);
}

/// A region whose loops are not known.
Nest Explorer::openNest(const Root &root, unsigned rank) const {
  unsigned tracked = problem.context.tracked.size();
  Nest nest;
  nest.isOpen = true;
  nest.above.assign(tracked, 0);
  for (unsigned a = 0; a != problem.accesses.size(); ++a)
    if (problem.accesses[a].exchanged) {
      Exchange x;
      x.access = a;
      x.node = problem.levels[root.backing[a]].node;
      x.rank = rank;
      x.size.assign(tracked, 0);
      nest.exchanges.push_back(std::move(x));
    }
  return nest;
}

void Explorer::appendBounds(unsigned nest, const CutFront &cut,
                            EinsumSpace &out) const {
  for (const Least &cost : cut.steps()) {
    PartialMapping bound;
    bound.isBound = true;
    bound.cost = cost;
    bound.nest = nest;
    bound.total.assign(cut.claims().begin(), cut.claims().end());
    out.mappings.push_back(std::move(bound));
  }
}

void Explorer::boundRoots(EinsumSpace &out) const {
  std::vector<double> none(problem.context.tracked.size(), 0);
  for (const Root &root : graph.roots) {
    CutFront all;
    all.add(leastFrom(root.phase), none);
    appendBounds(out.nests.intern(openNest(root)), all, out);
  }
}

void Explorer::boundRoots(const Least &bound, EinsumSpace &out) const {
  std::vector<double> none(problem.context.tracked.size(), 0);
  CutFront all;
  all.add(bound, none);
  for (const Root &root : graph.roots)
    appendBounds(out.nests.intern(openNest(root)), all, out);
}

bool Explorer::findRegions(const Threshold &newThreshold,
                           const Surroundings &around, EinsumSpace &out,
                           const std::function<bool()> &cancelled) {
  threshold = newThreshold;
  space = &out;
  unsigned numAccesses = problem.accesses.size();
  cuts.assign(graph.roots.size(), CutFront(kOpenSteps));
  excluded.assign(graph.roots.size() * numAccesses, CutFront(kOpenSteps));
  moves.clear();
  seeds.clear();
  Region region(*this, around, cancelled);
  if (!region.run())
    return false;
  numRegionMoves = moves.size();
  for (const Seed &seed : seeds) {
    PartialMapping bound;
    bound.isBound = true;
    bound.cost = this->bound(seed.phase, seed.v, seed.row);
    bound.nest = seed.row.nest;
    bound.total = seed.row.total;
    out.mappings.push_back(std::move(bound));
  }
  for (unsigned i = 0; i != graph.roots.size(); ++i) {
    if (!cuts[i].empty())
      appendBounds(out.nests.intern(openNest(graph.roots[i], around.rank)),
                   cuts[i], out);
    for (unsigned a = 0; a != numAccesses; ++a) {
      const CutFront &cut = excluded[i * numAccesses + a];
      if (cut.empty())
        continue;
      Nest nest = openNest(graph.roots[i], around.rank);
      for (Exchange &x : nest.exchanges)
        x.needsOpen =
            problem.accesses[x.access].tensor == problem.accesses[a].tensor;
      appendBounds(out.nests.intern(std::move(nest)), cut, out);
    }
  }
  // Of thousands of Einsums, what is kept counts.
  moves.shrink_to_fit();
  seeds.shrink_to_fit();
  cuts = std::vector<CutFront>();
  excluded = std::vector<CutFront>();
  return true;
}

/// Sets the scene for rows of a nest: what the others need, and where to note
/// what is cut.
bool Explorer::enterNest(unsigned nest, llvm::ArrayRef<Others> others) {
  cutsHere = &cuts[nest];
  if (others.empty())
    return true;
  const Others &o = others[space->nests[nest].signature];
  threshold.others = o;
  return o.isPossible();
}

bool Explorer::findMappings(double newThreshold, llvm::ArrayRef<Others> others,
                            EinsumSpace &out,
                            const std::function<bool()> &cancelled) {
  threshold.value = newThreshold;
  threshold.others = {0, 0, 0, 0};
  space = &out;
  moves.resize(numRegionMoves);
  cuts.assign(out.nests.size(), CutFront());
  finished.assign(out.nests.size(), {});
  buckets.clear();
  buckets.resize(graph.phases.size());
  for (const Seed &seed : seeds) {
    ClosedRow row = seed.row;
    if (enterNest(row.nest, others) && passes(seed.phase, seed.v, row))
      arrive(seed.phase, seed.v, std::move(row));
  }
  for (unsigned phase = 0; phase != graph.phases.size(); ++phase) {
    // Placing leads to later phases only, so this bucket is complete.
    for (auto &[key, rows] : buckets[phase])
      for (const ClosedRow &row : rows) {
        if (cancelled())
          return false;
        enterNest(row.nest, others);
        expand(phase, uint32_t(key), row);
      }
    buckets[phase].clear();
  }
  for (unsigned nest = 0; nest != cuts.size(); ++nest)
    appendBounds(nest, cuts[nest], out);
  moves.shrink_to_fit();
  cuts = std::vector<CutFront>();
  finished = decltype(finished)();
  buckets = decltype(buckets)();
  return true;
}

void keepUndominated(EinsumSpace &space, bool usesTime) {
  struct Key {
    unsigned signature;
    uint32_t index;
    double energyJ, latencyS;
  };
  std::vector<Key> order;
  order.reserve(space.mappings.size());
  for (const PartialMapping &m : space.mappings)
    order.push_back({space.nests[m.nest].signature, uint32_t(order.size()),
                     m.cost.energyJ, m.cost.latencyS});
  llvm::sort(order, [&](const Key &a, const Key &b) {
    if (a.signature != b.signature)
      return a.signature < b.signature;
    if (a.energyJ != b.energyJ)
      return a.energyJ < b.energyJ;
    if (a.latencyS != b.latencyS)
      return a.latencyS < b.latencyS;
    auto rest = [&](const Key &k) {
      const PartialMapping &m = space.mappings[k.index];
      return std::make_tuple(m.isBound, m.nest, m.explorer, m.move);
    };
    return rest(a) < rest(b);
  });

  // What is compared, of those kept of one signature, row by row.
  std::vector<double> criteria, mine;
  std::vector<PartialMapping> kept;
  for (size_t i = 0; i != order.size(); ++i) {
    PartialMapping &m = space.mappings[order[i].index];
    const Nest &nest = space.nests[m.nest];
    if (i == 0 || order[i - 1].signature != order[i].signature)
      criteria.clear();
    // Energy ascends already.
    mine.assign({m.cost.bothJ, m.cost.dearJ});
    if (usesTime)
      mine.push_back(m.cost.latencyS);
    mine.insert(mine.end(), m.total.begin(), m.total.end());
    mine.insert(mine.end(), nest.above.begin(), nest.above.end());
    size_t width = mine.size();
    bool dominated = false;
    for (size_t at = 0; at < criteria.size() && !dominated; at += width) {
      dominated = true;
      for (size_t c = 0; c != width && dominated; ++c)
        dominated = criteria[at + c] <= mine[c];
    }
    if (dominated)
      continue;
    criteria.insert(criteria.end(), mine.begin(), mine.end());
    kept.push_back(std::move(m));
  }
  kept.shrink_to_fit();
  space.mappings = std::move(kept);
}

} // namespace accel::ffm
