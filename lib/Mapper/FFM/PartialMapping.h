//===- PartialMapping.h - What the search keeps of an Einsum ----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A partial mapping is one Einsum's path, seen from outside: what it costs,
// what it claims of the levels that couple Einsums, and how it exchanges
// intermediates with its neighbours.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_PARTIALMAPPING_H
#define ACCEL_MAPPER_FFM_PARTIALMAPPING_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <algorithm>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

namespace accel::ffm {

/// Least energy, least latency, and the least of both at two fixed prices per
/// second (SearchContext::secondsPriceW, dearPriceW), of something: they may
/// belong to different mappings. Infinite where there is nothing.
struct Least {
  double energyJ = std::numeric_limits<double>::infinity();
  double latencyS = std::numeric_limits<double>::infinity();
  double bothJ = std::numeric_limits<double>::infinity();
  double dearJ = std::numeric_limits<double>::infinity();

  bool isPossible() const {
    return energyJ < std::numeric_limits<double>::infinity();
  }
  void include(const Least &other) {
    energyJ = std::min(energyJ, other.energyJ);
    latencyS = std::min(latencyS, other.latencyS);
    bothJ = std::min(bothJ, other.bothJ);
    dearJ = std::min(dearJ, other.dearJ);
  }
  /// Takes what bounds more.
  void raise(const Least &other, double factor = 1) {
    energyJ = std::max(energyJ, other.energyJ * factor);
    latencyS = std::max(latencyS, other.latencyS * factor);
    bothJ = std::max(bothJ, other.bothJ * factor);
    dearJ = std::max(dearJ, other.dearJ * factor);
  }
  Least operator+(const Least &other) const {
    return {energyJ + other.energyJ, latencyS + other.latencyS,
            bothJ + other.bothJ, dearJ + other.dearJ};
  }
  Least operator-(const Least &other) const {
    return {energyJ - other.energyJ, latencyS - other.latencyS,
            bothJ - other.bothJ, dearJ - other.dearJ};
  }
  Least operator*(double count) const {
    return {energyJ * count, latencyS * count, bothJ * count, dearJ * count};
  }
};

/// Whether both are impossible, or `a` lies `difference` above `b` up to
/// rounding that is far below any slack.
bool differsBy(const Least &a, const Least &b, const Least &difference);

/// A fused loop as the exchanged tensor sees it.
struct FusedLoop {
  int64_t count = 1;
  /// Dimension of the tensor.
  unsigned dim = 0;
  bool spatial = false;
};

/// Where and below which loops an intermediate is exchanged.
struct Exchange {
  unsigned access = 0;
  /// Level, as an architecture node.
  unsigned node = 0;
  llvm::SmallVector<FusedLoop, 3> loops;
  /// Per loop of the nest below the backing keep: the dimension that it steps
  /// through if the tensor could be handed over in its steps as well, else -1.
  llvm::SmallVector<int, 3> handOver;
  unsigned depth() const { return loops.size(); }
  /// Given by the join: equal for exchanges at the same level below the same
  /// loops, whatever the tensor; and at the same level. The two are equal where
  /// the loops are not known.
  unsigned spec = 0, levelSpec = 0;
  /// Of an open nest: when its class was explored, and whether it stands for
  /// regions that were left out since users explored earlier cannot take part.
  unsigned rank = 0;
  bool needsOpen = false;
  /// Claim on each tracked resource, as this Einsum sees the tensor.
  llvm::SmallVector<double, 2> size;
};

/// The top of a path down to its innermost exchanged tensor.
struct Nest {
  std::vector<Exchange> exchanges;
  /// Trip counts of the fused loops, and whether they are spatial.
  std::vector<std::pair<int64_t, bool>> loops;
  /// Claims on tracked resource t above loop d, at [d * tracked + t]; row 0 is
  /// zero, row d counts keeps at depth less than d.
  std::vector<double> above;
  /// The loops are not known: it stands for all nests with these levels, whose
  /// mappings are bounds.
  bool isOpen = false;
  /// Equal for nests whose exchanges are equal.
  unsigned signature = 0;
};

/// A Pareto-optimal path of one Einsum, or a bound on paths not looked into.
struct PartialMapping {
  Least cost{0, 0, 0, 0};
  unsigned nest = 0;
  /// Costs and claims are lower bounds, and there is no path.
  bool isBound = false;
  /// Last step of the path, in the arena of the explorer that found it.
  uint32_t move = 0;
  unsigned explorer = 0;
  /// Claims on tracked resources in its own branch.
  llvm::SmallVector<double, 2> total;
};

/// Interns nests by value.
class NestTable {
public:
  unsigned intern(Nest nest);
  const Nest &operator[](unsigned i) const { return nests[i]; }
  Nest &operator[](unsigned i) { return nests[i]; }
  unsigned size() const { return nests.size(); }
  unsigned numSignatures() const { return signatures; }

private:
  std::vector<Nest> nests;
  /// The nest before with the same hash of exchanges, or kNone.
  std::vector<unsigned> previous;
  /// By that hash: the last nest.
  std::unordered_map<uint64_t, unsigned> last;
  unsigned signatures = 0;
};

/// What is known of paths that were cut: every mapping among them costs at
/// least as much as one step of a staircase.
class CutFront {
public:
  /// Of more than `maxSteps` steps the two nearest become one.
  explicit CutFront(unsigned maxSteps = 32) : maxSteps(maxSteps) {}
  void add(Least cost, llvm::ArrayRef<double> claims);
  bool empty() const { return stairs.empty(); }
  /// Ascending energy, descending latency.
  llvm::ArrayRef<Least> steps() const { return stairs; }
  /// Least claims of any.
  llvm::ArrayRef<double> claims() const { return total; }

private:
  unsigned maxSteps;
  llvm::SmallVector<Least, 4> stairs;
  llvm::SmallVector<double, 2> total;
};

/// One step of a path, linked to the step before.
struct Move {
  enum class Kind : uint8_t {
    Start, ///< keeps of the outermost level (mask `a`)
    Keep,  ///< operand `a` in path level `b` at tile vector `value`
    Loop,  ///< rank `a` by tile `value`
    Par,   ///< rank `a` over fan-out node `b` by factor `value`
    Cross  ///< advance `b` of phase `a`, to be written before the next keep
  };
  Kind kind = Kind::Start;
  uint32_t previous = 0;
  unsigned a = 0, b = 0;
  int64_t value = 0;
};

/// Everything found for one class of identical Einsums.
struct EinsumSpace {
  NestTable nests;
  std::vector<PartialMapping> mappings;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_PARTIALMAPPING_H
