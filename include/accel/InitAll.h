//===- InitAll.h - Registers all of Accel -----------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_INITALL_H
#define ACCEL_INITALL_H

namespace mlir {
class DialectRegistry;

namespace accel {

/// Adds the accel dialect, and what its passes need of others, to `registry`.
void registerAccelDialects(DialectRegistry &registry);

/// Registers every pass of Accel with the global registry.
void registerAccelPasses();

/// Registers the pipelines `accel-map` and `accel-compile`.
void registerAccelPipelines();

} // namespace accel
} // namespace mlir

#endif // ACCEL_INITALL_H
