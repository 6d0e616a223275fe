//===- Region.cpp - The fused loops of one Einsum -------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Region.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace accel::ffm {

bool Explorer::Region::run() {
  const SearchContext &context = problem.context;
  for (unsigned i = 0; i != graph.roots.size(); ++i) {
    const Root &root = graph.roots[i];
    uint32_t held = root.held;
    explorer.cutsHere = &explorer.cuts[i];
    explorer.threshold.others =
        around.byRoot.empty() ? elsewhere : around.byRoot[i];
    State state;
    state.root = &root;
    state.phase = root.phase;
    state.v = lattice.top();
    state.row.times.assign(problem.numPorts, 0);
    state.row.total.assign(context.tracked.size(), 0);
    state.backed.assign(problem.accesses.size(), {-1, -1});
    state.copied.assign(problem.accesses.size(), ~0u);
    state.groupBacking = held != 0;
    bool fits = true;
    for (unsigned a = 0; a != problem.accesses.size(); ++a) {
      if (!(held >> a & 1) || !problem.accesses[a].exchanged)
        continue;
      // External tensors there do not depend on the mapping; the join adds
      // them.
      Placement top;
      top.access = a;
      top.exchanged = true;
      fits &= claim(top, problem.tables(a, 0).occupancy[state.v], state);
      state.backed[a] = {0, 0};
    }
    if (!fits || !enterPlaces(state) || !passes(state, root.phase))
      continue;
    state.move = explorer.addMove({Move::Kind::Start, 0, held, 0, 0});
    continueAt(state);
  }
  return !stopped;
}

/// Explorer::claim; of operands that are the same tensor, which is exchanged in
/// one place, the largest view counts.
bool Explorer::Region::claim(const Placement &p, double values,
                             State &state) const {
  llvm::SmallVector<double, 2> known;
  for (unsigned a = 0; p.exchanged && a != problem.accesses.size(); ++a) {
    if (problem.accesses[a].tensor != problem.accesses[p.access].tensor ||
        state.backed[a].second != int(p.level))
      continue;
    Placement other;
    other.access = a;
    other.level = p.level;
    Row held;
    held.total.assign(state.row.total.size(), 0);
    explorer.claim(other, problem.tables(a, p.level).occupancy[state.v], held);
    known.resize(held.total.size());
    for (unsigned t = 0; t != known.size(); ++t)
      known[t] = std::max(known[t], held.total[t]);
  }
  if (known.empty())
    return explorer.claim(p, values, state.row);
  Row added;
  added.total.assign(known.size(), 0);
  if (!explorer.claim(p, values, added))
    return false;
  bool fits = true;
  for (unsigned t = 0; t != known.size(); ++t) {
    double &total = state.row.total[t];
    total += std::max(0.0, added.total[t] - known[t]);
    fits &= total <= problem.context.tracked[t].capacity;
  }
  return fits;
}

/// Whether the users explored before can go along; else notes what is left out.
bool Explorer::Region::hasCompany(State &state) {
  for (unsigned a = 0; a != around.exchanges.size(); ++a) {
    if (!around.exchanges[a])
      continue;
    const ExchangeTrie &trie = *around.exchanges[a];
    if (state.places[a] >= 0 &&
        (state.backed[a].first < 0 || trie.endsAt(state.places[a])))
      continue;
    unsigned root = state.root - graph.roots.data();
    leaveOut(state, explorer.excluded[root * problem.accesses.size() + a]);
    return false;
  }
  return true;
}

/// Notes that nothing from here on is looked into.
void Explorer::Region::leaveOut(State &state, CutFront &cut) {
  if (!explorer.toGo.reachesEnd(state.phase, state.v))
    return;
  explorer.prolong(state.phase, state.v, state.row);
  cut.add(explorer.bound(state.phase, state.v, state.row), state.row.total);
  ++explorer.numPruned;
}

