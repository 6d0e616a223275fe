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

CostToGo::CostToGo(const EinsumProblem &problem, const PhaseGraph &graph,
                   double secondsPriceW)
    : problem(problem), secondsPriceW(secondsPriceW),
      hasEnergy(problem.context.needsEnergy && secondsPriceW == 0) {
  criteria = std::max(1u, hasEnergy + problem.numPorts);
  // Whole vector registers, so that criteria are computed side by side.
  width = criteria == 1 ? 1 : (criteria + 3) / 4 * 4;
  never.assign(width, kNever);
  for (unsigned l = 0; l != problem.levels.size(); ++l)
    domains.emplace_back(problem, l);
  tables.resize(graph.phases.size());
  for (unsigned i = graph.phases.size(); i-- != 0;) {
    const Phase &phase = graph.phases[i];
    if (phase.end)
      computeEnd(phase, tables[i]);
    else if (phase.pending == 0)
      computeAdvances(graph, phase, tables[i]);
    else
      computePlacements(phase, tables[i]);
  }
  crossings.clear();
  for (TileDomain &domain : domains)
    domain.forgetSteps();
}

void CostToGo::computeEnd(const Phase &phase, Table &out) const {
  out.values.assign(width, 0);
  if (hasEnergy)
    out.values[0] = float(phase.endEnergy);
  for (unsigned p = 0; p != problem.numPorts; ++p)
    out.values[hasEnergy + p] =
        float(secondsPriceW == 0
                  ? phase.endTimes[p]
                  : phase.endEnergy + secondsPriceW * phase.endTimes[p]);
}

static void minInto(float *to, const float *from, unsigned width) {
  for (unsigned c = 0; c != width; ++c)
    to[c] = std::min(to[c], from[c]);
}

template <unsigned Width>
static void spreadSteps(llvm::ArrayRef<std::pair<uint32_t, uint32_t>> steps,
                        float *values) {
  for (auto [to, from] : steps)
    minInto(values + size_t(to) * Width, values + size_t(from) * Width, Width);
}

/// Lets every entry see the least over all smaller tiles of some ranks.
void CostToGo::spread(uint32_t ranks, const TileDomain &domain,
                      std::vector<float> &values) const {
  for (unsigned r = 0; r != problem.lattice.numRanks(); ++r) {
    if (!(ranks >> r & 1))
      continue;
    switch (width) {
    case 1:
      spreadSteps<1>(domain.steps(r), values.data());
      break;
    case 4:
      spreadSteps<4>(domain.steps(r), values.data());
      break;
    case 8:
      spreadSteps<8>(domain.steps(r), values.data());
      break;
    default:
      for (auto [to, from] : domain.steps(r))
        minInto(values.data() + size_t(to) * width,
                values.data() + size_t(from) * width, width);
    }
  }
}

const CostToGo::Crossing &CostToGo::crossing(unsigned from, unsigned to,
                                             llvm::ArrayRef<int64_t> factors) {
  for (const auto &known : crossings)
    if (known->from == from && known->to == to &&
        llvm::ArrayRef<int64_t>(known->factors) == factors)
      return *known;
  auto found = std::make_unique<Crossing>();
  found->from = from;
  found->to = to;
  found->factors.assign(factors.begin(), factors.end());
  const TileDomain &domain = domains[from];
  for (uint32_t i = 0; i != domain.size(); ++i)
    for (uint32_t w : divideBelowLoops(problem, domain.vectors()[i], factors)) {
      int32_t at = to == domains.size() ? 0 : domains[to].find(w);
      if (at >= 0)
        found->steps.push_back({i, uint32_t(at)});
    }
  crossings.push_back(std::move(found));
  return *crossings.back();
}

void CostToGo::computeAdvances(const PhaseGraph &graph, const Phase &phase,
                               Table &out) {
  const TileDomain &domain = domains[phase.level];
  out.domain = &domain;
  out.values.assign(size_t(domain.size()) * width, kNever);
  for (const Advance &advance : phase.advances) {
    const Table &target = tables[advance.target];
    unsigned level = graph.phases[advance.target].level;
    for (auto [to, from] : crossing(phase.level, level, advance.factors).steps)
      minInto(out.values.data() + size_t(to) * width,
              target.values.data() + size_t(from) * width, width);
  }
}

