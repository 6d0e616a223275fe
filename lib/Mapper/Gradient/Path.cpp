//===- Path.cpp - One Einsum's mapping as a point of a space --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Path.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace accel::gradient {

bool isExchange(const PathSpace &space, const Path &path, unsigned i) {
  unsigned access = path.keeps[i].access;
  if (!space.accesses[access].isIntermediate || path.top >> access & 1)
    return false;
  return llvm::none_of(llvm::ArrayRef(path.keeps).take_front(i),
                       [&](const Held &h) { return h.access == access; });
}

unsigned firstOwnSlot(const PathSpace &space, const Path &path) {
  for (unsigned i = path.keeps.size(); i-- != 0;)
    if (isExchange(space, path, i))
      return i + 1;
  return 0;
}

unsigned slotOfFanout(const PathSpace &space, const Path &path, unsigned f) {
  unsigned node = space.units[path.unit].fanouts[f].node;
  for (unsigned i = 0; i != path.keeps.size(); ++i)
    if (path.keeps[i].level > node)
      return i;
  return path.keeps.size();
}

int64_t ownBound(const PathSpace &space, const Path &path, unsigned rank) {
  int64_t bound = space.ranks[rank].bound;
  for (const FusedLoop &loop : path.fused)
    if (loop.rank == rank)
      bound = loop.tile;
  return bound;
}

int64_t instancesUsed(const PathSpace &space, const Path &path, unsigned node) {
  const SpaceUnit &unit = space.units[path.unit];
  int64_t used = 1;
  for (const FusedLoop &loop : path.fused)
    if (loop.fanout == int(node))
      used *= loop.count;
  for (unsigned f = 0; f != unit.fanouts.size(); ++f)
    if (unit.fanouts[f].node == node)
      for (unsigned r = 0; r != space.numRanks(); ++r)
        used *= path.spread[f * space.numRanks() + r];
  return used;
}

uint32_t holdersIn(const PathSpace &space, const Path &path, unsigned access) {
  uint32_t mask = path.top >> access & 1;
  const auto &levels = space.units[path.unit].levels;
  for (const Held &h : path.keeps)
    if (h.access == access)
      mask |= 1u << (llvm::find(levels, h.level) - levels.begin());
  return mask;
}

std::optional<unsigned> depthWithoutKeep(const Path &path) {
  for (unsigned i = 0; i + 1 < path.fused.size(); ++i)
    if (path.fused[i].fanout >= 0 && path.fused[i + 1].fanout < 0 &&
        llvm::none_of(
            path.keeps, [&](const Held &h) { return h.depth == i + 1; }))
      return i + 1;
  return std::nullopt;
}

bool keepsAreOrdered(const PathSpace &space, const Path &path) {
  const SpaceUnit &unit = space.units[path.unit];
  for (unsigned j = 0; j != path.keeps.size(); ++j)
    for (unsigned i = 0; i != j; ++i) {
      const Held &above = path.keeps[i], &below = path.keeps[j];
      if (above.depth > below.depth)
        return false;
      if (above.access == below.access && above.level >= below.level)
        return false;
      // Backing keeps of intermediates may stand ahead of outer levels, though
      // not ahead of a fan-out.
      if (above.level > below.level && (!isExchange(space, path, i) ||
                                        unit.crosses(below.level, above.level)))
        return false;
    }
  return true;
}

bool isOrdered(const PathSpace &space, const Path &path) {
  return keepsAreOrdered(space, path) && !depthWithoutKeep(path);
}

llvm::SmallVector<Place, 16> placesOf(const PathSpace &space,
                                      const Path &path) {
  llvm::SmallVector<Place, 16> places;
  unsigned numFanouts = space.units[path.unit].fanouts.size();
  for (unsigned s = firstOwnSlot(space, path); s != path.numSlots(); ++s) {
    places.push_back({s, -1});
    for (unsigned f = 0; f != numFanouts; ++f)
      if (slotOfFanout(space, path, f) == s)
        places.push_back({s, int(f)});
  }
  return places;
}

bool fitProduct(const PathSpace &space, Path &path,
                llvm::ArrayRef<Place> places, unsigned rank) {
  int64_t bound = ownBound(space, path, rank);
  bool pads = space.ranks[rank].mayPad && bound == space.ranks[rank].bound;
  if (space.ranks[rank].whole) {
    for (Place p : places)
      factorAt(space, path, p, rank) = 1;
    factorAt(space, path, {path.numSlots() - 1, -1}, rank) = bound;
    return true;
  }
  // Innermost first: what stands there decides most.
  int64_t left = bound;
  int outermost = -1;
  for (int i = int(places.size()) - 1; i >= 0; --i) {
    int64_t &f = factorAt(space, path, places[i], rank);
    if (f > left)
      f = left;
    while (f > 1 && !pads && left % f != 0)
      --f;
    if (f > 1)
      outermost = i;
    left = left / f;
  }
  if (outermost < 0)
    outermost = places.size() - 1;
  // A temporal loop takes the rest.
  while (places[outermost].fanout >= 0)
    --outermost;
  int64_t &absorber = factorAt(space, path, places[outermost], rank);
  int64_t below = 1;
  for (unsigned i = 0; i != places.size(); ++i)
    if (int(i) != outermost)
      below *= factorAt(space, path, places[i], rank);
  if (below > bound)
    return false;
  absorber = (bound + below - 1) / below;
  return pads || absorber * below == bound;
}

