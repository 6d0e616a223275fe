//===- TargetLookup.cpp - Finding, overriding, setting a target -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/TargetConversion.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

namespace {
struct ShippedTarget {
  StringLiteral name;
  StringLiteral text;
};
} // namespace

static constexpr ShippedTarget kShippedTargets[] = {
#include "accel/Analysis/ShippedTargets.inc"
};

static constexpr StringLiteral kDevice = "NPU";

SmallVector<StringRef> mlir::accel::getShippedTargetNames() {
  SmallVector<StringRef> names;
  for (const ShippedTarget &target : kShippedTargets)
    names.push_back(target.name);
  llvm::sort(names);
  return names;
}

/// Where `text`, the file `name`, writes node `node`, or its module.
static Location locateNode(StringRef text, StringRef name, StringRef node,
                           Location module) {
  size_t at =
      node.empty() ? StringRef::npos : text.find(("<\"" + node + "\"").str());
  if (at == StringRef::npos)
    return module;
  StringRef before = text.take_front(at);
  size_t lineStart = before.rfind('\n') + 1;
  return FileLineColLoc::get(module.getContext(), name, before.count('\n') + 1,
                             at - lineStart + 1);
}

/// Parses `text`, the file `name`. What is wrong is reported at its place
/// there; `loc` is for what is wrong with the file as a whole.
static TargetAttr parseTarget(StringRef text, StringRef name, Location loc) {
  ParserConfig config(loc.getContext());
  OwningOpRef<ModuleOp> module =
      parseSourceString<ModuleOp>(text, config, name);
  if (!module) {
    emitError(loc) << "target \"" << name << "\" cannot be read";
    return {};
  }
  TargetAttr target = lookupTarget(*module);
  if (!target) {
    emitError(loc) << "file \"" << name
                   << "\" has no #accel.target: its module needs "
                      "dlti.target_system_spec with an entry \"accel.target\"";
    return {};
  }
  llvm::Error error = getArchitecture(target).verify();
  if (!error)
    return target;
  llvm::handleAllErrors(std::move(error), [&](const model::TargetError &wrong) {
    emitError(locateNode(text, name, wrong.node, module->getLoc()))
        << "target \"" << target.getName().getValue()
        << "\" contradicts itself: " << wrong.message;
  });
  return {};
}

TargetAttr mlir::accel::readTarget(StringRef name, Location loc) {
  for (const ShippedTarget &shipped : kShippedTargets)
    if (shipped.name == name)
      return parseTarget(shipped.text, name, loc);
  if (!llvm::sys::fs::is_regular_file(name)) {
    InFlightDiagnostic diag = emitError(loc) << "unknown target \"" << name
                                             << "\": shipped targets are ";
    llvm::interleaveComma(getShippedTargetNames(), diag);
    diag << "; or name an .mlir file";
    return {};
  }
  auto buffer = llvm::MemoryBuffer::getFile(name);
  if (!buffer) {
    emitError(loc) << "target \"" << name
                   << "\" cannot be read: " << buffer.getError().message();
    return {};
  }
  return parseTarget((*buffer)->getBuffer(), name, loc);
}

TargetAttr mlir::accel::overrideTarget(TargetAttr target, StringRef overrides,
                                       Location loc) {
  model::Architecture arch = getArchitecture(target);
  SmallVector<StringRef> items;
  overrides.split(items, ',', -1, /*KeepEmpty=*/false);
  for (StringRef item : items) {
    auto [path, value] = item.split('=');
    if (value.empty()) {
      emitError(loc) << "target-set has \"" << item
                     << "\" but needs <level>.<field>=<value>";
      return {};
    }
    if (llvm::Error error = arch.setField(path.trim(), value.trim())) {
      emitError(loc) << "target-set: " << llvm::toString(std::move(error));
      return {};
    }
  }
  if (llvm::Error error = arch.verify()) {
    emitError(loc) << "target after target-set: "
                   << llvm::toString(std::move(error));
    return {};
  }
  return getTargetAttr(target.getContext(), arch);
}

void mlir::accel::setTarget(ModuleOp module, TargetAttr target) {
  MLIRContext *context = module.getContext();
  auto deviceId = StringAttr::get(context, kDevice);
  auto key = StringAttr::get(context, kTargetKey);
  SmallVector<DataLayoutEntryInterface> devices, fields;
  if (auto system = module->getAttrOfType<TargetSystemSpecInterface>(
          DLTIDialect::kTargetSystemDescAttrName))
    for (DataLayoutEntryInterface device : system.getEntries()) {
      if (device.getKey() != DataLayoutEntryKey(deviceId)) {
        devices.push_back(device);
        continue;
      }
      if (auto spec = dyn_cast<TargetDeviceSpecInterface>(device.getValue()))
        for (DataLayoutEntryInterface field : spec.getEntries())
          if (field.getKey() != DataLayoutEntryKey(key))
            fields.push_back(field);
    }
  fields.push_back(DataLayoutEntryAttr::get(key, target));
  devices.push_back(DataLayoutEntryAttr::get(
      deviceId, TargetDeviceSpecAttr::get(context, fields)));
  module->setAttr(DLTIDialect::kTargetSystemDescAttrName,
                  TargetSystemSpecAttr::get(context, devices));
}

FailureOr<model::Architecture> mlir::accel::lookupArchitecture(Operation *op) {
  TargetAttr target = lookupTarget(op);
  if (!target)
    return emitError(op->getLoc())
           << "module has no target: attach one with "
              "accel-attach-target or the option target=";
  model::Architecture arch = getArchitecture(target);
  if (llvm::Error error = arch.verify())
    return emitError(op->getLoc())
           << "target \"" << arch.name
           << "\": " << llvm::toString(std::move(error));
  return arch;
}
