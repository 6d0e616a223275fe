//===- Plan.h - A group's mappings, checked and resolved --------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What code generation needs to know about a group, decided before any IR
// changes. Everything that a mapping written by hand can get wrong and that
// generation relies on is diagnosed here.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_PLAN_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_PLAN_H

#include "Geometry.h"
#include "InitialValue.h"
#include "accel/Analysis/TensorView.h"
#include "accel/Dialect/Accel/IR/Accel.h"

namespace mlir::accel::apply {

/// A loop of an op's path.
struct PlannedLoop {
  unsigned rank;
  int64_t tile;
  int64_t trips;
  /// The fan-out of a spatial loop, null for a temporal one.
  StringAttr fanout;
};

/// How the window that a keep holds moves when the loop below the keep goes on.
struct Slide {
  /// The dimension of the tensor along which it moves.
  unsigned dim;
  /// Elements by which it moves, at least 1.
  int64_t step;
};

/// A keep of one operand.
struct PlannedKeep {
  unsigned operand;
  /// Null for the outermost memory.
  StringAttr level;
  /// Loops above it.
  unsigned depth;
  /// It holds what one iteration of the loop below it needs, not what all do.
  std::optional<Slide> slide;
};

/// How partial results of sibling instances become one.
struct Combiner {
  /// The op of the payload that adds to the output, null if it was not needed.
  Operation *op = nullptr;
  /// What adds nothing.
  TypedAttr neutral;
};

/// A tensor operand. Scalar operands have an empty plan without keeps.
struct PlannedOperand {
  /// The operand as a view of the tensor that is moved; outputs are whole.
  TensorView view;
  /// What a point of the op touches: of the operand, and of the view's base.
  SmallVector<::accel::LinearExpr, 6> operandIndex, index;
  /// Positions in the op's list of keeps, outermost first.
  SmallVector<unsigned, 3> keeps;
  /// For accel.tile: the tensor's name in the report, and its role. Null if the
  /// op is no Einsum.
  StringAttr name;
  Role role = Role::Input;

  // Inputs.
  /// The op of the group that makes the base, or -1.
  int producer = -1;
  /// The op computes on the exchanged tensor itself, which it sees padded.
  bool readsPadding = false;

  // Outputs.
  InitialValue init;
  /// The op of the group that makes the initial value, or -1.
  int initProducer = -1;
  /// The last op of the group that reads the result where it is kept.
  unsigned lastReader = 0;
  Combiner combiner;
};

/// One mapped op of a group.
struct PlannedOp {
  linalg::LinalgOp op;
  /// Its name in the report, null if it is no Einsum.
  StringAttr name;
  unsigned numInputs = 0;
  SmallVector<int64_t, 6> bounds;
  SmallVector<PlannedLoop, 12> loops;
  SmallVector<PlannedKeep, 12> keeps;
  SmallVector<PlannedOperand, 4> operands;
  /// Leading loops in common with the op before.
  unsigned shared = 0;
  /// Leading loops that are generated; the op itself runs those below.
  unsigned generated = 0;

  bool isOutput(unsigned operand) const { return operand >= numInputs; }
  /// The result that an output operand stands for, and back.
  OpResult resultOf(unsigned operand) const {
    return op->getResult(operand - numInputs);
  }
  unsigned outputOf(Value result) const {
    return numInputs + cast<OpResult>(result).getResultNumber();
  }
  const PlannedKeep &backing(unsigned operand) const {
    return keeps[operands[operand].keeps.front()];
  }
  const PlannedKeep &innermost(unsigned operand) const {
    return keeps[operands[operand].keeps.back()];
  }
  /// Whether points of `rank` are combined into one element of an output.
  bool isReduction(unsigned operand, unsigned rank) const;
  bool isReduction(unsigned rank) const;
};

/// All mapped ops of a group, in program order.
struct GroupPlan {
  GroupOp group;
  std::vector<PlannedOp> ops;

  /// The mapped op that makes `value`, or -1.
  int producerOf(Value value) const;
  /// Loops that ops `first` and all up to `last` have in common.
  unsigned commonLoops(unsigned first, unsigned last) const;
};

/// What the report calls an op and its operands (empty: not moved).
struct OpNames {
  StringAttr op;
  SmallVector<StringAttr, 4> operands;
  SmallVector<Role, 4> roles;
};
using ProgramNames = DenseMap<Operation *, OpNames>;

/// Whether the op reads outside of the tensor that the operand is a view of.
bool reachesOutside(const PlannedOp &plan, const PlannedOperand &operand);

/// Reads and checks the path of one op: loops and keeps.
LogicalResult planPath(linalg::LinalgOp op, MappingAttr mapping,
                       TargetAttr target, PlannedOp &plan);

/// Reads and checks the paths of all ops of `group` and what joins them.
FailureOr<GroupPlan> planGroup(GroupOp group, TargetAttr target,
                               const ProgramNames &names);

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_PLAN_H
