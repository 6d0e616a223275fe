//===- Footprint.cpp - What an instruction reads and writes ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/Transforms/Footprint.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::accel;

bool mlir::accel::isInstruction(Operation *op) {
  return isa<LoadOp, StoreOp, GemmOp, AluOp, WaitOp>(op);
}

Queue mlir::accel::queueOf(Operation *instruction) {
  return llvm::TypeSwitch<Operation *, Queue>(instruction)
      .Case<LoadOp, StoreOp, GemmOp, AluOp, WaitOp>(
          [](auto op) { return op.getQueue(); });
}

StringRef mlir::accel::queueName(Queue queue) {
  switch (queue) {
  case Queue::Load:
    return "load";
  case Queue::Compute:
    return "compute";
  case Queue::Store:
    return "store";
  }
  llvm_unreachable("unknown queue");
}

namespace {
/// Collects the accesses of one instruction.
class Collector {
public:
  explicit Collector(Operation *op) : op(op) {}

  /// Without a map, the whole view.
  LogicalResult add(Value memref, AffineMap map, ArrayRef<int64_t> nest,
                    bool reads, bool writes, unsigned baseIndex) {
    std::string reason;
    FailureOr<ElementView> view = ElementView::get(memref, reason);
    if (failed(view))
      return op->emitError() << "an operand of an instruction " << reason
                             << ", found " << memref.getType();
    OperandAccess access;
    access.view = *view;
    access.onChip = isOnChip(memref.getType());
    access.reads = reads;
    access.writes = writes;
    access.baseIndex = baseIndex;
    if (map) {
      FailureOr<NestAccess> elements = getNestAccess(map, *view);
      if (failed(elements))
        return op->emitOpError() << "needs maps that are sums of loops, found "
                                 << AffineMapAttr::get(map);
      access.access = *elements;
      access.nest.assign(nest.begin(), nest.end());
    } else {
      access.access.base = view->offset;
      access.access.coefficients = view->strides;
      access.nest = view->sizes;
    }
    accesses.push_back(std::move(access));
    return success();
  }

  LogicalResult collect() {
    return llvm::TypeSwitch<Operation *, LogicalResult>(op)
        .Case([&](LoadOp load) {
          return success(
              succeeded(add(load.getSource(), {}, {}, true, false, 0)) &&
              succeeded(add(load.getDest(), {}, {}, false, true, 0)));
        })
        .Case([&](StoreOp store) {
          return success(
              succeeded(add(store.getSource(), {}, {}, true, false, 0)) &&
              succeeded(add(store.getDest(), {}, {}, false, true, 0)));
        })
        .Case([&](GemmOp gemm) {
          auto maps =
              llvm::to_vector(gemm.getMaps().getAsValueRange<AffineMapAttr>());
          ArrayRef<int64_t> nest = gemm.getNest();
          if (!gemm.getReset() &&
              (failed(add(gemm.getInp(), maps[0], nest, true, false, 0)) ||
               failed(add(gemm.getWgt(), maps[1], nest, true, false, 1))))
            return failure();
          return add(gemm.getAcc(), maps[2], nest, !gemm.getReset(), true, 2);
        })
        .Case([&](AluOp alu) {
          auto maps =
              llvm::to_vector(alu.getMaps().getAsValueRange<AffineMapAttr>());
          ArrayRef<int64_t> nest = alu.getNest();
          if (failed(add(alu.getDst(), maps[0], nest, true, true, 0)))
            return failure();
          if (!alu.getSrc())
            return success();
          return add(alu.getSrc(), maps[1], nest, true, false, 1);
        })
        .Default(success());
  }

  OperandAccesses accesses;

private:
  Operation *op;
};
} // namespace

FailureOr<OperandAccesses> mlir::accel::getAccesses(Operation *instruction) {
  Collector collector(instruction);
  if (failed(collector.collect()))
    return failure();
  return std::move(collector.accesses);
}

unsigned mlir::accel::numBases(Operation *instruction) {
  return llvm::TypeSwitch<Operation *, unsigned>(instruction)
      .Case<LoadOp, StoreOp>([](auto) { return 1; })
      .Case([](GemmOp) { return 3; })
      .Case([](AluOp alu) { return alu.getSrc() ? 2 : 1; })
      .Default(0u);
}

std::optional<int64_t> mlir::accel::getBase(Operation *instruction,
                                            unsigned baseIndex) {
  auto fromList =
      [&](std::optional<ArrayRef<int64_t>> bases) -> std::optional<int64_t> {
    if (!bases || baseIndex >= bases->size())
      return std::nullopt;
    return (*bases)[baseIndex];
  };
  return llvm::TypeSwitch<Operation *, std::optional<int64_t>>(instruction)
      .Case<LoadOp, StoreOp>([](auto op) -> std::optional<int64_t> {
        if (op.getBase())
          return static_cast<int64_t>(*op.getBase());
        return std::nullopt;
      })
      .Case<GemmOp, AluOp>([&](auto op) { return fromList(op.getBases()); })
      .Default(std::nullopt);
}

void mlir::accel::setBases(Operation *instruction, ArrayRef<int64_t> bases) {
  Builder builder(instruction->getContext());
  llvm::TypeSwitch<Operation *>(instruction)
      .Case<LoadOp, StoreOp>([&](auto op) {
        op.setBaseAttr(builder.getI64IntegerAttr(bases.front()));
      })
      .Case<GemmOp, AluOp>([&](auto op) {
        op.setBasesAttr(builder.getDenseI64ArrayAttr(bases));
      });
}
