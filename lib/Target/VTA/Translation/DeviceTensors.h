//===- DeviceTensors.h - Memrefs as tensors in DRAM -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_TRANSLATION_DEVICETENSORS_H
#define ACCEL_LIB_TARGET_VTA_TRANSLATION_DEVICETENSORS_H

#include "accel/Target/VTA/Translation/VTATranslation.h"

namespace mlir::accel {

/// Lays out the arguments, results, constants and buffers of a function in
/// DRAM.
class DeviceTensors {
public:
  /// Fills `program`'s tensors and constants. Emits located errors on memrefs
  /// that are dynamic or of other element types than i8 and i32.
  static FailureOr<DeviceTensors> lay(func::FuncOp func,
                                      ::accel::vta::Program &program);

  /// The DRAM byte address of a root memref.
  int64_t baseOf(Value root) const { return bases.lookup(root); }

  /// The first byte after all tensors.
  int64_t end() const { return next; }

private:
  LogicalResult addArguments(func::FuncOp func, ::accel::vta::Program &program);
  LogicalResult addResults(func::FuncOp func, ::accel::vta::Program &program);
  LogicalResult addGlobals(func::FuncOp func, ::accel::vta::Program &program);
  LogicalResult addBuffers(func::FuncOp func, ::accel::vta::Program &program);
  /// Reserves DRAM for `root` and starts the record of a tensor in it.
  FailureOr<::accel::vta::TensorRecord> reserve(Value root, StringRef name,
                                                ::accel::vta::Role role);
  LogicalResult setLayout(::accel::vta::TensorRecord &record, MemRefType type,
                          DictionaryAttr attributes, Location loc);
  LogicalResult setGather(::accel::vta::TensorRecord &record, MemRefType type,
                          DictionaryAttr attributes, Location loc);

  DenseMap<Value, int64_t> bases;
  llvm::StringMap<unsigned> names;
  int64_t alignment = 8;
  int64_t next = 4096;
};

} // namespace mlir::accel

#endif // ACCEL_LIB_TARGET_VTA_TRANSLATION_DEVICETENSORS_H
