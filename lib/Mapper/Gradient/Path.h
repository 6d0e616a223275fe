//===- Path.h - One Einsum's mapping as a point of a space ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A path in the form that the gradient engine moves in: keeps in order, a slot
// of loops above each of them and above the compute unit, and in every slot one
// factor per rank. Loops with factor 1 are not there.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_PATH_H
#define ACCEL_MAPPER_GRADIENT_PATH_H

#include "PathSpace.h"

namespace accel::gradient {

/// A loop above an exchanged tensor, in common with neighbours.
struct FusedLoop {
  unsigned rank = 0;
  int64_t count = 1;
  /// The tile below.
  int64_t tile = 1;
  /// Architecture node, or -1 for a temporal loop.
  int fanout = -1;
  bool operator==(const FusedLoop &o) const {
    return rank == o.rank && count == o.count && tile == o.tile &&
           fanout == o.fanout;
  }
};

/// A keep below the outermost level.
struct Held {
  unsigned access = 0;
  /// Architecture node.
  unsigned level = 0;
  /// Fused loops above.
  unsigned depth = 0;
  bool operator==(const Held &o) const {
    return access == o.access && level == o.level && depth == o.depth;
  }
};

struct Path {
  /// Index into PathSpace::units.
  unsigned unit = 0;
  /// Operands backed in the outermost level, as a mask.
  uint32_t top = 0;
  llvm::SmallVector<FusedLoop, 4> fused;
  /// Outermost first.
  llvm::SmallVector<Held, 10> keeps;
  /// Temporal factor of rank r in the slot above keep i, or above the compute
  /// unit: [i * ranks + r]. Slots above an exchanged tensor's backing keep hold
  /// fused loops only.
  std::vector<int64_t> factors;
  /// Factor of rank r on the unit's fan-out f: [f * ranks + r], without fused
  /// loops.
  std::vector<int64_t> spread;
  /// By slot: the rank whose loop comes first, for windows that slide along it;
  /// -1 for any.
  llvm::SmallVector<int, 11> first;

  unsigned numSlots() const { return keeps.size() + 1; }
  bool operator==(const Path &o) const {
    return unit == o.unit && top == o.top && fused == o.fused &&
           keeps == o.keeps && factors == o.factors && spread == o.spread &&
           first == o.first;
  }
};

/// Whether keep `i` is the backing keep of an intermediate on chip.
bool isExchange(const PathSpace &space, const Path &path, unsigned i);

/// The first slot that may hold loops of the Einsum's own.
unsigned firstOwnSlot(const PathSpace &space, const Path &path);

/// The slot in which fan-out `f` of the unit stands.
unsigned slotOfFanout(const PathSpace &space, const Path &path, unsigned f);

/// What fused loops leave of a rank.
int64_t ownBound(const PathSpace &space, const Path &path, unsigned rank);

/// Instances of a fan-out (architecture node) that a path uses.
int64_t instancesUsed(const PathSpace &space, const Path &path, unsigned node);

/// Levels that hold an operand, as a mask over the unit's levels.
uint32_t holdersIn(const PathSpace &space, const Path &path, unsigned access);

/// Whether the keeps stand in an order that the target allows.
bool keepsAreOrdered(const PathSpace &space, const Path &path);

/// The fused loops above a place where the mapspace wants a keep but none is:
/// between a fan-out and a temporal loop below it.
std::optional<unsigned> depthWithoutKeep(const Path &path);

/// Whether the keeps are in order and none is missing.
bool isOrdered(const PathSpace &space, const Path &path);

/// Moves factors to where they may stand and makes their products match what
/// fused loops leave; gives fan-outs back to the fused loops that take them.
/// False if that is impossible.
bool settle(const PathSpace &space, Path &path);

/// Inserts a keep above the one at `position`, or removes one; the loops of the
/// slot stay above.
void insertKeep(const PathSpace &space, Path &path, unsigned position,
                Held held);
void removeKeep(const PathSpace &space, Path &path, unsigned position);

/// The allowed set of holders with backing level `backing` (architecture node)
/// that is closest to `now`, as a mask over the unit's levels; 0 if none.
uint32_t closestHolders(const SpaceUnit &unit, unsigned access, uint32_t now,
                        unsigned backing);

/// Adds and removes keeps of an operand until those of `mask` hold it.
void holdIn(const PathSpace &space, Path &path, unsigned access, uint32_t mask);

/// Where a factor may stand: a slot's temporal loops, or a fan-out in it.
struct Place {
  unsigned slot = 0;
  /// Index of the unit's fan-out, or -1.
  int fanout = -1;
};

/// All places of the Einsum's own loops, outermost first.
llvm::SmallVector<Place, 16> placesOf(const PathSpace &space, const Path &path);

inline int64_t &factorAt(const PathSpace &space, Path &path, Place place,
                         unsigned rank) {
  unsigned n = space.numRanks();
  return place.fanout < 0 ? path.factors[place.slot * n + rank]
                          : path.spread[place.fanout * n + rank];
}

/// Makes the factors of a rank multiply to what fused loops leave of it, by
/// changing as few and as outer ones as possible. False if that is impossible.
bool fitProduct(const PathSpace &space, Path &path,
                llvm::ArrayRef<Place> places, unsigned rank);

/// Which loops of one iteration a mapping has.
enum class IdleLoops : uint8_t {
  None,
  /// Every slot has a loop over every rank that may stand there, and every
  /// fan-out one over every rank it takes: a template for other factors.
  All,
  /// The same, but above the outermost loop of a rank that may be padded, where
  /// it would be the one that pads.
  Padded
};

/// The path as a mapping.
EinsumMapping mappingOf(const PathSpace &space, const Path &path,
                        IdleLoops idle = IdleLoops::None);

/// A path without fused loops that holds what it must: intermediates through
/// the outermost level, all loops in the last slot. `holders` has one allowed
/// mask per operand.
Path plainPath(const PathSpace &space, unsigned unit,
               llvm::ArrayRef<uint32_t> holders);

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_PATH_H
