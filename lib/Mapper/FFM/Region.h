//===- Region.h - The fused loops of one Einsum -----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Down to the innermost backing keep of an intermediate every loop is fused
// with neighbours, so its order and what stands between matters. This
// enumerates that region; each finished region is handed to the explorer as a
// closed row.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_REGION_H
#define ACCEL_MAPPER_FFM_REGION_H

#include "Explorer.h"

namespace accel::ffm {

struct Explorer::Region {
  Region(Explorer &explorer, const Surroundings &around,
         const std::function<bool()> &cancelled)
      : explorer(explorer), problem(explorer.problem), graph(explorer.graph),
        lattice(problem.lattice), around(around), cancelled(cancelled),
        elsewhere(explorer.threshold.others) {}

  /// False if cancelled.
  bool run();

private:
  struct Loop {
    unsigned rank;
    int64_t count;
    bool spatial;
    /// Tile vector below.
    uint32_t below;
    /// Claims on tracked resources above the loop.
    llvm::SmallVector<double, 2> above;
  };
  struct State {
    const Root *root = nullptr;
    unsigned phase = 0;
    uint32_t v = 0;
    Row row;
    uint32_t move = 0;
    llvm::SmallVector<Loop, 4> loops;
    /// Per operand: depth and level (path index) of an intermediate's backing
    /// keep, -1 if none yet.
    llvm::SmallVector<std::pair<int, int>, 4> backed;
    /// Per operand: depth of the first keep below the backing one.
    llvm::SmallVector<unsigned, 4> copied;
    /// Where the loops so far have led in Surroundings::exchanges.
    llvm::SmallVector<ExchangeTrie::Place, 4> places;
    /// Operands held since the last loop; of these only what stands in the
    /// innermost level may be last, and whether one of those is backing.
    uint32_t group = 0;
    uint32_t groupLast = 0;
    unsigned groupLevel = 0;
    bool groupBacking = false;
    /// The same for the group above the loops of the current slot, and those
    /// loops' ranks.
    uint32_t above = 0;
    bool aboveBacking = false;
    uint32_t slot = 0;
    /// Order of the keep placed last, within its group.
    int lastOrder = -1;
    /// Fan-outs were just crossed: the next node must be a keep.
    bool crossed = false;
    /// The group stands right below fan-outs: one of it must stay there.
    bool isAnchored = false;
  };

  bool claim(const Placement &p, double values, State &state) const;
  bool passes(State &state, unsigned phase) {
    return explorer.passes(phase, state.v, state.row);
  }
  bool enterPlaces(State &state);
  bool follow(State &state, const Loop &loop);
  bool hasCompany(State &state);
  void leaveOut(State &state, CutFront &cut);
  void explore(const State &state);
  void addLoops(const State &state);
  bool appendLoop(State &state, unsigned rank, unsigned position);
  void beginSlot(State &state) const;
  bool mayLoop(const State &state, unsigned rank) const;
  bool wouldSink(const State &state, unsigned rank) const;
  void advance(const State &state);
  void spread(const State &state, const Advance &advance, uint32_t used,
              uint32_t target);
  void place(const State &state, const Placement &p);
  void continueAt(State &state);
  void close(const State &state);

  Explorer &explorer;
  const EinsumProblem &problem;
  const PhaseGraph &graph;
  const TileLattice &lattice;
  const Surroundings &around;
  const std::function<bool()> &cancelled;
  /// Least of all other Einsums, whatever they do.
  Least elsewhere;
  bool stopped = false;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_REGION_H
