//===- InterpreterState.h - What an execution remembers ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_MODEL_INTERPRETERSTATE_H
#define ACCEL_LIB_MODEL_INTERPRETERSTATE_H

#include "accel/Model/Interpreter.h"
#include <map>
#include <set>
#include <tuple>

namespace accel::detail {

using Coords = std::vector<int64_t>;

/// A rectangle of elements: per tensor dimension the first and last index.
struct Box {
  std::vector<std::pair<int64_t, int64_t>> dims;

  int64_t size() const {
    int64_t count = 1;
    for (auto [low, high] : dims)
      count *= high - low + 1;
    return count;
  }
  bool contains(const Box &other) const {
    for (unsigned d = 0; d != dims.size(); ++d)
      if (other.dims[d].first < dims[d].first ||
          other.dims[d].second > dims[d].second)
        return false;
    return true;
  }
  Box hull(const Box &other) const {
    Box result = *this;
    for (unsigned d = 0; d != dims.size(); ++d) {
      result.dims[d].first = std::min(dims[d].first, other.dims[d].first);
      result.dims[d].second = std::max(dims[d].second, other.dims[d].second);
    }
    return result;
  }
  /// Elements that lie inside a tensor of that shape.
  int64_t sizeInside(llvm::ArrayRef<int64_t> shape) const {
    int64_t count = 1;
    for (unsigned d = 0; d != dims.size(); ++d)
      count *=
          std::max<int64_t>(0, std::min(dims[d].second, shape[d] - 1) -
                                   std::max<int64_t>(dims[d].first, 0) + 1);
    return count;
  }
  bool operator==(const Box &other) const { return dims == other.dims; }

  /// Calls `visit` with every element.
  template <typename Fn> void forEach(Fn visit) const {
    Coords at;
    for (auto [low, high] : dims)
      at.push_back(low);
    while (true) {
      visit(at);
      unsigned d = 0;
      for (; d != dims.size(); ++d) {
        if (at[d]++ != dims[d].second)
          break;
        at[d] = dims[d].first;
      }
      if (d == dims.size())
        return;
    }
  }
};

/// One loop of a path.
struct Loop {
  unsigned position;
  unsigned rank;
  int64_t tile, trips;
  bool spatial;
  unsigned fanout;
};

/// A child that asks its parent for data: one visit of a keep, or one
/// operation.
struct Visit {
  /// Coordinates along the spatial loops between parent and child.
  Coords lane;
  Box box;
  /// Values that arrive, those of them that the parent gives (the child pads
  /// the rest), and elements that the instance had held before.
  int64_t fetched = 0, given = 0;
  std::vector<Coords> refilled;
  /// Output elements whose earlier contents arrive.
  int64_t initial = 0;
};

/// A keep that is being executed: its current contents.
struct Buffer {
  bool live = false;
  bool sliding = false;
  /// A sliding window holds nothing before its first step.
  bool empty = true;
  Box box;
};

/// A chain of keeps of one operand, outermost first; the compute unit follows.
struct Holder {
  unsigned position;
  unsigned level;
  /// Loops above.
  unsigned depth;
  /// Its next node is a temporal loop that moves a window over the operand.
  bool slides;
};

/// Execution state of one Einsum.
struct EinsumState {
  std::vector<Loop> loops;
  /// Iteration of every open loop.
  Coords iteration;
  /// Per operand.
  std::vector<std::vector<Holder>> holders;
  std::vector<std::vector<Buffer>> buffers;
  /// Visits by operand, child index (holders.size() for the compute unit), and
  /// what they have in common: all iterations except between parent and child.
  std::map<std::tuple<unsigned, unsigned, Coords>, std::vector<Visit>> visits;
  /// Elements that a child instance has held before.
  std::map<std::tuple<unsigned, unsigned, Coords>, std::set<Coords>> seen;
  /// Output elements that any instance has held, per child index.
  std::map<unsigned, std::set<Coords>> begun;
  /// Output elements computed into.
  std::set<Coords> written;
  std::map<Coords, int64_t> opsOfInstance;
  std::set<Coords> computed;
  unsigned numLevels = 0;
  std::map<unsigned, unsigned> levelIndex;
  /// A copy: elements moved.
  int64_t copied = 0;
};

/// Turns the visits of one Einsum into counts: messages that serve several
/// instances count once at the parent.
InterpretedEinsum countVisits(const Einsum &einsum, const Architecture &arch,
                              EinsumState &state);

} // namespace accel::detail

#endif // ACCEL_LIB_MODEL_INTERPRETERSTATE_H
