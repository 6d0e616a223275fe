//===- ProgramState.cpp - A whole program's mapping, with exact cost ------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramState.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include <map>

namespace accel::gradient {

/// Everything about an Einsum that its paths depend on, without names.
static std::vector<double> fingerprint(const PathSpace &space) {
  std::vector<double> key{double(space.einsum.isCopy),
                          double(space.einsum.kind), space.einsum.opsPerPoint};
  for (unsigned r = 0; r != space.numRanks(); ++r) {
    key.push_back(double(space.ranks[r].bound));
    key.push_back(space.ranks[r].whole);
    for (char c : space.einsum.ranks[r].lanes)
      key.push_back(c);
    key.push_back(-1);
  }
  for (unsigned a = 0; a != space.numAccesses(); ++a) {
    const TensorAccess &access = space.einsum.accesses[a];
    const Tensor &tensor = space.graph.tensorOf(access);
    key.push_back(tensor.bitsPerValue);
    key.push_back(tensor.persistent);
    key.push_back(tensor.isIntermediate());
    key.push_back(tensor.staysOnChip);
    key.push_back(space.accesses[a].fusable);
    for (const LinearExpr &expr : access.projection) {
      key.push_back(-2);
      for (auto [r, c] : expr.terms)
        key.insert(key.end(), {double(r), double(c)});
    }
  }
  return key;
}

ProgramSpace::ProgramSpace(const EinsumGraph &graph, const Architecture &arch,
                           const MapperOptions &options)
    : graph(graph), arch(arch), options(options),
      criterion(Criterion::of(options.objective)) {
  std::map<std::vector<double>, unsigned> known;
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    spaces.emplace_back(graph, arch, options, e);
    std::vector<double> key = fingerprint(spaces.back());
    if (!options.shareIdentical)
      key.push_back(e);
    classOf.push_back(known.try_emplace(key, known.size()).first->second);
    if (spaces.back().units.empty() && infeasible.empty())
      infeasible = "no compute unit takes \"" + graph.einsums[e].name +
                   "\" with what the target lets it hold";
  }
}

/// Depth of an intermediate's backing keep in a path (0 in the outermost
/// level).
static unsigned depthOf(const Path &path, unsigned access) {
  if (path.top >> access & 1)
    return 0;
  for (const Held &h : path.keeps)
    if (h.access == access)
      return h.depth;
  return 0;
}

ProgramMapping ProgramSpace::mappingOf(const ProgramState &state) const {
  ProgramMapping mapping;
  std::vector<unsigned> shared(size(), 0);
  for (unsigned t = 0; t != graph.tensors.size(); ++t) {
    const Tensor &tensor = graph.tensors[t];
    if (!tensor.isIntermediate())
      continue;
    unsigned producer = tensor.producer;
    unsigned depth =
        depthOf(state.paths[producer], spaces[producer].einsum.outputIndex());
    for (unsigned e = producer + 1; e <= tensor.consumers.back(); ++e)
      shared[e] = std::max(shared[e], depth);
  }
  for (unsigned e = 0; e != size(); ++e) {
    mapping.einsums.push_back(gradient::mappingOf(spaces[e], state.paths[e]));
    mapping.einsums.back().sharedLoops = shared[e];
  }
  return mapping;
}

bool ProgramSpace::isWithinLimits(const ProgramState &state) const {
  for (unsigned e = 0; e != size(); ++e) {
    const Path &path = state.paths[e];
    if (options.maxFusedLoops && path.fused.size() > *options.maxFusedLoops)
      return false;
    for (unsigned i = 0; i != path.fused.size(); ++i) {
      unsigned same = 0;
      for (const FusedLoop &loop : path.fused)
        same += loop.rank == path.fused[i].rank;
      if (same > options.maxFusedLoopsPerRank)
        return false;
    }
    const SpaceUnit &unit = spaces[e].units[path.unit];
    for (const SpaceFanout &f : unit.fanouts)
      if (instancesUsed(spaces[e], path, f.node) < f.least)
        return false;
  }
  return true;
}

