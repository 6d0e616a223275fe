//===- Problem.h - The embedding problem as data ----------------*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Embedding an Einsum into a matrix instruction, after Rieber, Acosta, Fröning,
// "Joint Program and Layout Transformations to Enable Convolutional Operators
// on Specialized Hardware Based on Constraint Programming" (ACM TACO 2022).
// They map scalar dataflow graphs onto each other; here the same is solved on
// affine dimensions, and Checker.h proves a solution on the scalars.
//
// Variables: the role swap; per axis (a rank, or several ranks of one signature
// flattened) the tile on its lane and whether the lane is strided.
// Constraints: an axis sits only on the lane with its own signature; the tiles
// on a lane multiply to at most its extent; every rank is in one axis; layouts
// stay within the operands' levels; without accumulation a reduction fits in
// one invocation.
// Objective: lexicographic, micro-ops, then bytes, then layout conversions.
//
// Covered: all embeddings whose lanes hold aligned tiles of ranks or of fused
// ranks, or evenly strided positions of one rank, up to the order of positions
// on a lane. Not covered: unaligned or irregular subsets of a rank, strided
// fused ranks, one rank on two lanes (diagonals), and skewed embeddings, where
// a rank of one lane moves the window of another (weights replicated at
// offsets).
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_EMBEDDING_PROBLEM_H
#define ACCEL_EMBEDDING_PROBLEM_H

#include "accel/Embedding/Embedding.h"
#include "accel/Embedding/Instruction.h"
#include "accel/Model/EinsumGraph.h"
#include <array>
#include <optional>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace accel {

/// What an embedding may do.
struct EmbeddingOptions {
  /// Feed the operator's input to the instruction's weight operand.
  bool allowRoleSwap = true;
  /// Flatten several ranks into one axis.
  bool allowFusedRanks = true;
  /// Also ranks that index the output.
  bool allowFusedOutputs = true;
  /// Strided lanes: position j takes value j * groups + group.
  bool allowSplitRanks = true;
  /// Put ranks on lanes that do not stand alone, with factor 1, in a tensor's
  /// dimension.
  bool allowWindowUnrolling = true;
  /// Axes on one lane; 0 means any number.
  unsigned maxAxesPerLane = 0;
  /// The most that may happen to an operand's layout, by the operator's roles.
  std::array<LayoutLevel, 3> maxLayout = {
      LayoutLevel::Unrolled, LayoutLevel::Unrolled, LayoutLevel::Unrolled};
  /// If set, only these ranks may sit on lanes.
  std::optional<llvm::SmallVector<unsigned, 4>> laneRanks;

  /// At most one rank a lane, each alone in its tensors' dimensions: plain
  /// tiling, transposition and zero padding.
  static EmbeddingOptions plainPacking();

  /// At most one axis a lane; reduction ranks may be fused, windows unrolled
  /// and operands swapped: what can be said as gathered operands that are then
  /// packed plainly.
  static EmbeddingOptions gatheredPacking();
};

/// A candidate for a lane: a rank or several fused.
struct Axis {
  /// Flattened row-major, slowest first.
  llvm::SmallVector<unsigned, 3> ranks;
  int64_t bound = 1;
  Signature signature;
  /// By the operator's roles: every rank stands alone with factor 1 in one
  /// dimension of the operand (or is not in it at all). Terms whose rank has
  /// bound 1 do not count.
  std::array<bool, 3> plain = {true, true, true};
  /// Lane by swap (0: as is, 1: swapped), or -1.
  std::array<int, 2> lane = {-1, -1};

  bool isFused() const { return ranks.size() > 1; }
};

/// One operand of the operator.
struct ProblemOperand {
  std::string name;
  llvm::SmallVector<int64_t, 4> shape;
  /// Width of a value in memory.
  int64_t bits = 8;
  llvm::SmallVector<LinearExpr, 4> projection;
};

/// An operator, an instruction, and the liberties that may be taken.
///
/// The operator multiplies its two inputs and accumulates the products; what
/// else its body does (zero points, casts) is for the caller to know.
struct Problem {
  std::string name;
  llvm::SmallVector<Rank, 6> ranks;
  /// By Role.
  std::array<ProblemOperand, 3> operands;
  MatrixInstruction instruction;
  EmbeddingOptions options;

  // Filled by finalize().
  /// Every rank as an axis of its own, in rank order, then the fused ones.
  llvm::SmallVector<Axis, 12> axes;
  /// Position of each rank in the flattening order: by the tensor in which the
  /// ranks of its signature stand alone, in memory order.
  llvm::SmallVector<unsigned, 6> order;

  /// Describes Einsum `einsum` of `graph`. Fails where check() does.
  static llvm::Expected<Problem> create(const EinsumGraph &graph,
                                        unsigned einsum,
                                        const MatrixInstruction &instruction,
                                        const EmbeddingOptions &options = {});

  /// Checks the data and derives the axes. Call again after a change.
  llvm::Error finalize();

  /// Bounds in 1..maxBound, projections as long as shapes and over known ranks,
  /// the output indexed by plain ranks, options within range, instruction
  /// sound. Returns the first violation.
  llvm::Error check() const;
  static constexpr int64_t maxBound = (int64_t(1) << 31) - 2;
  static constexpr unsigned maxRanks = 24;
  /// Fused axes considered per problem, smaller ones first.
  static constexpr unsigned maxFusedAxes = 96;

  /// Checks a solution against every constraint, and that its lanes, layouts
  /// and cost are those that follow from its axes.
  llvm::Error verify(const Embedding &embedding) const;

  const ProblemOperand &operand(Role role) const {
    return operands[static_cast<unsigned>(role)];
  }
  Signature signature(unsigned rank) const;
  /// The ranks that the axis' name shows: "c" or "(r,s,c)".
  std::string axisName(llvm::ArrayRef<unsigned> ranks) const;

  /// Whether `axis` may have `tile` on its lane under `swap`: the tile fits, is
  /// no other axes' tile in disguise (fused), and obeys options and packing.
  /// Tile 1 is always possible for a single rank.
  bool isTileAllowed(const Axis &axis, bool swap, int64_t tile) const;
  /// Whether the lane positions of `axis` may be strided at `tile`: a single
  /// rank in several groups whose last position is not all filler.
  bool isStrideAllowed(const Axis &axis, int64_t tile) const;

  /// Fills in lanes, layouts and cost from `swapped` and `axes` (with ranks,
  /// lane, tile and strided set), and brings the axes into order.
  /// O(ranks * dimensions).
  void complete(Embedding &embedding) const;
  /// Whether the completed layouts stay within options.maxLayout.
  bool respectsLayouts(const Embedding &embedding) const;

  /// Prints variables, domains, constraints and objective as text, one a line.
  void dump(llvm::raw_ostream &os) const;
  /// Prints a solution: axes, lanes, layouts, cost.
  void print(const Embedding &embedding, llvm::raw_ostream &os) const;
};

} // namespace accel

#endif // ACCEL_EMBEDDING_PROBLEM_H