/// Precondition: no loops yet.
bool Explorer::Region::enterPlaces(State &state) {
  state.places.assign(problem.accesses.size(), -1);
  for (unsigned a = 0; a != around.exchanges.size(); ++a)
    if (around.exchanges[a])
      state.places[a] = around.exchanges[a]->enter(
          problem.levels[state.root->backing[a]].node);
  return hasCompany(state);
}

/// A fused loop, as everything not yet backed sees it.
bool Explorer::Region::follow(State &state, const Loop &loop) {
  bool any = false;
  for (unsigned a = 0; a != around.exchanges.size(); ++a) {
    if (!around.exchanges[a] || state.backed[a].first >= 0)
      continue;
    any = true;
    state.places[a] = around.exchanges[a]->below(
        state.places[a],
        {loop.count, problem.accesses[a].dimOf[loop.rank], loop.spatial});
  }
  return !any || hasCompany(state);
}

/// Hands over a state whose region may have been closed by the last step.
void Explorer::Region::continueAt(State &state) {
  if (cancelled()) {
    stopped = true;
    return;
  }
  if (!graph.phases[state.phase].open())
    close(state);
  else
    explore(state);
}

void Explorer::Region::explore(const State &state) {
  const Phase &phase = graph.phases[state.phase];
  if (phase.pending == 0) {
    advance(state);
    return;
  }
  for (const Placement &p : phase.placements)
    place(state, p);
  if (!state.crossed)
    addLoops(state);
}

bool Explorer::Region::mayLoop(const State &state, unsigned rank) const {
  const MapperOptions &options = problem.context.options;
  if (options.maxFusedLoops && state.loops.size() >= *options.maxFusedLoops)
    return false;
  unsigned same = 0;
  for (const Loop &loop : state.loops)
    same += loop.rank == rank;
  return same < options.maxFusedLoopsPerRank;
}

/// A loop follows: what was held becomes the group above its slot.
void Explorer::Region::beginSlot(State &state) const {
  if (state.slot != 0)
    return;
  state.above = state.groupLast;
  state.aboveBacking = state.groupBacking;
  state.group = state.groupLast = 0;
  state.groupLevel = 0;
  state.isAnchored = false;
  state.groupBacking = false;
  state.lastOrder = -1;
}

/// Appends a temporal loop whose tile stands at `position`; false if cut.
bool Explorer::Region::appendLoop(State &state, unsigned rank,
                                  unsigned position) {
  int64_t tile = lattice.tilesOf(rank)[position];
  int64_t count = (lattice.tile(state.v, rank) + tile - 1) / tile;
  state.v = lattice.withPosition(state.v, rank, position);
  Loop loop{rank, count, false, state.v, state.row.total};
  if (!follow(state, loop) || !passes(state, state.phase))
    return false;
  beginSlot(state);
  state.slot |= 1u << rank;
  state.loops.push_back(std::move(loop));
  state.move = explorer.addMove({Move::Kind::Loop, state.move, rank, 0, tile});
  return true;
}

/// Whether a keep right above a loop that shrinks it would do better below it.
/// Backing keeps must stand where the neighbours see them, outer levels above
/// inner ones, and some keep right below fan-outs. Fewer reads to start are
/// another reason to stand above.
bool Explorer::Region::wouldSink(const State &state, unsigned rank) const {
  if (problem.context.options.referenceSlots || problem.countsTiles())
    return false;
  bool sinks = false;
  for (unsigned a = 0; a != problem.accesses.size(); ++a)
    sinks |= state.groupLast >> a & 1 && state.backed[a].first < 0 &&
             problem.accesses[a].full >> rank & 1;
  bool isAlone = (state.group & (state.group - 1)) == 0;
  return sinks && !(state.isAnchored && isAlone);
}

