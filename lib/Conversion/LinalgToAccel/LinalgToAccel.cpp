//===- LinalgToAccel.cpp - Ops on on-chip tiles become instructions -------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AluChain.h"
#include "BlockTransfers.h"
#include "Contraction.h"
#include "TileLives.h"
#include "accel/Conversion/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace mlir::accel {
#define GEN_PASS_DEF_CONVERTLINALGTOACCEL
#include "accel/Conversion/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {

/// Columns of the block of zeros that fills are loaded from.
constexpr int64_t kZeroColumns = 64;

/// What is emitted for a Tile. Tiles that work in place share one.
struct Storage {
  Value buffer;
  /// Position of the last access of any tile in it.
  unsigned last = 0;
  /// A load wrote it: not every element has been computed.
  bool loaded = false;
};

class Converter {
public:
  Converter(func::FuncOp func, SymbolTable &symbols)
      : func(func), symbols(symbols), builder(func) {}

  LogicalResult run();

private:
  LogicalResult convert(Operation *op);
  LogicalResult convertCopy(memref::CopyOp copy);
  LogicalResult convertLoad(memref::CopyOp copy);
  LogicalResult convertStore(memref::CopyOp copy);
  LogicalResult convertFill(linalg::FillOp fill);
  LogicalResult convertContraction(linalg::LinalgOp op);
  LogicalResult convertElementwise(linalg::LinalgOp op);
  LogicalResult convertAccumulatorCopy(memref::CopyOp copy);

  /// Emits what fills `access` with zeros or, in ACC, a constant.
  LogicalResult emitFill(const TileAccess &access, int64_t value);
  void emitReset(Location loc, Value buffer, AffineMap map,
                 ArrayRef<int64_t> nest);
  void emitAlu(Location loc, AluKind kind, Value source, AffineMap sourceMap,
               Value dest, AffineMap destMap, std::optional<int64_t> immediate,
               ArrayRef<int64_t> nest);
  void emitLoad(Location loc, const BlockTransfer &block, Value outerRoot,
                Value buffer);
  LogicalResult emitZeroLoads(const TileAccess &access);
  /// A constant of `columns` zero elements in the outermost memory.
  Value zeros(Location loc, MemRefType tileType, int64_t columns);

  const TileAccess &accessOf(Operation *op, unsigned operand) {
    return lives.accessOf(op, operand);
  }
  unsigned tileOf(Operation *op, unsigned operand) {
    return lives.tileOf(op, operand);
  }
  Storage &storageOf(unsigned tile);
  Value bufferOf(Operation *op, unsigned operand);
  /// The operand as the instruction sees it.
  Value operandOf(Operation *op, unsigned operand);
  /// Lets the tile that `op` starts in `output` take over the storage of the
  /// tile that it last reads in `input`, if they agree element by element.
  bool canWorkInPlace(linalg::LinalgOp op, unsigned input, unsigned output,
                      const ElementNest &nest);
  /// The copy right after a fill that shall pad instead; null if there is none.
  const TileAccess *paddingCopy(const TileAccess &fill);
  FailureOr<ElementView> viewOuter(Operation *op, Value memref);

  func::FuncOp func;
  SymbolTable &symbols;
  OpBuilder builder;
  TileLives lives;
  /// Storage of each tile, as an index that tiles may share.
  SmallVector<unsigned> storageIndex;
  std::vector<Storage> storages;
  /// Copies that pad, and the filled view around each.
  DenseMap<Operation *, ElementView> paddedCopies;
  Value unreadInput;
  Value unreadWeight;
};

} // namespace

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

Storage &Converter::storageOf(unsigned tile) {
  Storage &storage = storages[storageIndex[tile]];
  if (!storage.buffer) {
    auto type = cast<MemRefType>(lives.tiles[tile].root.getType());
    if (levelOf(type) == kAccumulatorLevel)
      type = MemRefType::Builder(type).setElementType(builder.getI32Type());
    storage.buffer =
        memref::AllocOp::create(builder, lives.tiles[tile].root.getLoc(), type);
  }
  return storage;
}

Value Converter::bufferOf(Operation *op, unsigned operand) {
  return storageOf(tileOf(op, operand)).buffer;
}

