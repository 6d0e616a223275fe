//===- CostAnalysis.cpp - Predicted cost of mapped ops --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/CostAnalysis.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Model/Bounds.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

CostAttr mlir::accel::getCostAttr(MLIRContext *context, double energyJ,
                                  double latencyS, double ops) {
  return CostAttr::get(context, energyJ, latencyS, ops, DictionaryAttr());
}

FailureOr<CostAnalysis> CostAnalysis::compute(func::FuncOp func,
                                              bool referenceWindows) {
  CostAnalysis result;
  FailureOr<model::Architecture> arch = lookupArchitecture(func);
  if (failed(arch))
    return failure();
  result.arch = std::move(*arch);
  FailureOr<FunctionEinsums> einsums = analyzeFunction(func, &result.arch);
  if (failed(einsums))
    return failure();
  result.einsums = std::move(*einsums);
  result.costOptions.referenceWindows = referenceWindows;

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
    model::CostOptions options = result.costOptions;
    options.imperfect = attr.getImperfect();
    FailureOr<model::EinsumMapping> path =
        getEinsumMapping(program, id, result.arch, attr, options);
    if (failed(path))
      return failure();
    model::EinsumCost<double> cost;
    auto plan = model::EinsumPlan::compile(program.graph, result.arch, id,
                                           *path, options);
    plan.evaluate<double>(plan.tiles(), cost);
    result.perEinsum.push_back(
        {cost.energyJ(), cost.latencyS, cost.ops, /*isMapped=*/true});
    mapping.einsums.push_back(std::move(*path));
    // Where all tiles divide, the option changes nothing.
    result.costOptions.imperfect |= attr.getImperfect();
  }
  if (mapping.einsums.size() != program.ops.size())
    return std::move(result);
  if (failed(verifyProgramMapping(program, result.arch, mapping,
                                  result.costOptions)))
    return failure();
  result.whole =
      evaluateMapping(program.graph, result.arch, mapping, result.costOptions);
  result.full = std::move(mapping);
  return std::move(result);
}
