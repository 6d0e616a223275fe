//===- OutlineDevice.cpp - Packed ops become device functions -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ops get a level: how often data has come back from the device before them.
// The packed ops of one level depend on nothing that later levels make, so they
// can be one call.
//
//===----------------------------------------------------------------------===//

#include "PackedConstant.h"

#include "accel/Dialect/Accel/Transforms/Passes.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::accel {
#define GEN_PASS_DEF_ACCELOUTLINEDEVICE
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"
} // namespace mlir::accel

using namespace mlir;
using namespace mlir::accel;

namespace {

/// Outlines the device ops of one host function.
class Outliner {
public:
  Outliner(func::FuncOp host, SymbolTable &symbols)
      : host(host), symbols(symbols), builder(host.getContext()) {}

  void run();

private:
  void assignLevels();
  void outline(ArrayRef<Operation *> ops, StringRef name);
  void cloneInputsOf(Operation *op);
  Value cloneInput(Value value);
  DictionaryAttr describeArgument(Value value);
  DictionaryAttr describeResult(Value value);
  DictionaryAttr describe(const PackChain &chain, StringAttr name);
  void sortArguments();

  func::FuncOp host;
  SymbolTable &symbols;
  OpBuilder builder;
  llvm::MapVector<unsigned, SmallVector<Operation *>> levels;

  /// The function after which the next one goes.
  Operation *last = host;

  // State of one device function.
  func::FuncOp device;
  IRMapping mapping;
  llvm::SetVector<Operation *> members;
  SmallVector<Value> arguments;
  SmallVector<Attribute> argumentAttrs;
};

struct OutlineDevice
    : public mlir::accel::impl::AccelOutlineDeviceBase<OutlineDevice> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      Outliner(function, symbols).run();
  }
};

} // namespace

static bool isDeviceOp(Operation *op) { return op->hasAttr(kLanesAttrName); }

/// Ops without weight of their own that go wherever their reader is.
static bool isSupport(Operation *op) {
  return isa<tensor::EmptyOp, linalg::FillOp, tensor::PadOp>(op) ||
         op->hasTrait<OpTrait::ConstantLike>();
}

void Outliner::assignLevels() {
  struct Level {
    unsigned number = 0;
    bool onDevice = false;
  };
  DenseMap<Value, Level> levelOf;
  for (Operation &op : host.getBody().front()) {
    bool onDevice = isDeviceOp(&op);
    Level level;
    op.walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (auto it = levelOf.find(operand); it != levelOf.end()) {
          bool comesBack = it->second.onDevice && !onDevice && !isSupport(&op);
          level.number =
              std::max(level.number, it->second.number + unsigned(comesBack));
          level.onDevice |= it->second.onDevice && isSupport(&op);
        }
    });
    level.onDevice |= onDevice;
    for (Value result : op.getResults())
      levelOf[result] = level;
    if (onDevice)
      levels[level.number].push_back(&op);
  }
}

DictionaryAttr Outliner::describe(const PackChain &chain, StringAttr name) {
  SmallVector<NamedAttribute> attrs;
  if (chain.layout)
    attrs.emplace_back(kLayoutAttrName, AffineMapAttr::get(chain.layout));
  else
    attrs.emplace_back(kGatherAttrName, AffineMapAttr::get(chain.gather));
  if (name)
    attrs.emplace_back(kNameAttrName, name);
  auto type = cast<RankedTensorType>(chain.source.getType());
  attrs.emplace_back(kShapeAttrName,
                     builder.getDenseI64ArrayAttr(type.getShape()));
  return builder.getDictionaryAttr(attrs);
}

/// A value that lies as it is.
static PackChain asIs(OpBuilder &builder, Value value) {
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  return {value, builder.getMultiDimIdentityMap(rank), AffineMap()};
}

/// A device argument carries the layout of the host's pack, and the name of the
/// host's argument or op that it comes from.
DictionaryAttr Outliner::describeArgument(Value value) {
  std::optional<PackChain> chain = findPack(value);
  if (!chain)
    return describe(asIs(builder, value), {});
  StringAttr name;
  if (auto argument = dyn_cast<BlockArgument>(chain->source)) {
    unsigned number = argument.getArgNumber();
    name = host.getArgAttrOfType<StringAttr>(number, kNameAttrName);
    if (!name)
      name = builder.getStringAttr("arg" + Twine(number));
  }
  // What a host op made goes by the op's name.
  if (Operation *maker = chain->source.getDefiningOp())
    name = maker->getAttrOfType<StringAttr>(kNameAttrName);
  return describe(*chain, name);
}

