//===- ConvertCompute.cpp - Contractions and ALU operations on tiles ------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AluChain.h"
#include "TileConverter.h"

#include "llvm/ADT/BitVector.h"

using namespace mlir;
using namespace mlir::accel;

void TileConverter::emitReset(Location loc, Value buffer, AffineMap map,
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
    unreadInput = element(rows, levels.input);
    unreadWeight = element(columns, levels.weight);
  }
  AffineMap none = AffineMap::get(nest.size(), 0, builder.getContext());
  GemmOp::create(builder, loc, Type(), ValueRange(), unreadInput, unreadWeight,
                 buffer, builder.getDenseI64ArrayAttr(nest),
                 builder.getAffineMapArrayAttr({none, none, map}),
                 builder.getUnitAttr(), DenseI64ArrayAttr(), SyncAttr());
}

void TileConverter::emitAlu(Location loc, AluKind kind, Value source,
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

LogicalResult TileConverter::convertContraction(linalg::LinalgOp op) {
  FailureOr<Contraction> match = matchContraction(op, levels);
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

/// More pairs of accesses than this are not looked at: the op then copies.
static constexpr size_t kMaxPairs = 1 << 14;

/// The first and the last element that a view may have.
static std::pair<int64_t, int64_t> hullOf(const ElementView &view) {
  int64_t last = view.offset;
  for (auto [size, stride] : llvm::zip(view.sizes, view.strides))
    last += (size - 1) * stride;
  return {view.offset, last};
}

/// True if all elements of the view are among the first `size` of a buffer.
static bool liesIn(const ElementView &view, int64_t size) {
  auto [first, last] = hullOf(view);
  return first >= 0 && last < size;
}

/// True if the two views of one buffer have an element in common.
static bool overlap(const ElementView &a, const ElementView &b) {
  auto [aFirst, aLast] = hullOf(a);
  auto [bFirst, bLast] = hullOf(b);
  if (aLast < bFirst || bLast < aFirst)
    return false;
  llvm::BitVector touched(aLast - aFirst + 1);
  visitRanges(a, [&, base = aFirst](int64_t begin, int64_t end) {
    touched.set(begin - base, end - base);
  });
  bool found = false;
  visitRanges(
      b, [&, base = aFirst, limit = aLast + 1](int64_t begin, int64_t end) {
        begin = std::max(begin, base);
        end = std::min(end, limit);
        if (begin < end)
          found |= touched.find_first_in(begin - base, end - base) >= 0;
      });
  return found;
}

std::optional<TilePlace> TileConverter::findPlace(linalg::LinalgOp op,
                                                  unsigned input,
                                                  unsigned output,
                                                  const ElementNest &nest) {
  const TileAccess &from = accessOf(op, input);
  const TileAccess &to = accessOf(op, output);
  unsigned fromTile = tileOf(op, input);
  unsigned toTile = tileOf(op, output);
  const Storage &storage = storages[storageIndex[fromTile]];
  const Tile &started = lives.tiles[toTile];
  if (storageIndex[fromTile] == storageIndex[toTile] ||
      started.first() != to.position)
    return std::nullopt;

  FailureOr<NestAccess> read =
      getNestAccess(nest.maps[input], place(from.view, fromTile));
  FailureOr<NestAccess> written = getNestAccess(nest.maps[output], to.view);
  if (failed(read) || failed(written))
    return std::nullopt;
  FailureOr<TilePlace> found = TilePlace::find(
      cast<MemRefType>(started.root.getType()), *written, *read, nest.bounds);
  if (failed(found))
    return std::nullopt;
  SmallVector<ElementView> ownViews;
  for (const TileAccess &own : started.accesses) {
    FailureOr<ElementView> view = found->apply(own.view);
    if (failed(view) || !liesIn(*view, storage.size))
      return std::nullopt;
    ownViews.push_back(std::move(*view));
  }

  size_t pairs = 0;
  for (unsigned tile : storage.tiles) {
    for (const TileAccess &other : lives.tiles[tile].accesses) {
      if (other.position < to.position)
        continue;
      ElementView otherView = place(other.view, tile);
      for (auto [own, ownView] : llvm::zip(started.accesses, ownViews)) {
        // Whoever comes first must not have written what the other one uses;
        // the op itself reads each element when it writes it.
        bool meets = own.position < other.position ? own.writes
                     : own.position > other.position
                         ? other.writes
                         : own.writes || other.writes;
        if (!meets || (other.op == op && other.operand == input))
          continue;
        if (++pairs > kMaxPairs || overlap(otherView, ownView))
          return std::nullopt;
      }
    }
  }
  return found;
}

bool TileConverter::canOverwrite(linalg::LinalgOp op, unsigned input,
                                 const ElementNest &nest) {
  unsigned tile = tileOf(op, input);
  const TileAccess &from = accessOf(op, input);
  FailureOr<NestAccess> read =
      getNestAccess(nest.maps[input], place(from.view, tile));
  if (failed(read))
    return false;
  // A broadcast would write its elements more than once.
  for (auto [bound, coefficient] : llvm::zip(nest.bounds, read->coefficients))
    if (bound > 1 && coefficient == 0)
      return false;
  size_t pairs = 0;
  ElementView view = place(from.view, tile);
  for (unsigned other : storages[storageIndex[tile]].tiles)
    for (const TileAccess &access : lives.tiles[other].accesses) {
      if (access.position < from.position ||
          (access.op == op.getOperation() && access.operand == input) ||
          !access.reads)
        continue;
      if (++pairs > kMaxPairs || overlap(place(access.view, other), view))
        return false;
    }
  return true;
}

Value TileConverter::allocateAccumulators(linalg::LinalgOp op,
                                          unsigned output) {
  auto type = cast<MemRefType>(op->getOperand(output).getType());
  auto space = MemAttr::get(builder.getContext(),
                            builder.getStringAttr(levels.accumulator));
  return memref::AllocOp::create(
      builder, op.getLoc(),
      MemRefType::get(type.getShape(), builder.getI32Type(),
                      MemRefLayoutAttrInterface(), space));
}

LogicalResult TileConverter::emitStore(Operation *op, const ElementView &source,
                                       Value buffer, Value target) {
  FailureOr<ElementView> outer = viewOuter(op, target);
  if (failed(outer))
    return failure();
  FailureOr<std::vector<BlockTransfer>> blocks =
      splitIntoBlocks(*outer, source);
  if (failed(blocks))
    return op->emitError("a store cannot copy these views");
  Location loc = op->getLoc();
  for (const BlockTransfer &block : *blocks)
    StoreOp::create(builder, loc, Type(), ValueRange(),
                    block.onChip.materialize(builder, loc, buffer),
                    block.outer.materialize(builder, loc, outer->root),
                    IntegerAttr(), SyncAttr());
  return success();
}

LogicalResult TileConverter::storeResult(linalg::LinalgOp op, unsigned output,
                                         Value accumulators, AffineMap map,
                                         ArrayRef<int64_t> nest,
                                         AffineMap outputMap) {
  if (!getElementTypeOrSelf(op->getOperand(output)).isInteger(8))
    return op->emitError() << "a store takes the low 8 bits of the "
                              "accumulator, found a result of "
                           << getElementTypeOrSelf(op->getOperand(output));
  std::string reason;
  FailureOr<ElementView> view = ElementView::get(accumulators, reason);
  FailureOr<NestAccess> access = failure();
  if (succeeded(view))
    access = getNestAccess(map, *view);
  if (failed(access))
    return op->emitError("a store cannot copy these views");
  // The accumulators in the order of the result's dimensions.
  ElementView source = *view;
  source.offset = access->base;
  source.sizes.clear();
  source.strides.clear();
  for (AffineExpr expr : outputMap.getResults()) {
    auto loop = dyn_cast<AffineDimExpr>(expr);
    source.sizes.push_back(loop ? nest[loop.getPosition()] : 1);
    source.strides.push_back(loop ? access->coefficients[loop.getPosition()]
                                  : 1);
  }
  return emitStore(op, source, source.root, op->getOperand(output));
}

LogicalResult TileConverter::convertElementwise(linalg::LinalgOp op) {
  unsigned output = op.getNumDpsInputs();
  if (op.getNumDpsInits() != 1)
    return op.emitError() << "an ALU instruction writes one tile, found "
                          << op.getNumDpsInits();
  // A result that leaves the chip is computed in place of what it is made of,
  // and stored.
  bool readsOutput = op.payloadUsesValueFromOperand(op.getDpsInitOperand(0));
  bool isStored = !readsOutput && !isOnChip(op->getOperand(output).getType());
  // The window of a pooling gives only its shape.
  auto matters = [&](OpOperand &operand) {
    return op.isDpsInit(&operand)
               ? !isStored
               : !op.isScalar(&operand) &&
                     op.payloadUsesValueFromOperand(&operand);
  };
  for (OpOperand &operand : op->getOpOperands()) {
    if (!matters(operand))
      continue;
    Type type = operand.get().getType();
    if (!isOnChip(type) || levelOf(type) != levels.accumulator)
      return op.emitError()
             << "the ALU computes on \"" << levels.accumulator
             << "\" only, found operand " << operand.getOperandNumber()
             << " of type " << type;
  }
  if (!isStored && !lives.tiles[tileOf(op, output)].isRead())
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

  auto prefers = [&](unsigned operand) {
    return readsOutput ? operand == output
           : isStored  ? canOverwrite(op, operand, *nest)
                       : findPlace(op, operand, output, *nest).has_value();
  };
  bool exact = !isStored && lives.tiles[tileOf(op, output)].isReadOnChip();
  FailureOr<AluChain> chain = linearizeBody(op, exact, prefers);
  if (failed(chain))
    return failure();
  if (readsOutput && chain->start != output)
    return op.emitError("a body that reads its output needs to start from it: "
                        "the ALU works in place");

  Location loc = op.getLoc();
  AffineMap destMap = nest->maps[output];
  SmallVector<AluStep> steps = chain->steps;
  Value dest;
  if (isStored) {
    unsigned start = chain->start;
    if (canOverwrite(op, start, *nest)) {
      dest = operandOf(op, start);
      destMap = nest->maps[start];
      // Only what was computed can be stored.
      if (steps.empty() && storageOf(tileOf(op, start)).loaded)
        steps.push_back({AluKind::Add, std::nullopt, 0});
    } else {
      dest = allocateAccumulators(op, output);
      emitReset(loc, dest, destMap, nest->bounds);
      steps.insert(steps.begin(), {AluKind::Add, start, 0});
    }
  } else if (chain->start != output) {
    unsigned outputTile = tileOf(op, output);
    if (std::optional<TilePlace> found =
            findPlace(op, chain->start, output, *nest)) {
      unsigned from = storageIndex[tileOf(op, chain->start)];
      storageIndex[outputTile] = from;
      places[outputTile] = std::move(*found);
      storages[from].tiles.push_back(outputTile);
      // Only what was computed can be stored.
      if (steps.empty() && storages[from].loaded)
        steps.push_back({AluKind::Add, std::nullopt, 0});
    } else {
      emitReset(loc, operandOf(op, output), destMap, nest->bounds);
      steps.insert(steps.begin(), {AluKind::Add, chain->start, 0});
    }
  }
  if (!dest)
    dest = operandOf(op, output);
  for (const AluStep &step : steps) {
    if (step.operand)
      emitAlu(loc, step.kind, operandOf(op, *step.operand),
              nest->maps[*step.operand], dest, destMap, std::nullopt,
              nest->bounds);
    else
      emitAlu(loc, step.kind, {}, {}, dest, destMap, step.immediate,
              nest->bounds);
  }
  if (!isStored)
    return success();
  return storeResult(op, output, dest, destMap, nest->bounds,
                     nest->maps[output]);
}