Value Converter::operandOf(Operation *op, unsigned operand) {
  return accessOf(op, operand)
      .view.materialize(builder, op->getLoc(), bufferOf(op, operand));
}

FailureOr<ElementView> Converter::viewOuter(Operation *op, Value memref) {
  std::string reason;
  FailureOr<ElementView> view = ElementView::get(memref, reason);
  if (failed(view))
    return op->emitError() << "what an instruction copies " << reason
                           << ", found " << memref.getType();
  return view;
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

void Converter::emitLoad(Location loc, const BlockTransfer &block,
                         Value outerRoot, Value buffer) {
  Value source = block.outer.materialize(builder, loc, outerRoot);
  Value dest = block.onChip.materialize(builder, loc, buffer);
  LoadOp::create(builder, loc, Type(), ValueRange(), source, dest,
                 block.pad.empty() ? DenseI64ArrayAttr()
                                   : builder.getDenseI64ArrayAttr(block.pad),
                 IntegerAttr(), SyncAttr());
}

void Converter::emitReset(Location loc, Value buffer, AffineMap map,
                          ArrayRef<int64_t> nest) {
  // The other operands are not read, so one element of no address serves all.
  auto type = cast<MemRefType>(buffer.getType());
  if (!unreadInput) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&func.getBody().front());
    int64_t rows = type.getDimSize(type.getRank() - 2);
    int64_t columns = type.getDimSize(type.getRank() - 1);
    auto element = [&](int64_t elementRows, StringRef level) {
      auto space =
          MemAttr::get(builder.getContext(), builder.getStringAttr(level));
      auto elementType = MemRefType::get({elementRows, 1}, builder.getI8Type(),
                                         MemRefLayoutAttrInterface(), space);
      return memref::AllocOp::create(builder, loc, elementType);
    };
    unreadInput = element(rows, kInputLevel);
    unreadWeight = element(columns, kWeightLevel);
  }
  AffineMap none = AffineMap::get(nest.size(), 0, builder.getContext());
  GemmOp::create(builder, loc, Type(), ValueRange(), unreadInput, unreadWeight,
                 buffer, builder.getDenseI64ArrayAttr(nest),
                 builder.getAffineMapArrayAttr({none, none, map}),
                 builder.getUnitAttr(), DenseI64ArrayAttr(), SyncAttr());
}

void Converter::emitAlu(Location loc, AluKind kind, Value source,
                        AffineMap sourceMap, Value dest, AffineMap destMap,
                        std::optional<int64_t> immediate,
                        ArrayRef<int64_t> nest) {
  SmallVector<AffineMap> maps = {destMap};
  if (source)
    maps.push_back(sourceMap);
  AluOp::create(
      builder, loc, Type(), ValueRange(), kind, source, dest,
      immediate ? builder.getI64IntegerAttr(*immediate) : IntegerAttr(),
      builder.getDenseI64ArrayAttr(nest), builder.getAffineMapArrayAttr(maps),
      DenseI64ArrayAttr(), SyncAttr());
}

Value Converter::zeros(Location loc, MemRefType tileType, int64_t columns) {
  auto element = tileType.getShape().take_back(2);
  auto type = MemRefType::get({columns, element[0], element[1]},
                              tileType.getElementType());
  std::string name = "accel_zeros";
  for (int64_t size : type.getShape())
    name += "_" + std::to_string(size);
  name += "_i" + std::to_string(type.getElementTypeBitWidth());
  if (!symbols.lookup(name)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.clearInsertionPoint();
    auto tensor = RankedTensorType::get(type.getShape(), type.getElementType());
    symbols.insert(
        memref::GlobalOp::create(
            builder, loc, name, builder.getStringAttr("private"), type,
            DenseElementsAttr::get(tensor,
                                   builder.getZeroAttr(type.getElementType())),
            /*constant=*/true, IntegerAttr()),
        func->getBlock()->begin());
  }
  return memref::GetGlobalOp::create(builder, loc, type, name);
}

