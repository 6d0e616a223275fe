//===- FunctionEinsums.cpp - A function as a program of Einsums -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Analysis/TensorView.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/CastInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

int FunctionEinsums::findAccess(unsigned einsum, unsigned operand) const {
  const auto &operands = operandOf[einsum];
  const unsigned *found = llvm::find(operands, operand);
  return found == operands.end() ? -1 : found - operands.begin();
}

namespace {

/// Builds the graph op by op.
class GraphBuilder {
public:
  GraphBuilder(func::FuncOp func, const model::Architecture *arch)
      : arch(arch) {
    result.func = func;
  }

  FailureOr<FunctionEinsums> build();

private:
  void visit(Block &block);
  /// Empty if `op` is an Einsum, else why it is none.
  std::string whyNot(linalg::LinalgOp op);
  /// False, and nothing is added, if no compute unit takes the Einsum.
  bool addEinsum(linalg::LinalgOp op);
  model::TensorAccess makeAccess(linalg::LinalgOp op, OpOperand &operand);
  unsigned tensorOf(Value base);
  std::string nameOf(Value base);
  /// `value` is used by something that is no Einsum.
  void escape(Value value);

  const model::Architecture *arch;
  FunctionEinsums result;
  DenseMap<Value, unsigned> tensorIds;
  DenseMap<Value, unsigned> einsumOfResult;
  unsigned numLinalgOps = 0;
  unsigned numConstants = 0;
  unsigned numOthers = 0;
};

} // namespace

/// True for operands that the Einsum moves: tensors, except those of which only
/// the shape counts (the window of a pooling).
static bool isMoved(linalg::LinalgOp op, OpOperand &operand) {
  if (!isa<RankedTensorType>(operand.get().getType()))
    return false;
  return op.isDpsInit(&operand) || op.payloadUsesValueFromOperand(&operand);
}

std::string GraphBuilder::whyNot(linalg::LinalgOp op) {
  if (op->hasAttr(kHostAttrName))
    return "stays on the host";
  if (!op.hasPureTensorSemantics())
    return "does not work on tensors";
  if (op->getNumResults() != 1)
    return "has " + std::to_string(op->getNumResults()) + " results, not one";
  for (OpOperand &operand : op->getOpOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand.get().getType()))
      if (!type.hasStaticShape()) {
        std::string text;
        llvm::raw_string_ostream(text) << "has dynamic shape " << type
                                       << ", only static shapes are mapped";
        return text;
      }
  if (llvm::is_contained(op.getStaticLoopRanges(), 0))
    return "has an empty tensor";
  if (op.getNumLoops() == 0)
    return "has no loops";
  bool reads = false;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isMoved(op, operand))
      continue;
    reads |= !op.isDpsInit(&operand);
    for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults())
      if (!linearize(expr, op.getNumLoops()))
        return "has an index that is no sum of loops";
    if (!operand.get().getType().isIntOrIndexOrFloat() &&
        !getElementTypeOrSelf(operand.get().getType()).isIntOrIndexOrFloat())
      return "has elements that are no numbers";
  }
  if (!reads)
    return "reads no tensor";
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  if (llvm::any_of(captured, [](Value value) {
        return isa<ShapedType>(value.getType());
      }))
    return "reads a tensor at indices that it computes";
  return "";
}

unsigned GraphBuilder::tensorOf(Value base) {
  auto [entry, isNew] =
      tensorIds.try_emplace(base, result.graph.tensors.size());
  if (!isNew)
    return entry->second;
  auto type = cast<RankedTensorType>(base.getType());
  model::Tensor tensor;
  tensor.name = nameOf(base);
  tensor.shape.assign(type.getShape().begin(), type.getShape().end());
  Type element = type.getElementType();
  tensor.bitsPerValue =
      element.isIndex() ? 64.0 : double(element.getIntOrFloatBitWidth());
  if (auto argument = dyn_cast<BlockArgument>(base))
    tensor.persistent = bool(
        result.func.getArgAttr(argument.getArgNumber(), kPersistentAttrName));
  result.graph.tensors.push_back(std::move(tensor));
  result.values.push_back(base);
  return entry->second;
}

