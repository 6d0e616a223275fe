//===- Accel.h - The accel dialect ------------------------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_DIALECT_ACCEL_IR_ACCEL_H
#define ACCEL_DIALECT_ACCEL_IR_ACCEL_H

#include "accel/Dialect/Accel/IR/AccelParams.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/SCF/IR/DeviceMappingInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "accel/Dialect/Accel/IR/AccelDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "accel/Dialect/Accel/IR/AccelAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "accel/Dialect/Accel/IR/AccelTypes.h.inc"

#define GET_OP_CLASSES
#include "accel/Dialect/Accel/IR/AccelOps.h.inc"

namespace mlir::accel {

/// Names of the discardable attributes that the passes read and write.
inline constexpr llvm::StringLiteral kMappingAttrName = "accel.mapping";
inline constexpr llvm::StringLiteral kCostAttrName = "accel.cost";
inline constexpr llvm::StringLiteral kNameAttrName = "accel.name";
inline constexpr llvm::StringLiteral kPersistentAttrName = "accel.persistent";
/// Per rank of a packed op, the fan-out that it fills as lanes of a matrix
/// unit, kWholeRank if no loop may split it, or "".
inline constexpr llvm::StringLiteral kLanesAttrName = "accel.lanes";
inline constexpr llvm::StringLiteral kWholeRank = "*";
/// On an op: its result must not be held in the outermost memory.
inline constexpr llvm::StringLiteral kOnChipAttrName = "accel.on_chip";
/// On an op that is to stay on the host.
inline constexpr llvm::StringLiteral kHostAttrName = "accel.host";
/// On arguments and results of device functions: how a tensor of the model lies
/// in its packed form. The map from its logical index to the packed one, and
/// its logical shape. Where values stand in several places, the map goes the
/// other way instead, from the packed index to the logical one; outside of the
/// shape stand zeros. Without any, both are the same.
inline constexpr llvm::StringLiteral kLayoutAttrName = "accel.layout";
inline constexpr llvm::StringLiteral kGatherAttrName = "accel.gather";
inline constexpr llvm::StringLiteral kShapeAttrName = "accel.shape";
/// The fan-out of an `scf.for` that stands for a spatial loop.
inline constexpr llvm::StringLiteral kOverAttrName = "accel.over";
/// What a generated buffer holds or a generated copy moves.
inline constexpr llvm::StringLiteral kTileAttrName = "accel.tile";
/// Key of the target in a device specification of `dlti.target_system_spec`.
inline constexpr llvm::StringLiteral kTargetKey = "accel.target";

/// The target of the module around `op`, or null if it has none.
TargetAttr lookupTarget(Operation *op);

} // namespace mlir::accel

#endif // ACCEL_DIALECT_ACCEL_IR_ACCEL_H