ProgramValue ProgramSpace::evaluate(const ProgramState &state) const {
  ProgramValue result;
  if (!isWithinLimits(state))
    return result;
  ProgramMapping mapping = mappingOf(state);
  CostOptions model = this->model();
  if (llvm::Error error = verifyMapping(graph, arch, mapping, model)) {
    llvm::consumeError(std::move(error));
    return result;
  }
  ProgramCost<double> cost = evaluateMapping(graph, arch, mapping, model);
  for (unsigned node = 0; node != arch.nodes.size(); ++node)
    result.usage = std::max(result.usage, usageShare(arch, node, cost));
  if (result.usage > capacityShare * (1 + 1e-12))
    return result;
  result.valid = true;
  result.energyJ = cost.energyJ;
  result.latencyS = cost.latencyS;
  result.value = criterion.value(cost.energyJ, cost.latencyS);
  return result;
}

std::pair<double, double> ProgramSpace::costOf(const Path &path,
                                               unsigned e) const {
  EinsumPlan plan = EinsumPlan::compile(
      graph, arch, e, gradient::mappingOf(spaces[e], path), model());
  EinsumCost<double> cost;
  plan.evaluate(plan.tiles(), cost);
  return {cost.energyJ(), cost.latencyS};
}

PathGoal::Room ProgramSpace::roomDuring(const ProgramPlan &plan,
                                        unsigned moment, unsigned e) const {
  PathGoal::Room room;
  room.bits.assign(arch.nodes.size(), kInf);
  room.values.assign(arch.nodes.size(), kInf);
  for (unsigned node = 0; node != arch.nodes.size(); ++node)
    if (const MemoryLevel *level = arch.memory(node)) {
      room.bits[node] = level->sizeBits * capacityShare;
      room.values[node] = level->sizeValues * capacityShare;
    }
  double lastBits = 0, lastValues = 0;
  unsigned lastNode = 0;
  for (const ProgramPlan::LiveClaim &live : plan.live(moment)) {
    const EinsumPlan &owner = plan.einsums()[live.einsum];
    const detail::Claim &claim = owner.claims()[live.claim];
    // Own keeps below the outermost level are what the goal leaves open.
    const SpaceAccess &access = spaces[live.einsum].accesses[claim.access];
    bool exchanged = claim.isBacking && access.isIntermediate;
    if (live.einsum == e && claim.level != 0 && !exchanged)
      continue;
    unsigned node = owner.levels()[claim.level];
    double occupied = owner.occupied(claim.occupancy, owner.tiles());
    double bits = occupied * claim.bits, values = occupied * claim.copies;
    if (live.samePlace && lastNode == node) {
      room.bits[node] += lastBits;
      room.values[node] += lastValues;
      bits = std::max(bits, lastBits);
      values = std::max(values, lastValues);
    }
    room.bits[node] -= bits;
    room.values[node] -= values;
    lastBits = bits;
    lastValues = values;
    lastNode = node;
  }
  return room;
}

/// What fits into both.
static void narrow(PathGoal::Room &room, const PathGoal::Room &other) {
  for (unsigned node = 0; node != room.bits.size(); ++node) {
    room.bits[node] = std::min(room.bits[node], other.bits[node]);
    room.values[node] = std::min(room.values[node], other.values[node]);
  }
}

PathGoal ProgramSpace::goalOf(const ProgramState &state, unsigned e) const {
  PathGoal goal;
  goal.criterion = criterion;
  goal.capacityShare = capacityShare;
  ProgramMapping mapping = mappingOf(state);
  ProgramPlan plan = ProgramPlan::compile(graph, arch, mapping, model());
  EinsumCost<double> cost;
  for (unsigned i = 0; i != size(); ++i) {
    if (i == e)
      continue;
    plan.einsums()[i].evaluate(plan.einsums()[i].tiles(), cost);
    goal.otherEnergyJ += cost.energyJ();
    goal.otherLatencyS += cost.latencyS;
  }
  // From the Einsum's own moment to those of all that share its outermost loop.
  unsigned first = e, last = e;
  auto shared = [&](unsigned i) {
    return i < size() ? mapping.einsums[i].sharedLoops : 0u;
  };
  goal.rooms.push_back(roomDuring(plan, e, e));
  for (unsigned depth = std::max(shared(e), shared(e + 1)); depth-- != 0;) {
    goal.rooms.push_back(goal.rooms.back());
    for (; first > 0 && shared(first) > depth; --first)
      narrow(goal.rooms.back(), roomDuring(plan, first - 1, e));
    for (; shared(last + 1) > depth; ++last)
      narrow(goal.rooms.back(), roomDuring(plan, last + 1, e));
  }
  std::reverse(goal.rooms.begin(), goal.rooms.end());
  return goal;
}

} // namespace accel::gradient