LogicalResult Converter::emitZeroLoads(const TileAccess &access) {
  // Zeros come from a block of them: rows that are no way apart.
  auto tileType = cast<MemRefType>(access.view.root.getType());
  Location loc = access.op->getLoc();
  Value buffer = bufferOf(access.op, access.operand);
  visitRanges(access.view, [&](int64_t begin, int64_t end) {
    while (begin != end) {
      int64_t columns = std::min(end - begin, kZeroColumns);
      int64_t rows = (end - begin) / columns;
      Value block = zeros(loc, tileType, columns);
      BlockTransfer transfer;
      transfer.outer = access.view;
      transfer.outer.root = block;
      transfer.outer.offset = 0;
      transfer.outer.sizes = {rows, columns};
      transfer.outer.strides = {0, 1};
      transfer.onChip = access.view;
      transfer.onChip.offset = begin;
      transfer.onChip.sizes = {rows, columns};
      transfer.onChip.strides = {columns, 1};
      emitLoad(loc, transfer, block, buffer);
      begin += rows * columns;
    }
  });
  return success();
}

LogicalResult Converter::emitFill(const TileAccess &access, int64_t value) {
  if (levelOf(access.view.root.getType()) != kAccumulatorLevel) {
    if (value != 0)
      return access.op->emitError()
             << "a fill of \"" << levelOf(access.view.root.getType())
             << "\" needs the value 0, found " << value;
    return emitZeroLoads(access);
  }
  Value dest = operandOf(access.op, access.operand);
  AffineMap map = builder.getMultiDimIdentityMap(access.view.sizes.size());
  emitReset(access.op->getLoc(), dest, map, access.view.sizes);
  if (value == 0)
    return success();
  if (!llvm::isInt<16>(value))
    return access.op->emitError()
           << "a fill of \"" << kAccumulatorLevel
           << "\" needs a value of 16 bits, found " << value;
  emitAlu(access.op->getLoc(), AluKind::Add, {}, {}, dest, map, value,
          access.view.sizes);
  return success();
}

//===----------------------------------------------------------------------===//
// Copies and fills
//===----------------------------------------------------------------------===//

const TileAccess *Converter::paddingCopy(const TileAccess &fill) {
  Tile &tile = lives.tiles[tileOf(fill.op, fill.operand)];
  size_t next = &fill - tile.accesses.data() + 1;
  if (next == tile.accesses.size())
    return nullptr;
  const TileAccess &access = tile.accesses[next];
  auto copy = dyn_cast<memref::CopyOp>(access.op);
  if (!copy || !access.writes || isOnChip(copy.getSource().getType()))
    return nullptr;
  std::string reason;
  FailureOr<ElementView> outer = ElementView::get(copy.getSource(), reason);
  if (failed(outer) || failed(splitIntoBlocks(*outer, access.view, &fill.view)))
    return nullptr;
  return &access;
}

LogicalResult Converter::convertFill(linalg::FillOp fill) {
  unsigned operand = fill.getNumDpsInputs();
  unsigned tile = tileOf(fill, operand);
  if (!lives.tiles[tile].isRead())
    return success();
  APInt value;
  if (!matchPattern(fill.getDpsInputs().front(), m_ConstantInt(&value)))
    return fill.emitError()
           << "a fill on chip needs an integer constant, found "
           << fill.getDpsInputs().front().getType();
  const TileAccess &access = accessOf(fill, operand);
  if (value.isZero())
    if (const TileAccess *copy = paddingCopy(access)) {
      paddedCopies[copy->op] = access.view;
      return success();
    }
  return emitFill(access, value.getSExtValue());
}

LogicalResult Converter::convertLoad(memref::CopyOp copy) {
  unsigned tile = tileOf(copy, 1);
  if (!lives.tiles[tile].isRead())
    return success();
  FailureOr<ElementView> outer = viewOuter(copy, copy.getSource());
  if (failed(outer))
    return failure();
  const TileAccess &access = accessOf(copy, 1);
  MemRefType type = cast<MemRefType>(copy.getTarget().getType());
  unsigned wanted = levelOf(type) == kAccumulatorLevel ? 32 : 8;
  if (!type.getElementType().isInteger(wanted))
    return copy.emitError()
           << "a load to \"" << levelOf(type) << "\" needs i" << wanted
           << " values, found " << type.getElementType();
  auto padded = paddedCopies.find(copy);
  FailureOr<std::vector<BlockTransfer>> blocks =
      splitIntoBlocks(*outer, access.view,
                      padded == paddedCopies.end() ? nullptr : &padded->second);
  if (failed(blocks))
    return copy.emitError("a load cannot copy these views");
  Storage &storage = storageOf(tile);
  storage.loaded = true;
  for (const BlockTransfer &block : *blocks)
    emitLoad(copy.getLoc(), block, outer->root, storage.buffer);
  return success();
}

