//===- PathStructures.cpp - Ways to hold one Einsum's operands ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathStructures.h"
#include "llvm/ADT/STLExtras.h"

namespace accel::gradient {

/// Adds `path` if it is a path at all.
static void addIfSound(const PathSpace &space, Path path,
                       std::vector<Path> &out) {
  if (isOrdered(space, path) && settle(space, path))
    out.push_back(std::move(path));
}

/// Inserts a keep wherever as many fused loops are above as it says.
static void addWith(const PathSpace &space, const Path &path, Held held,
                    std::vector<Path> &out) {
  for (unsigned i = 0; i <= path.keeps.size(); ++i) {
    if ((i > 0 && path.keeps[i - 1].depth > held.depth) ||
        (i < path.keeps.size() && path.keeps[i].depth < held.depth))
      continue;
    Path with = path;
    insertKeep(space, with, i, held);
    addIfSound(space, std::move(with), out);
  }
}

/// Swaps neighbours in the order of keeps, or moves one past fused loops.
static void addOrders(const PathSpace &space, const Path &path,
                      std::vector<Path> &out) {
  for (unsigned i = 0; i != path.keeps.size(); ++i) {
    if (i + 1 < path.keeps.size()) {
      Path next = path;
      std::swap(next.keeps[i], next.keeps[i + 1]);
      std::swap(next.keeps[i].depth, next.keeps[i + 1].depth);
      bool moved = isExchange(space, path, i) || isExchange(space, path, i + 1);
      if (!moved || path.keeps[i].depth == path.keeps[i + 1].depth)
        addIfSound(space, std::move(next), out);
    }
    if (isExchange(space, path, i))
      continue;
    // To another fused loop.
    for (unsigned depth = 0; depth <= path.fused.size(); ++depth) {
      if (depth == path.keeps[i].depth)
        continue;
      Path without = path;
      removeKeep(space, without, i);
      addWith(space, without,
              {path.keeps[i].access, path.keeps[i].level, depth}, out);
    }
  }
}

/// Holds an operand in one level more, less, or instead.
static void addHolders(const PathSpace &space, const Path &path,
                       std::vector<Path> &out) {
  const SpaceUnit &unit = space.units[path.unit];
  for (unsigned a = 0; a != space.numAccesses(); ++a) {
    uint32_t now = holdersIn(space, path, a);
    for (uint32_t wanted : unit.holders[a]) {
      uint32_t added = wanted & ~now, removed = now & ~wanted;
      // The backing keep stays.
      if ((wanted & -wanted) != (now & -now) || llvm::popcount(added) > 1 ||
          llvm::popcount(removed) > 1 || wanted == now)
        continue;
      Path without = path;
      for (unsigned l = 0; l != unit.levels.size(); ++l)
        for (unsigned i = without.keeps.size(); i-- != 0;)
          if (removed >> l & 1 && without.keeps[i].access == a &&
              without.keeps[i].level == unit.levels[l])
            removeKeep(space, without, i);
      if (added == 0) {
        addIfSound(space, std::move(without), out);
        continue;
      }
      unsigned level = unit.levels[llvm::countr_zero(added)];
      for (unsigned depth = 0; depth <= path.fused.size(); ++depth)
        addWith(space, without, {a, level, depth}, out);
    }
  }
}

/// Lets another window slide in a slot.
static void addWindows(const PathSpace &space, const Path &path,
                       std::vector<Path> &out) {
  for (unsigned i = 0; i != path.keeps.size(); ++i) {
    unsigned slot = i + 1;
    if (slot < firstOwnSlot(space, path) || isExchange(space, path, i))
      continue;
    uint32_t partial = space.accesses[path.keeps[i].access].partial;
    for (unsigned r = 0; r != space.numRanks(); ++r)
      if (partial >> r & 1 && path.first[slot] != int(r)) {
        Path next = path;
        next.first[slot] = int(r);
        addIfSound(space, std::move(next), out);
      }
  }
}

/// Computes elsewhere. What the new way lacks goes; exchanges must stay.
static void addUnits(const PathSpace &space, const Path &path,
                     std::vector<Path> &out) {
  const SpaceUnit &from = space.units[path.unit];
  for (unsigned u = 0; u != space.units.size(); ++u) {
    if (u == path.unit)
      continue;
    const SpaceUnit &unit = space.units[u];
    Path next = path;
    bool possible = true;
    for (unsigned i = next.keeps.size(); i-- != 0;)
      if (!llvm::is_contained(unit.levels, next.keeps[i].level)) {
        possible &= !isExchange(space, path, i);
        removeKeep(space, next, i);
      }
    next.unit = u;
    next.spread.assign(unit.fanouts.size() * space.numRanks(), 1);
    for (unsigned a = 0; a != space.numAccesses() && possible; ++a) {
      uint32_t old = holdersIn(space, path, a);
      uint32_t mask = closestHolders(unit, a, holdersIn(space, next, a),
                                     from.levels[llvm::countr_zero(old)]);
      possible &= mask != 0;
      if (possible)
        holdIn(space, next, a, mask);
    }
    if (possible)
      addIfSound(space, std::move(next), out);
  }
}

std::vector<Path> neighbourStructures(const PathSpace &space,
                                      const Path &path) {
  std::vector<Path> out;
  addOrders(space, path, out);
  if (!space.einsum.isCopy)
    addHolders(space, path, out);
  addWindows(space, path, out);
  addUnits(space, path, out);
  return out;
}

/// Holders of all operands, at random, around those of exchanged tensors.
static llvm::SmallVector<Held, 10>
drawHolders(const PathSpace &space, const Path &exchanges, Random &random) {
  const SpaceUnit &unit = space.units[exchanges.unit];
  llvm::SmallVector<std::pair<unsigned, Held>, 10> wanted;
  for (unsigned a = 0; a != space.numAccesses(); ++a) {
    uint32_t fixed = holdersIn(space, exchanges, a);
    llvm::SmallVector<uint32_t, 8> choices;
    for (uint32_t mask : unit.holders[a])
      if ((mask & -mask) == (fixed & -fixed) && (mask & fixed) == fixed)
        choices.push_back(mask);
    if (choices.empty())
      continue;
    uint32_t mask = choices[random.below(choices.size())] & ~fixed;
    for (unsigned l = 0; l != unit.levels.size(); ++l)
      if (mask >> l & 1)
        wanted.push_back({random.below(1000), {a, unit.levels[l], 0}});
  }
  llvm::sort(wanted, [](const auto &a, const auto &b) {
    return std::tie(a.second.level, a.first, a.second.access) <
           std::tie(b.second.level, b.first, b.second.access);
  });
  // Most stand below all fused loops; outer levels not below inner ones.
  llvm::SmallVector<unsigned, 10> depths;
  unsigned deepest = exchanges.fused.size();
  for (unsigned i = 0; i != wanted.size(); ++i)
    depths.push_back(random.below(2) ? deepest : random.below(deepest + 1));
  llvm::sort(depths);
  llvm::SmallVector<Held, 10> holders;
  for (unsigned i = 0; i != wanted.size(); ++i) {
    holders.push_back(wanted[i].second);
    holders.back().depth = depths[i];
  }
  return holders;
}

void insertAtDepth(const PathSpace &space, Path &path, const Held &held) {
  unsigned at = 0;
  while (at != path.keeps.size() && (path.keeps[at].depth < held.depth ||
                                     (path.keeps[at].depth == held.depth &&
                                      (held.depth == path.fused.size() ||
                                       path.keeps[at].level <= held.level))))
    ++at;
  insertKeep(space, path, at, held);
}

std::optional<Path> liftedStructure(const PathSpace &space, const Path &path) {
  Path next = path;
  uint32_t seen = 0;
  bool changed = false;
  for (unsigned i = 0; i != path.keeps.size(); ++i) {
    Held held = path.keeps[i];
    bool isOutermost = !(seen >> held.access & 1);
    seen |= 1u << held.access;
    if (!isOutermost || isExchange(space, path, i))
      continue;
    const SpaceAccess &access = space.accesses[held.access];
    const auto *loop = llvm::find_if(path.fused, [&](const FusedLoop &l) {
      return !((access.full | access.partial) >> l.rank & 1);
    });
    unsigned depth = loop - path.fused.begin();
    if (depth >= held.depth)
      continue;
    removeKeep(space, next, llvm::find(next.keeps, held) - next.keeps.begin());
    held.depth = depth;
    insertAtDepth(space, next, held);
    changed = true;
  }
  if (!changed || !isOrdered(space, next) || !settle(space, next))
    return std::nullopt;
  return next;
}

Path drawStructure(const PathSpace &space, const Path &path, Random &random) {
  Path next = path;
  for (unsigned i = next.keeps.size(); i-- != 0;)
    if (!isExchange(space, next, i))
      removeKeep(space, next, i);
  for (const Held &held : drawHolders(space, next, random))
    insertAtDepth(space, next, held);
  if (!isOrdered(space, next) || !settle(space, next))
    return path;
  return next;
}

} // namespace accel::gradient
