//===- InitialValue.cpp - What an output holds at first -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InitialValue.h"

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::accel;
using namespace mlir::accel::apply;

InitialValue apply::resolveInit(linalg::LinalgOp op, OpOperand &init) {
  InitialValue value;
  Operation *def = init.get().getDefiningOp();
  if (!op.payloadUsesValueFromOperand(&init) ||
      isa_and_nonnull<tensor::EmptyOp>(def))
    return value;
  if (auto fill = dyn_cast_or_null<linalg::FillOp>(def);
      fill && !fill->hasAttr(kMappingAttrName)) {
    value.kind = InitialValue::Kind::Fill;
    value.fill = fill.getInputs().front();
    return value;
  }
  value.kind = InitialValue::Kind::Copy;
  value.tensor = init.get();
  return value;
}