bool settle(const PathSpace &space, Path &path) {
  unsigned numRanks = space.numRanks(), own = firstOwnSlot(space, path);
  const SpaceUnit &unit = space.units[path.unit];
  path.factors.resize(path.numSlots() * numRanks, 1);
  path.spread.resize(unit.fanouts.size() * numRanks, 1);
  path.first.resize(path.numSlots(), -1);
  for (unsigned s = 0; s != own; ++s) {
    path.first[s] = -1;
    for (unsigned r = 0; r != numRanks; ++r)
      path.factors[own * numRanks + r] *=
          std::exchange(path.factors[s * numRanks + r], 1);
  }
  for (unsigned f = 0; f != unit.fanouts.size(); ++f) {
    bool fused = slotOfFanout(space, path, f) < own;
    for (unsigned r = 0; r != numRanks; ++r) {
      int64_t &spread = path.spread[f * numRanks + r];
      if (unit.fanouts[f].pinned >> r & 1)
        spread = space.ranks[r].bound;
      else if (fused || !(unit.fanouts[f].ranks >> r & 1))
        spread = 1;
      if (fused && unit.fanouts[f].pinned >> r & 1)
        return false;
    }
  }
  auto places = placesOf(space, path);
  for (unsigned r = 0; r != numRanks; ++r) {
    if (!space.ranks[r].isFree && !space.ranks[r].whole) {
      for (unsigned s = 0; s != path.numSlots(); ++s)
        path.factors[s * numRanks + r] = 1;
      continue;
    }
    if (!fitProduct(space, path, places, r))
      return false;
  }
  // Fan-outs take what they can hold: the rest becomes loops above them.
  for (unsigned f = 0; f != unit.fanouts.size(); ++f) {
    if (unit.fanouts[f].pinned)
      continue;
    int64_t used = 1;
    for (const FusedLoop &loop : path.fused)
      if (loop.fanout == int(unit.fanouts[f].node))
        used *= loop.count;
    if (used > unit.fanouts[f].n)
      return false;
    for (unsigned r = 0; r != numRanks; ++r) {
      int64_t &spread = path.spread[f * numRanks + r];
      while (used * spread > unit.fanouts[f].n) {
        int64_t p = primeFactors(spread).front();
        spread /= p;
        path.factors[slotOfFanout(space, path, f) * numRanks + r] *= p;
      }
      used *= spread;
    }
  }
  return true;
}

void insertKeep(const PathSpace &space, Path &path, unsigned position,
                Held held) {
  path.keeps.insert(path.keeps.begin() + position, held);
  path.factors.insert(path.factors.begin() + (position + 1) * space.numRanks(),
                      space.numRanks(), 1);
  path.first.insert(path.first.begin() + position + 1, -1);
}

void removeKeep(const PathSpace &space, Path &path, unsigned position) {
  unsigned n = space.numRanks();
  for (unsigned r = 0; r != n; ++r)
    path.factors[position * n + r] *= path.factors[(position + 1) * n + r];
  path.factors.erase(path.factors.begin() + (position + 1) * n,
                     path.factors.begin() + (position + 2) * n);
  path.first.erase(path.first.begin() + position + 1);
  path.keeps.erase(path.keeps.begin() + position);
}

uint32_t closestHolders(const SpaceUnit &unit, unsigned access, uint32_t now,
                        unsigned backing) {
  uint32_t best = 0;
  unsigned distance = ~0u;
  for (uint32_t mask : unit.holders[access]) {
    if (unit.levels[llvm::countr_zero(mask)] != backing)
      continue;
    unsigned d = llvm::popcount(mask ^ now);
    if (d < distance) {
      distance = d;
      best = mask;
    }
  }
  return best;
}

void holdIn(const PathSpace &space, Path &path, unsigned access,
            uint32_t mask) {
  const SpaceUnit &unit = space.units[path.unit];
  path.top = (path.top & ~(1u << access)) | (mask & 1) << access;
  for (unsigned l = 1; l != unit.levels.size(); ++l) {
    unsigned level = unit.levels[l];
    auto it = llvm::find_if(path.keeps, [&](const Held &h) {
      return h.access == access && h.level == level;
    });
    bool held = it != path.keeps.end();
    if (held && !(mask >> l & 1))
      removeKeep(space, path, it - path.keeps.begin());
    if (!held && mask >> l & 1) {
      unsigned at = 0;
      for (unsigned i = 0; i != path.keeps.size(); ++i)
        if (path.keeps[i].level < level ||
            (path.keeps[i].access == access && path.keeps[i].level < level))
          at = i + 1;
      insertKeep(space, path, at, {access, level, 0});
    }
  }
}

