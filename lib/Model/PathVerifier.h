//===- PathVerifier.h - Is one Einsum's path allowed? -----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_MODEL_PATHVERIFIER_H
#define ACCEL_LIB_MODEL_PATHVERIFIER_H

#include "accel/Model/CostModel.h"

namespace accel {

/// The part of verifyEinsumMapping that asks for no capacity: afterwards the
/// path may be compiled.
llvm::Error verifyPath(const EinsumGraph &graph, const Architecture &arch,
                       unsigned einsum, const EinsumMapping &mapping,
                       const CostOptions &options);

} // namespace accel

#endif // ACCEL_LIB_MODEL_PATHVERIFIER_H
