//===- Allocate.cpp - Gives on-chip tiles their addresses -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/Transforms/Footprint.h"
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELALLOCATE
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

/// Tiles of one size take turns in as many places, if there is room. Two would
/// do if loads took the same time throughout; with more, the load queue runs
/// ahead while results are finished, and later makes up for the tile of another
/// operand that comes in between. Each further place costs micro-ops.
static constexpr size_t kPlaces = 4;

namespace {

/// A tile, its life in positions of instructions, and its place in elements.
struct Placement {
  Value root;
  int64_t size = 0;
  unsigned first = 0;
  unsigned last = 0;
  int64_t address = -1;

  int64_t end() const { return address + size; }
  /// A tile keeps its place for as long again as it lived, if there is room:
  /// its successor is then filled elsewhere while it is still used.
  unsigned reservedUntil() const { return last + (last - first); }
  bool livesWith(const Placement &other) const {
    return first <= other.last && other.first <= last;
  }
};

/// The tiles of one level, in order of their first use.
struct Level {
  StringRef name;
  int64_t capacity = 0;
  SmallVector<Placement *> tiles;

  /// Places all tiles. Returns false if they do not fit.
  bool place(unsigned &numSingle);

private:
  bool placeInOrder(unsigned &numSingle);
  bool placeBySize();
};

} // namespace

/// The lowest address at which `size` elements fit beside `taken`, or -1.
/// `taken` is sorted in place.
static int64_t lowestGap(SmallVectorImpl<std::pair<int64_t, int64_t>> &taken,
                         int64_t size, int64_t capacity) {
  llvm::sort(taken);
  int64_t address = 0;
  for (auto [begin, end] : taken) {
    if (address + size <= begin)
      return address;
    address = std::max(address, end);
  }
  return address + size <= capacity ? address : -1;
}

bool Level::placeInOrder(unsigned &numSingle) {
  SmallVector<Placement *> near;
  // By size, the last tiles, latest first.
  DenseMap<int64_t, SmallVector<Placement *, 8>> lastOfSize;
  SmallVector<std::pair<int64_t, int64_t>> live, reserved;
  for (Placement *tile : tiles) {
    llvm::erase_if(near, [&](Placement *other) {
      return other->reservedUntil() < tile->first && other->last < tile->first;
    });
    auto &siblings = lastOfSize[tile->size];
    for (size_t kept = siblings.size(); tile->address < 0; --kept) {
      reserved.clear();
      for (Placement *other : near)
        reserved.push_back({other->address, other->end()});
      for (Placement *sibling : ArrayRef(siblings).take_front(kept))
        reserved.push_back({sibling->address, sibling->end()});
      tile->address = lowestGap(reserved, tile->size, capacity);
      if (kept == 0)
        break;
    }
    if (tile->address < 0) {
      ++numSingle;
      live.clear();
      for (Placement *other : near)
        if (other->last >= tile->first)
          live.push_back({other->address, other->end()});
      tile->address = lowestGap(live, tile->size, capacity);
    }
    if (tile->address < 0)
      return false;
    siblings.insert(siblings.begin(), tile);
    if (siblings.size() == kPlaces)
      siblings.pop_back();
    near.push_back(tile);
  }
  return true;
}

bool Level::placeBySize() {
  SmallVector<Placement *> order(tiles);
  llvm::sort(order, [](Placement *a, Placement *b) {
    return std::make_tuple(-a->size, a->first, a->last) <
           std::make_tuple(-b->size, b->first, b->last);
  });
  SmallVector<std::pair<int64_t, int64_t>> taken;
  for (auto [index, tile] : llvm::enumerate(order)) {
    taken.clear();
    for (Placement *other : ArrayRef(order).take_front(index))
      if (other->livesWith(*tile))
        taken.push_back({other->address, other->end()});
    tile->address = lowestGap(taken, tile->size, capacity);
    if (tile->address < 0)
      return false;
  }
  return true;
}

bool Level::place(unsigned &numSingle) {
  unsigned single = 0;
  if (placeInOrder(single)) {
    numSingle += single;
    return true;
  }
  numSingle += tiles.size();
  return placeBySize();
}

/// Elements of `elementBits` that the level of the target holds.
static FailureOr<int64_t> capacityOf(func::FuncOp func, TargetAttr target,
                                     StringRef level, int64_t elementBits) {
  for (Attribute attr : target.getLevels()) {
    auto memory = dyn_cast<MemoryAttr>(attr);
    if (!memory || memory.getName() != level)
      continue;
    double bits = memory.getSizeBits();
    if (!std::isfinite(bits))
      return func.emitError()
             << "on-chip addresses need a bounded level, but \"" << level
             << "\" of target " << target.getName() << " has no size_bits";
    return static_cast<int64_t>(bits) / elementBits;
  }
  return func.emitError() << "target " << target.getName()
                          << " has no memory level \"" << level << "\"";
}

