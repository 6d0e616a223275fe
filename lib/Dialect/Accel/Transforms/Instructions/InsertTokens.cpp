//===- InsertTokens.cpp - Orders asynchronous instructions ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/Transforms/Footprint.h"
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h"

#include "llvm/ADT/TypeSwitch.h"

#include <array>
#include <numeric>

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELINSERTTOKENS
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {

constexpr unsigned kNumQueues = 3;

/// For every queue the number of its last instruction in a set, -1: none.
/// Because queues run in order, that stands for all before it too.
struct Clock : std::array<int, kNumQueues> {
  Clock() { fill(-1); }
  int &of(Queue queue) { return (*this)[static_cast<unsigned>(queue)]; }
  int of(Queue queue) const { return (*this)[static_cast<unsigned>(queue)]; }
  void join(const Clock &other) {
    for (unsigned queue = 0; queue < kNumQueues; ++queue)
      (*this)[queue] = std::max((*this)[queue], other[queue]);
  }
};

/// The last accesses of one granule of memory.
struct Granule {
  int writer = -1;
  Queue writerQueue = Queue::Load;
  Clock readers;
};

/// Memory in which instructions can meet: an on-chip buffer or a tensor.
struct Memory {
  /// Values per granule.
  int64_t granule = 0;
  std::vector<Granule> granules;
};

class Orderer {
public:
  explicit Orderer(func::FuncOp func) : func(func), builder(func) {}

  LogicalResult run();

  unsigned numTokens = 0;
  unsigned numRelays = 0;

private:
  struct Issued {
    Operation *op = nullptr;
    Queue queue = Queue::Compute;
    /// What is surely done when the instruction starts.
    Clock before;
  };

  LogicalResult collect();
  LogicalResult order(Operation *op, ArrayRef<OperandAccess> accesses);
  void orderAtEnd(Operation *terminator);
  Memory &memoryOf(const OperandAccess &access);
  /// Calls visit(granule) for all that the operand touches.
  LogicalResult visit(Operation *op, const OperandAccess &access,
                      llvm::function_ref<void(Granule &)> visit);
  /// Adds an instruction that waits for `needs` beyond what follows already.
  void issue(Operation *op, Queue queue, Clock needs);
  /// Reduces a need of the store queue (or load queue) from the other end of
  /// the line to one of the compute queue.
  void relay(Queue queue, Clock &needs, Location loc);
  Operation *makeAsync(Operation *op, ValueRange dependencies);

  func::FuncOp func;
  OpBuilder builder;
  std::vector<std::pair<Operation *, OperandAccesses>> instructions;
  std::vector<Issued> issued;
  /// Instructions of the compute queue, ascending.
  SmallVector<int> computeIssued;
  /// What is done when the last instruction of a queue starts.
  std::array<Clock, kNumQueues> queueBefore;
  Clock lastOfQueue;
  DenseMap<Attribute, Memory> buffers;
  DenseMap<Value, Memory> tensors;
};

} // namespace

LogicalResult Orderer::collect() {
  DenseMap<Value, bool> written;
  for (Operation &op : func.getBody().front()) {
    if (!isInstruction(&op)) {
      for (Region &region : op.getRegions()) {
        WalkResult inside = region.walk([&](Operation *inner) {
          if (!isInstruction(inner))
            return WalkResult::advance();
          inner->emitError() << "tokens need straight-line instructions, found "
                                "one inside "
                             << op.getName();
          return WalkResult::interrupt();
        });
        if (inside.wasInterrupted())
          return failure();
      }
      continue;
    }
    FailureOr<OperandAccesses> accesses = getAccesses(&op);
    if (failed(accesses))
      return failure();
    for (OperandAccess &access : *accesses) {
      if (access.onChip && !getBase(&op, access.baseIndex))
        return op.emitError("tokens need the addresses of on-chip tiles: run "
                            "accel-allocate before");
      auto type = cast<MemRefType>(access.view.root.getType());
      if (access.onChip) {
        buffers[type.getMemorySpace()].granule = access.view.elementSize();
        // Addresses count elements of the buffer.
        access.access.base +=
            *getBase(&op, access.baseIndex) - access.view.offset;
        continue;
      }
      written[access.view.root] |= access.writes;
      Memory &memory = tensors[access.view.root];
      memory.granule = std::gcd(memory.granule, access.view.elementSize());
    }
    instructions.push_back({&op, std::move(*accesses)});
  }
  // Nobody has to wait for a tensor that is only read.
  for (auto [root, isWritten] : written)
    if (!isWritten)
      tensors.erase(root);
  return success();
}

