//===- BruteForce.cpp - Every mapping of a small program ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BruteForce.h"
#include "accel/Model/MappingVerifier.h"
#include <algorithm>
#include <map>

using namespace accel;
using namespace accel::test;

namespace {

constexpr uint64_t kMaxPaths = 60000;
constexpr size_t kMaxProfiles = 4000;

CostOptions model(const MapperOptions &options) {
  CostOptions result;
  result.imperfect = options.imperfect;
  return result;
}

/// Paths that nothing outside can tell apart: one of them, and what it costs.
struct Profile {
  EinsumMapping path;
  double energy, latency;
};

/// Writes down all paths of one Einsum on one unit.
class PathWriter {
public:
  PathWriter(const EinsumGraph &graph, const Architecture &arch,
             const MapperOptions &options, unsigned einsum, unsigned unit,
             std::map<std::vector<double>, Profile> &out, uint64_t &count)
      : graph(graph), arch(arch), options(options), index(einsum),
        einsum(graph.einsums[einsum]), unit(unit), path(arch.pathTo(unit)),
        out(out), count(count) {}

  void run() {
    State s;
    for (const Rank &rank : einsum.ranks)
      s.tiles.push_back(rank.bound);
    s.holder.assign(einsum.accesses.size(), -1);
    // Any choice of what the outermost level holds, at the very top.
    for (uint32_t held = 0; held != 1u << einsum.accesses.size(); ++held) {
      State top = s;
      for (unsigned a = 0; a != einsum.accesses.size(); ++a)
        if (held >> a & 1) {
          top.nodes.push_back(MapNode::keep({a}, arch.outermost()));
          top.holder[a] = arch.outermost();
        }
      extend(top);
    }
  }

private:
  struct State {
    std::vector<MapNode> nodes;
    std::vector<int64_t> tiles;
    std::vector<int> holder;
    /// Loops so far: rank, trip count, spatial.
    std::vector<std::tuple<unsigned, int64_t, bool>> loops;
    unsigned at = 0;
  };

  bool exchanged(unsigned a) const {
    return graph.tensorOf(einsum.accesses[a]).isIntermediate();
  }
  bool onPath(unsigned node) const {
    return llvm::is_contained(path.nodes, node);
  }

  bool afterSpatial(const State &s) const {
    return !s.nodes.empty() && s.nodes.back().kind == MapNode::Kind::Spatial;
  }

  void extend(const State &s) {
    if (++count > kMaxPaths)
      return;
    if (std::all_of(s.tiles.begin(), s.tiles.end(),
                    [](int64_t t) { return t == 1; }))
      finish(s);
    for (unsigned a = 0; a != einsum.accesses.size(); ++a)
      for (unsigned level : path.nodes)
        if (arch.memory(level) && level != arch.outermost())
          keep(s, a, level);
    for (unsigned r = 0; r != s.tiles.size(); ++r)
      for (int64_t tile = 1; tile < s.tiles[r]; ++tile)
        if (s.tiles[r] % tile == 0 || mayPad(s, r)) {
          temporal(s, r, tile);
          for (unsigned fanout : path.nodes)
            if (arch.fanout(fanout) && s.tiles[r] % tile == 0)
              spatial(s, r, tile, fanout);
        }
  }

  /// Whether the next tile of a rank need not divide.
  bool mayPad(const State &s, unsigned r) const {
    if (!options.imperfect || s.tiles[r] != einsum.ranks[r].bound)
      return false;
    for (const TensorAccess &access : einsum.accesses)
      for (const LinearExpr &expr : access.projection)
        if (expr.terms.size() > 1 && expr.coefficient(r) != 0)
          return false;
    return true;
  }

