//===- PackOperands.cpp - Embeds ops into the matrix unit -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmbeddingChoice.h"
#include "InstructionFit.h"
#include "PackedLayout.h"
#include "PlainForm.h"

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELPACKOPERANDS
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

namespace {

/// The lanes that are the two dimensions of a role's element.
constexpr std::array<std::array<Lane, 2>, 3> kElementLanes = {
    {{M, K}, {N, K}, {M, N}}};

/// Packs the ops of one function.
class FunctionPacker {
public:
  FunctionPacker(FunctionEinsums &program, const MatrixTarget &target,
                 EmbeddingScheme scheme)
      : program(program), target(target), scheme(scheme),
        builder(program.func.getContext()) {}

  void run();

private:
  /// Rewrites an op; gives the reason if no instruction can run it.
  std::string packContraction(linalg::GenericOp op, unsigned einsum);
  /// Packs `plain`, which stands for `op`, into at least `blocks` elements
  /// along the lanes.
  std::string packPlain(linalg::GenericOp op, const PlainContraction &plain,
                        const LaneBlocks &blocks);
  std::string packElementwise(linalg::GenericOp op);

  Value widen(Location loc, Value packed);
  bool isOnHost(Value value) const;
  bool meetsDeviceOps(Operation *op) const;
  PackedLayout layoutOfOperand(linalg::GenericOp op, OpOperand &operand,
                               model::Role role, ArrayRef<int64_t> laneRanks,
                               const LaneBlocks &blocks);
  Value getPacked(Location loc, Value value, const PackedLayout &layout);
  Value packOnHost(Location loc, Value value, const PackedLayout &layout);
  linalg::GenericOp rebuild(linalg::GenericOp op, ArrayRef<Value> inputs,
                            Value init, ArrayRef<AffineMap> maps,
                            ArrayRef<utils::IteratorType> iterators,
                            ArrayRef<std::string> lanes);
  void finish(linalg::GenericOp op, Value packed, const PackedLayout &layout);

  FunctionEinsums &program;
  const MatrixTarget &target;
  EmbeddingScheme scheme;
  OpBuilder builder;
  struct Packed {
    Value value;
    PackedLayout layout;
  };
  DenseMap<Value, Packed> packedOf;
  DenseMap<Value, SmallVector<Packed, 1>> hostPacks;
  /// Why ops stay on the host.
  DenseMap<Operation *, std::string> hostOps;
  llvm::SetVector<Operation *> replaced;
};

struct PackOperands
    : public mlir::accel::impl::AccelPackOperandsBase<PackOperands> {
  using AccelPackOperandsBase::AccelPackOperandsBase;
  void runOnOperation() override;
};

} // namespace

//===----------------------------------------------------------------------===//
// FunctionPacker
//===----------------------------------------------------------------------===//

/// The dimension of the operand that `rank` indexes alone, or -1.
static int64_t dimOfRank(AffineMap map, int64_t rank) {
  for (auto [dim, expr] : llvm::enumerate(map.getResults()))
    if (auto alone = dyn_cast<AffineDimExpr>(expr))
      if (int64_t(alone.getPosition()) == rank)
        return dim;
  return -1;
}

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

/// One pack serves all readers that want the same layout.
Value FunctionPacker::packOnHost(Location loc, Value value,
                                 const PackedLayout &layout) {
  SmallVector<Packed, 1> &packs = hostPacks[value];
  for (const Packed &pack : packs)
    if (pack.layout == layout)
      return pack.value;
  packs.push_back({packTensor(builder, loc, value, layout), layout});
  return packs.back().value;
}

