//===- AluChain.cpp - Bodies of linalg ops as ALU operations --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AluChain.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::accel;

namespace {

constexpr int64_t kMinImmediate = -32768;
constexpr int64_t kMaxImmediate = 32767;
constexpr int64_t kMinShift = -16;
constexpr int64_t kMaxShift = 15;
/// More additions than this for one constant are refused; every constant of 17
/// bits passes.
constexpr int64_t kMaxAdditions = 4;

/// Values that an accumulator may hold.
struct Interval {
  int64_t low = llvm::minIntN(32);
  int64_t high = llvm::maxIntN(32);

  static Interval ofBits(unsigned bits) {
    return {llvm::minIntN(bits), llvm::maxIntN(bits)};
  }
  bool within(const Interval &other) const {
    return low >= other.low && high <= other.high;
  }
};

class Linearizer {
public:
  Linearizer(linalg::LinalgOp op, llvm::function_ref<bool(unsigned)> prefers)
      : op(op), prefers(prefers) {}

  FailureOr<AluChain> run(bool exact);

private:
  LogicalResult visit(Value value);
  LogicalResult visitBinary(Operation *binary, AluKind kind);
  LogicalResult refuse(Operation *inner, const Twine &why);

  /// The block argument of a tile operand that `value` is, extended or not.
  std::optional<unsigned> tileOperand(Value value);
  std::optional<int64_t> constant(Value value);

  LogicalResult applyImmediate(Operation *inner, AluKind kind, int64_t value);
  void applyOperand(AluKind kind, unsigned operand);
  void shift(int64_t amount);
  /// Computes the low `bits` of the value, sign-extended.
  void wrap(unsigned bits);

  linalg::LinalgOp op;
  llvm::function_ref<bool(unsigned)> prefers;
  Value yielded;
  AluChain chain;
  Interval range;
};

} // namespace

LogicalResult Linearizer::refuse(Operation *inner, const Twine &why) {
  InFlightDiagnostic diagnostic = op->emitError()
                                  << "the ALU cannot do " << inner->getName()
                                  << ": " << why;
  diagnostic.attachNote(inner->getLoc()) << "in this body";
  return diagnostic;
}

std::optional<int64_t> Linearizer::constant(Value value) {
  if (auto arg = dyn_cast<BlockArgument>(value);
      arg && arg.getOwner() == op.getBlock()) {
    // A scalar operand is as good as a constant in the body.
    OpOperand *operand = op.getMatchingOpOperand(arg);
    if (!op.isScalar(operand))
      return std::nullopt;
    value = operand->get();
  }
  APInt integer;
  if (matchPattern(value, m_ConstantInt(&integer)))
    return integer.getSExtValue();
  return std::nullopt;
}

std::optional<unsigned> Linearizer::tileOperand(Value value) {
  if (auto extend = value.getDefiningOp<arith::ExtSIOp>())
    value = extend.getIn();
  auto arg = dyn_cast<BlockArgument>(value);
  if (!arg || arg.getOwner() != op.getBlock())
    return std::nullopt;
  OpOperand *operand = op.getMatchingOpOperand(arg);
  if (op.isScalar(operand))
    return std::nullopt;
  return operand->getOperandNumber();
}

void Linearizer::shift(int64_t amount) {
  // Left shifts wrap to 32 bits, right shifts keep the sign.
  if (amount < 0)
    range = Interval();
  else
    range = {range.low >> std::min<int64_t>(amount, 31),
             range.high >> std::min<int64_t>(amount, 31)};
  while (amount != 0) {
    int64_t step = std::clamp(amount, kMinShift, kMaxShift);
    chain.steps.push_back({AluKind::Shr, std::nullopt, step});
    amount -= step;
  }
}

void Linearizer::wrap(unsigned bits) {
  if (range.within(Interval::ofBits(bits)))
    return;
  shift(-int64_t(32 - bits));
  shift(32 - bits);
  range = Interval::ofBits(bits);
}

LogicalResult Linearizer::applyImmediate(Operation *inner, AluKind kind,
                                         int64_t value) {
  switch (kind) {
  case AluKind::Shr:
    if (value != 0)
      shift(value);
    return success();
  case AluKind::Add: {
    int64_t rest = value;
    int64_t additions = 0;
    for (; rest != 0; ++additions) {
      if (additions == kMaxAdditions)
        return refuse(inner, "the constant " + Twine(value) +
                                 " takes more than " + Twine(kMaxAdditions) +
                                 " immediates of 16 bits");
      int64_t step = std::clamp(rest, kMinImmediate, kMaxImmediate);
      chain.steps.push_back({AluKind::Add, std::nullopt, step});
      rest -= step;
    }
    Interval sum = {range.low + value, range.high + value};
    range = sum.within(Interval()) ? sum : Interval();
    return success();
  }
  case AluKind::Min:
  case AluKind::Max: {
    bool isMin = kind == AluKind::Min;
    if (isMin ? range.high <= value : range.low >= value)
      return success();
    if (value < kMinImmediate || value > kMaxImmediate)
      return refuse(inner, "the constant " + Twine(value) +
                               " is no immediate, " + Twine(kMinImmediate) +
                               " to " + Twine(kMaxImmediate));
    chain.steps.push_back({kind, std::nullopt, value});
    if (isMin)
      range = {std::min(range.low, value), value};
    else
      range = {value, std::max(range.high, value)};
    return success();
  }
  }
  return failure();
}

