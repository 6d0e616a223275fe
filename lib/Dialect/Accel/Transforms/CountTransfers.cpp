//===- CountTransfers.cpp - Counts what applied functions move ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELCOUNTTRANSFERS
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

static constexpr llvm::StringLiteral kCountersSymbol = "accel_counters";
static constexpr llvm::StringLiteral kCountsFunction = "accel_counts";
/// (position, amount): adds to a counter, or to what a level holds.
static constexpr llvm::StringLiteral kAddFunction = "accel_add";
static constexpr llvm::StringLiteral kHoldFunction = "accel_hold";
static constexpr llvm::StringLiteral kCountersAttrName = "accel.counters";

namespace {

struct CountTransfers
    : public mlir::accel::impl::AccelCountTransfersBase<CountTransfers> {
  void runOnOperation() override;

private:
  LogicalResult count(Operation *op, TileAttr tile);
  void countCopy(OpBuilder &builder, Operation *op, TileAttr tile, Value source,
                 Value target);
  void countBuffer(memref::AllocOp alloc, TileAttr tile);
  Value isLeader(OpBuilder &builder, Operation *op, Value outer,
                 model::Role role);
  StringRef levelOf(Value memref) const;

  void call(OpBuilder &builder, Location loc, StringRef function,
            StringRef counter, Value amount);
  void add(OpBuilder &builder, Location loc, StringRef counter, Value amount) {
    call(builder, loc, kAddFunction, counter, amount);
  }
  void finish();
  void makeUpdate(OpBuilder builder, StringRef name, MemRefType type,
                  bool isMaximum);

  model::Architecture arch;
  /// Names of the counters, and the position of each.
  std::vector<std::string> names;
  llvm::StringMap<unsigned> positions;
};

} // namespace

StringRef CountTransfers::levelOf(Value memref) const {
  auto space = dyn_cast_or_null<MemAttr>(
      cast<MemRefType>(memref.getType()).getMemorySpace());
  return space ? space.getLevel().getValue() : arch.nodeName(arch.outermost());
}

/// Everything that `value` is computed from, itself included.
static SetVector<Value> sourcesOf(Value value) {
  SetVector<Value> sources;
  sources.insert(value);
  for (unsigned next = 0; next < sources.size(); ++next)
    if (Operation *def = sources[next].getDefiningOp())
      sources.insert(def->operand_begin(), def->operand_end());
  return sources;
}

/// The fan-out and the iteration number of a spatial loop.
static std::pair<OverAttr, Value> spatialLoop(Operation *op) {
  if (auto forall = dyn_cast<scf::ForallOp>(op)) {
    std::optional<ArrayAttr> mapping = forall.getMapping();
    if (mapping && mapping->size() == 1)
      return {dyn_cast<OverAttr>(mapping->getValue().front()),
              forall.getInductionVar(0)};
  }
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return {op->getAttrOfType<OverAttr>(kOverAttrName), loop.getInductionVar()};
  return {};
}

/// Whether the instance that runs `op` is the first of those that access the
/// same place `outer` together; null if it is alone.
Value CountTransfers::isLeader(OpBuilder &builder, Operation *op, Value outer,
                               model::Role role) {
  SetVector<Value> sources = sourcesOf(outer);
  Value leads;
  for (Operation *loop = op->getParentOp(); loop; loop = loop->getParentOp()) {
    auto [over, iteration] = spatialLoop(loop);
    if (!over || sources.contains(iteration))
      continue;
    // Instances that hold `outer` themselves share nothing above it.
    if (llvm::any_of(sources, [&](Value value) {
          return value.getDefiningOp<memref::AllocOp>() &&
                 loop->isProperAncestor(value.getDefiningOp());
        }))
      break;
    int node = arch.findNode(over.getFanout());
    if (node < 0 || !arch.fanout(node)->mayReuse.contains(role))
      continue;
    Value zero = arith::ConstantIndexOp::create(builder, op->getLoc(), 0);
    Value isFirst = arith::CmpIOp::create(
        builder, op->getLoc(), arith::CmpIPredicate::eq, iteration, zero);
    leads = leads ? arith::AndIOp::create(builder, op->getLoc(), leads, isFirst)
                  : isFirst;
  }
  return leads;
}