Value FunctionPacker::getPacked(Location loc, Value value,
                                const PackedLayout &layout) {
  if (auto it = packedOf.find(value);
      it != packedOf.end() && it->second.layout == layout)
    return it->second.value;
  auto pad = value.getDefiningOp<tensor::PadOp>();
  Value padding = pad ? pad.getConstantPaddingValue() : Value();
  if (!padding || !matchPattern(padding, m_Zero()))
    return packOnHost(loc, value, layout);
  // Zeros around stay zeros around as long as no element is cut by the border.
  SmallVector<OpFoldResult> low, high;
  for (int64_t dim : layout.order) {
    low.push_back(pad.getMixedLowPad()[dim]);
    high.push_back(pad.getMixedHighPad()[dim]);
    if (llvm::is_contained(layout.lanes, dim) &&
        !(isConstantIntValue(low.back(), 0) &&
          isConstantIntValue(high.back(), 0)))
      return packOnHost(loc, value, layout);
  }
  low.append(2, builder.getIndexAttr(0));
  high.append(2, builder.getIndexAttr(0));
  Value source = getPacked(loc, pad.getSource(), layout);
  auto type = cast<RankedTensorType>(value.getType());
  return tensor::PadOp::create(builder, loc, layout.getPackedType(type), source,
                               low, high, padding)
      .getResult();
}

linalg::GenericOp
FunctionPacker::rebuild(linalg::GenericOp op, ArrayRef<Value> inputs,
                        Value init, ArrayRef<AffineMap> maps,
                        ArrayRef<utils::IteratorType> iterators,
                        ArrayRef<std::string> lanes) {
  auto packed = linalg::GenericOp::create(builder, op.getLoc(), init.getType(),
                                          inputs, init, maps, iterators);
  IRMapping mapping;
  op.getRegion().cloneInto(&packed.getRegion(), mapping);
  SmallVector<Attribute> names;
  for (const std::string &lane : lanes)
    names.push_back(builder.getStringAttr(lane));
  packed->setAttr(kLanesAttrName, builder.getArrayAttr(names));
  if (Attribute name = op->getAttr(kNameAttrName))
    packed->setAttr(kNameAttrName, name);
  return packed;
}

void FunctionPacker::finish(linalg::GenericOp op, Value packed,
                            const PackedLayout &layout) {
  packedOf[op->getResult(0)] = {packed, layout};
  replaced.insert(op);
}

/// `map` in terms of groups: dimensions in the layout's order, then the
/// element.
static AffineMap packMap(AffineMap map, const PackedLayout &layout,
                         unsigned numDims, ArrayRef<AffineExpr> element) {
  SmallVector<AffineExpr> exprs;
  for (int64_t dim : layout.order)
    exprs.push_back(map.getResult(dim));
  exprs.append(element.begin(), element.end());
  return AffineMap::get(numDims, 0, exprs, map.getContext());
}

/// True if the host has `value`, so that it can hand it over in any form.
bool FunctionPacker::isOnHost(Value value) const {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::PadOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
      break;
    value = op->getOperand(0);
  }
  return !packedOf.contains(value);
}

/// True if a matrix instruction reads the result of `op`, or elementwise ops
/// combine it with what another one makes.
bool FunctionPacker::meetsDeviceOps(Operation *op) const {
  SmallVector<Operation *> work = {op};
  DenseSet<Operation *> seen;
  while (!work.empty()) {
    Operation *maker = work.pop_back_val();
    if (!seen.insert(maker).second)
      continue;
    for (Operation *user : maker->getUsers()) {
      if (isa<tensor::PadOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
              user)) {
        work.push_back(user);
        continue;
      }
      auto reader = dyn_cast<linalg::GenericOp>(user);
      if (!reader || !hostOps.lookup(user).empty())
        continue;
      if (reader.getNumReductionLoops() > 0)
        return true;
      for (Value input : reader.getDpsInputs())
        if (Operation *other = input.getDefiningOp())
          if (other != maker && isa<linalg::GenericOp>(other) &&
              hostOps.lookup(other).empty())
            return true;
      work.push_back(user);
    }
  }
  return false;
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
  builder.setInsertionPoint(op);
  PlainContraction plain = makePlain(builder, op, chosen->embedding,
                                     target.instruction.lanes.size());
  std::string why = packPlain(op, plain, chosen->blocks);
  plain.op.erase();
  return why;
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