/// Reports the moment at which the live tiles of the level are largest.
static LogicalResult reportOverflow(const Level &level) {
  const Placement *worst = nullptr;
  int64_t most = 0;
  for (const Placement *tile : level.tiles) {
    int64_t sum = 0;
    for (const Placement *other : level.tiles)
      if (other->first <= tile->first && tile->first <= other->last)
        sum += other->size;
    if (sum > most) {
      most = sum;
      worst = tile;
    }
  }
  InFlightDiagnostic diagnostic = mlir::emitError(worst->root.getLoc());
  if (worst->size > level.capacity)
    return diagnostic << "tile " << worst->root.getType() << " needs "
                      << worst->size << " elements in \"" << level.name
                      << "\" but the level holds " << level.capacity;
  if (most > level.capacity) {
    diagnostic << "tile " << worst->root.getType()
               << " and those that live with "
               << "it need " << most << " elements in \"" << level.name
               << "\" but the level holds " << level.capacity;
    return diagnostic;
  }
  return diagnostic << "found no placement of the tiles in \"" << level.name
                    << "\", which need " << most << " of its " << level.capacity
                    << " elements at once";
}

namespace {
struct AllocatePass
    : public mlir::accel::impl::AccelAllocateBase<AllocatePass> {
  void runOnOperation() override;
  LogicalResult place(func::FuncOp func, ArrayRef<Operation *> instructions,
                      ArrayRef<OperandAccesses> accesses);
};
} // namespace

LogicalResult AllocatePass::place(func::FuncOp func,
                                  ArrayRef<Operation *> instructions,
                                  ArrayRef<OperandAccesses> accesses) {
  llvm::MapVector<Value, Placement> placements;
  for (auto [position, list] : llvm::enumerate(accesses)) {
    for (const OperandAccess &access : list) {
      if (!access.onChip)
        continue;
      auto [it, isNew] = placements.try_emplace(access.view.root);
      Placement &tile = it->second;
      if (isNew) {
        auto type = cast<MemRefType>(access.view.root.getType());
        tile.root = access.view.root;
        tile.size = type.getNumElements() / access.view.elementSize();
        tile.first = position;
      }
      tile.last = position;
    }
  }
  if (placements.empty())
    return success();
  TargetAttr target = lookupTarget(func);
  if (!target)
    return func.emitError("on-chip addresses need a target on the module");

  llvm::MapVector<Attribute, Level> levels;
  for (auto &[root, tile] : placements) {
    auto type = cast<MemRefType>(root.getType());
    auto space = cast<MemAttr>(type.getMemorySpace());
    Level &level = levels[space];
    if (level.tiles.empty()) {
      int64_t elementBits =
          type.getNumElements() / tile.size * type.getElementTypeBitWidth();
      level.name = space.getLevel();
      FailureOr<int64_t> capacity =
          capacityOf(func, target, level.name, elementBits);
      if (failed(capacity))
        return failure();
      level.capacity = *capacity;
    }
    level.tiles.push_back(&tile);
    ++numTiles;
  }
  for (auto &[space, level] : levels) {
    unsigned single = 0;
    if (!level.place(single))
      return reportOverflow(level);
    numSingle += single;
  }

  for (auto [op, list] : llvm::zip(instructions, accesses)) {
    if (list.empty())
      continue;
    SmallVector<int64_t> bases(numBases(op), 0);
    for (const OperandAccess &access : list)
      if (access.onChip)
        bases[access.baseIndex] =
            placements.find(access.view.root)->second.address +
            access.view.offset;
    setBases(op, bases);
  }
  return success();
}

void AllocatePass::runOnOperation() {
  SmallVector<Operation *> instructions;
  std::vector<OperandAccesses> accesses;
  WalkResult result = getOperation().walk([&](Operation *op) {
    if (!isInstruction(op))
      return WalkResult::advance();
    if (op->getParentOp() != getOperation()) {
      op->emitError() << "addresses need straight-line instructions, found one "
                         "inside "
                      << op->getParentOp()->getName();
      return WalkResult::interrupt();
    }
    FailureOr<OperandAccesses> list = getAccesses(op);
    if (failed(list))
      return WalkResult::interrupt();
    instructions.push_back(op);
    accesses.push_back(std::move(*list));
    return WalkResult::advance();
  });
  if (result.wasInterrupted() ||
      failed(place(getOperation(), instructions, accesses)))
    signalPassFailure();
}
