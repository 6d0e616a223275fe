//===- Unroll.cpp - Unrolls loops around on-chip work ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A partial evaluator: walks the function once, executes control flow and index
// arithmetic, and emits the rest. Unlike repeated unrolling with
// canonicalisation its cost is linear in what it emits.
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/Transforms/ElementView.h"
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELUNROLL
#include "accel/Dialect/Accel/Transforms/InstructionPasses.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {

class Unroller {
public:
  explicit Unroller(func::FuncOp func) : func(func), builder(func) {}

  LogicalResult run();

private:
  LogicalResult expandBlock(Block &block);
  LogicalResult expand(Operation &op);
  LogicalResult expandFor(scf::ForOp loop);
  LogicalResult expandForall(scf::ForallOp loop);
  LogicalResult expandIf(scf::IfOp branch);
  void cloneOp(Operation &op);
  /// Re-creates a view with what is now constant in it; false if `op` is no
  /// view that can be.
  bool expandView(Operation &op);

  bool touchesOnChip(Operation *op);
  std::optional<int64_t> constantOf(OpFoldResult value);
  Attribute attributeOf(Value value);
  /// The emitted value that stands for `value`, created if it is a constant.
  Value emitted(Value value);
  OpFoldResult emitted(OpFoldResult value);
  void setConstant(Value value, Attribute attr) {
    mapping.erase(value);
    constants[value] = attr;
  }
  void setValue(Value value, Value emittedValue) {
    constants.erase(value);
    mapping.map(value, emittedValue);
  }
  /// `to` now stands for what `from` stands for.
  void alias(Value to, Value from);

  func::FuncOp func;
  OpBuilder builder;
  IRMapping mapping;
  /// Values of the original function that are constants at this point.
  DenseMap<Value, Attribute> constants;
  DenseMap<std::pair<Attribute, Type>, Value> emittedConstants;
  DenseMap<Operation *, bool> onChip;
  Block *entry = nullptr;
};

} // namespace

