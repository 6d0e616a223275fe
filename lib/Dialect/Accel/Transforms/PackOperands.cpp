//===- PackOperands.cpp - Embeds ops into the matrix unit -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstructionFit.h"
#include "PackedLayout.h"

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/Transforms/Passes.h"
#include "accel/Embedding/GecodeSolver.h"

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

/// The matrix instruction of a target, and the fan-outs that are its lanes.
struct MatrixTarget {
  model::MatrixInstruction instruction;
  /// Fan-out of lanes m, n, k.
  std::array<std::string, 3> fanouts;
};

/// Lanes of the instruction, in the order of `MatrixInstruction::vtaGemm`.
enum Lane { M = 0, N = 1, K = 2 };

/// The lanes that are the two dimensions of a role's element.
constexpr std::array<std::array<Lane, 2>, 3> kElementLanes = {
    {{M, K}, {N, K}, {M, N}}};

/// Packs the ops of one function.
class FunctionPacker {
public:
  FunctionPacker(FunctionEinsums &program, const MatrixTarget &target)
      : program(program), target(target), builder(program.func.getContext()) {}

  void run();

private:
  /// Rewrites an op; gives the reason if no instruction can run it.
  std::string packContraction(linalg::GenericOp op, unsigned einsum);
  std::string packElementwise(linalg::GenericOp op);

  PackedLayout layoutOfOperand(linalg::GenericOp op, OpOperand &operand,
                               model::Role role, ArrayRef<int64_t> laneRanks);
  Value getPacked(Location loc, Value value, const PackedLayout &layout);
  linalg::GenericOp rebuild(linalg::GenericOp op, ArrayRef<Value> inputs,
                            Value init, ArrayRef<AffineMap> maps,
                            ArrayRef<utils::IteratorType> iterators,
                            ArrayRef<std::string> lanes);
  void finish(linalg::GenericOp op, Value packed, const PackedLayout &layout);

  FunctionEinsums &program;
  const MatrixTarget &target;
  OpBuilder builder;
  struct Packed {
    Value value;
    PackedLayout layout;
  };
  DenseMap<Value, Packed> packedOf;
  llvm::SetVector<Operation *> replaced;
};