void Explorer::Region::addLoops(const State &state) {
  const Phase &phase = graph.phases[state.phase];
  for (unsigned r = 0; r != lattice.numRanks(); ++r) {
    if (!(phase.fusable >> r & 1) || !mayLoop(state, r))
      continue;
    if (wouldSink(state, r))
      continue;
    // Two loops over one rank in a row are one loop.
    if (state.slot != 0 && state.loops.back().rank == r)
      continue;
    for (uint16_t pos : lattice.oneLoopBelow(r, lattice.position(state.v, r))) {
      State next = state;
      if (appendLoop(next, r, pos))
        continueAt(next);
    }
  }
}

void Explorer::Region::advance(const State &state) {
  const Phase &phase = graph.phases[state.phase];
  bool anyCrosses = false;
  for (unsigned i = 0; i != phase.advances.size(); ++i) {
    const Advance &a = phase.advances[i];
    anyCrosses |= a.crosses;
    int64_t w = divideVector(problem, state.v, a.factors);
    if (w < 0)
      continue;
    State next = state;
    next.row.bits = next.row.values = 0;
    if (a.crosses)
      spread(next, a, 0, w);
    else {
      next.phase = a.target;
      if (passes(next, next.phase))
        continueAt(next);
    }
  }
  // Loops of the slot stand above the fan-outs.
  if (anyCrosses && !state.crossed)
    addLoops(state);
}

/// Writes the spatial loops in every order: neighbours must find the same.
void Explorer::Region::spread(const State &state, const Advance &advance,
                              uint32_t used, uint32_t target) {
  unsigned count = advance.split.size();
  if (used + 1 == 1u << count) {
    State next = state;
    next.phase = advance.target;
    next.v = target;
    next.crossed = true;
    if (passes(next, next.phase))
      continueAt(next);
    return;
  }
  // Fan-outs keep their order; within one any rank may come first.
  unsigned first = 0;
  while (used >> first & 1)
    ++first;
  for (unsigned i = first; i != count; ++i) {
    const SpatialFactor &f = advance.split[i];
    if (used >> i & 1 || f.fanout != advance.split[first].fanout)
      continue;
    if (!mayLoop(state, f.rank))
      continue;
    State next = state;
    beginSlot(next);
    next.slot |= 1u << f.rank;
    next.loops.push_back({f.rank, f.factor, true, target, state.row.total});
    if (!follow(next, next.loops.back()))
      continue;
    next.move = explorer.addMove(
        {Move::Kind::Par, state.move, f.rank, f.fanout, f.factor});
    spread(next, advance, used | 1u << i, target);
  }
}

void Explorer::Region::place(const State &state, const Placement &p) {
  const AccessInfo &info = problem.accesses[p.access];
  bool reference = problem.context.options.referenceSlots;
  if (reference && state.slot != 0 && !state.aboveBacking && state.above != 0) {
    bool allowed = false;
    for (unsigned a = 0; a != problem.accesses.size(); ++a)
      allowed |=
          state.above >> a & 1 && (problem.accesses[a].full & state.slot) == 0;
    if (!allowed)
      return;
  }

  // Keeps of one group commute: backing keeps first, each kind by number.
  int order = p.exchanged ? int(p.access) : 100 + int(p.access);
  auto held = [&](State next) {
    next.phase = p.target;
    next.isAnchored |= state.crossed;
    next.group |= 1u << p.access;
    if (p.level > next.groupLevel) {
      next.groupLevel = p.level;
      next.groupLast = 0;
      next.groupBacking = false;
    }
    next.groupLast |= 1u << p.access;
    next.groupBacking |= p.backing;
    next.above = 0;
    next.aboveBacking = false;
    next.slot = 0;
    next.lastOrder = order;
    next.crossed = false;
    if (p.exchanged)
      next.backed[p.access] = {int(next.loops.size()), int(p.level)};
    else
      next.copied[p.access] =
          std::min<unsigned>(next.copied[p.access], next.loops.size());
    return next;
  };
  Move move{Move::Kind::Keep, state.move, p.access, p.level, int64_t(state.v)};

  if (order > state.lastOrder) {
    State next = state;
    if (claim(p, p.tables->occupancy[state.v], next)) {
      explorer.charge(p, state.v, next.row);
      next = held(std::move(next));
      if ((!p.exchanged || hasCompany(next)) && passes(next, p.target)) {
        next.move = explorer.addMove(move);
        continueAt(next);
      }
    }
  }

  // A window that slides through the fused loop below.
  if (p.backing || !problem.levels[p.level].mem->slides)
    return;
  uint32_t fusable = graph.phases[state.phase].fusable;
  for (unsigned r = 0; r != lattice.numRanks(); ++r) {
    if (!(info.partial & fusable & 1u << r) || !mayLoop(state, r))
      continue;
    if (!graph.phases[p.target].open())
      continue;
    for (uint16_t pos : lattice.oneLoopBelow(r, lattice.position(state.v, r))) {
      State next = state;
      uint32_t w = lattice.withPosition(state.v, r, pos);
      explorer.charge(p, state.v, next.row);
      // The halo outlives the branches below the loop, so it is claimed above;
      // the reference claims it inside.
      if (!reference && !explorer.claim(p, p.tables->occupancy[w], next.row))
        continue;
      next = held(std::move(next));
      next.move = explorer.addMove(move);
      if (!appendLoop(next, r, pos))
        continue;
      if (reference && !explorer.claim(p, p.tables->occupancy[w], next.row))
        continue;
      continueAt(next);
    }
  }
}

