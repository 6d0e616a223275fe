//===- PackContraction.cpp - Packs what a matrix unit multiplies ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionPacker.h"
#include "InstructionFit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

/// The lanes that are the two dimensions of a role's element.
static constexpr std::array<std::array<Lane, 2>, 3> kElementLanes = {
    {{M, K}, {N, K}, {M, N}}};

/// Dimensions over ranks that index every operand (a batch) come first, then
/// those on lanes, then the rest: what belongs to one step of a loop over
/// groups lies together.
PackedLayout FunctionPacker::layoutOfOperand(linalg::GenericOp op,
                                             OpOperand &operand,
                                             model::Role role,
                                             ArrayRef<int64_t> laneRanks,
                                             const LaneBlocks &blocks) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  PackedLayout layout;
  for (auto [i, lane] : llvm::enumerate(kElementLanes[unsigned(role)])) {
    layout.lanes[i] =
        laneRanks[lane] < 0 ? -1 : dimOfRank(map, laneRanks[lane]);
    layout.extents[i] = target.instruction.lanes[lane].extent;
    layout.blocks[i] = blocks[lane];
  }
  auto isBatch = [&](int64_t dim) {
    auto rank = dyn_cast<AffineDimExpr>(map.getResult(dim));
    return rank && llvm::all_of(op.getIndexingMapsArray(), [&](AffineMap m) {
             return dimOfRank(m, rank.getPosition()) >= 0;
           });
  };
  SmallVector<int64_t> rest;
  for (int64_t dim = 0; dim < int64_t(map.getNumResults()); ++dim) {
    if (llvm::is_contained(layout.lanes, dim))
      continue;
    (isBatch(dim) ? layout.order : rest).push_back(dim);
  }
  for (int64_t lane : layout.lanes)
    if (lane >= 0)
      layout.order.push_back(lane);
  layout.order.append(rest);
  return layout;
}

/// Puts a rank on every lane that has none. One position needs no rank; more
/// are filled with zeros by any rank that may sit there.
static std::string fillLanes(PlainContraction &plain,
                             const model::MatrixInstruction &instruction) {
  SmallVector<AffineMap> maps = plain.op.getIndexingMapsArray();
  for (Lane lane : {M, N, K}) {
    int64_t &found = plain.laneRanks[lane];
    model::Signature wanted = instruction.signature(lane);
    for (unsigned rank = 0; rank < plain.op.getNumLoops() && found < 0;
         ++rank) {
      bool fits = true;
      for (model::Role role :
           {model::Role::Input, model::Role::Weight, model::Role::Output}) {
        AffineMap map = maps[unsigned(role)];
        fits &= wanted.has(role) ? dimOfRank(map, rank) >= 0
                                 : !map.isFunctionOfDim(rank);
      }
      if (fits)
        found = rank;
    }
    if (found < 0 && instruction.lanes[lane].extent > 1)
      return "no rank of the op fits lane " + instruction.lanes[lane].name;
  }
  return "";
}

std::string FunctionPacker::packContraction(linalg::GenericOp op,
                                            unsigned einsum) {
  EmbeddingFreedom freedom;
  freedom.gathers = {isOnHost(op.getDpsInputs()[0]),
                     isOnHost(op.getDpsInputs()[1])};
  freedom.chains =
      !freedom.gathers[0] || !freedom.gathers[1] || meetsDeviceOps(op);
  llvm::Expected<ChosenEmbedding> chosen =
      chooseEmbedding(op, program.graph, einsum, target, scheme, freedom);
  if (!chosen)
    return llvm::toString(chosen.takeError());
  // Lanes for the same channels on both sides do where no others are found, or
  // hold more.
  std::optional<ChannelProduct> channels;
  if (std::optional<int64_t> block = target.channelBlock())
    channels = matchChannelProduct(op, *block);
  // Then the channels of all groups are one dimension, and so must those who
  // read them see it.
  if (channels && channels->outer >= 0 && !joinsChannels(op, *channels))
    channels.reset();
  bool isJoined = channels && channels->outer >= 0;
  if (channels &&
      (isJoined || estimateSeconds(op, *channels, target) < chosen->seconds))
    return packChannelProduct(op, *channels);
  builder.setInsertionPoint(op);
  PlainContraction plain = makePlain(builder, op, chosen->embedding,
                                     target.instruction.lanes.size());
  std::string why = packPlain(op, plain, chosen->blocks);
  plain.op.erase();
  return !why.empty() && channels ? packChannelProduct(op, *channels) : why;
}

std::string FunctionPacker::packPlain(linalg::GenericOp original,
                                      const PlainContraction &given,
                                      const LaneBlocks &blocks) {
  PlainContraction plain = given;
  if (std::string why = fillLanes(plain, target.instruction); !why.empty())
    return why;
  linalg::GenericOp op = plain.op;
  ArrayRef<int64_t> laneRanks = plain.laneRanks;
  MLIRContext *context = op.getContext();
  unsigned numRanks = op.getNumLoops();
  SmallVector<AffineExpr, 3> laneDims;
  SmallVector<std::string> lanes(numRanks);
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  for (Lane lane : {M, N, K}) {
    laneDims.push_back(getAffineDimExpr(numRanks + lane, context));
    iterators.push_back(lane == K ? utils::IteratorType::reduction
                                  : utils::IteratorType::parallel);
    bool isSingle = target.instruction.lanes[lane].extent == 1;
    lanes.push_back(isSingle ? "" : target.fanouts[lane]);
  }
  SmallVector<AffineMap> maps;
  SmallVector<Value> operands;
  PackedLayout outputLayout;
  for (OpOperand &operand : op->getOpOperands()) {
    auto role = model::Role(operand.getOperandNumber());
    PackedLayout layout = layoutOfOperand(op, operand, role, laneRanks, blocks);
    std::array<Lane, 2> element = kElementLanes[unsigned(role)];
    maps.push_back(packMap(op.getMatchingIndexingMap(&operand), layout,
                           numRanks + 3,
                           {laneDims[element[0]], laneDims[element[1]]}));
    if (role == model::Role::Output) {
      outputLayout = layout;
      continue;
    }
    operands.push_back(getPacked(op.getLoc(), operand.get(), layout));
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  RankedTensorType packedType = outputLayout.getPackedType(type);
  Value empty = tensor::EmptyOp::create(
      builder, op.getLoc(), packedType.getShape(), packedType.getElementType());
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  Value init =
      linalg::FillOp::create(builder, op.getLoc(), fill.getInputs()[0], empty)
          .getResult(0);
  linalg::GenericOp packed =
      rebuild(op, operands, init, maps, iterators, lanes);
  finish(original, packed->getResult(0), outputLayout);
  return "";
}
