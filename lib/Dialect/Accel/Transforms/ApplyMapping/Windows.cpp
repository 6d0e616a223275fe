//===- Windows.cpp - Tiles that slide along a loop ------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Windows.h"

#include "Transfers.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

namespace {

/// One step of one window.
class WindowMover {
public:
  WindowMover(Generation &gen, const PlannedOp &planned,
              const PlannedKeep &keep, const Tile &parent, const Tile &window)
      : gen(gen), planned(planned), keep(keep), parent(parent), window(window),
        dim(keep.slide->dim), step(keep.slide->step),
        extent(window.box[dim].extent) {}

  /// Elements along the window that it has in common with the next one.
  int64_t retained() const { return std::max<int64_t>(extent - step, 0); }

  void fetch(int64_t from, int64_t count, int64_t to);
  void shift();
  void streamGap();

private:
  void shiftChunk(OpFoldResult from, OpFoldResult to, int64_t count);
  Location loc() const { return planned.op->getLoc(); }

  Generation &gen;
  const PlannedOp &planned;
  const PlannedKeep &keep;
  const Tile &parent;
  const Tile &window;
  unsigned dim;
  int64_t step, extent;
};

} // namespace

/// Fetches elements `from` to `from + count`, counted from the window's first,
/// to place `to` of the buffer.
void WindowMover::fetch(int64_t from, int64_t count, int64_t to) {
  Tile part = window;
  part.box[dim].origin = window.box[dim].origin + from;
  part.box[dim].extent = count;
  part.memref = sliceAlong(gen.builder, loc(), window.memref, dim,
                           gen.builder.getIndexAttr(to), count);
  Fetch fetch = fetchTile(gen.builder, loc(), parent, part);
  gen.name(fetch.copy, planned, keep.operand, TileUse::Fill,
           fetch.isPadded ? sizeOf(part.box) : 0);
}

void WindowMover::shiftChunk(OpFoldResult from, OpFoldResult to,
                             int64_t count) {
  auto part = [&](OpFoldResult start) {
    return sliceAlong(gen.builder, loc(), window.memref, dim, start, count);
  };
  Value source = part(from);
  gen.name(memref::CopyOp::create(gen.builder, loc(), source, part(to)),
           planned, keep.operand, TileUse::Shift);
}

/// Moves what stays to the buffer's front, in pieces that do not overlap.
void WindowMover::shift() {
  OpBuilder &builder = gen.builder;
  int64_t chunks = retained() / step;
  if (chunks == 1) {
    shiftChunk(builder.getIndexAttr(step), builder.getIndexAttr(0), step);
  } else if (chunks > 1) {
    auto index = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(builder, loc(), value);
    };
    auto loop = scf::ForOp::create(builder, loc(), index(0),
                                   index(chunks * step), index(step));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    OpFoldResult next = affine::makeComposedFoldedAffineApply(
        builder, loc(), builder.getAffineDimExpr(0) + step,
        {loop.getInductionVar()});
    shiftChunk(next, loop.getInductionVar(), step);
  }
  if (int64_t rest = retained() % step)
    shiftChunk(builder.getIndexAttr((chunks + 1) * step),
               builder.getIndexAttr(chunks * step), rest);
}

/// What lies between two windows is fetched and dropped: the stream of data
/// from the parent has no gaps.
void WindowMover::streamGap() {
  OpBuilder &builder = gen.builder;
  Value zero = arith::ConstantIndexOp::create(builder, loc(), 0);
  Value isLater =
      arith::CmpIOp::create(builder, loc(), arith::CmpIPredicate::ne,
                            gen.iterations.back().value, zero);
  auto branch = scf::IfOp::create(builder, loc(), isLater,
                                  /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(branch.thenYield());
  for (int64_t left = step - extent; left > 0; left -= extent)
    fetch(-left, std::min(left, extent), 0);
}

Box apply::firstWindow(const Generation &gen, const PlannedOp &planned,
                       const PlannedKeep &keep) {
  SmallVector<RankTile, 6> tiles = gen.tilesOf(planned);
  const PlannedLoop &loop = planned.loops[keep.depth];
  tiles[loop.rank].tile = loop.tile;
  return boxOf(planned.operands[keep.operand].index, tiles);
}

void apply::startWindow(Generation &gen, const PlannedOp &planned,
                        const PlannedKeep &keep, const Tile &parent,
                        const Tile &window) {
  WindowMover mover(gen, planned, keep, parent, window);
  if (int64_t retained = mover.retained())
    mover.fetch(0, retained, keep.slide->step);
}

void apply::moveWindow(Generation &gen, const PlannedOp &planned,
                       const PlannedKeep &keep, const Tile &parent,
                       const Tile &window) {
  WindowMover mover(gen, planned, keep, parent, window);
  int64_t extent = window.box[keep.slide->dim].extent;
  int64_t retained = mover.retained();
  if (keep.slide->step > extent)
    mover.streamGap();
  if (retained)
    mover.shift();
  mover.fetch(retained, extent - retained, retained);
}