  void keep(const State &s, unsigned a, unsigned level) {
    bool backing = s.holder[a] < 0;
    if (int(level) <= s.holder[a] || level < s.at || einsum.isCopy * !backing)
      return;
    if (backing && (!exchanged(a) || !options.fuse))
      return;
    State next = s;
    // Outer levels stand above inner ones; a backing keep of an intermediate
    // may stand ahead of them, though not ahead of a fan-out.
    bool mayStandAhead = backing;
    for (unsigned node = s.at + 1; node < level; ++node)
      mayStandAhead &= !arch.fanout(node) || !onPath(node);
    if (backing) {
      // All loops above are fused ones.
      unsigned limit = options.maxFusedLoops.value_or(~0u);
      if (s.loops.size() > limit)
        return;
      for (auto &[r, trips, spatial] : s.loops) {
        if (relevance(einsum.accesses[a], r) != Relevance::Full)
          return;
        unsigned same = 0;
        for (auto &[other, t, sp] : s.loops)
          same += other == r;
        if (same > options.maxFusedLoopsPerRank)
          return;
      }
    }
    next.nodes.push_back(MapNode::keep({a}, level));
    next.holder[a] = level;
    if (mayStandAhead && level > s.at)
      extend(next);
    next.at = level;
    extend(next);
  }

  void temporal(const State &s, unsigned r, int64_t tile) {
    // A temporal loop between fan-out and keep is not in the mapspace; two
    // loops over one rank in a row are one.
    if (afterSpatial(s) || !einsum.ranks[r].lanes.empty())
      return;
    if (!s.nodes.empty() && s.nodes.back().kind == MapNode::Kind::Temporal &&
        s.nodes.back().rank == r)
      return;
    State next = s;
    next.loops.push_back({r, (s.tiles[r] + tile - 1) / tile, false});
    next.tiles[r] = tile;
    next.nodes.push_back(MapNode::loop(r, tile));
    extend(next);
  }

  void spatial(const State &s, unsigned r, int64_t tile, unsigned fanout) {
    if (fanout < s.at || einsum.ranks[r].whole)
      return;
    for (const MapNode &node : s.nodes)
      if (node.kind == MapNode::Kind::Spatial && node.component == fanout &&
          node.rank == r)
        return;
    State next = s;
    next.at = fanout;
    next.loops.push_back({r, s.tiles[r] / tile, true});
    next.tiles[r] = tile;
    next.nodes.push_back(MapNode::par(r, tile, fanout));
    extend(next);
  }

  void finish(const State &s) {
    EinsumMapping mapping;
    mapping.nodes = s.nodes;
    mapping.nodes.push_back(MapNode::compute(unit));
    if (llvm::Error error =
            verifyEinsumMapping(graph, arch, index, mapping, model(options))) {
      llvm::consumeError(std::move(error));
      return;
    }
    EinsumPlan plan =
        EinsumPlan::compile(graph, arch, index, mapping, model(options));
    EinsumCost<double> cost;
    plan.evaluate(plan.tiles(), cost);
    unsigned fused = 0;
    for (const detail::Claim &claim : plan.claims())
      if (claim.isBacking && exchanged(claim.access))
        fused = std::max(fused, claim.depth);
    std::vector<double> key{cost.dynamicJ, cost.latencyS, double(fused)};
    for (unsigned i = 0; i != fused; ++i) {
      auto [r, trips, spatial] = s.loops[i];
      key.insert(key.end(), {double(r), double(trips), double(spatial)});
    }
    for (unsigned a = 0; a != einsum.accesses.size(); ++a)
      for (const detail::Claim &claim : plan.claims()) {
        if (claim.access != a)
          continue;
        double values = plan.occupied(claim.occupancy, plan.tiles());
        key.insert(key.end(), {double(a), double(claim.level),
                               double(std::min(claim.depth, fused)), values});
      }
    out.try_emplace(std::move(key),
                    Profile{mapping, cost.dynamicJ, cost.latencyS});
  }

  const EinsumGraph &graph;
  const Architecture &arch;
  const MapperOptions &options;
  unsigned index;
  const Einsum &einsum;
  unsigned unit;
  ArchPath path;
  std::map<std::vector<double>, Profile> &out;
  uint64_t &count;
};

/// Tries every combination of profiles.
class Combiner {
public:
  Combiner(const EinsumGraph &graph, const Architecture &arch,
           const MapperOptions &options,
           std::vector<std::vector<Profile>> &profiles,
           BruteForceResult &result)
      : graph(graph), arch(arch), options(options), profiles(profiles),
        result(result) {}

  void run() {
    chosen.einsums.resize(graph.einsums.size());
    choose(0, 0, 0);
    std::sort(result.front.begin(), result.front.end());
  }

private:
  bool isFront() const {
    return options.objective == Objective::Pareto ||
           options.objective == Objective::ParetoUsage;
  }