bool Unroller::touchesOnChip(Operation *op) {
  auto [it, inserted] = onChip.try_emplace(op, false);
  if (!inserted)
    return it->second;
  WalkResult result = op->walk([&](Operation *inner) {
    return llvm::any_of(inner->getOperandTypes(), isOnChip) ||
                   llvm::any_of(inner->getResultTypes(), isOnChip)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return onChip[op] = result.wasInterrupted();
}

Attribute Unroller::attributeOf(Value value) {
  if (Attribute known = constants.lookup(value))
    return known;
  Attribute attr;
  if (matchPattern(mapping.lookupOrDefault(value), m_Constant(&attr)))
    return attr;
  return {};
}

std::optional<int64_t> Unroller::constantOf(OpFoldResult value) {
  Attribute attr = dyn_cast<Attribute>(value);
  if (!attr)
    attr = attributeOf(cast<Value>(value));
  if (auto integer = dyn_cast_or_null<IntegerAttr>(attr))
    return integer.getValue().getSExtValue();
  return std::nullopt;
}

Value Unroller::emitted(Value value) {
  Attribute known = constants.lookup(value);
  if (!known)
    return mapping.lookupOrDefault(value);
  Value &constant = emittedConstants[{known, value.getType()}];
  if (!constant) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(entry);
    constant = arith::ConstantOp::create(
        builder, value.getLoc(), value.getType(), cast<TypedAttr>(known));
  }
  return constant;
}

OpFoldResult Unroller::emitted(OpFoldResult value) {
  if (std::optional<int64_t> constant = constantOf(value))
    return builder.getIndexAttr(*constant);
  return emitted(cast<Value>(value));
}

void Unroller::alias(Value to, Value from) {
  if (Attribute known = constants.lookup(from))
    setConstant(to, known);
  else
    setValue(to, mapping.lookupOrDefault(from));
}

LogicalResult Unroller::expandFor(scf::ForOp loop) {
  std::optional<int64_t> lower = constantOf(loop.getLowerBound());
  std::optional<int64_t> upper = constantOf(loop.getUpperBound());
  std::optional<int64_t> step = constantOf(loop.getStep());
  if (!lower || !upper || !step || *step <= 0)
    return loop.emitError("loop around on-chip work needs constant bounds: "
                          "instructions have constant addresses");
  for (auto [arg, init] :
       llvm::zip(loop.getRegionIterArgs(), loop.getInitArgs()))
    alias(arg, init);
  Type type = loop.getInductionVar().getType();
  Operation *yield = loop.getBody()->getTerminator();
  for (int64_t i = *lower; i < *upper; i += *step) {
    setConstant(loop.getInductionVar(), IntegerAttr::get(type, i));
    if (failed(expandBlock(*loop.getBody())))
      return failure();
    // All operands are read before the first argument changes: they may be
    // each other.
    SmallVector<std::pair<Attribute, Value>> next;
    for (Value operand : yield->getOperands())
      next.push_back(
          {constants.lookup(operand), mapping.lookupOrDefault(operand)});
    for (auto [arg, value] : llvm::zip(loop.getRegionIterArgs(), next)) {
      if (value.first)
        setConstant(arg, value.first);
      else
        setValue(arg, value.second);
    }
  }
  for (auto [result, arg] :
       llvm::zip(loop.getResults(), loop.getRegionIterArgs()))
    alias(result, arg);
  return success();
}

LogicalResult Unroller::expandForall(scf::ForallOp loop) {
  SmallVector<int64_t> lower, upper, step;
  auto constantsOf = [&](ArrayRef<OpFoldResult> values,
                         SmallVectorImpl<int64_t> &out) {
    for (OpFoldResult value : values) {
      std::optional<int64_t> constant = constantOf(value);
      if (!constant)
        return false;
      out.push_back(*constant);
    }
    return true;
  };
  if (!constantsOf(loop.getMixedLowerBound(), lower) ||
      !constantsOf(loop.getMixedUpperBound(), upper) ||
      !constantsOf(loop.getMixedStep(), step) || loop.getNumResults() != 0)
    return loop.emitError("loop around on-chip work needs constant bounds: "
                          "instructions have constant addresses");
  SmallVector<int64_t> index(lower);
  if (llvm::any_of(llvm::zip(lower, upper), [](auto bounds) {
        return std::get<0>(bounds) >= std::get<1>(bounds);
      }))
    return success();
  for (;;) {
    for (auto [arg, i] : llvm::zip(loop.getInductionVars(), index))
      setConstant(arg, builder.getIndexAttr(i));
    if (failed(expandBlock(*loop.getBody())))
      return failure();
    int64_t digit = index.size() - 1;
    for (; digit >= 0; --digit) {
      index[digit] += step[digit];
      if (index[digit] < upper[digit])
        break;
      index[digit] = lower[digit];
    }
    if (digit < 0)
      return success();
  }
}

LogicalResult Unroller::expandIf(scf::IfOp branch) {
  std::optional<int64_t> condition = constantOf(branch.getCondition());
  if (!condition)
    return branch.emitError("condition around on-chip work needs to be "
                            "constant: instructions do not branch");
  Block *taken = *condition ? branch.thenBlock() : branch.elseBlock();
  if (!taken)
    return success();
  if (failed(expandBlock(*taken)))
    return failure();
  for (auto [result, value] :
       llvm::zip(branch.getResults(), taken->getTerminator()->getOperands()))
    alias(result, value);
  return success();
}

bool Unroller::expandView(Operation &op) {
  if (auto cast = dyn_cast<memref::CastOp>(op)) {
    alias(cast.getResult(), cast.getSource());
    return true;
  }
  if (auto view = dyn_cast<memref::SubViewOp>(op)) {
    auto mixed = [&](SmallVector<OpFoldResult> values) {
      for (OpFoldResult &value : values)
        value = emitted(value);
      return values;
    };
    SmallVector<OpFoldResult> offsets = mixed(view.getMixedOffsets());
    SmallVector<OpFoldResult> sizes = mixed(view.getMixedSizes());
    SmallVector<OpFoldResult> strides = mixed(view.getMixedStrides());
    // A tile that lies in the padding alone has no part of the tensor: an empty
    // view, which may start anywhere.
    if (llvm::any_of(sizes, [](OpFoldResult size) {
          return isConstantIntValue(size, 0);
        }))
      offsets.assign(offsets.size(), builder.getIndexAttr(0));
    Value source = emitted(view.getSource());
    auto sourceType = cast<MemRefType>(source.getType());
    // The shape after dropping the dimensions that the original drops.
    llvm::SmallBitVector dropped = view.getDroppedDims();
    SmallVector<int64_t> shape;
    for (auto [dim, size] : llvm::enumerate(sizes))
      if (!dropped.test(dim))
        shape.push_back(
            getConstantIntValue(size).value_or(ShapedType::kDynamic));
    MemRefType type = memref::SubViewOp::inferRankReducedResultType(
        shape, sourceType, offsets, sizes, strides);
    setValue(view.getResult(),
             memref::SubViewOp::create(builder, op.getLoc(), type, source,
                                       offsets, sizes, strides));
    return true;
  }
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op)) {
    setValue(collapse.getResult(),
             memref::CollapseShapeOp::create(
                 builder, op.getLoc(), emitted(collapse.getSrc()),
                 collapse.getReassociationIndices()));
    return true;
  }
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op)) {
    if (!expand.getResultType().hasStaticShape())
      return false;
    setValue(expand.getResult(),
             memref::ExpandShapeOp::create(
                 builder, op.getLoc(), expand.getResultType().getShape(),
                 emitted(expand.getSrc()), expand.getReassociationIndices()));
    return true;
  }
  return false;
}

