//===- AccelOps.cpp - Operations of the accel dialect ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/IR/Accel.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::accel;

//===----------------------------------------------------------------------===//
// Tokens, in the syntax of the gpu dialect
//===----------------------------------------------------------------------===//

static ParseResult parseAsyncDependencies(
    OpAsmParser &parser, Type &asyncTokenType,
    SmallVectorImpl<OpAsmParser::UnresolvedOperand> &asyncDependencies) {
  if (succeeded(parser.parseOptionalKeyword("async")))
    asyncTokenType = TokenType::get(parser.getContext());
  return parser.parseOperandList(asyncDependencies,
                                 OpAsmParser::Delimiter::OptionalSquare);
}

static void printAsyncDependencies(OpAsmPrinter &printer, Operation *,
                                   Type asyncTokenType,
                                   OperandRange asyncDependencies) {
  if (asyncTokenType)
    printer << "async";
  if (asyncDependencies.empty())
    return;
  if (asyncTokenType)
    printer << ' ';
  printer << '[';
  llvm::interleaveComma(asyncDependencies, printer);
  printer << ']';
}

#define GET_OP_CLASSES
#include "accel/Dialect/Accel/IR/AccelOps.cpp.inc"

//===----------------------------------------------------------------------===//
// GroupOp
//===----------------------------------------------------------------------===//

LogicalResult GroupOp::verifyRegions() {
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield)
    return emitOpError("must end with an accel.yield");
  if (yield->getNumOperands() != getNumResults())
    return yield.emitOpError()
           << "gives " << yield->getNumOperands()
           << " values but the group has " << getNumResults() << " results";
  for (auto [index, given, wanted] :
       llvm::enumerate(yield->getOperandTypes(), getResultTypes()))
    if (given != wanted)
      return yield.emitOpError() << "gives " << given << " for result " << index
                                 << " of type " << wanted;
  return success();
}

//===----------------------------------------------------------------------===//
// Blocks of elements
//===----------------------------------------------------------------------===//

/// Both sides of a load or store agree on the element and on the padded rows
/// and columns.
static LogicalResult verifyBlocks(Operation *op, MemRefType source,
                                  MemRefType dest, ArrayRef<int64_t> pad) {
  for (MemRefType type : {source, dest})
    if (!type.hasStaticShape())
      return op->emitOpError() << "needs static shapes, found " << type;
  if (source.getRank() != dest.getRank() || source.getRank() < 3 ||
      source.getRank() > 4)
    return op->emitOpError()
           << "needs two memrefs of [rows,] columns and a two-dimensional "
              "element, found "
           << source << " and " << dest;
  if (!pad.empty() &&
      (pad.size() != 4 || llvm::any_of(pad, [](int64_t n) { return n < 0; })))
    return op->emitOpError() << "needs four paddings that are not negative: "
                                "top, bottom, left, right";
  int64_t rank = source.getRank();
  if (source.getShape().take_back(2) != dest.getShape().take_back(2))
    return op->emitOpError() << "moves elements of different shapes, " << source
                             << " and " << dest;
  int64_t vertical = pad.empty() ? 0 : pad[0] + pad[1];
  int64_t horizontal = pad.empty() ? 0 : pad[2] + pad[3];
  int64_t columns = source.getDimSize(rank - 3) + horizontal;
  int64_t rows = (rank == 4 ? source.getDimSize(0) : 1) + vertical;
  int64_t destRows = rank == 4 ? dest.getDimSize(0) : 1;
  if (columns != dest.getDimSize(rank - 3) || rows != destRows)
    return op->emitOpError()
           << "fills " << rows << "x" << columns << " elements but " << dest
           << " has " << destRows << "x" << dest.getDimSize(rank - 3);
  return success();
}

static LogicalResult requireOnChip(Operation *op, StringRef what,
                                   MemRefType type) {
  if (isa_and_nonnull<MemAttr>(type.getMemorySpace()))
    return success();
  return op->emitOpError() << "needs its " << what
                           << " in an #accel.mem memory space, found " << type;
}

static LogicalResult requireOutermost(Operation *op, StringRef what,
                                      MemRefType type) {
  if (!isa_and_nonnull<MemAttr>(type.getMemorySpace()))
    return success();
  return op->emitOpError() << "needs its " << what
                           << " in the outermost memory, found " << type;
}

LogicalResult LoadOp::verify() {
  auto source = cast<MemRefType>(getSource().getType());
  auto dest = cast<MemRefType>(getDest().getType());
  if (failed(requireOutermost(*this, "source", source)) ||
      failed(requireOnChip(*this, "destination", dest)))
    return failure();
  if (source.getElementType() != dest.getElementType())
    return emitOpError() << "moves " << source.getElementType() << " to "
                         << dest.getElementType();
  return verifyBlocks(*this, source, dest, getPad());
}

Queue LoadOp::getQueue() {
  // What the accumulator holds is loaded by the queue that computes on it.
  auto type = cast<MemRefType>(getDest().getType());
  return type.getElementTypeBitWidth() == 32 ? Queue::Compute : Queue::Load;
}

LogicalResult StoreOp::verify() {
  auto source = cast<MemRefType>(getSource().getType());
  auto dest = cast<MemRefType>(getDest().getType());
  if (failed(requireOnChip(*this, "source", source)) ||
      failed(requireOutermost(*this, "destination", dest)))
    return failure();
  if (!source.getElementType().isInteger() ||
      !dest.getElementType().isInteger() ||
      source.getElementTypeBitWidth() < dest.getElementTypeBitWidth())
    return emitOpError() << "truncates integers, found "
                         << source.getElementType() << " to "
                         << dest.getElementType();
  return verifyBlocks(*this, source, dest, {});
}

