//===- PlainForm.h - An embedding as a plainly packed op --------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An embedding may fuse ranks, put ranks of a sliding window on lanes, and swap
// the operands. All of this can be said in linalg: unroll the windows that
// matter into dimensions of their own, collapse fused ranks into one, exchange
// the operands. What is left is an op whose lanes hold one rank each that
// stands alone in its operands, so that plain packing embeds it.
//
// Worked example: a 1-channel 20x5 convolution with stride 2 on lanes of 16.
// Its taps fused are one rank of 100, so 7 invocations instead of 100:
//
//   unrolled[oh, ow, r, s] = in[2 oh + r, 2 ow + s]
//   collapsed to [oh, ow, v], weights to [k, v]
//   out[k, oh, ow] += collapsed[oh, ow, v] * weights[k, v]
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PLAINFORM_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PLAINFORM_H

#include "accel/Dialect/Accel/IR/Accel.h"
#include "accel/Embedding/Problem.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::accel {

/// Groups of values along each lane, at least; those beyond the op's own are
/// zeros.
using LaneBlocks = std::array<int64_t, 3>;

/// What an embedding makes of one operand.
struct OperandForm {
  /// A dimension of the operand as the instruction will see it.
  struct Dim {
    /// The tensor's own dimension, or -1 if `ranks` make one.
    int64_t kept = -1;
    /// The loops that index it: one, or several that are fused, slowest first.
    SmallVector<unsigned, 3> ranks;
    int64_t extent = 1;
    /// The lane of the instruction that it sits on, or -1.
    int lane = -1;
  };
  SmallVector<Dim> dims;
  /// True if a dimension of the tensor is replaced: values are then gathered.
  bool isUnrolled = false;

  /// Elements, whose extents are those of the lanes.
  double elements(const ::accel::MatrixInstruction &instruction,
                  const LaneBlocks &blocks) const;
};

/// Groups of `lane` positions into which `bound` values fall, -1: no lane.
int64_t groupsOf(const ::accel::MatrixInstruction &instruction, int lane,
                 int64_t bound, const LaneBlocks &blocks);

/// The form of operand `operand` of `op`, whose loops are the embedding's
/// ranks. Linear in dimensions times ranks.
OperandForm formOf(linalg::GenericOp op, unsigned operand,
                   const ::accel::Embedding &embedding);

/// An op whose lanes hold one rank each, alone in its operands' dimensions.
struct PlainContraction {
  linalg::GenericOp op;
  /// By lane: the rank on it, or -1.
  SmallVector<int64_t, 3> laneRanks;
};

/// Rewrites `op`, which stays in place, after `embedding`: at most one axis a
/// lane, not strided, and none fused that the output indexes. What is gathered
/// becomes linalg on the operands as they are, before the op.
PlainContraction makePlain(OpBuilder &builder, linalg::GenericOp op,
                           const ::accel::Embedding &embedding,
                           unsigned numLanes);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PLAINFORM_H
