//===- Embedding.h - Where an operator's ranks sit on the lanes -*- C++ -*-===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A solution of the embedding problem (Problem.h): which ranks of an Einsum run
// on which lanes of a matrix instruction, what is left as loops around the
// invocation, and the packed layout of each operand that follows.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_EMBEDDING_EMBEDDING_H
#define ACCEL_EMBEDDING_EMBEDDING_H

#include "accel/Model/Einsum.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace accel {

/// How far an operand's layout may leave the tensor's memory order; each level
/// includes those before it.
enum class LayoutLevel : uint8_t {
  AsIs,    ///< elements lie in memory as the instruction reads them
  Packed,  ///< tiles and transposes; every value stored once, no filler
  Padded,  ///< zeros fill lanes that the ranks leave over
  Unrolled ///< ranks inside index sums sit on lanes; values may be replicated
};

/// "as is", "packed", "padded", "unrolled".
llvm::StringRef stringifyLayoutLevel(LayoutLevel level);

/// Several ranks of one signature flattened into one (or a single rank), and
/// how it is cut into groups of `tile` values that one invocation takes.
///
/// The value at group g and lane position j is g * tile + j, or, where the rank
/// is split so that lanes are strided, j * groups + g. Values of `bound` or
/// more are filler.
struct EmbeddedAxis {
  /// Flattened row-major, slowest first.
  llvm::SmallVector<unsigned, 3> ranks;
  /// Product of the ranks' bounds.
  int64_t bound = 1;
  /// The instruction's lane, or -1 for a loop around the invocation (tile 1).
  int lane = -1;
  int64_t tile = 1;
  bool strided = false;
  int64_t groups = 1;

  /// The extent after padding: groups * tile.
  int64_t paddedExtent() const { return groups * tile; }
  /// The axis' value for a group and a lane position.
  int64_t value(int64_t group, int64_t position) const {
    return strided ? position * groups + group : group * tile + position;
  }
};

/// One dimension of an operand's array of elements.
struct PackedDim {
  /// (axis, step): the index is offset + the sum of step * group of the axis.
  llvm::SmallVector<std::pair<unsigned, int64_t>, 2> terms;
  /// Makes the least index 0 where steps are negative.
  int64_t offset = 0;
  int64_t size = 1;
};

/// The layout of one operand: elements of lanes, addressed by loop groups.
struct OperandLayout {
  LayoutLevel level = LayoutLevel::AsIs;
  /// Slowest first; the element's position is row-major over these.
  llvm::SmallVector<PackedDim, 4> dims;
  /// Product of the dims' sizes: elements that the addressing spans.
  int64_t elements = 1;
  /// Elements that the operator reads or writes inside the tensor (an upper
  /// bound where three or more ranks share an index sum).
  int64_t touched = 1;
  /// Values in one element (all lanes, filler included).
  int64_t valuesPerElement = 1;
  /// Values stored, filler aside, per value of the tensor that the operator
  /// touches; above 1 where windows are replicated.
  double replication = 1;
  /// Bytes moved when every touched element is moved once, in the tensor's own
  /// width, filler and replicas included.
  int64_t bytes = 0;
};

/// The objective, compared in this order: micro-ops, bytes, conversions.
struct EmbeddingCost {
  /// Invocations of the instruction; INT64_MAX if beyond.
  int64_t microOps = 0;
  /// Sum of the operands' bytes.
  int64_t bytes = 0;
  /// Operands that are not in memory order as they are.
  unsigned conversions = 0;
  /// Points of the iteration space per product that the unit could have done.
  double utilisation = 0;

  bool operator<(const EmbeddingCost &other) const;
  bool operator==(const EmbeddingCost &other) const;
};

/// A solution. `swapped` and `axes` decide it, all else follows.
struct Embedding {
  /// The operator's input feeds the instruction's weight operand and vice
  /// versa.
  bool swapped = false;
  /// A partition of the ranks, ordered by first rank in Problem's flattening.
  llvm::SmallVector<EmbeddedAxis, 6> axes;
  /// Per lane of the instruction, the axes on it, slowest first. An empty lane
  /// does one value of work.
  llvm::SmallVector<llvm::SmallVector<unsigned, 2>, 3> lanes;
  /// By the operator's roles: input, weight, output.
  std::array<OperandLayout, 3> layouts;
  EmbeddingCost cost;

  const OperandLayout &layout(Role role) const {
    return layouts[static_cast<unsigned>(role)];
  }
  /// The instruction's operand that the operator's operand feeds.
  Role instructionRole(Role role) const;
  /// Lane positions that ranks use: the product of the tiles on the lane.
  int64_t laneUsed(unsigned lane) const;
  /// The axis that holds a rank.
  unsigned axisOf(unsigned rank) const;
  /// Splits a position on a lane into positions of the lane's axes, slowest
  /// first; false if the position is filler.
  bool decompose(unsigned lane, int64_t position,
                 llvm::SmallVectorImpl<int64_t> &positions) const;
};

/// True if `a` comes before `b`: by cost, then by fewer liberties (sum of
/// layout levels, no swap, fewer strided and fused axes), then by the axes. A
/// total order on the embeddings of one problem, so that the best is unique.
bool isBetter(const Embedding &a, const Embedding &b);

/// True if the two decide the same.
bool isSame(const Embedding &a, const Embedding &b);

} // namespace accel

#endif // ACCEL_EMBEDDING_EMBEDDING_H