/// Accumulators that hold the i8 values of `packed`. No load brings 8 bits into
/// accumulators, so each element is multiplied by the identity matrix.
Value FunctionPacker::widen(Location loc, Value packed) {
  MLIRContext *context = builder.getContext();
  auto type = cast<RankedTensorType>(packed.getType());
  unsigned leading = type.getRank() - 2;
  int64_t block = type.getShape().back();
  SmallVector<int8_t> identity(block * block, 0);
  for (int64_t i = 0; i < block; ++i)
    identity[i * block + i] = 1;
  auto matrix = RankedTensorType::get({block, block}, builder.getI8Type());
  Value weight = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(matrix, ArrayRef<int8_t>(identity)));
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        builder.getI32Type());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(0));
  Value init = linalg::FillOp::create(builder, loc, zero, empty).getResult(0);

  SmallVector<AffineExpr> input, output;
  for (unsigned dim = 0; dim < leading; ++dim)
    input.push_back(getAffineDimExpr(dim, context));
  output = input;
  auto lane = [&](Lane lane) {
    return getAffineDimExpr(leading + lane, context);
  };
  input.append({lane(M), lane(K)});
  output.append({lane(M), lane(N)});
  unsigned numLoops = leading + 3;
  SmallVector<AffineMap> maps = {
      AffineMap::get(numLoops, 0, input, context),
      AffineMap::get(numLoops, 0, {lane(N), lane(K)}, context),
      AffineMap::get(numLoops, 0, output, context)};
  SmallVector<utils::IteratorType> iterators(numLoops,
                                             utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  auto product = linalg::GenericOp::create(
      builder, loc, init.getType(), ValueRange{packed, weight}, init, maps,
      iterators, [](OpBuilder &body, Location at, ValueRange args) {
        Type wide = args[2].getType();
        Value a = arith::ExtSIOp::create(body, at, wide, args[0]);
        Value b = arith::ExtSIOp::create(body, at, wide, args[1]);
        Value sum = arith::AddIOp::create(
            body, at, args[2], arith::MulIOp::create(body, at, a, b));
        linalg::YieldOp::create(body, at, sum);
      });
  SmallVector<Attribute> lanes(leading, builder.getStringAttr(""));
  for (Lane l : {M, N, K})
    lanes.push_back(builder.getStringAttr(
        target.instruction.lanes[l].extent == 1 ? "" : target.fanouts[l]));
  product->setAttr(kLanesAttrName, builder.getArrayAttr(lanes));
  return product.getResult(0);
}

std::string FunctionPacker::packElementwise(linalg::GenericOp op) {
  unsigned numRanks = op.getNumLoops();
  // The layout of what it reads; without such, channels last.
  std::optional<PackedLayout> layout;
  for (OpOperand *input : op.getDpsInputOperands())
    if (auto it = packedOf.find(input->get());
        it != packedOf.end() && !layout &&
        op.getMatchingIndexingMap(input).isIdentity())
      layout = it->second.layout;
  if (!layout) {
    layout.emplace();
    layout->extents = {target.instruction.lanes[M].extent,
                       target.instruction.lanes[N].extent};
    layout->lanes[1] = numRanks - 1;
    if (numRanks > 1) {
      layout->lanes[0] = 0;
      layout->order.push_back(0);
    } else if (layout->extents[0] > 1) {
      return "it has no rank for lane " + target.instruction.lanes[M].name;
    }
    layout->order.push_back(numRanks - 1);
    for (unsigned dim = 1; dim + 1 < numRanks; ++dim)
      layout->order.push_back(dim);
  }

  builder.setInsertionPoint(op);
  MLIRContext *context = op.getContext();
  SmallVector<AffineExpr, 2> element = {
      getAffineDimExpr(numRanks, context),
      getAffineDimExpr(numRanks + 1, context)};
  SmallVector<utils::IteratorType> iterators(numRanks + 2,
                                             utils::IteratorType::parallel);
  SmallVector<AffineMap> maps;
  SmallVector<Value> inputs;
  SmallVector<unsigned> widened;
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    PackedLayout own;
    own.extents = layout->extents;
    own.blocks = layout->blocks;
    for (unsigned i = 0; i < 2; ++i) {
      own.lanes[i] =
          layout->lanes[i] < 0 ? -1 : dimOfRank(map, layout->lanes[i]);
      if (own.lanes[i] < 0 && own.extents[i] > 1)
        return "a broadcast along lanes needs data that is repeated there";
    }
    for (int64_t rank : layout->order)
      if (int64_t dim = dimOfRank(map, rank); dim >= 0)
        own.order.push_back(dim);
    Value value = getPacked(op.getLoc(), input->get(), own);
    if (isReadExtended(op, *input)) {
      if (target.instruction.lanes[N].extent !=
          target.instruction.lanes[K].extent)
        return "an i8 operand needs blocks of inputs and results of one size";
      value = widen(op.getLoc(), value);
      widened.push_back(inputs.size());
    }
    inputs.push_back(value);
    maps.push_back(packMap(map, own, numRanks + 2, element));
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  maps.push_back(packMap(op.getMatchingIndexingMap(op.getDpsInitOperand(0)),
                         *layout, numRanks + 2, element));
  RankedTensorType packedType = layout->getPackedType(type);
  Value empty = tensor::EmptyOp::create(
      builder, op.getLoc(), packedType.getShape(), packedType.getElementType());
  SmallVector<std::string> lanes(numRanks);
  for (int64_t extent : layout->extents)
    lanes.push_back(extent == 1 ? "" : kWholeRank.str());
  linalg::GenericOp packed = rebuild(op, inputs, empty, maps, iterators, lanes);
  for (unsigned position : widened) {
    BlockArgument value = packed.getBody()->getArgument(position);
    for (Operation *extend : llvm::make_early_inc_range(value.getUsers())) {
      extend->getResult(0).replaceAllUsesWith(value);
      extend->erase();
    }
    value.setType(builder.getI32Type());
  }
  finish(op, packed->getResult(0), *layout);
  return "";
}

