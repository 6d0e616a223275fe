//===- WideResults.cpp - Accumulators that leave in bytes -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WideResults.h"
#include "InstructionFit.h"

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::accel;

static constexpr unsigned kBytes = 4;
static constexpr int64_t kBitsPerByte = 8;

/// `body` on every value of `inputs`, tensors of one shape.
static linalg::GenericOp
mapValues(OpBuilder &builder, Location loc, ValueRange inputs, Type element,
          llvm::function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  auto type = cast<RankedTensorType>(inputs.front().getType());
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(), element);
  AffineMap map = builder.getMultiDimIdentityMap(type.getRank());
  return linalg::GenericOp::create(
      builder, loc, empty.getType(), inputs, empty,
      SmallVector<AffineMap>(inputs.size() + 1, map),
      SmallVector<utils::IteratorType>(type.getRank(),
                                       utils::IteratorType::parallel),
      [&](OpBuilder &inner, Location at, ValueRange args) {
        linalg::YieldOp::create(inner, at, body(inner, at, args));
      });
}

static Value constant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getI32IntegerAttr(value));
}

/// The bytes of `value`, lowest first, which `name` names.
static SmallVector<Value> makeBytes(OpBuilder &builder, Location loc,
                                    Value value, StringRef name) {
  SmallVector<Value> bytes;
  auto setName = [&](linalg::GenericOp op, StringRef what, unsigned byte) {
    if (!name.empty())
      op->setAttr(kNameAttrName,
                  builder.getStringAttr(name + "." + what + Twine(byte)));
  };
  Value bits = constant(builder, loc, kBitsPerByte);
  for (unsigned byte = 0; byte < kBytes; ++byte) {
    if (byte > 0) {
      linalg::GenericOp shifted = mapValues(
          builder, loc, value, builder.getI32Type(),
          [&](OpBuilder &body, Location at, ValueRange args) -> Value {
            return arith::ShRSIOp::create(body, at, args.front(), bits);
          });
      setName(shifted, "shifted", byte);
      value = shifted.getResult(0);
    }
    linalg::GenericOp low =
        mapValues(builder, loc, value, builder.getI8Type(),
                  [](OpBuilder &body, Location at, ValueRange args) -> Value {
                    return arith::TruncIOp::create(
                        body, at, args.back().getType(), args.front());
                  });
    setName(low, "byte", byte);
    bytes.push_back(low.getResult(0));
  }
  return bytes;
}

/// What `bytes` are the bytes of, put together by the host.
static linalg::GenericOp joinBytes(OpBuilder &builder, Location loc,
                                   ValueRange bytes) {
  linalg::GenericOp joined = mapValues(
      builder, loc, bytes, builder.getI32Type(),
      [](OpBuilder &body, Location at, ValueRange args) -> Value {
        Type wide = args.back().getType();
        Value sum;
        for (auto [byte, arg] : llvm::enumerate(args.drop_back())) {
          Value part = arith::ExtUIOp::create(body, at, wide, arg);
          if (byte > 0)
            part = arith::ShLIOp::create(
                body, at, part, constant(body, at, byte * kBitsPerByte));
          sum = sum ? arith::OrIOp::create(body, at, sum, part).getResult()
                    : part;
        }
        return sum;
      });
  joined->setAttr(kHostAttrName, builder.getUnitAttr());
  return joined;
}

void mlir::accel::splitWideResults(func::FuncOp func,
                                   std::optional<int64_t> block) {
  SmallVector<linalg::LinalgOp> ops;
  func.walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::FillOp>(op))
      ops.push_back(op);
  });
  DeviceFit fit = findDeviceOps(ops, block);
  OpBuilder builder(func.getContext());
  for (auto [op, result] : fit.wide) {
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : result.getUses())
      if (!fit.device.contains(use.getOwner()))
        uses.push_back(&use);
    builder.setInsertionPointAfterValue(result);
    StringRef name;
    if (auto attr = op->getAttrOfType<StringAttr>(kNameAttrName))
      name = attr.getValue();
    SmallVector<Value> bytes = makeBytes(builder, op->getLoc(), result, name);
    Value joined = joinBytes(builder, op->getLoc(), bytes).getResult(0);
    for (OpOperand *use : uses)
      use->set(joined);
  }
}