void Explorer::Region::close(const State &state) {
  const SearchContext &context = problem.context;
  Nest nest;
  unsigned tracked = context.tracked.size();
  nest.above.assign(tracked, 0);
  for (const Loop &loop : state.loops) {
    nest.loops.push_back({loop.count, loop.spatial});
    nest.above.insert(nest.above.end(), loop.above.begin(), loop.above.end());
  }
  for (unsigned a = 0; a != problem.accesses.size(); ++a) {
    const AccessInfo &info = problem.accesses[a];
    if (!info.exchanged)
      continue;
    auto [depth, level] = state.backed[a];
    Exchange x;
    x.access = a;
    x.node = problem.levels[level].node;
    uint32_t inside = lattice.top();
    for (const Loop &loop : llvm::ArrayRef(state.loops).take_front(depth)) {
      x.loops.push_back({loop.count, info.dimOf[loop.rank], loop.spatial});
      inside = loop.below;
    }
    // A copy above a loop would be filled before the other side has run.
    for (unsigned l = depth; l != state.loops.size(); ++l)
      x.handOver.push_back(info.full >> state.loops[l].rank & 1 &&
                                   state.copied[a] > l
                               ? int(info.dimOf[state.loops[l].rank])
                               : -1);
    Row size;
    size.total.assign(tracked, 0);
    Placement p;
    p.access = a;
    p.level = level;
    explorer.claim(p, problem.tables(a, level).occupancy[inside], size);
    x.size = size.total;
    // Operands that are the same tensor are exchanged alike.
    for (Exchange &other : nest.exchanges) {
      if (problem.accesses[other.access].tensor != info.tensor)
        continue;
      bool same = other.node == x.node && other.depth() == x.depth();
      for (unsigned i = 0; same && i != x.depth(); ++i)
        same = other.loops[i].dim == x.loops[i].dim;
      if (!same)
        return;
      for (unsigned t = 0; t != tracked; ++t)
        x.size[t] = other.size[t] = std::max(x.size[t], other.size[t]);
    }
    nest.exchanges.push_back(std::move(x));
  }

  ClosedRow row;
  static_cast<Row &>(row) = state.row;
  row.nest = explorer.space->nests.intern(std::move(nest));
  row.move = state.move;
  row.tiles = problem.numTiles(state.v);
  row.fullTiles = problem.numFullTiles(state.v);
  explorer.seeds.push_back({state.phase, state.v, std::move(row)});
}

} // namespace accel::ffm
