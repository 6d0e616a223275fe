//===- InstructionEmitter.h - accel instructions to VTA's -------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_TRANSLATION_INSTRUCTIONEMITTER_H
#define ACCEL_LIB_TARGET_VTA_TRANSLATION_INSTRUCTIONEMITTER_H

#include "DeviceTensors.h"
#include "MicroOpStore.h"
#include "accel/Analysis/InstructionLevels.h"
#include "accel/Dialect/Accel/Transforms/Footprint.h"
#include "accel/Target/VTA/Translation/MicroOpPlan.h"

namespace mlir::accel {

/// Appends VTA instructions to a program, one or several per accel instruction:
/// what is too large for one is split, the first part takes the tokens and the
/// last one gives them.
class InstructionEmitter {
public:
  InstructionEmitter(::accel::vta::Program &program,
                     const DeviceTensors &tensors,
                     const InstructionLevels &levels)
      : program(program), tensors(tensors), levels(levels),
        store(::accel::vta::kMaxMicroOpWindow) {}

  LogicalResult emit(Operation *instruction);
  /// FINISH, and the micro-ops after the tensors.
  LogicalResult finish(Location loc);

private:
  LogicalResult emitTransfer(Operation *op, Value outer, Value onChip,
                             ArrayRef<int64_t> pad, bool isLoad);
  LogicalResult emitGemm(GemmOp gemm);
  LogicalResult emitAlu(AluOp alu);
  /// The buffer that a level of the target is, if it is one.
  std::optional<::accel::vta::Buffer> bufferOf(StringRef level) const;
  void emitNoOp(::accel::vta::Sync sync);
  /// The instructions of a nest; `make` gives the body around a nest's fields.
  LogicalResult
  emitNest(Operation *op, const ::accel::vta::ElementNest &nest,
           llvm::function_ref<void(::accel::vta::Instruction &,
                                   const ::accel::vta::MicroOpPlan &)>
               make);
  /// Gives the flags of `op` to the instructions from `first` on.
  LogicalResult synchronize(Operation *op, size_t first);
  LogicalResult checkElement(Operation *op, const ElementView &view,
                             Type elementType, ::accel::vta::Buffer buffer);
  const std::vector<::accel::vta::MicroOpPlan> &
  planOf(const ::accel::vta::ElementNest &nest);

  ::accel::vta::Program &program;
  const DeviceTensors &tensors;
  const InstructionLevels &levels;
  ::accel::vta::MicroOpStore store;
  /// Plans of nests that start at zero, by their loops.
  std::map<std::vector<int64_t>, std::vector<::accel::vta::MicroOpPlan>> plans;
  /// Loads of micro-ops, whose DRAM address is known at the end.
  std::vector<size_t> microOpLoads;
};

} // namespace mlir::accel

#endif // ACCEL_LIB_TARGET_VTA_TRANSLATION_INSTRUCTIONEMITTER_H