LogicalResult Orderer::visit(Operation *op, const OperandAccess &access,
                             llvm::function_ref<void(Granule &)> visit) {
  auto type = cast<MemRefType>(access.view.root.getType());
  Memory *memory = nullptr;
  if (access.onChip) {
    memory = &buffers[type.getMemorySpace()];
    if (memory->granule != access.view.elementSize())
      return op->emitError() << "elements of one level need to be of one size, "
                                "found "
                             << access.view.elementSize() << " and "
                             << memory->granule << " values";
  } else {
    auto it = tensors.find(access.view.root);
    if (it == tensors.end())
      return success();
    memory = &it->second;
  }
  int64_t scale = access.view.elementSize() / memory->granule;
  visitRanges(access.access, access.nest, [&](int64_t begin, int64_t end) {
    begin *= scale;
    end *= scale;
    if (int64_t(memory->granules.size()) < end)
      memory->granules.resize(end);
    for (int64_t index = begin; index < end; ++index)
      visit(memory->granules[index]);
  });
  return success();
}

Operation *Orderer::makeAsync(Operation *op, ValueRange dependencies) {
  Type token = TokenType::get(op->getContext());
  builder.setInsertionPoint(op);
  Location loc = op->getLoc();
  return llvm::TypeSwitch<Operation *, Operation *>(op)
      .Case([&](LoadOp load) {
        return LoadOp::create(
            builder, loc, token, dependencies, load.getSource(), load.getDest(),
            load.getPadAttr(), load.getBaseAttr(), SyncAttr());
      })
      .Case([&](StoreOp store) {
        return StoreOp::create(builder, loc, token, dependencies,
                               store.getSource(), store.getDest(),
                               store.getBaseAttr(), SyncAttr());
      })
      .Case([&](GemmOp gemm) {
        return GemmOp::create(builder, loc, token, dependencies, gemm.getInp(),
                              gemm.getWgt(), gemm.getAcc(), gemm.getNestAttr(),
                              gemm.getMapsAttr(), gemm.getResetAttr(),
                              gemm.getBasesAttr(), SyncAttr());
      })
      .Case([&](AluOp alu) {
        return AluOp::create(builder, loc, token, dependencies,
                             alu.getKindAttr(), alu.getSrc(), alu.getDst(),
                             alu.getImmAttr(), alu.getNestAttr(),
                             alu.getMapsAttr(), alu.getBasesAttr(), SyncAttr());
      });
}

void Orderer::relay(Queue queue, Clock &needs, Location loc) {
  if (queue == Queue::Compute)
    return;
  Queue far = queue == Queue::Load ? Queue::Store : Queue::Load;
  int wanted = needs.of(far);
  needs.of(far) = -1;
  Clock known = queueBefore[static_cast<unsigned>(queue)];
  if (wanted <= known.of(far))
    return;
  // The compute queue may have waited for it already; then the first
  // instruction that did is the one to wait for.
  const int *relayed = llvm::partition_point(computeIssued, [&](int number) {
    return issued[number].before.of(far) < wanted;
  });
  if (relayed == computeIssued.end()) {
    Clock farNeed;
    farNeed.of(far) = wanted;
    Operation *wait =
        WaitOp::create(builder, loc, TokenType::get(func.getContext()),
                       issued[wanted].op->getResult(0), SyncAttr());
    ++numRelays;
    ++numTokens;
    issue(wait, Queue::Compute, farNeed);
    relayed = &computeIssued.back();
  }
  needs.of(Queue::Compute) = std::max(needs.of(Queue::Compute), *relayed);
}

