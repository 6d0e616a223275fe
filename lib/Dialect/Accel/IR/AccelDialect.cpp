//===- AccelDialect.cpp - The accel dialect -------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Dialect/Accel/IR/Accel.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::accel;

#include "accel/Dialect/Accel/IR/AccelDialect.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "accel/Dialect/Accel/IR/AccelTypes.cpp.inc"

void AccelDialect::initialize() {
  registerAttributes();
  addTypes<
#define GET_TYPEDEF_LIST
#include "accel/Dialect/Accel/IR/AccelTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "accel/Dialect/Accel/IR/AccelOps.cpp.inc"
      >();
}

/// Names stand in reports, LoopTrees and their lists; `%` begins the names of
/// arguments.
static bool isUsableName(StringRef name) {
  return !name.empty() && !name.starts_with("%") && !name.contains("//") &&
         name.find_first_of(" \t\r\n,|") == StringRef::npos;
}

/// A discardable `accel.*` attribute of the wrong kind would be ignored
/// silently by every pass; refuse it where it stands.
LogicalResult AccelDialect::verifyOperationAttribute(Operation *op,
                                                     NamedAttribute attr) {
  StringRef name = attr.getName();
  if (name == kMappingAttrName && !isa<MappingAttr>(attr.getValue()))
    return op->emitOpError() << "has \"" << name << "\" = " << attr.getValue()
                             << " where an #accel.mapping is needed";
  if (name == kCostAttrName && !isa<CostAttr>(attr.getValue()))
    return op->emitOpError() << "has \"" << name << "\" = " << attr.getValue()
                             << " where an #accel.cost is needed";
  if (name == kOverAttrName && !isa<OverAttr>(attr.getValue()))
    return op->emitOpError() << "has \"" << name << "\" = " << attr.getValue()
                             << " where an #accel.over is needed";
  if (name == kTileAttrName && !isa<TileAttr>(attr.getValue()))
    return op->emitOpError() << "has \"" << name << "\" = " << attr.getValue()
                             << " where an #accel.tile is needed";
  if (name == kNameAttrName) {
    auto text = dyn_cast<StringAttr>(attr.getValue());
    if (!text)
      return op->emitOpError() << "has \"" << name << "\" = " << attr.getValue()
                               << " where a string is needed";
    if (!isUsableName(text))
      return op->emitOpError()
             << "has \"" << name << "\" = " << text
             << " where a name is needed that is not empty, does not begin "
                "with '%' and has no white space, ',', '|' or '//'";
  }
  return success();
}

LogicalResult AccelDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                     unsigned argIndex,
                                                     NamedAttribute attr) {
  if (attr.getName() == kPersistentAttrName && !isa<UnitAttr>(attr.getValue()))
    return op->emitOpError() << "has " << attr.getName() << " = "
                             << attr.getValue() << " on argument " << argIndex
                             << " where a unit attribute is needed";
  return success();
}

TargetAttr mlir::accel::lookupTarget(Operation *op) {
  auto module =
      isa<ModuleOp>(op) ? cast<ModuleOp>(op) : op->getParentOfType<ModuleOp>();
  if (!module)
    return {};
  auto system = module->getAttrOfType<TargetSystemSpecInterface>(
      DLTIDialect::kTargetSystemDescAttrName);
  if (!system)
    return {};
  for (DataLayoutEntryInterface device : system.getEntries()) {
    auto spec = dyn_cast<TargetDeviceSpecInterface>(device.getValue());
    if (!spec)
      continue;
    for (DataLayoutEntryInterface entry : spec.getEntries()) {
      auto key = dyn_cast<StringAttr>(entry.getKey());
      if (key && key.getValue() == kTargetKey)
        if (auto target = dyn_cast<TargetAttr>(entry.getValue()))
          return target;
    }
  }
  return {};
}
