//===- Passes.h - Passes on linalg and the accel dialect --------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_DIALECT_ACCEL_TRANSFORMS_PASSES_H
#define ACCEL_DIALECT_ACCEL_TRANSFORMS_PASSES_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "mlir/Pass/Pass.h"

namespace mlir::accel {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "accel/Dialect/Accel/Transforms/Passes.h.inc"

/// Takes the JSON text of a search's report, also that of an infeasible one.
using ReportSink = std::function<void(StringRef)>;

/// `accel-search` for callers in the same process: `sink` is called whenever
/// a report would be written, and before the file of the option `report`.
std::unique_ptr<Pass> createAccelSearch(AccelSearchOptions options,
                                        ReportSink sink);

} // namespace mlir::accel

#endif // ACCEL_DIALECT_ACCEL_TRANSFORMS_PASSES_H