void Orderer::issue(Operation *op, Queue queue, Clock needs) {
  int number = issued.size();
  Clock before = queueBefore[static_cast<unsigned>(queue)];
  for (int needed : needs) {
    if (needed < 0)
      continue;
    before.join(issued[needed].before);
    before.of(issued[needed].queue) =
        std::max(before.of(issued[needed].queue), needed);
  }
  issued.push_back({op, queue, before});
  if (queue == Queue::Compute)
    computeIssued.push_back(number);
  lastOfQueue.of(queue) = number;
  // The next one in the queue starts when this one is done.
  before.of(queue) = number;
  queueBefore[static_cast<unsigned>(queue)] = before;
}

LogicalResult Orderer::order(Operation *op, ArrayRef<OperandAccess> accesses) {
  Queue queue = queueOf(op);
  Clock needs;
  for (const OperandAccess &access : accesses) {
    if (failed(visit(op, access, [&](Granule &granule) {
          if (granule.writer >= 0)
            needs.of(granule.writerQueue) =
                std::max(needs.of(granule.writerQueue), granule.writer);
          if (access.writes)
            needs.join(granule.readers);
        })))
      return failure();
  }
  needs.of(queue) = -1;
  builder.setInsertionPoint(op);
  relay(queue, needs, op->getLoc());
  const Clock &known = queueBefore[static_cast<unsigned>(queue)];
  SmallVector<Value> dependencies;
  // A need that another one brings along is dropped, too.
  for (unsigned other = 0; other < kNumQueues; ++other) {
    int &needed = needs[other];
    if (needed <= known[other])
      needed = -1;
    for (unsigned third = 0; third < kNumQueues; ++third)
      if (third != other && needed >= 0 && needs[third] >= 0 &&
          issued[needs[third]].before[other] >= needed)
        needed = -1;
  }
  for (int needed : needs)
    if (needed >= 0)
      dependencies.push_back(issued[needed].op->getResult(0));
  numTokens += dependencies.size();
  Operation *async = makeAsync(op, dependencies);
  issue(async, queue, needs);
  int number = issued.size() - 1;
  for (const OperandAccess &access : accesses) {
    (void)visit(op, access, [&](Granule &granule) {
      if (access.writes) {
        granule.writer = number;
        granule.writerQueue = queue;
        granule.readers = Clock();
      }
    });
  }
  for (const OperandAccess &access : accesses) {
    if (access.reads)
      (void)visit(op, access, [&](Granule &granule) {
        granule.readers.of(queue) = number;
      });
  }
  op->erase();
  return success();
}

void Orderer::orderAtEnd(Operation *terminator) {
  Clock needs = lastOfQueue;
  needs.of(Queue::Compute) = -1;
  const Clock &known = queueBefore[static_cast<unsigned>(Queue::Compute)];
  SmallVector<Value> dependencies;
  for (unsigned other = 0; other < kNumQueues; ++other)
    if (needs[other] > known[other])
      dependencies.push_back(issued[needs[other]].op->getResult(0));
  if (lastOfQueue.of(Queue::Compute) >= 0)
    dependencies.push_back(
        issued[lastOfQueue.of(Queue::Compute)].op->getResult(0));
  numTokens += dependencies.size();
  builder.setInsertionPoint(terminator);
  WaitOp::create(builder, terminator->getLoc(), Type(), dependencies,
                 SyncAttr());
}

LogicalResult Orderer::run() {
  if (failed(collect()))
    return failure();
  for (auto &[op, accesses] : instructions) {
    if (isa<WaitOp>(op) || op->getNumResults() != 0)
      return op->emitOpError("has tokens already");
    if (failed(order(op, accesses)))
      return failure();
  }
  if (!issued.empty())
    orderAtEnd(func.getBody().front().getTerminator());
  return success();
}

namespace {
struct InsertTokensPass
    : public mlir::accel::impl::AccelInsertTokensBase<InsertTokensPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    if (!getOperation().getBody().hasOneBlock()) {
      getOperation().emitError("tokens need straight-line instructions, found ")
          << getOperation().getBody().getBlocks().size() << " blocks";
      return signalPassFailure();
    }
    Orderer orderer(getOperation());
    if (failed(orderer.run()))
      return signalPassFailure();
    numTokens += orderer.numTokens;
    numRelays += orderer.numRelays;
  }
};
} // namespace
