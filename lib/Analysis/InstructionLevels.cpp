//===- InstructionLevels.cpp - Between which levels a unit works ----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/InstructionLevels.h"
#include "accel/Analysis/TargetConversion.h"
#include "accel/Model/EinsumGraph.h"

#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

StringRef mlir::accel::levelOf(Type type) {
  return cast<MemAttr>(cast<MemRefType>(type).getMemorySpace())
      .getLevel()
      .getValue();
}

FailureOr<InstructionLevels> InstructionLevels::find(TargetAttr target,
                                                     Location loc) {
  InstructionLevels levels;
  if (!target)
    return levels;
  model::Architecture arch = getArchitecture(target);
  int unit = -1;
  for (unsigned node = 0; node < arch.nodes.size(); ++node)
    if (arch.unit(node) && arch.unit(node)->matrixUnit)
      unit = node;
  if (unit < 0)
    return emitError(loc) << "matrix instructions need a target with a matrix "
                             "unit, found "
                          << target.getName();
  // What a target asks of a tensor depends on the Einsum: any product will do.
  model::EinsumGraphBuilder product;
  product.tensor("a", {1, 1}).tensor("b", {1, 1}).tensor("c", {1, 1});
  product.einsum("product", {{"m", 1}, {"n", 1}, {"k", 1}})
      .input("a", "m, k")
      .input("b", "n, k")
      .output("c", "m, n");
  model::EinsumGraph graph = llvm::cantFail(product.take());
  std::string *names[] = {&levels.input, &levels.weight, &levels.accumulator};
  for (auto [access, name] : llvm::enumerate(names)) {
    int found = -1;
    for (unsigned node : arch.pathTo(unit).nodes)
      if (node != arch.outermost() && arch.memory(node) &&
          arch.holding(node, unit, graph, graph.einsums.front(), access).kind ==
              model::Holding::Kind::Required)
        found = node;
    StringRef role = model::stringifyRole(
        model::roleOfOperand(access, graph.einsums.front().numInputs()));
    if (found < 0)
      return emitError(loc)
             << "matrix instructions need an on-chip level that must keep each "
                "operand, but none of target "
             << target.getName() << " keeps the " << role << " of \""
             << arch.nodeName(unit) << "\"";
    *name = arch.nodeName(found).str();
    for (std::string *other : ArrayRef(names).take_front(access))
      if (*other == *name)
        return emitError(loc)
               << "matrix instructions need a level for each operand, but \""
               << *name << "\" of target " << target.getName() << " keeps the "
               << role << " of \"" << arch.nodeName(unit)
               << "\" and another one";
  }
  return levels;
}
