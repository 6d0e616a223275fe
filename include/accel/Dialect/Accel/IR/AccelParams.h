//===- AccelParams.h - Parameters of the accel attributes -------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain value types that the attributes of the dialect are made of.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_DIALECT_ACCEL_IR_ACCELPARAMS_H
#define ACCEL_DIALECT_ACCEL_IR_ACCELPARAMS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/Hashing.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "accel/Dialect/Accel/IR/AccelEnums.h.inc"

namespace mlir::accel {

/// An f64 parameter of an attribute: compares by value, prints with the fewest
/// digits that read back to the same number, `inf` for infinity.
struct Real {
  double value = 0.0;

  Real() = default;
  /*implicit*/ Real(double value) : value(value) {}
  operator double() const { return value; }
};

inline llvm::hash_code hash_value(const Real &real) {
  uint64_t bits;
  std::memcpy(&bits, &real.value, sizeof bits);
  return llvm::hash_value(bits);
}

/// Prints `value` as an f64 literal that reads back exactly.
void printReal(llvm::raw_ostream &os, double value);

inline AsmPrinter &operator<<(AsmPrinter &printer, const Real &real) {
  printReal(printer.getStream(), real.value);
  return printer;
}

/// One term of a `TensorSetAttr`. `level` is set for `not_in` only; `unit`, if
/// set, restricts the term to ops on that compute unit.
struct TensorTermSpec {
  TensorTerm term = TensorTerm::All;
  StringAttr level;
  StringAttr unit;

  bool operator==(const TensorTermSpec &other) const {
    return term == other.term && level == other.level && unit == other.unit;
  }
};

inline llvm::hash_code hash_value(const TensorTermSpec &spec) {
  return llvm::hash_combine(static_cast<uint32_t>(spec.term),
                            spec.level.getAsOpaquePointer(),
                            spec.unit.getAsOpaquePointer());
}

/// One node of a `MappingAttr`, from the root to the leaf of a LoopTree path.
struct MappingNode {
  NodeKind kind = NodeKind::Compute;
  /// Rank (loop of the linalg op) and tile of a loop.
  int64_t rank = 0;
  int64_t tile = 0;
  /// Level of a keep, fan-out of a spatial loop, compute unit of the leaf.
  StringAttr name;
  /// Operand numbers of a keep, ascending; an ArrayAttr so that the node stays
  /// a value.
  DenseI64ArrayAttr operands;

  bool operator==(const MappingNode &other) const {
    return kind == other.kind && rank == other.rank && tile == other.tile &&
           name == other.name && operands == other.operands;
  }
};

inline llvm::hash_code hash_value(const MappingNode &node) {
  return llvm::hash_combine(static_cast<uint32_t>(node.kind), node.rank,
                            node.tile, node.name.getAsOpaquePointer(),
                            node.operands.getAsOpaquePointer());
}

/// The in-order queues of a decoupled access-execute accelerator.
enum class Queue { Load, Compute, Store };

} // namespace mlir::accel

namespace mlir {
template <> struct FieldParser<accel::Real> {
  static FailureOr<accel::Real> parse(AsmParser &parser);
};
} // namespace mlir

#endif // ACCEL_DIALECT_ACCEL_IR_ACCELPARAMS_H