/// Whether a keep at `v` fits with those that the level holds already, which
/// are no smaller than they would be there.
static bool fitsBeside(const EinsumProblem &problem, const Placement &p,
                       uint32_t v) {
  const MemoryLevel &mem = *problem.levels[p.level].mem;
  if (!mem.isBounded())
    return true;
  double values = 0, bits = 0;
  uint32_t held = p.beside | 1u << p.access;
  for (unsigned a = 0; held >> a != 0; ++a) {
    if (!(held >> a & 1))
      continue;
    // Operands that are one exchanged tensor may share their place.
    double ownValues = 0, ownBits = 0;
    for (unsigned b = a; held >> b != 0; ++b) {
      if (!(held >> b & 1) || (b != a && !(problem.accesses[b].exchanged &&
                                           problem.accesses[b].tensor ==
                                               problem.accesses[a].tensor)))
        continue;
      double occupied = problem.tables(b, p.level).occupancy[v];
      ownValues = std::max(ownValues, occupied);
      ownBits = std::max(ownBits, occupied * problem.accesses[b].bits[p.level]);
      held &= ~(1u << b);
    }
    values += ownValues;
    bits += ownBits;
  }
  return bits * mem.buffering <= mem.sizeBits &&
         values * mem.buffering <= mem.sizeValues;
}

void CostToGo::computePlacements(const Phase &phase, Table &out) const {
  const TileDomain &domain = domains[phase.level];
  uint32_t size = domain.size();
  out.domain = &domain;
  out.values.assign(size_t(size) * width, kNever);
  std::vector<float> next(size_t(size) * width), slid;
  for (const Placement &p : phase.placements) {
    const AccessInfo &info = problem.accesses[p.access];
    // Loops between the keep before and this one: fused ones while a backing
    // keep is missing, else only over ranks that shrink this keep's tile.
    uint32_t loops = phase.open()
                         ? phase.fusable
                         : info.relevant() & problem.freeRanks & ~p.settled;
    uint32_t windows = p.backing || !problem.levels[p.level].mem->slides
                           ? 0
                           : info.partial & problem.freeRanks;
    if (phase.open())
      windows &= phase.fusable;

    for (uint32_t i = 0; i != size; ++i) {
      uint32_t v = domain.vectors()[i];
      bool fits = fitsBeside(problem, p, v);
      const float *from = fits ? row(p.target, v) : never.data();
      std::copy(from, from + width, next.data() + size_t(i) * width);
    }
    if (windows != 0) {
      // What slides along one loop is held a step at a time.
      std::vector<float> held = next;
      for (unsigned r = 0; r != problem.lattice.numRanks(); ++r) {
        if (!(windows >> r & 1))
          continue;
        slid = held;
        spread(1u << r, domain, slid);
        for (size_t i = 0; i != next.size(); ++i)
          next[i] = std::min(next[i], slid[i]);
      }
    }
    auto charge = [&](unsigned first, unsigned last, const Price &price,
                      double perUnit) {
      if (price.isZero())
        return;
      for (uint32_t i = 0; i != size; ++i) {
        float cost = float(perUnit * price.of(p.moved(domain.vectors()[i])));
        for (unsigned c = first; c != last; ++c)
          next[size_t(i) * width + c] += cost;
      }
    };
    if (hasEnergy)
      charge(0, 1, p.energy, 1);
    else if (secondsPriceW > 0)
      charge(0, problem.numPorts, p.energy, 1);
    for (auto &[port, time] : p.times)
      charge(hasEnergy + port, hasEnergy + port + 1, time,
             secondsPriceW == 0 ? 1 : secondsPriceW);
    spread(loops, domain, next);
    for (size_t i = 0; i != next.size(); ++i)
      out.values[i] = std::min(out.values[i], next[i]);
  }
}

} // namespace accel::ffm