/// A tensor is named after its producer, an argument after its position.
std::string GraphBuilder::nameOf(Value base) {
  if (auto argument = dyn_cast<BlockArgument>(base))
    return "%arg" + std::to_string(argument.getArgNumber());
  if (auto found = einsumOfResult.find(base); found != einsumOfResult.end())
    return result.graph.einsums[found->second].name;
  Operation *op = base.getDefiningOp();
  if (op->hasTrait<OpTrait::ConstantLike>())
    return "const#" + std::to_string(numConstants++);
  return op->getName().getStringRef().str() + "#" + std::to_string(numOthers++);
}

model::TensorAccess GraphBuilder::makeAccess(linalg::LinalgOp op,
                                             OpOperand &operand) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  SmallVector<model::LinearExpr, 4> index;
  for (AffineExpr expr : map.getResults())
    index.push_back(*linearize(expr, map.getNumDims()));
  TensorView view = resolveView(operand.get());
  model::TensorAccess access;
  access.tensor = tensorOf(view.base);
  for (const model::LinearExpr &expr : view.index)
    access.projection.push_back(compose(expr, index));
  return access;
}

/// Nothing, or one value everywhere, is no data that must be read.
static bool startsAccumulation(Value value) {
  Value base = resolveView(value).base;
  Operation *op = base.getDefiningOp();
  DenseElementsAttr constant;
  return op &&
         (isa<tensor::EmptyOp, linalg::FillOp>(op) ||
          (matchPattern(op, m_Constant(&constant)) && constant.isSplat()));
}

/// The kind that the op's projections, as written, make it.
static model::Einsum outline(linalg::LinalgOp op) {
  model::Einsum einsum;
  einsum.isCopy = isa<linalg::CopyOp>(op);
  einsum.ranks.resize(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isMoved(op, operand))
      continue;
    model::TensorAccess access;
    for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults())
      access.projection.push_back(*linearize(expr, op.getNumLoops()));
    einsum.accesses.push_back(std::move(access));
  }
  einsum.kind = einsum.deriveKind();
  return einsum;
}

/// Sets what a point and a tile of the op cost on `unit`, whose description may
/// say what the ops of a body count for. Changes of width are free.
static void countOps(linalg::LinalgOp op, const model::ComputeUnit &unit,
                     model::Einsum &einsum) {
  if (unit.opsPerConstantOp == 0 && unit.opsPerTensorOp == 0)
    return;
  einsum.opsPerPoint = einsum.opsPerTile = 0;
  for (Operation &inner : op.getBlock()->without_terminator()) {
    if (isa<CastOpInterface>(inner) || inner.hasTrait<OpTrait::ConstantLike>())
      continue;
    bool hasConstant = llvm::any_of(inner.getOperands(), [](Value operand) {
      return matchPattern(operand, m_Constant());
    });
    einsum.opsPerPoint +=
        hasConstant ? unit.opsPerConstantOp : unit.opsPerTensorOp;
    ++einsum.opsPerTile;
  }
}

/// `name` without what separates names in reports and LoopTrees.
static std::string usableName(StringRef name) {
  std::string text = name.str();
  for (char &c : text)
    if (StringRef(" \t\r\n,|/%").contains(c))
      c = '_';
  return text;
}

bool GraphBuilder::addEinsum(linalg::LinalgOp op) {
  model::Einsum einsum = outline(op);
  if (arch && !einsum.isCopy && arch->unitsFor(einsum).empty())
    return false;
  if (arch && !einsum.isCopy)
    countOps(op, *arch->unit(arch->unitsFor(einsum).front()), einsum);
  einsum.ranks.clear();
  einsum.accesses.clear();
  if (auto name = op->getAttrOfType<StringAttr>(kNameAttrName))
    einsum.name = name.str();
  else
    einsum.name = usableName(result.func.getSymName()) + "#" +
                  std::to_string(numLinalgOps);
  auto lanes = op->getAttrOfType<ArrayAttr>(kLanesAttrName);
  for (auto [rank, bound] : llvm::enumerate(op.getStaticLoopRanges())) {
    model::Rank r;
    r.bound = bound;
    if (lanes && rank < lanes.size())
      if (auto fanout = dyn_cast<StringAttr>(lanes[rank])) {
        r.whole = fanout == kWholeRank;
        r.lanes = r.whole ? "" : fanout.str();
      }
    einsum.ranks.push_back(std::move(r));
  }

  SmallVector<unsigned, 4> operands;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    if (!isMoved(op, *operand))
      continue;
    einsum.accesses.push_back(makeAccess(op, *operand));
    operands.push_back(operand->getOperandNumber());
  }
  OpOperand &init = *op.getDpsInitOperand(0);
  // Earlier contents that the op adds to come from the outermost memory.
  einsum.readsInit =
      op.payloadUsesValueFromOperand(&init) && !startsAccumulation(init.get());
  if (einsum.readsInit)
    escape(init.get());

  unsigned id = result.graph.einsums.size();
  result.graph.einsums.push_back(einsum);
  einsumOfResult[op->getResult(0)] = id;
  model::TensorAccess output;
  output.tensor = tensorOf(op->getResult(0));
  result.graph.tensors[output.tensor].staysOnChip =
      op->hasAttr(kOnChipAttrName);
  for (AffineExpr expr : op.getMatchingIndexingMap(&init).getResults())
    output.projection.push_back(*linearize(expr, op.getNumLoops()));
  einsum.accesses.push_back(std::move(output));
  operands.push_back(init.getOperandNumber());
  for (auto [position, access] : llvm::enumerate(einsum.accesses))
    access.role = model::roleOfOperand(position, einsum.numInputs());

  result.graph.einsums.back() = std::move(einsum);
  result.ops.push_back(op);
  result.operandOf.push_back(std::move(operands));
  return true;
}