void FunctionPacker::run() {
  // Program order, so that every op sees its operands' final layouts.
  SmallVector<linalg::LinalgOp> ops;
  program.func.walk([&](linalg::LinalgOp op) {
    if (!isa<linalg::FillOp>(op))
      ops.push_back(op);
  });
  hostOps = findHostOps(ops);
  for (linalg::LinalgOp op : ops) {
    std::string why = hostOps.lookup(op);
    auto *found = llvm::find(program.ops, op);
    if (why.empty() && found == program.ops.end())
      why = "it is no Einsum";
    if (why.empty()) {
      auto generic = cast<linalg::GenericOp>(op.getOperation());
      unsigned einsum = found - program.ops.begin();
      why = op.getNumReductionLoops() > 0 ? packContraction(generic, einsum)
                                          : packElementwise(generic);
    }
    if (why.empty())
      continue;
    op->setAttr(kHostAttrName, builder.getUnitAttr());
    op->emitRemark() << "stays on the host: " << why;
  }
  // What is left of the unpacked values is for the host.
  for (Operation *op : replaced) {
    const Packed &packed = packedOf[op->getResult(0)];
    auto stays = [&](OpOperand &use) {
      Operation *user = use.getOwner();
      if (replaced.contains(user))
        return false;
      // Paddings that were packed have no reader left.
      return !(isa<tensor::PadOp>(user) &&
               llvm::all_of(user->getUsers(), [&](Operation *reader) {
                 return replaced.contains(reader);
               }));
    };
    if (llvm::none_of(op->getUses(), stays))
      continue;
    builder.setInsertionPointAfterValue(packed.value);
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    Value whole =
        unpackTensor(builder, op->getLoc(), packed.value, type, packed.layout);
    op->getResult(0).replaceUsesWithIf(whole, stays);
  }
  for (Operation *op : llvm::reverse(replaced)) {
    for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
      if (user->use_empty())
        user->erase();
    op->erase();
  }
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

void PackOperands::runOnOperation() {
  FailureOr<model::Architecture> arch = lookupArchitecture(getOperation());
  if (failed(arch))
    return signalPassFailure();
  llvm::Expected<MatrixTarget> target = MatrixTarget::find(*arch);
  if (!target) {
    emitError(getOperation().getLoc()) << llvm::toString(target.takeError());
    return signalPassFailure();
  }
  if (embedding != "best" && embedding != "fixed") {
    emitError(getOperation().getLoc()) << "unknown embedding \"" << embedding
                                       << "\": best and fixed are known";
    return signalPassFailure();
  }
  for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
    FailureOr<FunctionEinsums> program = analyzeFunction(func);
    if (failed(program))
      return signalPassFailure();
    FunctionPacker(*program, *target,
                   embedding == "fixed" ? EmbeddingScheme::Fixed
                                        : EmbeddingScheme::Best)
        .run();
  }
}
