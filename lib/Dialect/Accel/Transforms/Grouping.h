//===- Grouping.h - Ops that exchange tensors on chip ---------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_GROUPING_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_GROUPING_H

#include "accel/Analysis/FunctionEinsums.h"

namespace mlir::accel {

/// Puts the ops of every fusion group into an `accel.group`, each mapped op
/// into some group. Two ops are in one group if they share loops, or if one
/// reads on chip what the other wrote there; a group is a run of consecutive
/// Einsums. Ops that stand between two ops of a group go with them, what needs
/// nothing of the group before it. Precondition: `mapping` belongs to
/// `program`, whose ops stand in one block and in no group.
void groupOps(const FunctionEinsums &program, const ::accel::Architecture &arch,
              const ::accel::ProgramMapping &mapping);

/// Dissolves every group of `func`: its ops move in front of it.
void ungroupOps(func::FuncOp func);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_GROUPING_H