/// Calls @`function`, which changes a counter by `amount`.
void CountTransfers::call(OpBuilder &builder, Location loc, StringRef function,
                          StringRef counter, Value amount) {
  auto [entry, isNew] = positions.try_emplace(counter, names.size());
  if (isNew)
    names.push_back(counter.str());
  Value position = arith::ConstantIndexOp::create(builder, loc, entry->second);
  func::CallOp::create(builder, loc, function, TypeRange(),
                       ValueRange{position, amount});
}

void CountTransfers::countCopy(OpBuilder &builder, Operation *op, TileAttr tile,
                               Value source, Value target) {
  Location loc = op->getLoc();
  bool isInward = tile.getUse() == TileUse::Fill ||
                  tile.getUse() == TileUse::Start ||
                  tile.getUse() == TileUse::Shift;
  Value inner = isInward ? target : source, outer = isInward ? source : target;
  auto role = model::Role(unsigned(tile.getRole()));
  auto function = op->getParentOfType<func::FuncOp>();
  std::string prefix =
      (function.getSymName() + "|" + tile.getEinsum().getValue() + "|" +
       tile.getTensor().getValue() + "|" + levelOf(outer) + "|" +
       levelOf(inner) + "|")
          .str();
  auto innerType = cast<MemRefType>(inner.getType());
  Value copied = arith::ConstantIndexOp::create(builder, loc, 1);
  for (int64_t dim = 0; dim < innerType.getRank(); ++dim) {
    Value size = memref::DimOp::create(builder, loc, inner, dim);
    copied = arith::MulIOp::create(builder, loc, copied, size);
  }
  copied =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), copied);
  Value amount = copied;
  if (tile.getBox() != 0)
    amount =
        arith::ConstantIntOp::create(builder, loc, tile.getBox(), /*width=*/64);
  auto addOuter = [&](StringRef what, Value amount) {
    OpBuilder::InsertionGuard guard(builder);
    if (Value leads = isLeader(builder, op, outer, role)) {
      auto branch =
          scf::IfOp::create(builder, loc, leads, /*withElseRegion=*/false);
      builder.setInsertionPoint(branch.thenYield());
    }
    add(builder, loc, prefix + what.str(), amount);
  };
  switch (tile.getUse()) {
  case TileUse::Hold:
    break;
  case TileUse::Shift:
    return add(builder, loc, prefix + "shifted", amount);
  case TileUse::Start:
    // Within a level, the model takes the output for the tensor that it starts
    // from.
    if (levelOf(outer) == levelOf(inner))
      return add(builder, loc, prefix + "started", amount);
    [[fallthrough]];
  case TileUse::Fill:
    add(builder, loc, prefix + "fills", amount);
    add(builder, loc, prefix + "copied", copied);
    // A level that pads by itself makes the zeros around a tensor.
    return addOuter("reads", arch.memory(arch.findNode(levelOf(inner)))->pads
                                 ? copied
                                 : amount);
  case TileUse::Merge: {
    int node = arch.findNode(levelOf(outer));
    if (node >= 0 && !arch.memory(node)->accumulates)
      addOuter("reads", amount);
    [[fallthrough]];
  }
  case TileUse::WriteBack:
    add(builder, loc, prefix + "evictions", amount);
    return addOuter("updates", amount);
  }
}

void CountTransfers::countBuffer(memref::AllocOp alloc, TileAttr tile) {
  Location loc = alloc.getLoc();
  StringRef level = levelOf(alloc);
  const model::MemoryLevel &memory = *arch.memory(arch.findNode(level));
  MemRefType type = alloc.getType();
  model::Tensor tensor;
  tensor.bitsPerValue = type.getElementType().isIndex()
                            ? 64.0
                            : double(type.getElementTypeBitWidth());
  double bits =
      memory.bitsPerValue(tensor, model::Role(unsigned(tile.getRole()))) *
      memory.buffering * double(type.getNumElements());
  std::string prefix =
      (alloc->getParentOfType<func::FuncOp>().getSymName() + "|" + level + "|")
          .str();
  OpBuilder builder(alloc);
  Value size =
      arith::ConstantIntOp::create(builder, loc, std::llround(bits), 64);
  call(builder, loc, kHoldFunction, prefix + "held_bits", size);
  // @accel_hold updates the peak in the counter behind.
  if (positions.try_emplace(prefix + "peak_bits", names.size()).second)
    names.push_back(prefix + "peak_bits");
  for (Operation *user : alloc->getUsers())
    if (isa<memref::DeallocOp>(user)) {
      builder.setInsertionPoint(user);
      Value freed =
          arith::ConstantIntOp::create(builder, loc, -std::llround(bits), 64);
      add(builder, loc, prefix + "held_bits", freed);
    }
}

