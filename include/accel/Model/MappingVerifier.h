//===- MappingVerifier.h - Is a mapping allowed? ----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decides whether a mapping may be evaluated and run on a target. What it
// accepts is the mapspace: searches may only return what passes here.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_MAPPINGVERIFIER_H
#define ACCEL_MODEL_MAPPINGVERIFIER_H

#include "accel/Model/CostModel.h"

namespace accel {

/// What is wrong with a mapping, and where: one sentence that names what was
/// found and what is allowed.
class MappingError : public llvm::ErrorInfo<MappingError> {
public:
  static char ID;

  MappingError(std::string message, unsigned einsum, int other)
      : message(std::move(message)), einsum(einsum), other(other) {}

  void log(llvm::raw_ostream &os) const override { os << message; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

  std::string message;
  /// The Einsum whose path is refused.
  unsigned einsum;
  /// The Einsum that it does not agree with, or -1.
  int other;
};

/// Checks one Einsum's path alone: components exist and stand in the order of
/// the target, the compute unit takes the Einsum, tiles divide (or with
/// `imperfect`, inner tiles divide the outermost), all points are reached,
/// fan-outs are large enough and respect `reuse` and pinned lanes, every
/// operand has a backing keep, holders are permitted and required ones present,
/// no keep stands below its own child, external tensors are backed in the
/// outermost level, loops above an intermediate's backing keep index it alone
/// (no recomputation), and that what it keeps fits every level. Returns the
/// first violation as a MappingError, prefixed by the Einsum's name.
llvm::Error verifyEinsumMapping(const EinsumGraph &graph,
                                const Architecture &arch, unsigned einsum,
                                const EinsumMapping &mapping,
                                const CostOptions &options = {});

/// Checks all paths, then what joins them: exchanged tensors backed in the same
/// level under the same shared loops over the same tensor dimensions, equal
/// trip counts of shared loops, and at last that everything alive at any moment
/// fits its level. Minimum usage of fan-outs is a matter of the search and not
/// checked. Returns the first violation, a MappingError where one Einsum's path
/// is wrong.
llvm::Error verifyMapping(const EinsumGraph &graph, const Architecture &arch,
                          const ProgramMapping &mapping,
                          const CostOptions &options = {});

/// The capacity part of verifyMapping alone. Names the level, the Einsum during
/// which it overflows, the tensors held, the bits needed and held.
llvm::Error verifyCapacity(const EinsumGraph &graph, const Architecture &arch,
                           const ProgramMapping &mapping,
                           const CostOptions &options = {});

} // namespace accel

#endif // ACCEL_MODEL_MAPPINGVERIFIER_H
