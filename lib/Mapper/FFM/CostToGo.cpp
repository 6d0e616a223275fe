//===- CostToGo.cpp - Lower bounds on what remains ------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CostToGo.h"
#include <algorithm>

namespace accel::ffm {

static constexpr float kNever = std::numeric_limits<float>::infinity();

/// Lets every entry see the least over the tiles of `rank` that divide its own.
static void spreadDown(const TileLattice &lattice, unsigned rank, float *v) {
  uint32_t stride = lattice.stride(rank);
  unsigned count = lattice.tilesOf(rank).size();
  if (count == 1)
    return;
  uint32_t block = stride * count;
  for (uint32_t base = 0; base != lattice.size(); base += block)
    for (unsigned p = 1; p != count; ++p)
      for (uint16_t q : lattice.covers(rank, p)) {
        float *to = v + base + p * stride;
        const float *from = v + base + q * stride;
        for (uint32_t i = 0; i != stride; ++i)
          to[i] = std::min(to[i], from[i]);
      }
}

CostToGo::CostToGo(const EinsumProblem &problem, const PhaseGraph &graph)
    : problem(problem), size(problem.lattice.size()),
      hasEnergy(problem.context.needsEnergy) {
  criteria = std::max(1u, hasEnergy + problem.numPorts);
  tables.resize(graph.phases.size());
  for (unsigned i = graph.phases.size(); i-- != 0;) {
    const Phase &phase = graph.phases[i];
    if (phase.end)
      computeEnd(phase, tables[i]);
    else if (phase.pending == 0)
      computeAdvances(phase, tables[i]);
    else
      computePlacements(phase, tables[i]);
  }
}

void CostToGo::computeEnd(const Phase &phase, Table &out) const {
  out.constant = true;
  out.values.assign(criteria, 0);
  if (hasEnergy)
    out.values[0] = float(phase.endEnergy);
  for (unsigned p = 0; p != problem.numPorts; ++p)
    out.values[hasEnergy + p] = float(phase.endTimes[p]);
}

void CostToGo::computeAdvances(const Phase &phase, Table &out) const {
  const TileLattice &lattice = problem.lattice;
  out.values.assign(size_t(criteria) * size, kNever);
  for (const Advance &advance : phase.advances) {
    const Table &next = tables[advance.target];
    llvm::SmallVector<std::vector<int>, 8> quotient(lattice.numRanks());
    for (unsigned r = 0; r != lattice.numRanks(); ++r) {
      bool isFree = problem.freeRanks >> r & 1;
      for (unsigned p = 0; p != lattice.tilesOf(r).size(); ++p)
        quotient[r].push_back(
            isFree ? lattice.quotient(r, p, advance.factors[r]) : int(p));
    }
    // Walks all vectors that the factors divide, rank by rank.
    auto walk = [&](auto &self, unsigned r, uint32_t v, uint32_t w) -> void {
      if (r == lattice.numRanks()) {
        for (unsigned c = 0; c != criteria; ++c) {
          float value = next.constant ? next.values[c]
                                      : next.values[size_t(c) * size + w];
          float &slot = out.values[size_t(c) * size + v];
          slot = std::min(slot, value);
        }
        return;
      }
      for (unsigned p = 0; p != quotient[r].size(); ++p)
        if (quotient[r][p] >= 0)
          self(self, r + 1, v + p * lattice.stride(r),
               w + quotient[r][p] * lattice.stride(r));
    };
    walk(walk, 0, 0, 0);
  }
}

void CostToGo::computePlacements(const Phase &phase, Table &out) const {
  const TileLattice &lattice = problem.lattice;
  out.values.assign(size_t(criteria) * size, kNever);
  std::vector<float> scratch(size), inner(size);
  std::vector<char> fits(size);
  for (const Placement &p : phase.placements) {
    const Table &next = tables[p.target];
    const AccessInfo &info = problem.accesses[p.access];
    // Loops between the keep before and this one: fused ones while a backing
    // keep is missing, else only over ranks that shrink this keep's tile.
    uint32_t loops = phase.open() ? phase.fusable : info.relevant();
    uint32_t windows = p.backing ? 0 : info.partial & problem.freeRanks;
    if (phase.open())
      windows &= phase.fusable;
    for (uint32_t v = 0; v != size; ++v)
      fits[v] = problem.fits(p.access, p.level, p.tables->occupancy[v]);
    for (unsigned c = 0; c != criteria; ++c) {
      auto nextAt = [&](uint32_t v) {
        return next.constant ? next.values[c]
                             : next.values[size_t(c) * size + v];
      };
      for (uint32_t v = 0; v != size; ++v)
        scratch[v] = fits[v] ? nextAt(v) : kNever;
      for (unsigned r = 0; r != lattice.numRanks(); ++r) {
        if (!(windows >> r & 1))
          continue;
        for (uint32_t v = 0; v != size; ++v)
          inner[v] = fits[v] ? nextAt(v) : kNever;
        spreadDown(lattice, r, inner.data());
        for (uint32_t v = 0; v != size; ++v)
          scratch[v] = std::min(scratch[v], inner[v]);
      }
      Price price;
      if (hasEnergy && c == 0)
        price = p.energy;
      for (auto &[port, time] : p.times)
        if (hasEnergy + port == c)
          price = time;
      if (price.perFill != 0 || price.perFirst != 0)
        for (uint32_t v = 0; v != size; ++v)
          scratch[v] += float(
              price.of(p.tables->fills[v], p.tables->firsts[v]));
      for (unsigned r = 0; r != lattice.numRanks(); ++r)
        if (loops >> r & 1)
          spreadDown(lattice, r, scratch.data());
      float *slot = out.values.data() + size_t(c) * size;
      for (uint32_t v = 0; v != size; ++v)
        slot[v] = std::min(slot[v], scratch[v]);
    }
  }
}

} // namespace accel::ffm
