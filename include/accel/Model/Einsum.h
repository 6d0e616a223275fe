//===- Einsum.h - One tensor operation as plain data ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An Einsum is an iteration space of ranks and one affine projection per tensor
// that it reads or writes. It knows nothing of IR.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MODEL_EINSUM_H
#define ACCEL_MODEL_EINSUM_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <utility>

namespace accel {

/// What a tensor is to one Einsum, by operand position: the first input is an
/// input, the second a weight, further ones inputs, the init the output.
enum class Role : uint8_t { Input, Weight, Output };

/// "input", "weight", "output".
llvm::StringRef stringifyRole(Role role);

/// The role of operand `position` of `numInputs` inputs and one output.
Role roleOfOperand(unsigned position, unsigned numInputs);

/// What an Einsum computes, as far as a compute unit may care.
enum class EinsumKind : uint8_t {
  Contraction, ///< two or more inputs and at least one reduced rank
  Elementwise, ///< no reduced rank, every index a single rank with factor 1
  Reduction,   ///< one input and at least one reduced rank
  Copy,        ///< movement only
  Other
};

/// "contraction", "elementwise", "reduction", "copy", "other".
llvm::StringRef stringifyEinsumKind(EinsumKind kind);

/// The index of one tensor dimension: sum of coefficient * rank, plus offset.
struct LinearExpr {
  /// (rank, coefficient), each rank at most once, no zero coefficients.
  llvm::SmallVector<std::pair<unsigned, int64_t>, 2> terms;
  /// Moves the view, for example over padding; costs do not depend on it.
  int64_t offset = 0;

  static LinearExpr rank(unsigned r, int64_t coefficient = 1) {
    LinearExpr e;
    e.terms.push_back({r, coefficient});
    return e;
  }

  /// The factor of rank `r`, zero if absent.
  int64_t coefficient(unsigned r) const;
};

/// One operand: which tensor, in which role, at which index.
struct TensorAccess {
  /// Index into EinsumGraph::tensors.
  unsigned tensor = 0;
  Role role = Role::Input;
  /// One expression per dimension of the tensor.
  llvm::SmallVector<LinearExpr, 4> projection;
};

/// How a rank relates to a tensor (syntactic: bounds do not matter).
enum class Relevance : uint8_t {
  Irrelevant, ///< in no dimension's expression
  Partial,    ///< only inside sums, such as `r` in `p + r`
  Full        ///< alone in at least one dimension's expression
};

Relevance relevance(const TensorAccess &access, unsigned rank);

/// The first dimension of an operand that a rank indexes alone, or -1.
int dimensionOf(const TensorAccess &access, unsigned rank);

/// One dimension of the iteration space.
struct Rank {
  /// Empty for an unnamed rank, which prints as `d<position>`.
  std::string name;
  int64_t bound = 1;
  /// Name of the fan-out whose lanes this rank must fill: the rank is mapped
  /// spatially there, in full, and nowhere else, and that fan-out takes no
  /// unpinned rank of the same Einsum. Empty: free.
  std::string lanes;
  /// An instruction takes the rank in one piece: no loop over it stands above a
  /// keep.
  bool whole = false;

  /// Whether loops may split the rank at will.
  bool isFree() const { return lanes.empty() && !whole; }
};

/// One tensor operation.
struct Einsum {
  std::string name;
  llvm::SmallVector<Rank, 6> ranks;
  /// Inputs in operand order, then the one output.
  llvm::SmallVector<TensorAccess, 4> accesses;
  /// Data movement without operations (`linalg.copy`).
  bool isCopy = false;
  /// Adds to earlier contents of its output, which lie in the outermost memory:
  /// the first read of an output element is not elided.
  bool readsInit = false;
  EinsumKind kind = EinsumKind::Other;
  /// Operations that one point of the iteration space costs.
  double opsPerPoint = 1;
  /// Instructions that compute a tile.
  double opsPerTile = 1;

  unsigned outputIndex() const { return accesses.size() - 1; }
  const TensorAccess &output() const { return accesses.back(); }
  unsigned numInputs() const { return accesses.size() - 1; }

  /// The printed name of rank `r`.
  std::string rankName(unsigned r) const;

  /// Position of the rank with that printed name, or -1.
  int findRank(llvm::StringRef name) const;

  /// True if the output's projection does not contain `rank`.
  bool isReduction(unsigned rank) const;

  /// Number of points of the iteration space. A double: GPT-3's products pass
  /// 2^63, and every integer below 2^53 is exact.
  double numPoints() const;

  /// The kind that follows from projections alone.
  EinsumKind deriveKind() const;
};

} // namespace accel

#endif // ACCEL_MODEL_EINSUM_H