  double valueOf(double energy, double latency) const {
    switch (options.objective) {
    case Objective::EDP:
      return energy * latency;
    case Objective::Latency:
      return latency;
    default:
      return energy;
    }
  }

  /// Depth of a tensor's backing keep: loops above it.
  static unsigned depthOf(const EinsumMapping &m, unsigned access) {
    unsigned depth = 0;
    for (int i = 0; i != m.backingKeep(access); ++i)
      depth += m.nodes[i].isLoop();
    return depth;
  }

  /// Loops shared with the Einsum before: those above the deepest tensor that
  /// is alive in between.
  unsigned sharedBefore(unsigned e) const {
    unsigned shared = 0;
    for (const Tensor &tensor : graph.tensors) {
      if (!tensor.isIntermediate() || tensor.producer >= int(e) ||
          tensor.consumers.back() < e)
        continue;
      int access = graph.findAccessOf(tensor.producer,
                                      unsigned(&tensor - graph.tensors.data()));
      shared =
          std::max(shared, depthOf(chosen.einsums[tensor.producer], access));
    }
    return shared;
  }

  /// A choice for every Einsum of which at least the shared loops agree.
  void choose(unsigned e, double energy, double latency) {
    if (e == profiles.size()) {
      consider(energy, latency);
      return;
    }
    unsigned shared = sharedBefore(e);
    for (const Profile &p : profiles[e]) {
      // Costs only grow: a program that costs more already is no candidate.
      if (!isFront() &&
          valueOf(energy + p.energy, latency + p.latency) >= result.value)
        continue;
      chosen.einsums[e] = p.path;
      chosen.einsums[e].sharedLoops = shared;
      // Fused loops end with the innermost exchanged tensor.
      unsigned fused = 0;
      const Einsum &einsum = graph.einsums[e];
      for (unsigned a = 0; a != einsum.accesses.size(); ++a)
        if (graph.tensorOf(einsum.accesses[a]).isIntermediate())
          fused = std::max(fused, depthOf(p.path, a));
      if (fused < shared)
        continue;
      choose(e + 1, energy + p.energy, latency + p.latency);
    }
  }

  void consider(double energy, double latency) {
    double leak = arch.totalLeakW() * latency;
    double value = valueOf(energy + leak, latency);
    if (!isFront() && value >= result.value)
      return;
    if (llvm::Error error =
            verifyMapping(graph, arch, chosen, model(options))) {
      llvm::consumeError(std::move(error));
      return;
    }
    result.feasible = true;
    if (!isFront()) {
      result.value = value;
      result.best = chosen;
      return;
    }
    double second = latency;
    if (options.objective == Objective::ParetoUsage) {
      ProgramCost<double> cost =
          evaluateMapping(graph, arch, chosen, model(options));
      second = 0;
      for (unsigned n = 0; n != arch.nodes.size(); ++n)
        second = std::max(second, usageShare(arch, n, cost));
    }
    std::pair<double, double> point{energy + leak, second};
    for (auto &p : result.front)
      if (p.first <= point.first && p.second <= point.second)
        return;
    llvm::erase_if(result.front, [&](const std::pair<double, double> &p) {
      return point.first <= p.first && point.second <= p.second;
    });
    result.front.push_back(point);
  }

  const EinsumGraph &graph;
  const Architecture &arch;
  const MapperOptions &options;
  std::vector<std::vector<Profile>> &profiles;
  BruteForceResult &result;
  ProgramMapping chosen;
};

} // namespace

BruteForceResult accel::test::bruteForce(const EinsumGraph &graph,
                                         const Architecture &arch,
                                         const MapperOptions &options) {
  BruteForceResult result;
  std::vector<std::vector<Profile>> profiles;
  double combinations = 1;
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    std::map<std::vector<double>, Profile> found;
    uint64_t count = 0;
    for (unsigned unit : arch.unitsFor(graph.einsums[e]))
      PathWriter(graph, arch, options, e, unit, found, count).run();
    result.numPaths += count;
    std::vector<Profile> list;
    for (auto &[key, profile] : found)
      list.push_back(profile);
    combinations *= double(list.size());
    if (count > kMaxPaths || list.size() > kMaxProfiles || combinations > 1e5) {
      result.gaveUp = true;
      return result;
    }
    profiles.push_back(std::move(list));
  }
  Combiner(graph, arch, options, profiles, result).run();
  return result;
}
