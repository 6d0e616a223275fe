//===- Translate.cpp - accel instructions to VTA programs -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InstructionEmitter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::accel;
namespace vta = ::accel::vta;

static FailureOr<func::FuncOp> findEntry(ModuleOp module, StringRef entry) {
  if (!entry.empty()) {
    if (auto func = module.lookupSymbol<func::FuncOp>(entry);
        func && !func.isExternal())
      return func;
    return module.emitOpError()
           << "has no function \"" << entry << "\" with a body";
  }
  func::FuncOp found;
  for (auto func : module.getOps<func::FuncOp>()) {
    bool hasInstructions = func.walk([](Operation *op) {
                                 return isInstruction(op)
                                            ? WalkResult::interrupt()
                                            : WalkResult::advance();
                               })
                               .wasInterrupted();
    if (!hasInstructions)
      continue;
    if (found) {
      InFlightDiagnostic diagnostic = func.emitOpError(
          "is a second function with instructions: name one as "
          "the entry");
      diagnostic.attachNote(found.getLoc()) << "the first one";
      return diagnostic;
    }
    found = func;
  }
  if (!found)
    return module.emitOpError("has no function with accel instructions");
  return found;
}

/// True if the op only names memory or constants.
static bool isDeclaration(Operation *op) {
  return isa<memref::AllocOp, memref::DeallocOp, memref::GetGlobalOp,
             arith::ConstantOp, func::ReturnOp, ViewLikeOpInterface>(op);
}

FailureOr<vta::Program> mlir::accel::translateToVTA(ModuleOp module,
                                                    StringRef entry) {
  FailureOr<func::FuncOp> func = findEntry(module, entry);
  if (failed(func))
    return failure();
  vta::Program program;
  FailureOr<vta::Geometry> geometry =
      getGeometry(lookupTarget(module), module.getLoc());
  if (failed(geometry))
    return failure();
  FailureOr<InstructionLevels> levels =
      InstructionLevels::find(lookupTarget(module), module.getLoc());
  if (failed(levels))
    return failure();
  program.geometry = *geometry;
  program.entry = func->getSymName().str();
  if (!func->getBody().hasOneBlock())
    return func->emitError("a VTA program needs straight-line code, found ")
           << func->getBody().getBlocks().size() << " blocks";
  FailureOr<DeviceTensors> tensors = DeviceTensors::lay(*func, program);
  if (failed(tensors))
    return failure();
  InstructionEmitter emitter(program, *tensors, *levels);
  for (Operation &op : func->getBody().front()) {
    if (isInstruction(&op)) {
      if (failed(emitter.emit(&op)))
        return failure();
    } else if (!isDeclaration(&op)) {
      return op.emitError() << op.getName()
                            << " stays on the host: a VTA program consists of "
                               "accel instructions only";
    }
  }
  if (failed(emitter.finish(func->getLoc())))
    return failure();
  if (llvm::Error error = program.verify())
    return func->emitError() << llvm::toString(std::move(error));
  return program;
}
