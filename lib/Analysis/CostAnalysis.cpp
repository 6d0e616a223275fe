//===- CostAnalysis.cpp - Predicted cost of mapped ops --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/CostAnalysis.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Model/MappingVerifier.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

CostAttr mlir::accel::getCostAttr(MLIRContext *context, double energyJ,
                                  double latencyS, double ops) {
  return CostAttr::get(context, energyJ, latencyS, ops, DictionaryAttr());
}

/// No mapping can be cheaper: every external tensor crosses the border of the
/// outermost memory once, and all instances compute all the time.
static OpCost boundCost(const FunctionEinsums &program,
                        const model::Architecture &arch, unsigned einsum) {
  const model::Einsum &e = program.graph.einsums[einsum];
  const model::MemoryLevel &memory = *arch.memory(arch.outermost());
  OpCost cost;
  double readBits = 0, writeBits = 0;
  for (const model::TensorAccess &access : e.accesses) {
    const model::Tensor &tensor = program.graph.tensorOf(access);
    if (tensor.isIntermediate())
      continue;
    double values = 1;
    for (int64_t extent : tensor.shape)
      values *= extent;
    double bits = values * memory.bitsPerValue(tensor, access.role);
    (access.role == model::Role::Output ? writeBits : readBits) += bits;
  }
  double readS = readBits / memory.readBitsPerS;
  double writeS = writeBits / memory.writeBitsPerS;
  cost.latencyS = memory.ports == model::Ports::Shared
                      ? readS + writeS
                      : std::max(readS, writeS);
  cost.energyJ =
      readBits * memory.readJPerBit + writeBits * memory.writeJPerBit;
  if (e.isCopy)
    return cost;
  cost.ops = e.numPoints() * e.opsPerPoint;
  double computeS = INFINITY, computeJ = INFINITY;
  for (unsigned unit : arch.unitsFor(e)) {
    computeS = std::min(computeS, cost.ops / arch.unit(unit)->opsPerS /
                                      arch.numInstances(unit));
    computeJ = std::min(computeJ, cost.ops * arch.unit(unit)->jPerOp);
  }
  cost.latencyS = std::max(cost.latencyS, computeS);
  cost.energyJ += computeJ + arch.totalLeakW() * cost.latencyS;
  return cost;
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
      result.perEinsum.push_back(boundCost(program, result.arch, id));
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
