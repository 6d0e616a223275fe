//===- Contraction.h - linalg contractions as matrix instructions *- C++
//-*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_CONVERSION_LINALGTOACCEL_CONTRACTION_H
#define ACCEL_CONVERSION_LINALGTOACCEL_CONTRACTION_H

#include "accel/Analysis/InstructionLevels.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::accel {

/// A loop nest over elements: the linalg op's loops without those that run
/// inside of an element (the lanes).
struct ElementNest {
  SmallVector<int64_t> bounds;
  /// One map per operand of the op, nest → leading indices of the operand.
  SmallVector<AffineMap> maps;
};

/// A contraction that the matrix unit can do.
struct Contraction {
  /// Operand numbers.
  unsigned inp = 0;
  unsigned wgt = 1;
  unsigned acc = 2;
  ElementNest nest;
};

/// True if the body multiplies and adds, whatever the types.
bool isContraction(linalg::LinalgOp op);

/// Matches output += sum over c of input · weight with sign-extended i8
/// operands in the input and weight level and i32 in accumulators; the last two
/// dimensions of the operands are (m, c), (n, c) and (m, n). Emits an error on
/// `op` otherwise.
FailureOr<Contraction> matchContraction(linalg::LinalgOp op,
                                        const InstructionLevels &levels);

/// Removes the loops `lanes`, which the last two results of the operands' maps
/// range over, from the nest. Fails if the other results use them.
FailureOr<ElementNest> dropLanes(linalg::LinalgOp op, ArrayRef<unsigned> lanes);

/// The loops of the last two results of `map`, if these are two loops.
std::optional<std::pair<unsigned, unsigned>> laneLoops(AffineMap map);

} // namespace mlir::accel

#endif // ACCEL_CONVERSION_LINALGTOACCEL_CONTRACTION_H