/// True for a copy of nothing.
static bool copiesNothing(Operation *op) {
  auto copy = dyn_cast<memref::CopyOp>(op);
  if (!copy)
    return false;
  auto type = cast<MemRefType>(copy.getTarget().getType());
  return type.hasStaticShape() && type.getNumElements() == 0;
}

void Unroller::cloneOp(Operation &op) {
  // A mapping of its own: cloning a region takes known block arguments for
  // removed ones, and the one from the last iteration is known.
  IRMapping local;
  for (Value operand : op.getOperands())
    local.map(operand, emitted(operand));
  if (op.getNumRegions() != 0) {
    SetVector<Value> captured;
    getUsedValuesDefinedAbove(op.getRegions(), captured);
    for (Value value : captured)
      local.map(value, emitted(value));
  }
  Operation *clone = builder.clone(op, local);
  if (copiesNothing(clone)) {
    clone->erase();
    return;
  }
  for (auto [result, copy] : llvm::zip(op.getResults(), clone->getResults()))
    setValue(result, copy);
}

LogicalResult Unroller::expand(Operation &op) {
  if (op.getNumRegions() != 0 && touchesOnChip(&op)) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return expandFor(loop);
    if (auto loop = dyn_cast<scf::ForallOp>(op))
      return expandForall(loop);
    if (auto branch = dyn_cast<scf::IfOp>(op))
      return expandIf(branch);
    if (isa<LoopLikeOpInterface>(op))
      return op.emitError("loop around on-chip work needs to be an scf.for or "
                          "scf.forall, found ")
             << op.getName();
  }
  if (expandView(op))
    return success();
  // What has only constant operands is a constant itself, or is emitted.
  if (op.getNumRegions() == 0 && op.getNumResults() == 1 &&
      isMemoryEffectFree(&op)) {
    SmallVector<Attribute> operands;
    for (Value operand : op.getOperands())
      operands.push_back(attributeOf(operand));
    SmallVector<OpFoldResult> results;
    if (llvm::all_of(operands, [](Attribute attr) { return bool(attr); }) &&
        succeeded(op.fold(operands, results)) && results.size() == 1) {
      auto attr = dyn_cast<Attribute>(results.front());
      if (attr && isa<TypedAttr>(attr)) {
        setConstant(op.getResult(0), attr);
        return success();
      }
      // x + 0 folds to its operand.
      auto value = dyn_cast<Value>(results.front());
      if (value && value != op.getResult(0)) {
        alias(op.getResult(0), value);
        return success();
      }
    }
  }
  cloneOp(op);
  return success();
}

LogicalResult Unroller::expandBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(expand(op)))
      return failure();
  return success();
}

LogicalResult Unroller::run() {
  Block *original = &func.getBody().front();
  entry = new Block();
  for (BlockArgument arg : original->getArguments())
    mapping.map(arg, entry->addArgument(arg.getType(), arg.getLoc()));
  func.getBody().push_back(entry);
  builder.setInsertionPointToEnd(entry);
  LogicalResult result = expandBlock(*original);
  if (succeeded(result)) {
    cloneOp(*original->getTerminator());
    // Views and index arithmetic that only the unrolled code needed.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*entry)))
      if (isOpTriviallyDead(&op))
        op.erase();
  }
  Block *leftOver = succeeded(result) ? original : entry;
  leftOver->dropAllDefinedValueUses();
  leftOver->erase();
  return result;
}

namespace {
struct UnrollPass : public mlir::accel::impl::AccelUnrollBase<UnrollPass> {
  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isExternal())
      return;
    bool needed = false;
    func.walk([&](Operation *op) {
      if (op != func && op->getNumRegions() != 0 &&
          isa<scf::ForOp, scf::ForallOp, scf::IfOp, LoopLikeOpInterface>(op))
        needed = true;
      if (isa<ViewLikeOpInterface>(op))
        needed = true;
    });
    if (!needed)
      return;
    if (!func.getBody().hasOneBlock()) {
      func.emitError("needs structured control flow, found ")
          << func.getBody().getBlocks().size() << " blocks";
      return signalPassFailure();
    }
    if (failed(Unroller(func).run()))
      signalPassFailure();
  }
};
} // namespace
