//===- DeviceTensors.cpp - Memrefs as tensors in DRAM ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceTensors.h"
#include "accel/Dialect/Accel/Transforms/ElementView.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::accel;
namespace vta = ::accel::vta;

/// The affine map `map` as text that vta::Layout reads.
static std::string textOf(AffineMap map) {
  std::string text;
  llvm::raw_string_ostream os(text);
  map.print(os);
  return text;
}

FailureOr<vta::TensorRecord> DeviceTensors::reserve(Value root, StringRef name,
                                                    vta::Role role) {
  auto type = dyn_cast<MemRefType>(root.getType());
  if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity())
    return emitError(root.getLoc())
           << "a tensor of a VTA program needs a static, dense memref, found "
           << root.getType();
  vta::TensorRecord record;
  if (type.getElementType().isInteger(8))
    record.elementType = vta::ElementType::I8;
  else if (type.getElementType().isInteger(32))
    record.elementType = vta::ElementType::I32;
  else
    return emitError(root.getLoc())
           << "a tensor of a VTA program needs i8 or i32 values, found "
           << type.getElementType();
  unsigned repeated = names[name]++;
  record.name =
      repeated == 0 ? name.str() : (name + "_" + Twine(repeated)).str();
  record.role = role;
  next = llvm::alignTo(next, alignment);
  record.dramBase = next;
  record.size = type.getNumElements() * (type.getElementTypeBitWidth() / 8);
  next += record.size;
  if (next > vta::kMaxDramBytes)
    return emitError(root.getLoc())
           << "the tensors of the program need " << next
           << " bytes up to this one but addresses reach "
           << vta::kMaxDramBytes;
  bases[root] = record.dramBase;
  return record;
}

LogicalResult DeviceTensors::setGather(vta::TensorRecord &record,
                                       MemRefType type,
                                       DictionaryAttr attributes,
                                       Location loc) {
  auto gather = attributes.getAs<AffineMapAttr>(kGatherAttrName);
  auto shape = attributes.getAs<DenseI64ArrayAttr>(kShapeAttrName);
  if (!gather || !shape || gather.getValue().getNumSymbols() != 0 ||
      int64_t(gather.getValue().getNumDims()) != type.getRank() ||
      gather.getValue().getNumResults() != shape.size())
    return emitError(loc) << "\"" << kGatherAttrName
                          << "\" needs to map the dimensions of " << type
                          << " to those of \"" << kShapeAttrName << "\", found "
                          << gather;
  record.shape.assign(shape.asArrayRef().begin(), shape.asArrayRef().end());
  record.packedShape.assign(type.getShape().begin(), type.getShape().end());
  for (unsigned dim = 0; dim < shape.size(); ++dim) {
    llvm::Expected<vta::Layout> map =
        vta::Layout::parse(textOf(gather.getValue().getSubMap({dim})));
    if (!map)
      return emitError(loc) << llvm::toString(map.takeError());
    record.gather.push_back(*map);
  }
  return success();
}

LogicalResult DeviceTensors::setLayout(vta::TensorRecord &record,
                                       MemRefType type,
                                       DictionaryAttr attributes,
                                       Location loc) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)) ||
      ShapedType::isDynamic(offset) ||
      llvm::any_of(strides, ShapedType::isDynamic))
    return emitError(loc) << "a tensor of a VTA program needs static strides, "
                             "found "
                          << type;
  MLIRContext *context = type.getContext();
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  AffineExpr address = getAffineConstantExpr(offset * bytes, context);
  for (auto [dim, stride] : llvm::enumerate(strides))
    if (type.getDimSize(dim) != 1)
      address = address + getAffineDimExpr(dim, context) * (stride * bytes);
  AffineMap map = AffineMap::get(type.getRank(), 0, address);
  record.shape.assign(type.getShape().begin(), type.getShape().end());
  if (attributes && attributes.contains(kGatherAttrName))
    return setGather(record, type, attributes, loc);
  if (attributes) {
    auto layout = attributes.getAs<AffineMapAttr>(kLayoutAttrName);
    auto shape = attributes.getAs<DenseI64ArrayAttr>(kShapeAttrName);
    if (bool(layout) != bool(shape))
      return emitError(loc) << "\"" << kLayoutAttrName << "\" and \""
                            << kShapeAttrName << "\" need to come together";
    if (layout) {
      AffineMap packed = layout.getValue();
      if (int64_t(packed.getNumResults()) != type.getRank() ||
          packed.getNumDims() != shape.size() || packed.getNumSymbols() != 0)
        return emitError(loc)
               << "\"" << kLayoutAttrName << "\" needs to map the "
               << shape.size() << " dimensions of \"" << kShapeAttrName
               << "\" to the " << type.getRank() << " of " << type << ", found "
               << layout;
      map = simplifyAffineMap(map.compose(packed));
      record.shape.assign(shape.asArrayRef().begin(), shape.asArrayRef().end());
    }
  }
  // A scalar is a tensor of one value.
  if (record.shape.empty()) {
    record.shape = {1};
    map = AffineMap::get(1, 0, map.getResult(0));
  }
  llvm::Expected<vta::Layout> layout = vta::Layout::parse(textOf(map));
  if (!layout)
    return emitError(loc) << llvm::toString(layout.takeError());
  record.layout = *layout;
  return success();
}