LogicalResult CountTransfers::count(Operation *op, TileAttr tile) {
  if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
    if (arch.findNode(levelOf(alloc)) < 0)
      return op->emitOpError()
             << "is in level \"" << levelOf(alloc) << "\" which target \""
             << arch.name << "\" does not have";
    countBuffer(alloc, tile);
    return success();
  }
  SmallVector<Value, 2> buffers;
  for (Value operand : op->getOperands())
    if (isa<MemRefType>(operand.getType()))
      buffers.push_back(operand);
  if (buffers.size() != 2)
    return op->emitOpError()
           << "has accel.tile and " << buffers.size()
           << " buffers, but only copies from one buffer to another have it";
  OpBuilder builder(op);
  countCopy(builder, op, tile, buffers[0], buffers[1]);
  return success();
}

/// The function that adds to a counter, and with `isMaximum` makes the counter
/// behind it the most that it ever was.
void CountTransfers::makeUpdate(OpBuilder builder, StringRef name,
                                MemRefType type, bool isMaximum) {
  Location loc = getOperation().getLoc();
  Type index = builder.getIndexType(), i64 = builder.getI64Type();
  auto function = func::FuncOp::create(
      builder, loc, name, builder.getFunctionType({index, i64}, {}));
  function.setPrivate();
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value position = function.getArgument(0);
  Value memref =
      memref::GetGlobalOp::create(builder, loc, type, kCountersSymbol);
  Value before = memref::LoadOp::create(builder, loc, memref, position);
  Value after =
      arith::AddIOp::create(builder, loc, before, function.getArgument(1));
  memref::StoreOp::create(builder, loc, after, memref, position);
  if (isMaximum) {
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value behind = arith::AddIOp::create(builder, loc, position, one);
    Value peak = memref::LoadOp::create(builder, loc, memref, behind);
    peak = arith::MaxSIOp::create(builder, loc, peak, after);
    memref::StoreOp::create(builder, loc, peak, memref, behind);
  }
  func::ReturnOp::create(builder, loc);
}

/// Adds the counters themselves and the functions that use them.
void CountTransfers::finish() {
  ModuleOp module = getOperation();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = module.getLoc();
  int64_t size = names.size();
  auto type = MemRefType::get({size}, builder.getI64Type());
  auto tensor = RankedTensorType::get({size}, builder.getI64Type());
  memref::GlobalOp::create(
      builder, loc, kCountersSymbol, builder.getStringAttr("private"), type,
      DenseElementsAttr::get(tensor, builder.getI64IntegerAttr(0)),
      /*constant=*/false, IntegerAttr());
  makeUpdate(builder, kAddFunction, type, /*isMaximum=*/false);
  makeUpdate(builder, kHoldFunction, type, /*isMaximum=*/true);
  auto function = func::FuncOp::create(builder, loc, kCountsFunction,
                                       builder.getFunctionType({}, tensor));
  SmallVector<StringRef> keys(names.begin(), names.end());
  function->setAttr(kCountersAttrName, builder.getStrArrayAttr(keys));
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value counts =
      memref::GetGlobalOp::create(builder, loc, type, kCountersSymbol);
  Value copy = memref::AllocOp::create(builder, loc, type);
  memref::CopyOp::create(builder, loc, counts, copy);
  Value result = bufferization::ToTensorOp::create(
      builder, loc, tensor, copy, /*restrict=*/true, /*writable=*/true);
  func::ReturnOp::create(builder, loc, result);
}

void CountTransfers::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<model::Architecture> found = lookupArchitecture(module);
  if (failed(found))
    return signalPassFailure();
  arch = std::move(*found);
  for (StringRef symbol :
       {kCountersSymbol, kCountsFunction, kAddFunction, kHoldFunction})
    if (Operation *taken = module.lookupSymbol(symbol)) {
      taken->emitError() << "symbol \"" << symbol
                         << "\" is taken but the counters need it";
      return signalPassFailure();
    }
  SmallVector<std::pair<Operation *, TileAttr>> tagged;
  module.walk([&](Operation *op) {
    if (auto tile = op->getAttrOfType<TileAttr>(kTileAttrName))
      tagged.push_back({op, tile});
  });
  for (auto [op, tile] : tagged)
    if (failed(count(op, tile)))
      return signalPassFailure();
  if (!names.empty())
    finish();
}
