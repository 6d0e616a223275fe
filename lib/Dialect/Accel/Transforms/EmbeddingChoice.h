//===- EmbeddingChoice.h - Picks an op's embedding --------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_EMBEDDINGCHOICE_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_EMBEDDINGCHOICE_H

#include "ChannelOp.h"
#include "PlainForm.h"

#include "accel/Embedding/Problem.h"
#include "accel/Model/Architecture.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::accel {

/// The matrix instruction of a target, the fan-outs that are its lanes, and
/// what decides how long an op takes.
struct MatrixTarget {
  ::accel::MatrixInstruction instruction;
  /// Fan-out of lanes m, n, k.
  std::array<std::string, 3> fanouts;
  /// Invocations of the instruction, and operations of the vector unit on one
  /// value, per second; bits from and to the outermost memory per second.
  double invocationsPerS = ::accel::kInf;
  double vectorOpsPerS = ::accel::kInf;
  double readBitsPerS = ::accel::kInf;
  double writeBitsPerS = ::accel::kInf;
  /// Accumulators, in values, that one tile of results can have.
  double tileValues = ::accel::kInf;

  /// The unit of `arch` that has a matrix shape; fails with the reason if there
  /// is none, or if a lane has no fan-out.
  static llvm::Expected<MatrixTarget> find(const ::accel::Architecture &arch);

  /// Channels that fill the lanes of an input and of a result alike; none if
  /// these differ, so that the same channels cannot sit on both.
  std::optional<int64_t> channelBlock() const;
};

/// Lanes of the instruction, in the order of `MatrixInstruction::vtaGemm`.
enum Lane { M = 0, N = 1, K = 2 };

/// How an op's ranks come onto the lanes.
enum class EmbeddingScheme {
  /// The shortest time, among all embeddings that packing can realise.
  Best,
  /// What TVM's compiler for VTA does with any operator: the batch on lane m,
  /// output channels on n, input channels on k; windows are not unrolled.
  Fixed
};

/// What the surroundings of an op leave to choose.
struct EmbeddingFreedom {
  /// By the op's inputs: the host may hand it over in any form.
  std::array<bool, 2> gathers = {false, false};
  /// Other ops of the device read the result, or the result of the op meets
  /// theirs: then the output's lanes are those of the fixed scheme, which all
  /// agree on. Any other would send the tensor to the host and back.
  bool chains = false;
};

/// An embedding, and for how long it keeps the busiest part of the target busy.
struct ChosenEmbedding {
  ::accel::Embedding embedding;
  /// More groups along a lane than the op has, where their number has no
  /// divisor near the largest tile.
  LaneBlocks blocks = {0, 0, 0};
  double seconds = 0;
};

/// For how long `product` with blocks of channels on the lanes does so.
double estimateSeconds(linalg::GenericOp op, const ChannelProduct &product,
                       const MatrixTarget &target);

/// Which embedding runs `op`, Einsum `einsum` of `graph`, in the shortest time.
///
/// The solver gives the Pareto front of invocations and bytes moved, from which
/// the target's rates pick: instructions of both units run one after the other,
/// loads and stores beside them, and operands are loaded as often as the best
/// tile of results by divisors asks for. That ranks embeddings and predicts no
/// time: tiles come later. A rank is fused or a
/// window unrolled only as far as `freedom` allows, and only where that is at
/// least 2 % faster. Groups are added on the same terms.
llvm::Expected<ChosenEmbedding>
chooseEmbedding(linalg::GenericOp op, const ::accel::EinsumGraph &graph,
                unsigned einsum, const MatrixTarget &target,
                EmbeddingScheme scheme, EmbeddingFreedom freedom);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_EMBEDDINGCHOICE_H
