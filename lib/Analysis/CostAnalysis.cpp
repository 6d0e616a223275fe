//===- CostAnalysis.cpp - Predicted cost of mapped ops --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/CostAnalysis.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Model/Bounds.h"
#include "accel/Model/MappingVerifier.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

CostAttr mlir::accel::getCostAttr(MLIRContext *context, double energyJ,
                                  double latencyS, double ops) {
  return CostAttr::get(context, energyJ, latencyS, ops, DictionaryAttr());
}

FailureOr<CostAnalysis> CostAnalysis::compute(func::FuncOp func) {
  CostAnalysis result;
  FailureOr<model::Architecture> arch = lookupArchitecture(func);
  if (failed(arch))
    return failure();
  result.arch = std::move(*arch);
  FailureOr<FunctionEinsums> einsums = analyzeFunction(func, &result.arch);
  if (failed(einsums))
    return failure();
  result.einsums = std::move(*einsums);

  model::ProgramMapping mapping;
  const FunctionEinsums &program = result.einsums;
  for (auto [id, op] : llvm::enumerate(program.ops)) {
    auto attr = op->getAttrOfType<MappingAttr>(kMappingAttrName);
    if (!attr) {
      model::EinsumBounds bounds =
          model::boundEinsum(program.graph, result.arch, id);
      result.perEinsum.push_back(
          {bounds.energyJ, bounds.latencyS, bounds.ops, /*isMapped=*/false});
      continue;
    }
    FailureOr<model::EinsumMapping> path =
        getEinsumMapping(program, id, result.arch, attr);
    if (failed(path))
      return failure();
    if (llvm::Error error =
            model::verifyEinsumMapping(program.graph, result.arch, id, *path))
      return op->emitError()
             << "accel.mapping: " << llvm::toString(std::move(error));
    model::EinsumCost<double> cost;
    auto plan =
        model::EinsumPlan::compile(program.graph, result.arch, id, *path);
    plan.evaluate<double>(plan.tiles(), cost);
    result.perEinsum.push_back(
        {cost.energyJ(), cost.latencyS, cost.ops, /*isMapped=*/true});
    mapping.einsums.push_back(std::move(*path));
  }
  if (mapping.einsums.size() != program.ops.size())
    return std::move(result);
  if (llvm::Error error =
          model::verifyMapping(program.graph, result.arch, mapping))
    return func.emitError()
           << "accel.mapping: " << llvm::toString(std::move(error));
  result.whole = evaluateMapping(program.graph, result.arch, mapping);
  result.full = std::move(mapping);
  return std::move(result);
}
