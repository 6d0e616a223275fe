//===- MainMemory.cpp - Tensors in the outermost memory -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MainMemory.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

static MemRefType bufferType(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return MemRefType::get(type.getShape(), type.getElementType());
}

Value MainMemory::allocate(Value result) {
  Value buffer =
      memref::AllocOp::create(builder, result.getLoc(), bufferType(result));
  buffers[result] = buffer;
  return buffer;
}

Value MainMemory::bufferOf(Value tensor) {
  if (Value known = buffers.lookup(tensor))
    return known;
  Value buffer = bufferization::ToBufferOp::create(
      builder, tensor.getLoc(), bufferType(tensor), outside(tensor),
      /*read_only=*/true);
  buffers[tensor] = buffer;
  return buffer;
}

Value MainMemory::tensorOf(Value result, bool writable) {
  Value tensor = bufferization::ToTensorOp::create(
      builder, result.getLoc(), result.getType(), buffers.lookup(result),
      /*restrict=*/true, writable);
  values.map(result, tensor);
  return tensor;
}

Value MainMemory::outside(Value value) {
  Operation *def = value.getDefiningOp();
  if (!def || def->getBlock() != &group.getBody().front())
    return value;
  if (Value known = values.lookupOrNull(value))
    return known;
  // The generated code goes on reading the buffer, so nobody else may write it.
  if (buffers.contains(value))
    return tensorOf(value, /*writable=*/false);
  emit(def);
  return values.lookup(value);
}

void MainMemory::emitEffectsBefore(Operation *op) {
  for (Operation &other : group.getBody().front()) {
    if (&other == op)
      return;
    if (!other.hasAttr(kMappingAttrName) && !isMemoryEffectFree(&other))
      emit(&other);
  }
}

/// Copies `op`, which is not mapped, out of the group unless that was done.
void MainMemory::emit(Operation *op) {
  if (!emitted.insert(op).second)
    return;
  SetVector<Value> used;
  getUsedValuesDefinedAbove(op->getRegions(), used);
  used.insert(op->operand_begin(), op->operand_end());
  for (Value value : used)
    outside(value);
  builder.clone(*op, values);
}

void MainMemory::finish() {
  Operation *yield = group.getBody().front().getTerminator();
  emitEffectsBefore(yield);
  SmallVector<Value> results;
  for (Value value : yield->getOperands()) {
    bool isNew = buffers.contains(value) && !values.contains(value) &&
                 value.getDefiningOp() &&
                 value.getDefiningOp()->getBlock() == yield->getBlock();
    results.push_back(isNew ? tensorOf(value, /*writable=*/true)
                            : outside(value));
  }
  group->replaceAllUsesWith(results);
  group->erase();
}
