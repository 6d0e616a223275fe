//===- Interpreter.h - Executes a mapping and counts ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs a LoopTree loop by loop with explicit buffers: every keep fetches and
// evicts boxes of elements, every instance of a fan-out has its own. It shares
// no formula with the cost model and exists to test it: time and space grow
// with the iteration space, so it is for small bounds.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_INTERPRETER_H
#define ACCEL_MODEL_INTERPRETER_H

#include "accel/Model/LoopTree.h"

namespace accel {

/// What one Einsum moved and computed.
struct InterpretedEinsum {
  /// Values, all instances, by level * numAccesses + operand, with the memory
  /// levels of the Einsum's path counted from the outermost. As in EinsumCost.
  std::vector<int64_t> fills, childReads, updates, evictions;
  int64_t ops = 0;
  /// Operations of the compute instance that did most.
  int64_t busiestOps = 0;
};

/// What a program moved, computed and held.
struct InterpretedProgram {
  std::vector<InterpretedEinsum> einsums;
  /// The most that one instance held at any time, by architecture node.
  std::vector<double> peakBits, peakValues;
};

/// Executes a mapping whose tiles divide and that passes verifyMapping. Fails
/// if the execution itself finds something wrong: a point computed twice or
/// never, data fetched from a parent that does not hold them, a tensor read
/// before it is complete, more than `maxPoints` points in an Einsum.
///
/// Windows slide over inputs only; an output indexed by a sum of ranks is
/// refused, since the reference's convention for its first fills is no
/// execution.
llvm::Expected<InterpretedProgram>
interpretMapping(const EinsumGraph &graph, const Architecture &arch,
                 const ProgramMapping &mapping, double maxPoints = 1e5);

} // namespace accel

#endif // ACCEL_MODEL_INTERPRETER_H
