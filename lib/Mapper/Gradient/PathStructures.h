//===- PathStructures.h - Ways to hold one Einsum's operands ----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The discrete part of a path, without factors: who holds what, in which order,
// and below how many fused loops.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_PATHSTRUCTURES_H
#define ACCEL_MAPPER_GRADIENT_PATHSTRUCTURES_H

#include "Path.h"
#include "accel/Mapper/Gradient.h"

namespace accel::gradient {

/// All structures that differ from `path` by one step, settled and ordered;
/// keeps of exchanged tensors stay where they are.
std::vector<Path> neighbourStructures(const PathSpace &space, const Path &path);

/// What fused loops would read again and again kept above them, or nothing if
/// there is no such operand or it cannot stand there.
std::optional<Path> liftedStructure(const PathSpace &space, const Path &path);

/// A random structure around the interface of `path`: its fused loops and
/// exchanged tensors. `path` itself if what is drawn cannot stand.
Path drawStructure(const PathSpace &space, const Path &path, Random &random);

/// Inserts a keep below what is there already with as many fused loops above,
/// but above exchanges in inner levels.
void insertAtDepth(const PathSpace &space, Path &path, const Held &held);

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_PATHSTRUCTURES_H