void GraphBuilder::escape(Value value) {
  if (!isa<RankedTensorType>(value.getType()))
    return;
  Value base = resolveView(value).base;
  if (auto found = tensorIds.find(base); found != tensorIds.end())
    result.graph.tensors[found->second].isResult = true;
}

void GraphBuilder::visit(Block &block) {
  for (Operation &op : block) {
    if (auto group = dyn_cast<GroupOp>(op)) {
      visit(group.getBody().front());
      continue;
    }
    if (isa<YieldOp, tensor::EmptyOp, linalg::FillOp>(op) ||
        op.hasTrait<OpTrait::ConstantLike>() || isLinearView(&op))
      continue;
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
      std::string reason = whyNot(linalgOp);
      if (reason.empty()) {
        if (addEinsum(linalgOp)) {
          ++numLinalgOps;
          continue;
        }
        reason = "runs on no compute unit of target \"" + arch->name + "\"";
      }
      ++numLinalgOps;
      result.barriers.push_back({&op, reason});
    } else if (!op.hasTrait<OpTrait::IsTerminator>() &&
               llvm::any_of(op.getResultTypes(), llvm::IsaPred<TensorType>)) {
      bool isView =
          isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
              tensor::ExtractSliceOp, tensor::PadOp, tensor::CastOp>(op);
      result.barriers.push_back(
          {&op, isView ? "is a view whose indices are no sums of loops"
                : isa<linalg::AggregatedOpInterface>(op)
                    ? "stands for several linalg ops, and "
                      "accel-decompose-aggregates has not split it"
                    : "is no linalg op"});
    }
    // Also what a region of the op reads from around it leaves the chip.
    op.walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        escape(operand);
    });
  }
}

FailureOr<FunctionEinsums> GraphBuilder::build() {
  visit(result.func.getBody().front());
  // How often blocks behind a branch run is not known: nothing there is mapped.
  for (Block &block : llvm::drop_begin(result.func.getBody()))
    for (Operation &op : block) {
      if (isa<linalg::LinalgOp>(op) && !isa<linalg::FillOp>(op))
        result.barriers.push_back({&op, "stands behind a branch"});
      op.walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          escape(operand);
      });
    }
  for (auto [id, einsum] : llvm::enumerate(result.graph.einsums))
    for (auto [other, op] :
         llvm::enumerate(ArrayRef(result.ops).take_front(id)))
      if (result.graph.einsums[other].name == einsum.name) {
        InFlightDiagnostic diag =
            result.ops[id]->emitError()
            << "accel.name \"" << einsum.name
            << "\" stands twice, but names must be unique in a function";
        diag.attachNote(op->getLoc()) << "first op of that name";
        return failure();
      }
  result.graph.name = result.func.getSymName().str();
  if (llvm::Error error = result.graph.finalize())
    return emitError(result.func.getLoc()) << llvm::toString(std::move(error));
  return std::move(result);
}

FailureOr<FunctionEinsums>
mlir::accel::analyzeFunction(func::FuncOp func,
                             const model::Architecture *arch) {
  if (func.isExternal() || func->hasAttr(kHostAttrName)) {
    FunctionEinsums empty;
    empty.func = func;
    return empty;
  }
  return GraphBuilder(func, arch).build();
}
