//===- OrderLoads.cpp - Loads that need not wait go first -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/Transforms/Footprint.h"
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELORDERLOADS
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

/// Moves `op` before `place`, and before it the ops after `place` that give its
/// operands: views and allocations.
static void moveWithOperands(Operation *op, Operation *place) {
  for (Value operand : op->getOperands())
    if (Operation *def = operand.getDefiningOp())
      if (def->getBlock() == place->getBlock() && place->isBeforeInBlock(def))
        moveWithOperands(def, place);
  op->moveBefore(place);
}

namespace {
struct OrderLoadsPass
    : public mlir::accel::impl::AccelOrderLoadsBase<OrderLoadsPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    DenseSet<Value> stored;
    getOperation().walk(
        [&](StoreOp store) { stored.insert(getViewRoot(store.getDest())); });
    for (Block &block : getOperation().getBody())
      reorder(block, stored);
  }

  void reorder(Block &block, const DenseSet<Value> &stored) {
    // The first load since the last use of loaded values that may have to wait
    // for a store, and the tiles that were used since.
    Operation *waiting = nullptr;
    DenseSet<Value> used;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (!isInstruction(&op))
        continue;
      if (auto load = dyn_cast<LoadOp>(op);
          load && load.getQueue() == Queue::Load) {
        Value tile = getViewRoot(load.getDest());
        bool waits = stored.contains(getViewRoot(load.getSource()));
        if (waiting && !waits && !used.contains(tile)) {
          moveWithOperands(load, waiting);
          ++numMoved;
          continue;
        }
        if (!waiting && waits)
          waiting = &op;
        used.insert(tile);
        continue;
      }
      if (auto gemm = dyn_cast<GemmOp>(op); gemm && !gemm.getReset()) {
        waiting = nullptr;
        used.clear();
      }
    }
  }
};
} // namespace