static StringRef nameIn(DictionaryAttr attributes, StringRef otherwise) {
  if (attributes)
    if (auto name = attributes.getAs<StringAttr>(kNameAttrName))
      return name.getValue();
  return otherwise;
}

LogicalResult DeviceTensors::addArguments(func::FuncOp func,
                                          vta::Program &program) {
  DenseSet<Value> stored;
  func.walk(
      [&](StoreOp store) { stored.insert(getViewRoot(store.getDest())); });
  for (BlockArgument arg : func.getArguments()) {
    DictionaryAttr attributes = func.getArgAttrDict(arg.getArgNumber());
    std::string name =
        nameIn(attributes, "arg" + std::to_string(arg.getArgNumber())).str();
    FailureOr<vta::TensorRecord> record = reserve(
        arg, name, stored.contains(arg) ? vta::Role::Output : vta::Role::Input);
    if (failed(record) ||
        failed(setLayout(*record, cast<MemRefType>(arg.getType()), attributes,
                         arg.getLoc())))
      return failure();
    program.tensors.push_back(std::move(*record));
  }
  return success();
}

LogicalResult DeviceTensors::addResults(func::FuncOp func,
                                        vta::Program &program) {
  Operation *terminator = func.getBody().front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands()) {
    unsigned index = operand.getOperandNumber();
    Value root = getViewRoot(operand.get());
    if (!root.getDefiningOp<memref::AllocOp>() || bases.count(root))
      return terminator->emitError()
             << "result " << index
             << " of a VTA program needs a buffer of its own, allocated in the "
                "function";
    DictionaryAttr attributes = func.getResultAttrDict(index);
    std::string name =
        nameIn(attributes, "result" + std::to_string(index)).str();
    FailureOr<vta::TensorRecord> record =
        reserve(root, name, vta::Role::Output);
    if (failed(record) ||
        failed(setLayout(*record, cast<MemRefType>(operand.get().getType()),
                         attributes, root.getLoc())))
      return failure();
    program.tensors.push_back(std::move(*record));
  }
  return success();
}

/// Appends the values as little-endian bytes, dense and row-major.
static LogicalResult appendBytes(memref::GlobalOp global,
                                 std::vector<uint8_t> &bytes) {
  MemRefType type = global.getType();
  unsigned width = type.getElementTypeBitWidth() / 8;
  Attribute value = global.getInitialValueAttr();
  if (auto dense = dyn_cast_or_null<DenseIntElementsAttr>(value)) {
    for (const APInt &element : dense.getValues<APInt>())
      for (unsigned byte = 0; byte < width; ++byte)
        bytes.push_back(
            static_cast<uint8_t>(element.extractBitsAsZExtValue(8, byte * 8)));
    return success();
  }
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(value)) {
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob()) {
      ArrayRef<char> data = blob->getData();
      if (int64_t(data.size()) == type.getNumElements() * width) {
        bytes.insert(bytes.end(), data.begin(), data.end());
        return success();
      }
    }
  }
  return global.emitError("a constant of a VTA program needs dense integers as "
                          "its initial value");
}

LogicalResult DeviceTensors::addGlobals(func::FuncOp func,
                                        vta::Program &program) {
  DenseMap<Operation *, int64_t> placed;
  SymbolTableCollection symbols;
  for (auto get : func.getOps<memref::GetGlobalOp>()) {
    auto global = symbols.lookupNearestSymbolFrom<memref::GlobalOp>(
        get, get.getNameAttr());
    if (!global)
      return get.emitOpError("needs a memref.global in the module");
    auto [it, isNew] = placed.try_emplace(global, 0);
    if (!isNew) {
      bases[get.getResult()] = it->second;
      continue;
    }
    FailureOr<vta::TensorRecord> record =
        reserve(get.getResult(), global.getSymName(), vta::Role::Constant);
    if (failed(record) ||
        failed(setLayout(*record, global.getType(), {}, global.getLoc())))
      return failure();
    it->second = record->dramBase;
    record->fileOffset = program.constants.size();
    if (failed(appendBytes(global, program.constants)))
      return failure();
    program.tensors.push_back(std::move(*record));
  }
  return success();
}

LogicalResult DeviceTensors::addBuffers(func::FuncOp func,
                                        vta::Program &program) {
  unsigned number = 0;
  for (auto alloc : func.getOps<memref::AllocOp>()) {
    if (isOnChip(alloc.getType()) || bases.count(alloc.getResult()))
      continue;
    FailureOr<vta::TensorRecord> record =
        reserve(alloc.getResult(), "scratch" + std::to_string(number++),
                vta::Role::Scratch);
    if (failed(record) ||
        failed(setLayout(*record, alloc.getType(), {}, alloc.getLoc())))
      return failure();
    program.tensors.push_back(std::move(*record));
  }
  return success();
}

FailureOr<DeviceTensors> DeviceTensors::lay(func::FuncOp func,
                                            vta::Program &program) {
  DeviceTensors tensors;
  // Every tensor may be read as elements of any buffer.
  for (vta::Buffer buffer : vta::kAllBuffers)
    tensors.alignment =
        std::max(tensors.alignment, program.geometry.elementBytes(buffer));
  if (failed(tensors.addArguments(func, program)) ||
      failed(tensors.addResults(func, program)) ||
      failed(tensors.addGlobals(func, program)) ||
      failed(tensors.addBuffers(func, program)))
    return failure();
  return tensors;
}