LogicalResult Converter::convertStore(memref::CopyOp copy) {
  auto type = cast<MemRefType>(copy.getSource().getType());
  if (levelOf(type) != kAccumulatorLevel)
    return copy.emitError()
           << "only \"" << kAccumulatorLevel
           << "\" can be stored, found a copy from \"" << levelOf(type) << "\"";
  if (!type.getElementType().isInteger(8))
    return copy.emitError() << "a store takes the low 8 bits of the "
                               "accumulator, found a copy of "
                            << type.getElementType();
  FailureOr<ElementView> outer = viewOuter(copy, copy.getTarget());
  if (failed(outer))
    return failure();
  const TileAccess &access = accessOf(copy, 0);
  FailureOr<std::vector<BlockTransfer>> blocks =
      splitIntoBlocks(*outer, access.view);
  if (failed(blocks))
    return copy.emitError("a store cannot copy these views");
  Value buffer = bufferOf(copy, 0);
  for (const BlockTransfer &block : *blocks) {
    Value source = block.onChip.materialize(builder, copy.getLoc(), buffer);
    Value dest = block.outer.materialize(builder, copy.getLoc(), outer->root);
    StoreOp::create(builder, copy.getLoc(), Type(), ValueRange(), source, dest,
                    IntegerAttr(), SyncAttr());
  }
  return success();
}

LogicalResult Converter::convertAccumulatorCopy(memref::CopyOp copy) {
  if (!lives.tiles[tileOf(copy, 1)].isRead())
    return success();
  Value source = operandOf(copy, 0);
  Value dest = operandOf(copy, 1);
  ArrayRef<int64_t> nest = accessOf(copy, 0).view.sizes;
  AffineMap map = builder.getMultiDimIdentityMap(nest.size());
  emitReset(copy.getLoc(), dest, map, nest);
  emitAlu(copy.getLoc(), AluKind::Add, source, map, dest, map, std::nullopt,
          nest);
  return success();
}

LogicalResult Converter::convertCopy(memref::CopyOp copy) {
  bool fromChip = isOnChip(copy.getSource().getType());
  bool toChip = isOnChip(copy.getTarget().getType());
  if (!fromChip)
    return convertLoad(copy);
  if (!toChip)
    return convertStore(copy);
  if (levelOf(copy.getSource().getType()) == kAccumulatorLevel &&
      levelOf(copy.getTarget().getType()) == kAccumulatorLevel)
    return convertAccumulatorCopy(copy);
  return copy.emitError() << "no instruction copies from \""
                          << levelOf(copy.getSource().getType()) << "\" to \""
                          << levelOf(copy.getTarget().getType()) << "\"";
}

//===----------------------------------------------------------------------===//
// Compute
//===----------------------------------------------------------------------===//

LogicalResult Converter::convertContraction(linalg::LinalgOp op) {
  FailureOr<Contraction> match = matchContraction(op);
  if (failed(match))
    return failure();
  const ElementNest &nest = match->nest;
  GemmOp::create(builder, op.getLoc(), Type(), ValueRange(),
                 operandOf(op, match->inp), operandOf(op, match->wgt),
                 operandOf(op, match->acc),
                 builder.getDenseI64ArrayAttr(nest.bounds),
                 builder.getAffineMapArrayAttr({nest.maps[match->inp],
                                                nest.maps[match->wgt],
                                                nest.maps[match->acc]}),
                 UnitAttr(), DenseI64ArrayAttr(), SyncAttr());
  return success();
}