void Linearizer::applyOperand(AluKind kind, unsigned operand) {
  chain.steps.push_back({kind, operand, 0});
  Interval other = Interval::ofBits(
      getElementTypeOrSelf(op->getOperand(operand)).getIntOrFloatBitWidth());
  if (kind == AluKind::Min)
    range = {std::min(range.low, other.low), std::min(range.high, other.high)};
  else if (kind == AluKind::Max)
    range = {std::max(range.low, other.low), std::max(range.high, other.high)};
  else {
    Interval sum = {range.low + other.low, range.high + other.high};
    range = sum.within(Interval()) ? sum : Interval();
  }
}

LogicalResult Linearizer::visitBinary(Operation *binary, AluKind kind) {
  Value left = binary->getOperand(0);
  Value right = binary->getOperand(1);
  bool isShift = isa<arith::ShRSIOp, arith::ShLIOp>(binary);
  bool isSubtraction = isa<arith::SubIOp>(binary);
  bool isProduct = isa<arith::MulIOp>(binary);
  if (!isShift && !isSubtraction && constant(left))
    std::swap(left, right);
  if (std::optional<int64_t> value = constant(right)) {
    if (failed(visit(left)))
      return failure();
    if (isShift && (*value < 0 || *value > 31))
      return refuse(binary, "it shifts 32 bits by " + Twine(*value));
    if (isProduct) {
      if (*value <= 0 || !llvm::isPowerOf2_64(*value))
        return refuse(binary,
                      "the factor " + Twine(*value) + " is no power of two");
      value = llvm::Log2_64(*value);
    }
    if (isSubtraction || isProduct || isa<arith::ShLIOp>(binary))
      value = -*value;
    return applyImmediate(binary, kind, *value);
  }
  if (isShift || isSubtraction || isProduct)
    return refuse(binary, "its second operand needs to be a constant");
  std::optional<unsigned> leftTile = tileOperand(left);
  std::optional<unsigned> rightTile = tileOperand(right);
  if (!leftTile && !rightTile)
    return refuse(binary, "one of its operands needs to come from a tile as it "
                          "is");
  bool swap = !rightTile || (leftTile && rightTile && !prefers(*leftTile) &&
                             prefers(*rightTile));
  if (swap)
    std::swap(left, right);
  if (failed(visit(left)))
    return failure();
  applyOperand(kind, *tileOperand(right));
  return success();
}

LogicalResult Linearizer::visit(Value value) {
  if (auto arg = dyn_cast<BlockArgument>(value)) {
    std::optional<unsigned> operand = tileOperand(value);
    if (!operand)
      return op->emitError(
          "the ALU combines tiles, found a scalar where a tile "
          "is needed");
    chain.start = *operand;
    range = Interval::ofBits(arg.getType().getIntOrFloatBitWidth());
    return success();
  }
  Operation *inner = value.getDefiningOp();
  auto type = dyn_cast<IntegerType>(value.getType());
  if (!inner || inner->getBlock() != op.getBlock() || !type ||
      (type.getWidth() != 8 && type.getWidth() != 32))
    return op->emitError()
           << "the ALU computes with i32 values of tiles, found "
           << value.getType();
  std::optional<AluKind> kind;
  if (isa<arith::AddIOp, arith::SubIOp>(inner))
    kind = AluKind::Add;
  else if (isa<arith::MaxSIOp>(inner))
    kind = AluKind::Max;
  else if (isa<arith::MinSIOp>(inner))
    kind = AluKind::Min;
  else if (isa<arith::ShRSIOp, arith::ShLIOp, arith::MulIOp>(inner))
    kind = AluKind::Shr;
  if (kind) {
    if (failed(visitBinary(inner, *kind)))
      return failure();
    wrap(type.getWidth());
    return success();
  }
  if (isa<arith::ExtSIOp>(inner)) {
    Value narrow = inner->getOperand(0);
    if (failed(visit(narrow)))
      return failure();
    wrap(narrow.getType().getIntOrFloatBitWidth());
    return success();
  }
  if (isa<arith::TruncIOp>(inner)) {
    if (failed(visit(inner->getOperand(0))))
      return failure();
    // Who reads the result decides whether that must be wrapped.
    if (value != yielded)
      wrap(type.getWidth());
    return success();
  }
  return refuse(inner, "it adds, subtracts, shifts and compares i32 values");
}

FailureOr<AluChain> Linearizer::run(bool exact) {
  if (op.getNumDpsInits() != 1 || !op.getBlock())
    return op->emitError() << "an ALU instruction writes one tile, found "
                           << op.getNumDpsInits();
  yielded = op.getBlock()->getTerminator()->getOperand(0);
  if (failed(visit(yielded)))
    return failure();
  unsigned bits = yielded.getType().getIntOrFloatBitWidth();
  if (exact)
    wrap(bits);
  chain.inRange = range.within(Interval::ofBits(bits));
  return chain;
}

FailureOr<AluChain>
mlir::accel::linearizeBody(linalg::LinalgOp op, bool exact,
                           llvm::function_ref<bool(unsigned)> prefers) {
  return Linearizer(op, prefers).run(exact);
}