namespace {

/// Writes a path's nodes.
class NodeWriter {
public:
  NodeWriter(const PathSpace &space, const Path &path, IdleLoops idle)
      : space(space), path(path), unit(space.units[path.unit]), idle(idle),
        own(firstOwnSlot(space, path)) {
    // The tile below a factor is the product of those further in.
    for (unsigned r = 0; r != space.numRanks(); ++r) {
      int64_t product = 1;
      for (unsigned s = own; s != path.numSlots(); ++s)
        product *= path.factors[s * space.numRanks() + r];
      for (unsigned f = 0; f != unit.fanouts.size(); ++f)
        product *= path.spread[f * space.numRanks() + r];
      below.push_back(product);
      bool isFused = llvm::any_of(
          path.fused, [&](const FusedLoop &loop) { return loop.rank == r; });
      begun.push_back(isFused || !space.ranks[r].mayPad ||
                      idle != IdleLoops::Padded);
    }
  }

  EinsumMapping write() {
    llvm::SmallVector<unsigned, 4> top;
    for (unsigned a = 0; a != space.numAccesses(); ++a)
      if (path.top >> a & 1)
        top.push_back(a);
    if (!top.empty())
      mapping.nodes.push_back(MapNode::keep(top, unit.levels.front()));
    unsigned fused = 0;
    for (unsigned i = 0; i != path.keeps.size(); ++i) {
      for (; fused < path.keeps[i].depth; ++fused) {
        const FusedLoop &loop = path.fused[fused];
        mapping.nodes.push_back(
            loop.fanout < 0 ? MapNode::loop(loop.rank, loop.tile)
                            : MapNode::par(loop.rank, loop.tile, loop.fanout));
      }
      if (i >= own)
        writeSlot(i);
      writeKeep(path.keeps[i]);
    }
    writeSlot(path.keeps.size());
    mapping.nodes.push_back(MapNode::compute(unit.node));
    return std::move(mapping);
  }

private:
  void writeKeep(const Held &held) {
    MapNode *last = mapping.nodes.empty() ? nullptr : &mapping.nodes.back();
    if (last && last->kind == MapNode::Kind::Keep &&
        last->component == held.level)
      last->accesses.push_back(held.access);
    else
      mapping.nodes.push_back(MapNode::keep({held.access}, held.level));
  }

  bool isWritten(unsigned r, int64_t factor, bool mayStand) {
    begun[r] |= factor != 1;
    return factor != 1 || (idle != IdleLoops::None && mayStand && begun[r]);
  }

  void writeSlot(unsigned slot) {
    unsigned n = space.numRanks();
    int first = path.first[slot];
    auto writeLoop = [&](unsigned r) {
      int64_t factor = path.factors[slot * n + r];
      below[r] /= factor;
      bool free = space.ranks[r].isFree ||
                  (space.ranks[r].whole && slot + 1 == path.numSlots());
      if (isWritten(r, factor, free))
        mapping.nodes.push_back(MapNode::loop(r, below[r]));
    };
    if (first >= 0)
      writeLoop(first);
    for (unsigned r = 0; r != n; ++r)
      if (int(r) != first)
        writeLoop(r);
    for (unsigned f = 0; f != unit.fanouts.size(); ++f) {
      if (slotOfFanout(space, path, f) != slot)
        continue;
      for (unsigned r = 0; r != n; ++r) {
        int64_t factor = path.spread[f * n + r];
        below[r] /= factor;
        bool takes = (unit.fanouts[f].ranks | unit.fanouts[f].pinned) >> r & 1;
        if (isWritten(r, factor, takes))
          mapping.nodes.push_back(
              MapNode::par(r, below[r], unit.fanouts[f].node));
      }
    }
  }

  const PathSpace &space;
  const Path &path;
  const SpaceUnit &unit;
  IdleLoops idle;
  unsigned own;
  llvm::SmallVector<int64_t, 6> below;
  /// By rank: whether its outermost loop has been written, or does not matter.
  llvm::SmallVector<bool, 6> begun;
  EinsumMapping mapping;
};

} // namespace

EinsumMapping mappingOf(const PathSpace &space, const Path &path,
                        IdleLoops idle) {
  return NodeWriter(space, path, idle).write();
}

Path plainPath(const PathSpace &space, unsigned unitIndex,
               llvm::ArrayRef<uint32_t> holders) {
  const SpaceUnit &unit = space.units[unitIndex];
  Path path;
  path.unit = unitIndex;
  for (unsigned a = 0; a != holders.size(); ++a)
    path.top |= (holders[a] & 1) << a;
  for (unsigned l = 1; l < unit.levels.size(); ++l)
    for (unsigned a = 0; a != holders.size(); ++a)
      if (holders[a] >> l & 1)
        path.keeps.push_back({a, unit.levels[l], 0});
  settle(space, path);
  return path;
}

} // namespace accel::gradient