bool Converter::canWorkInPlace(linalg::LinalgOp op, unsigned input,
                               unsigned output, const ElementNest &nest) {
  const TileAccess &from = accessOf(op, input);
  const TileAccess &to = accessOf(op, output);
  unsigned fromTile = tileOf(op, input);
  unsigned toTile = tileOf(op, output);
  if (storageIndex[fromTile] == storageIndex[toTile])
    return false;
  if (storages[storageIndex[fromTile]].last != from.position ||
      lives.tiles[toTile].first() != to.position)
    return false;
  // Another operand that reads the same tile would read what is overwritten.
  for (OpOperand &operand : op->getOpOperands())
    if (operand.getOperandNumber() != input &&
        operand.getOperandNumber() != output &&
        isOnChip(operand.get().getType()) &&
        storageIndex[tileOf(op, operand.getOperandNumber())] ==
            storageIndex[fromTile])
      return false;
  auto fromType = cast<MemRefType>(from.view.root.getType());
  auto toType = cast<MemRefType>(to.view.root.getType());
  if (fromType.getNumElements() != toType.getNumElements())
    return false;
  FailureOr<NestAccess> read = getNestAccess(nest.maps[input], from.view);
  FailureOr<NestAccess> written = getNestAccess(nest.maps[output], to.view);
  if (failed(read) || failed(written) || read->base != written->base)
    return false;
  for (auto [bound, a, b] :
       llvm::zip(nest.bounds, read->coefficients, written->coefficients))
    if (bound > 1 && a != b)
      return false;
  return true;
}

