//===- FunctionEinsums.h - A function as a program of Einsums ---*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The view of IR that model and mapper get. Every static linalg op on tensors
// with one result and linear indexing maps is an Einsum; everything else is a
// barrier, whose operands and results live in the outermost memory.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_ANALYSIS_FUNCTIONEINSUMS_H
#define ACCEL_ANALYSIS_FUNCTIONEINSUMS_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "accel/Model/CostModel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::accel {

/// An op that is no Einsum, and why.
struct Barrier {
  Operation *op;
  std::string reason;
};

/// A function and its Einsum graph, with the ways between both.
struct FunctionEinsums {
  func::FuncOp func;
  ::accel::EinsumGraph graph;
  /// Einsum -> op.
  SmallVector<linalg::LinalgOp> ops;
  /// Einsum, access -> operand number of the op (inits last, as in linalg).
  SmallVector<SmallVector<unsigned, 4>> operandOf;
  /// Tensor -> the value that first stood for it.
  SmallVector<Value> values;
  /// Ops that could have been Einsums, in program order.
  SmallVector<Barrier> barriers;

  /// The access of Einsum `einsum` that is operand number `operand`, or -1.
  int findAccess(unsigned einsum, unsigned operand) const;
};

/// Views `func` as Einsums. Fails, with a diagnostic at the op, only if the
/// graph contradicts itself; a function without any Einsum gives an empty
/// graph, and so does a function that `accel.host` keeps on the host. With
/// `arch`, an op that runs on none of its compute units is a barrier, too.
/// Linear in the number of ops.
FailureOr<FunctionEinsums>
analyzeFunction(func::FuncOp func, const ::accel::Architecture *arch = nullptr);

/// The mapping attribute of Einsum `einsum`, for a path of the model.
MappingAttr getMappingAttr(const FunctionEinsums &program, unsigned einsum,
                           const ::accel::Architecture &arch,
                           const ::accel::EinsumMapping &mapping);

/// The path that the op's `accel.mapping` means, verified as far as it can be
/// alone (verifyEinsumMapping with `options`). Reports at the op what names no
/// rank, operand, level, fan-out or unit and what is wrong otherwise, and
/// fails.
FailureOr<::accel::EinsumMapping>
getEinsumMapping(const FunctionEinsums &program, unsigned einsum,
                 const ::accel::Architecture &arch, MappingAttr attr,
                 const ::accel::CostOptions &options);

/// verifyMapping; reports at the op whose path is refused, with a note at the
/// op that it contradicts.
LogicalResult verifyProgramMapping(const FunctionEinsums &program,
                                   const ::accel::Architecture &arch,
                                   const ::accel::ProgramMapping &mapping,
                                   const ::accel::CostOptions &options);

} // namespace mlir::accel

#endif // ACCEL_ANALYSIS_FUNCTIONEINSUMS_H