struct PackOperands
    : public mlir::accel::impl::AccelPackOperandsBase<PackOperands> {
  void runOnOperation() override;

private:
  FailureOr<MatrixTarget> findMatrixUnit(const model::Architecture &arch);
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
                                             ArrayRef<int64_t> laneRanks) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  PackedLayout layout;
  for (auto [i, lane] : llvm::enumerate(kElementLanes[unsigned(role)])) {
    layout.lanes[i] =
        laneRanks[lane] < 0 ? -1 : dimOfRank(map, laneRanks[lane]);
    layout.extents[i] = target.instruction.lanes[lane].extent;
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

Value FunctionPacker::getPacked(Location loc, Value value,
                                const PackedLayout &layout) {
  if (auto it = packedOf.find(value);
      it != packedOf.end() && it->second.layout == layout)
    return it->second.value;
  auto pad = value.getDefiningOp<tensor::PadOp>();
  Value padding = pad ? pad.getConstantPaddingValue() : Value();
  if (!padding || !matchPattern(padding, m_Zero()))
    return packTensor(builder, loc, value, layout);
  // Zeros around stay zeros around as long as no element is cut by the border.
  SmallVector<OpFoldResult> low, high;
  for (int64_t dim : layout.order) {
    low.push_back(pad.getMixedLowPad()[dim]);
    high.push_back(pad.getMixedHighPad()[dim]);
    if (llvm::is_contained(layout.lanes, dim) &&
        !(isConstantIntValue(low.back(), 0) &&
          isConstantIntValue(high.back(), 0)))
      return packTensor(builder, loc, value, layout);
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

std::string FunctionPacker::packContraction(linalg::GenericOp op,
                                            unsigned einsum) {
  llvm::Expected<model::Problem> problem =
      model::Problem::create(program.graph, einsum, target.instruction,
                             model::EmbeddingOptions::plainPacking());
  if (!problem)
    return llvm::toString(problem.takeError());
  llvm::Expected<model::SolveResult> solved = model::solveWithGecode(*problem);
  if (!solved)
    return llvm::toString(solved.takeError());
  std::array<int64_t, 3> laneRanks = {-1, -1, -1};
  for (const model::EmbeddedAxis &axis : solved->embeddings.front().axes)
    if (axis.lane >= 0)
      laneRanks[axis.lane] = axis.ranks.front();
  // An empty lane of one position needs no rank; others are filled with zeros
  // by any rank that may sit there.
  for (Lane lane : {M, N, K}) {
    if (laneRanks[lane] >= 0)
      continue;
    model::Signature wanted = target.instruction.signature(lane);
    for (unsigned rank = 0; rank < problem->ranks.size(); ++rank) {
      const model::Axis &axis = problem->axes[rank];
      if (problem->signature(rank) == wanted && axis.plain[0] &&
          axis.plain[1] && axis.plain[2]) {
        laneRanks[lane] = rank;
        break;
      }
    }
    if (laneRanks[lane] < 0 && target.instruction.lanes[lane].extent > 1)
      return "no rank of the op fits lane " +
             target.instruction.lanes[lane].name;
  }

  builder.setInsertionPoint(op);
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
    PackedLayout layout = layoutOfOperand(op, operand, role, laneRanks);
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
  finish(op, packed->getResult(0), outputLayout);
  return "";
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
  for (OpOperand *input : op.getDpsInputOperands()) {
    AffineMap map = op.getMatchingIndexingMap(input);
    PackedLayout own;
    own.extents = layout->extents;
    for (unsigned i = 0; i < 2; ++i) {
      own.lanes[i] =
          layout->lanes[i] < 0 ? -1 : dimOfRank(map, layout->lanes[i]);
      if (own.lanes[i] < 0 && own.extents[i] > 1)
        return "a broadcast along lanes needs data that is repeated there";
    }
    for (int64_t rank : layout->order)
      if (int64_t dim = dimOfRank(map, rank); dim >= 0)
        own.order.push_back(dim);
    inputs.push_back(getPacked(op.getLoc(), input->get(), own));
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
  DenseMap<Operation *, std::string> hostOps = findHostOps(ops);
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

FailureOr<MatrixTarget>
PackOperands::findMatrixUnit(const model::Architecture &arch) {
  MatrixTarget target;
  for (unsigned node = 0; node < arch.nodes.size(); ++node) {
    const model::ComputeUnit *unit = arch.unit(node);
    if (!unit || !unit->matrixUnit)
      continue;
    const model::MatrixUnit &shape = *unit->matrixUnit;
    target.instruction = model::MatrixInstruction::vtaGemm(
        shape.batch, shape.blockIn, shape.blockOut);
    // A lane is the fan-out that shares the role which does not index it.
    const std::pair<Lane, model::Role> shared[] = {{M, model::Role::Weight},
                                                   {N, model::Role::Input},
                                                   {K, model::Role::Output}};
    for (auto [lane, role] : shared) {
      int64_t extent = target.instruction.lanes[lane].extent;
      for (unsigned above : arch.pathTo(node).nodes)
        if (const model::Fanout *fanout = arch.fanout(above))
          if (fanout->reuse == model::RoleSet::of(role) && fanout->n == extent)
            target.fanouts[lane] = fanout->name;
      if (target.fanouts[lane].empty() && extent > 1)
        return emitError(getOperation().getLoc())
               << "target \"" << arch.name << "\" has a matrix unit with "
               << extent << " lanes " << target.instruction.lanes[lane].name
               << " but no fan-out of n = " << extent << " with reuse = ["
               << model::stringifyRole(role) << "]";
    }
    return target;
  }
  return emitError(getOperation().getLoc())
         << "target \"" << arch.name
         << "\" has no compute unit with a matrix shape to embed into";
}

void PackOperands::runOnOperation() {
  FailureOr<model::Architecture> arch = lookupArchitecture(getOperation());
  if (failed(arch))
    return signalPassFailure();
  FailureOr<MatrixTarget> target = findMatrixUnit(*arch);
  if (failed(target))
    return signalPassFailure();
  for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
    FailureOr<FunctionEinsums> program = analyzeFunction(func);
    if (failed(program))
      return signalPassFailure();
    FunctionPacker(*program, *target).run();
  }
}
