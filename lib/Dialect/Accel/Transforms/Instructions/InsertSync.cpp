//===- InsertSync.cpp - Dependency flags from tokens ----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/Transforms/Footprint.h"
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h"

#include "llvm/ADT/TypeSwitch.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELINSERTSYNC
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {

constexpr unsigned kNumQueues = 3;
/// A token counter of the hardware has 8 bits.
constexpr size_t kMaxOutstanding = 255;

struct Flags {
  bool popPrev = false, popNext = false, pushPrev = false, pushNext = false;
};

/// The token edges from one queue to a neighbour. Both ends ascend, so that the
/// n-th push meets the n-th pop.
struct Channel {
  SmallVector<std::pair<int, int>> edges;
};

class Synchronizer {
public:
  explicit Synchronizer(func::FuncOp func) : func(func) {}
  LogicalResult run();

private:
  LogicalResult addEdges(int number, Operation *op);
  LogicalResult checkOutstanding();

  func::FuncOp func;
  SmallVector<Operation *> instructions;
  DenseMap<Operation *, int> numberOf;
  SmallVector<Flags> flags;
  Channel channels[kNumQueues][kNumQueues];
};

} // namespace

static void setSync(Operation *op, SyncAttr sync) {
  llvm::TypeSwitch<Operation *>(op)
      .Case<LoadOp, StoreOp, GemmOp, AluOp, WaitOp>(
          [&](auto instruction) { instruction.setSyncAttr(sync); });
}

LogicalResult Synchronizer::addEdges(int number, Operation *op) {
  unsigned queue = static_cast<unsigned>(queueOf(op));
  int latest[kNumQueues] = {-1, -1, -1};
  for (Value operand : op->getOperands()) {
    if (!isa<TokenType>(operand.getType()))
      continue;
    auto it = numberOf.find(operand.getDefiningOp());
    if (it == numberOf.end())
      return op->emitOpError(
          "waits for a token that no instruction before it in "
          "straight-line code gives");
    unsigned other = static_cast<unsigned>(queueOf(it->first));
    latest[other] = std::max(latest[other], it->second);
  }
  for (unsigned other = 0; other < kNumQueues; ++other) {
    if (other == queue || latest[other] < 0)
      continue;
    if (other + queue == 2)
      return op->emitOpError()
             << "waits for the " << queueName(static_cast<Queue>(other))
             << " queue, which has no tokens for the "
             << queueName(static_cast<Queue>(queue))
             << " queue: an accel.wait has to be between them";
    auto &edges = channels[other][queue].edges;
    // In-order queues: an earlier wait for a later instruction covers this.
    if (!edges.empty() && edges.back().first >= latest[other])
      continue;
    edges.push_back({latest[other], number});
    bool forward = other < queue;
    (forward ? flags[number].popPrev : flags[number].popNext) = true;
    (forward ? flags[latest[other]].pushNext : flags[latest[other]].pushPrev) =
        true;
  }
  return success();
}

LogicalResult Synchronizer::checkOutstanding() {
  // What each instruction's start implies to be done, per queue.
  SmallVector<std::array<int, kNumQueues>> done;
  std::array<int, kNumQueues> lastOf = {-1, -1, -1};
  size_t nextPop[kNumQueues][kNumQueues] = {};
  for (auto [number, op] : llvm::enumerate(instructions)) {
    unsigned queue = static_cast<unsigned>(queueOf(op));
    std::array<int, kNumQueues> clock = {-1, -1, -1};
    auto join = [&](int other) {
      for (unsigned q = 0; q < kNumQueues; ++q)
        clock[q] = std::max(clock[q], done[other][q]);
      unsigned q = static_cast<unsigned>(queueOf(instructions[other]));
      clock[q] = std::max(clock[q], other);
    };
    if (lastOf[queue] >= 0)
      join(lastOf[queue]);
    for (unsigned other = 0; other < kNumQueues; ++other) {
      auto &edges = channels[other][queue].edges;
      size_t &next = nextPop[other][queue];
      if (next < edges.size() && edges[next].second == int(number))
        join(edges[next++].first);
    }
    done.push_back(clock);
    lastOf[queue] = number;
  }
  for (unsigned from = 0; from < kNumQueues; ++from) {
    for (unsigned to = 0; to < kNumQueues; ++to) {
      auto &edges = channels[from][to].edges;
      size_t popped = 0;
      for (auto [pushed, edge] : llvm::enumerate(edges)) {
        while (popped < edges.size() &&
               edges[popped].second <= done[edge.first][to])
          ++popped;
        if (pushed + 1 - popped > kMaxOutstanding)
          return instructions[edge.first]->emitOpError()
                 << "may leave " << pushed + 1 - popped
                 << " tokens outstanding from the "
                 << queueName(static_cast<Queue>(from)) << " to the "
                 << queueName(static_cast<Queue>(to))
                 << " queue but the counter holds " << kMaxOutstanding;
      }
    }
  }
  return success();
}

LogicalResult Synchronizer::run() {
  for (Operation &op : func.getBody().front()) {
    if (!isInstruction(&op))
      continue;
    numberOf[&op] = instructions.size();
    instructions.push_back(&op);
    flags.emplace_back();
    if (failed(addEdges(instructions.size() - 1, &op)))
      return failure();
  }
  if (failed(checkOutstanding()))
    return failure();
  for (auto [op, flag] : llvm::zip(instructions, flags))
    setSync(op, SyncAttr::get(func.getContext(), flag.popPrev, flag.popNext,
                              flag.pushPrev, flag.pushNext));
  return success();
}

namespace {
struct InsertSyncPass
    : public mlir::accel::impl::AccelInsertSyncBase<InsertSyncPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    if (!getOperation().getBody().hasOneBlock()) {
      getOperation().emitError("flags need straight-line instructions, found ")
          << getOperation().getBody().getBlocks().size() << " blocks";
      return signalPassFailure();
    }
    if (failed(Synchronizer(getOperation()).run()))
      signalPassFailure();
  }
};
} // namespace