Queue StoreOp::getQueue() { return Queue::Store; }

//===----------------------------------------------------------------------===//
// Loop nests over elements
//===----------------------------------------------------------------------===//

static LogicalResult verifyNest(Operation *op, ArrayRef<int64_t> nest) {
  for (int64_t bound : nest)
    if (bound < 1)
      return op->emitOpError()
             << "has a loop of " << bound << " iterations but needs at least 1";
  return success();
}

/// Addresses, once there are any, are one per operand, from 0 on.
static LogicalResult verifyBases(Operation *op,
                                 std::optional<ArrayRef<int64_t>> bases,
                                 size_t numOperands) {
  if (!bases)
    return success();
  if (bases->size() != numOperands)
    return op->emitOpError() << "needs one base for each of its " << numOperands
                             << " buffers, found " << bases->size();
  for (int64_t base : *bases)
    if (base < 0)
      return op->emitOpError()
             << "has base " << base << " but needs at least 0";
  return success();
}

/// `map` takes the nest to the element indices of `type` and stays inside.
static LogicalResult verifyAccess(Operation *op, StringRef what, AffineMap map,
                                  ArrayRef<int64_t> nest, MemRefType type) {
  if (failed(requireOnChip(op, what, type)))
    return failure();
  if (!type.hasStaticShape() || type.getRank() < 2)
    return op->emitOpError() << "needs a static " << what
                             << " that ends in a two-dimensional element, "
                                "found "
                             << type;
  if (map.getNumDims() != nest.size() || map.getNumSymbols() != 0)
    return op->emitOpError() << "has a map with " << map.getNumDims()
                             << " dimensions for a nest of " << nest.size();
  if (int64_t(map.getNumResults()) != type.getRank() - 2)
    return op->emitOpError()
           << "has a map with " << map.getNumResults() << " results for the "
           << type.getRank() - 2 << " element indices of its " << what;
  for (auto [dim, expr] : llvm::enumerate(map.getResults())) {
    // Loops run upwards from 0, so a linear expression with coefficients that
    // are not negative is largest at the last point of the nest.
    SmallVector<int64_t> flat;
    if (failed(getFlattenedAffineExpr(expr, nest.size(), 0, &flat)) ||
        flat.size() != nest.size() + 1 ||
        llvm::any_of(flat, [](int64_t c) { return c < 0; }))
      return op->emitOpError() << "needs maps that are sums of loops with "
                                  "coefficients that are not negative, found "
                               << AffineMapAttr::get(map);
    int64_t largest = flat.back();
    for (auto [coefficient, bound] : llvm::zip(flat, nest))
      largest += coefficient * (bound - 1);
    if (largest >= type.getDimSize(dim))
      return op->emitOpError()
             << "reaches index " << largest << " of dimension " << dim
             << " of its " << what << " which has " << type.getDimSize(dim);
  }
  return success();
}

LogicalResult GemmOp::verify() {
  if (getMaps().size() != 3)
    return emitOpError() << "needs three maps, found " << getMaps().size();
  auto inp = cast<MemRefType>(getInp().getType());
  auto wgt = cast<MemRefType>(getWgt().getType());
  auto acc = cast<MemRefType>(getAcc().getType());
  auto maps = llvm::to_vector(getMaps().getAsValueRange<AffineMapAttr>());
  if (failed(verifyNest(*this, getNest())) ||
      failed(verifyBases(*this, getBases(), 3)) ||
      failed(verifyAccess(*this, "input", maps[0], getNest(), inp)) ||
      failed(verifyAccess(*this, "weight", maps[1], getNest(), wgt)) ||
      failed(verifyAccess(*this, "accumulator", maps[2], getNest(), acc)))
    return failure();
  ArrayRef<int64_t> i = inp.getShape().take_back(2);
  ArrayRef<int64_t> w = wgt.getShape().take_back(2);
  ArrayRef<int64_t> a = acc.getShape().take_back(2);
  if (i[1] != w[1] || w[0] != a[1] || i[0] != a[0])
    return emitOpError() << "needs elements BATCH x BLOCK_IN, BLOCK_OUT x "
                            "BLOCK_IN and BATCH x BLOCK_OUT, found "
                         << inp << ", " << wgt << " and " << acc;
  return success();
}

Queue GemmOp::getQueue() { return Queue::Compute; }

LogicalResult AluOp::verify() {
  if (bool(getSrc()) == getImm().has_value())
    return emitOpError("needs either a source or an immediate");
  size_t wanted = getSrc() ? 2 : 1;
  if (getMaps().size() != wanted)
    return emitOpError() << "needs " << wanted << " maps, found "
                         << getMaps().size();
  auto dst = cast<MemRefType>(getDst().getType());
  auto maps = getMaps().getAsValueRange<AffineMapAttr>();
  auto map = maps.begin();
  if (failed(verifyNest(*this, getNest())) ||
      failed(verifyBases(*this, getBases(), wanted)) ||
      failed(verifyAccess(*this, "destination", *map++, getNest(), dst)))
    return failure();
  if (!getSrc())
    return success();
  auto src = cast<MemRefType>(getSrc().getType());
  if (failed(verifyAccess(*this, "source", *map++, getNest(), src)))
    return failure();
  if (src.getShape().take_back(2) != dst.getShape().take_back(2) ||
      src.getElementType() != dst.getElementType())
    return emitOpError() << "combines different elements, " << dst << " and "
                         << src;
  return success();
}

Queue AluOp::getQueue() { return Queue::Compute; }

Queue WaitOp::getQueue() { return Queue::Compute; }
