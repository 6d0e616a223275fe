//===- SearchRemarks.h - What was fused, and why not ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_SEARCHREMARKS_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_SEARCHREMARKS_H

#include "accel/Analysis/FunctionEinsums.h"
#include "accel/Analysis/Report.h"

namespace mlir::accel {

/// Emits one remark of category `accel-map` for every intermediate: `Fused`,
/// where it is exchanged on chip and the traffic that this spares the outermost
/// memory, or `NotFused`, what keeps its producer and its readers apart:
/// an option, the target's rules, the order of ops, capacity, or cost. One more
/// if the result is not proven.
void emitSearchRemarks(const FunctionEinsums &program,
                       const ::accel::Architecture &arch,
                       const ::accel::MapperOptions &options,
                       const ::accel::FunctionReport &function);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_SEARCHREMARKS_H
