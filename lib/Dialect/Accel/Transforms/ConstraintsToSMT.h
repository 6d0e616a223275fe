//===- ConstraintsToSMT.h - The embedding problem in SMT --------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_CONSTRAINTSTOSMT_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_CONSTRAINTSTOSMT_H

#include "accel/Embedding/Problem.h"
#include "mlir/IR/Builders.h"

namespace mlir::accel {

/// Builds an `smt.solver` that is satisfiable iff `problem` has an embedding
/// (of at most `maxMicroOps` invocations, if that is not 0). Variables are
/// those of Problem.h: `swap`, and per axis `tile_*` (1 for a fused axis that
/// is not used), `strided_*` and `groups_*`. Of the layout levels, only that
/// operands may need padding is said: the problem must allow the others.
void buildSMT(const ::accel::Problem &problem, int64_t maxMicroOps,
              Location loc, OpBuilder &builder);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_CONSTRAINTSTOSMT_H
