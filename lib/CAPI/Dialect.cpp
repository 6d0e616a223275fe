//===- Dialect.cpp - C API: the accel dialect -----------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel-c/Dialect.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Dialect/Accel/IR/Accel.h"
#include "accel/InitAll.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace mlir::accel;

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(Accel, accel, mlir::accel::AccelDialect)

void accelRegisterAllDialects(MlirDialectRegistry registry) {
  registerAllDialects(*unwrap(registry));
  registerAllExtensions(*unwrap(registry));
  registerAccelDialects(*unwrap(registry));
}

MlirModule accelModuleParse(MlirContext context, MlirStringRef text,
                            MlirStringRef name) {
  return wrap(parseSourceString<ModuleOp>(
                  unwrap(text), ParserConfig(unwrap(context)), unwrap(name))
                  .release());
}

void accelForEachShippedTarget(MlirStringCallback callback, void *userData) {
  for (StringRef name : getShippedTargetNames())
    callback(wrap(name), userData);
}

bool accelAttributeIsATarget(MlirAttribute attribute) {
  return isa<TargetAttr>(unwrap(attribute));
}

bool accelAttributeIsAMapping(MlirAttribute attribute) {
  return isa<MappingAttr>(unwrap(attribute));
}

bool accelAttributeIsACost(MlirAttribute attribute) {
  return isa<CostAttr>(unwrap(attribute));
}

double accelCostGetEnergyJ(MlirAttribute cost) {
  return cast<CostAttr>(unwrap(cost)).getEnergyJ();
}

double accelCostGetLatencyS(MlirAttribute cost) {
  return cast<CostAttr>(unwrap(cost)).getLatencyS();
}

double accelCostGetOps(MlirAttribute cost) {
  return cast<CostAttr>(unwrap(cost)).getOps();
}