LogicalResult Converter::convertElementwise(linalg::LinalgOp op) {
  unsigned output = op.getNumDpsInputs();
  if (op.getNumDpsInits() != 1)
    return op.emitError() << "an ALU instruction writes one tile, found "
                          << op.getNumDpsInits();
  // The window of a pooling gives only its shape.
  auto matters = [&](OpOperand &operand) {
    return op.isDpsInit(&operand) ||
           (!op.isScalar(&operand) && op.payloadUsesValueFromOperand(&operand));
  };
  for (OpOperand &operand : op->getOpOperands()) {
    if (!matters(operand))
      continue;
    Type type = operand.get().getType();
    if (!isOnChip(type) || levelOf(type) != kAccumulatorLevel)
      return op.emitError()
             << "the ALU computes on \"" << kAccumulatorLevel
             << "\" only, found operand " << operand.getOperandNumber()
             << " of type " << type;
  }
  unsigned outputTile = tileOf(op, output);
  if (!lives.tiles[outputTile].isRead())
    return success();

  AffineMap outputMap = op.getIndexingMapsArray()[output];
  auto lanes = laneLoops(outputMap);
  if (!lanes)
    return op.emitError() << "the last two dimensions of the output need to be "
                             "two loops, found "
                          << AffineMapAttr::get(outputMap);
  for (OpOperand &operand : op->getOpOperands())
    if (matters(operand) &&
        laneLoops(op.getMatchingIndexingMap(&operand)) != lanes)
      return op.emitError()
             << "the last two dimensions of operand "
             << operand.getOperandNumber()
             << " need to be those of the output: elements are combined whole";
  FailureOr<ElementNest> nest = dropLanes(op, {lanes->first, lanes->second});
  if (failed(nest))
    return op.emitError(
        "the dimensions before an element may not be indexed by "
        "the loops inside of it");

  bool readsOutput = op.payloadUsesValueFromOperand(op.getDpsInitOperand(0));
  auto prefers = [&](unsigned operand) {
    return readsOutput ? operand == output
                       : canWorkInPlace(op, operand, output, *nest);
  };
  bool exact = lives.tiles[outputTile].isReadOnChip();
  FailureOr<AluChain> chain = linearizeBody(op, exact, prefers);
  if (failed(chain))
    return failure();
  if (readsOutput && chain->start != output)
    return op.emitError("a body that reads its output needs to start from it: "
                        "the ALU works in place");

  Location loc = op.getLoc();
  AffineMap destMap = nest->maps[output];
  SmallVector<AluStep> steps = chain->steps;
  if (chain->start != output) {
    if (canWorkInPlace(op, chain->start, output, *nest)) {
      unsigned from = storageIndex[tileOf(op, chain->start)];
      storageIndex[outputTile] = from;
      storages[from].last = lives.tiles[outputTile].last();
      // Only what was computed can be stored.
      if (steps.empty() && storages[from].loaded)
        steps.push_back({AluKind::Add, std::nullopt, 0});
    } else {
      emitReset(loc, operandOf(op, output), destMap, nest->bounds);
      steps.insert(steps.begin(), {AluKind::Add, chain->start, 0});
    }
  }
  Value dest = operandOf(op, output);
  for (const AluStep &step : steps) {
    if (step.operand)
      emitAlu(loc, step.kind, operandOf(op, *step.operand),
              nest->maps[*step.operand], dest, destMap, std::nullopt,
              nest->bounds);
    else
      emitAlu(loc, step.kind, {}, {}, dest, destMap, step.immediate,
              nest->bounds);
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Collects the users of `memref` through views. False if one may read it or
/// lets it escape.
static bool collectWriters(Value memref, SmallVectorImpl<Operation *> &users) {
  for (OpOperand &use : memref.getUses()) {
    Operation *user = use.getOwner();
    bool onlyWrites = isa<memref::DeallocOp>(user);
    if (isa<ViewLikeOpInterface>(user))
      onlyWrites = collectWriters(user->getResult(0), users);
    else if (auto copy = dyn_cast<memref::CopyOp>(user))
      onlyWrites = use.getOperandNumber() == 1;
    else if (auto fill = dyn_cast<linalg::FillOp>(user))
      onlyWrites = fill.isDpsInit(&use);
    if (!onlyWrites)
      return false;
    users.push_back(user);
  }
  return true;
}

/// Erases buffers in the outermost memory that nobody reads, with what writes
/// them: accumulators that were born on chip after all.
static void eraseUnreadBuffers(Block &block) {
  for (auto alloc :
       llvm::make_early_inc_range(block.getOps<memref::AllocOp>())) {
    SmallVector<Operation *> users;
    if (isOnChip(alloc.getType()) || !collectWriters(alloc, users))
      continue;
    // A view comes after its users in the list.
    for (Operation *user : users)
      user->erase();
    alloc.erase();
  }
}

LogicalResult Converter::convert(Operation *op) {
  if (auto copy = dyn_cast<memref::CopyOp>(op))
    return convertCopy(copy);
  if (auto fill = dyn_cast<linalg::FillOp>(op))
    return convertFill(fill);
  auto linalgOp = cast<linalg::LinalgOp>(op);
  if (isContraction(linalgOp))
    return convertContraction(linalgOp);
  return convertElementwise(linalgOp);
}

LogicalResult Converter::run() {
  Block &block = func.getBody().front();
  FailureOr<TileLives> found = TileLives::get(block);
  if (failed(found))
    return failure();
  lives = std::move(*found);
  for (auto [index, tile] : llvm::enumerate(lives.tiles)) {
    storageIndex.push_back(index);
    storages.push_back({Value(), tile.last(), false});
  }
  SmallVector<Operation *> converted;
  for (Operation &op : block)
    if (isa<memref::CopyOp, linalg::LinalgOp>(op) &&
        llvm::any_of(op.getOperandTypes(), isOnChip))
      converted.push_back(&op);
  for (Operation *op : converted) {
    builder.setInsertionPoint(op);
    if (failed(convert(op)))
      return failure();
  }
  for (Operation *op : converted)
    op->erase();
  if (!converted.empty())
    eraseUnreadBuffers(block);
  // What is left of the old tiles: deallocations, views, allocations.
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
    if (auto dealloc = dyn_cast<memref::DeallocOp>(op)) {
      if (isOnChip(dealloc.getMemref().getType()))
        op.erase();
    } else if (isa<memref::AllocOp, ViewLikeOpInterface>(op) &&
               op.use_empty()) {
      op.erase();
    }
  }
  return success();
}

namespace {
struct ConvertPass
    : public mlir::accel::impl::ConvertLinalgToAccelBase<ConvertPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto func :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (func.isExternal())
        continue;
      if (!func.getBody().hasOneBlock()) {
        func.emitError("needs structured control flow, found ")
            << func.getBody().getBlocks().size() << " blocks";
        return signalPassFailure();
      }
      if (failed(Converter(func, symbols).run()))
        return signalPassFailure();
    }
  }
};
} // namespace
