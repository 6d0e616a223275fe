//===- InstructionFit.cpp - What an instruction can run -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstructionFit.h"
#include "ChannelOp.h"
#include "FunctionPacker.h"

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::accel;

static bool isIntegerOf(Value value, unsigned width) {
  return getElementTypeOrSelf(value.getType()).isSignlessInteger(width);
}

static bool isZeroFill(Value value) {
  auto fill = value.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs()[0], m_Zero());
}

/// The body must be acc + sext(a) * sext(b), in any order of operands.
static bool isMultiplyAccumulate(linalg::GenericOp op) {
  Block &body = op.getRegion().front();
  auto add = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddIOp>();
  if (!add)
    return false;
  Value acc = body.getArgument(2), product;
  if (add.getLhs() == acc)
    product = add.getRhs();
  else if (add.getRhs() == acc)
    product = add.getLhs();
  else
    return false;
  auto mul = product.getDefiningOp<arith::MulIOp>();
  if (!mul)
    return false;
  auto extended = [](Value value) -> Value {
    auto ext = value.getDefiningOp<arith::ExtSIOp>();
    return ext ? ext.getIn() : Value();
  };
  Value a = extended(mul.getLhs()), b = extended(mul.getRhs());
  return (a == body.getArgument(0) && b == body.getArgument(1)) ||
         (a == body.getArgument(1) && b == body.getArgument(0));
}

std::string mlir::accel::whyNoMatrixInstruction(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return "a matrix instruction reads two tensors and writes one";
  if (!isIntegerOf(op.getDpsInputs()[0], 8) ||
      !isIntegerOf(op.getDpsInputs()[1], 8) ||
      !isIntegerOf(op.getDpsInits()[0], 32))
    return "a matrix instruction multiplies i8 by i8 into i32";
  if (!isMultiplyAccumulate(op))
    return "its body is no sign-extended multiply-accumulate";
  if (!isZeroFill(op.getDpsInits()[0]))
    return "it does not start from zeros";
  return "";
}

bool mlir::accel::isReadExtended(linalg::GenericOp op, OpOperand &input) {
  BlockArgument value = op.getMatchingBlockArgument(&input);
  return isIntegerOf(input.get(), 8) && !value.use_empty() &&
         llvm::all_of(value.getUsers(), [](Operation *user) {
           return isa<arith::ExtSIOp>(user) &&
                  user->getResult(0).getType().isInteger(32);
         });
}

std::string mlir::accel::whyNoVectorInstruction(linalg::GenericOp op) {
  if (op.getNumLoops() == 0 || op.getNumLoops() != op.getNumParallelLoops() ||
      op.getNumDpsInits() != 1 || op.getNumDpsInputs() < 1)
    return "no instruction reduces like this";
  OpOperand &init = *op.getDpsInitOperand(0);
  if (!op.getMatchingIndexingMap(&init).isIdentity() ||
      op.payloadUsesValueFromOperand(&init))
    return "its result is no plain elementwise one";
  for (OpOperand *input : op.getDpsInputOperands())
    if (!isIntegerOf(input->get(), 32) && !isReadExtended(op, *input))
      return "the vector unit reads i32 accumulators only";
  if (!isIntegerOf(init.get(), 32) && !isIntegerOf(init.get(), 8))
    return "the vector unit writes i32 or i8 only";
  for (Operation &inner : op.getRegion().front().without_terminator())
    if (!isa<arith::AddIOp, arith::SubIOp, arith::MaxSIOp, arith::MinSIOp,
             arith::ShRSIOp, arith::ShLIOp, arith::TruncIOp, arith::ExtSIOp>(
            inner))
      return ("the vector unit has no " + inner.getName().getStringRef()).str();
  for (OpOperand *input : op.getDpsInputOperands())
    if (!op.getMatchingIndexingMap(input).isProjectedPermutation())
      return "its operands are no plain or broadcast ones";
  return "";
}

int64_t mlir::accel::countVectorOps(linalg::GenericOp op) {
  int64_t count = llvm::any_of(op.getDpsInputs(), [](Value input) {
    auto maker = input.getDefiningOp<linalg::LinalgOp>();
    return maker && maker.getNumReductionLoops() > 0;
  });
  Block *body = op.getBody();
  // The first operand is the accumulator itself; others are second tensors.
  auto isSecond = [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getOwner() == body &&
           argument.getArgNumber() != 0;
  };
  for (Operation &inner : body->without_terminator()) {
    if (isa<arith::TruncIOp, arith::ExtSIOp, arith::ConstantOp>(inner))
      continue;
    count += llvm::any_of(inner.getOperands(), isSecond) ? 2 : 1;
  }
  return count;
}

/// The value of `op`'s 32 bits that something but the device reads; null if
/// there is none, as a store writes 8 bits.
static Value findWideResult(linalg::GenericOp op,
                            const DenseSet<Operation *> &device,
                            std::optional<int64_t> block) {
  if (!isIntegerOf(op->getResult(0), 32))
    return {};
  auto isOnDevice = [&](Operation *user) { return device.contains(user); };
  std::optional<ChannelProduct> product;
  if (block && whyNoMatrixInstruction(op).empty())
    product = matchChannelProduct(op, *block);
  bool areJoined = product && joinsChannels(op, *product);
  for (Operation *user : op->getUsers()) {
    if (isOnDevice(user))
      continue;
    if (!areJoined)
      return op->getResult(0);
    if (!llvm::all_of(user->getUsers(), isOnDevice))
      return user->getResult(0);
  }
  return {};
}

/// True if the matrix unit takes part in what `op` makes.
static bool isMadeOnDevice(linalg::GenericOp op,
                           const DenseSet<Operation *> &device) {
  return op.getNumReductionLoops() > 0 ||
         llvm::any_of(op.getDpsInputs(), [&](Value input) {
           return device.contains(input.getDefiningOp());
         });
}

DeviceFit mlir::accel::findDeviceOps(ArrayRef<linalg::LinalgOp> ops,
                                     std::optional<int64_t> block) {
  DeviceFit fit;
  for (linalg::LinalgOp op : ops) {
    auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
    std::string reason = "no instruction runs it";
    if (op->hasAttr(kHostAttrName))
      reason = "it is asked to";
    else if (generic && matchPooling(generic))
      reason = "";
    else if (generic)
      reason = op.getNumReductionLoops() > 0 ? whyNoMatrixInstruction(generic)
                                             : whyNoVectorInstruction(generic);
    if (reason.empty())
      fit.device.insert(op);
    else
      fit.why[op] = reason;
  }
  // An op that leaves the device may make its producers leave as well.
  for (bool changed = true; changed;) {
    changed = false;
    fit.wide.clear();
    for (linalg::LinalgOp op : llvm::reverse(ops)) {
      if (!fit.device.contains(op))
        continue;
      auto generic = cast<linalg::GenericOp>(op.getOperation());
      Value wide = findWideResult(generic, fit.device, block);
      if (!wide)
        continue;
      if (isMadeOnDevice(generic, fit.device)) {
        fit.wide.push_back({op, wide});
        continue;
      }
      fit.device.erase(op);
      fit.why[op] =
          "its i32 result is needed in memory, but a store writes 8 bits";
      changed = true;
    }
  }
  return fit;
}