DictionaryAttr Outliner::describeResult(Value value) {
  auto name = value.getDefiningOp()->getAttrOfType<StringAttr>(kNameAttrName);
  for (Operation *user : value.getUsers())
    if (std::optional<PackChain> chain = findUnpack(user))
      return describe(*chain, name);
  return describe(asIs(builder, value), name);
}

/// Arguments that come from the host's own stand in the host's order, whatever
/// reads them first; others follow.
void Outliner::sortArguments() {
  auto hostPosition = [&](unsigned argument) {
    std::optional<PackChain> chain = findPack(arguments[argument]);
    auto own =
        dyn_cast<BlockArgument>(chain ? chain->source : arguments[argument]);
    return own ? own.getArgNumber() : host.getNumArguments();
  };
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(arguments.size()));
  llvm::sort(order, [&](unsigned a, unsigned b) {
    return std::make_pair(hostPosition(a), a) <
           std::make_pair(hostPosition(b), b);
  });
  Block &body = device.getBody().front();
  unsigned count = order.size();
  SmallVector<Value> values;
  SmallVector<Attribute> attrs;
  for (unsigned old : order) {
    values.push_back(arguments[old]);
    attrs.push_back(argumentAttrs[old]);
    BlockArgument before = body.getArgument(old);
    before.replaceAllUsesWith(
        body.addArgument(before.getType(), before.getLoc()));
  }
  body.eraseArguments(0, count);
  arguments = std::move(values);
  argumentAttrs = std::move(attrs);
}

/// Brings what `op` and its regions read into the device function.
void Outliner::cloneInputsOf(Operation *op) {
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (operand.getParentBlock() == &host.getBody().front())
        cloneInput(operand);
  });
}

/// The value inside the device function that stands for `value` of the host.
Value Outliner::cloneInput(Value value) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  if (op && isSupport(op)) {
    cloneInputsOf(op);
    return builder.clone(*op, mapping)->getResult(0);
  }
  if (DenseElementsAttr constant = packConstant(value)) {
    Value inside = arith::ConstantOp::create(builder, value.getLoc(), constant);
    mapping.map(value, inside);
    return inside;
  }
  Value inside =
      device.getBody().front().addArgument(value.getType(), value.getLoc());
  arguments.push_back(value);
  argumentAttrs.push_back(describeArgument(value));
  mapping.map(value, inside);
  return inside;
}

void Outliner::outline(ArrayRef<Operation *> ops, StringRef name) {
  MLIRContext *context = host.getContext();
  members.clear();
  members.insert(ops.begin(), ops.end());
  mapping.clear();
  arguments.clear();
  argumentAttrs.clear();

  device = func::FuncOp::create(host.getLoc(), name,
                                builder.getFunctionType({}, {}));
  symbols.insert(device, std::next(last->getIterator()));
  last = device;
  Block *body = device.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  SmallVector<Value> results;
  SmallVector<Attribute> resultAttrs;
  for (Operation *op : ops) {
    cloneInputsOf(op);
    builder.clone(*op, mapping);
    // A result leaves if anything but packed ops of this level reads it, also
    // through a padding.
    std::function<bool(Operation *)> leaves = [&](Operation *user) {
      if (members.contains(user))
        return false;
      return !isSupport(user) || llvm::any_of(user->getUsers(), leaves);
    };
    Value result = op->getResult(0);
    if (llvm::any_of(result.getUsers(), leaves)) {
      results.push_back(result);
      resultAttrs.push_back(describeResult(result));
    }
  }
  SmallVector<Value> inside;
  for (Value result : results)
    inside.push_back(mapping.lookup(result));
  sortArguments();
  func::ReturnOp::create(builder, host.getLoc(), inside);
  device.setFunctionType(
      builder.getFunctionType(body->getArgumentTypes(), TypeRange(inside)));
  device.setAllArgAttrs(argumentAttrs);
  device.setAllResultAttrs(resultAttrs);
  device->setAttr("accel.device", UnitAttr::get(context));

  builder.setInsertionPointAfter(ops.back());
  auto call = func::CallOp::create(builder, host.getLoc(), device, arguments);
  for (auto [old, result] : llvm::zip(results, call.getResults()))
    old.replaceAllUsesWith(result);
  for (Operation *op : llvm::reverse(ops)) {
    for (Operation *user : llvm::make_early_inc_range(op->getUsers()))
      if (user->use_empty())
        user->erase();
    op->erase();
  }
  sortTopologically(&host.getBody().front());
}

void Outliner::run() {
  if (host.isExternal() || host->hasAttr("accel.device"))
    return;
  host->setAttr(kHostAttrName, builder.getUnitAttr());
  assignLevels();
  for (auto &[level, ops] : levels) {
    std::string name = (host.getSymName() + "_device").str();
    if (levels.size() > 1)
      name += std::to_string(level);
    outline(ops, name);
  }
}
