//===- PathEnumerator.cpp - Every path of a small Einsum ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathEnumerator.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <map>

using namespace accel;
using namespace accel::test;

namespace {

/// Everything of a path that can be seen from outside.
using ProfileMap = std::map<std::vector<double>, PathProfile>;

/// Writes down all paths of one Einsum on one unit.
class PathWriter {
public:
  PathWriter(const EinsumGraph &graph, const Architecture &arch,
             const MapperOptions &options, unsigned einsum, unsigned unit,
             uint64_t maxPaths, uint64_t &count, ProfileMap &out)
      : graph(graph), arch(arch), options(options),
        model(costOptionsOf(options)), index(einsum),
        einsum(graph.einsums[einsum]), unit(unit), path(arch.pathTo(unit)),
        maxPaths(maxPaths), count(count), out(out) {}

  void run() {
    for (const Rank &rank : einsum.ranks)
      s.tiles.push_back(rank.bound);
    // Any choice of what the outermost level holds, at the very top.
    for (uint32_t held = 0; held != 1u << einsum.accesses.size(); ++held) {
      s.nodes.clear();
      s.holder.assign(einsum.accesses.size(), -1);
      for (unsigned a = 0; a != einsum.accesses.size(); ++a)
        if (held >> a & 1) {
          s.nodes.push_back(MapNode::keep({a}, arch.outermost()));
          s.holder[a] = arch.outermost();
        }
      extend();
    }
    applyMinUsage();
    for (auto &[key, profile] : found)
      out.try_emplace(key, std::move(profile));
  }

private:
  /// The path so far.
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
  /// Whether all backing keeps of intermediates are placed.
  bool isClosed() const {
    for (unsigned a = 0; a != einsum.accesses.size(); ++a)
      if (exchanged(a) && s.holder[a] < 0)
        return false;
    return true;
  }
  bool hasWindow(unsigned a) const {
    for (unsigned r = 0; r != einsum.ranks.size(); ++r)
      if (relevance(einsum.accesses[a], r) == Relevance::Partial)
        return true;
    return false;
  }
  bool onPath(unsigned node) const {
    return llvm::is_contained(path.nodes, node);
  }
  bool afterSpatial() const {
    return !s.nodes.empty() && s.nodes.back().kind == MapNode::Kind::Spatial;
  }

  void extend() {
    if (++count > maxPaths)
      return;
    // A copy has no loops but those above its backing keeps.
    if (einsum.isCopy ||
        llvm::all_of(s.tiles, [](int64_t t) { return t == 1; }))
      finish();
    for (unsigned a = 0; a != einsum.accesses.size(); ++a)
      for (unsigned level : path.nodes)
        if (arch.memory(level) && level != arch.outermost())
          keep(a, level);
    for (unsigned r = 0; r != s.tiles.size(); ++r)
      for (int64_t tile = 1; tile < s.tiles[r]; ++tile)
        if (s.tiles[r] % tile == 0 || mayPad(r)) {
          temporal(r, tile);
          for (unsigned fanout : path.nodes)
            if (arch.fanout(fanout) && s.tiles[r] % tile == 0)
              spatial(r, tile, fanout);
        }
  }

  /// Whether the next tile of a rank need not divide.
  bool mayPad(unsigned r) const {
    if (!options.imperfect || s.tiles[r] != einsum.ranks[r].bound ||
        einsum.isCopy)
      return false;
    return llvm::none_of(einsum.accesses, [&](const TensorAccess &access) {
      return llvm::any_of(access.projection, [&](const LinearExpr &expr) {
        return expr.terms.size() > 1 && expr.coefficient(r) != 0;
      });
    });
  }

  void keep(unsigned a, unsigned level) {
    bool backing = s.holder[a] < 0;
    if (int(level) <= s.holder[a] || level < s.at || einsum.isCopy * !backing)
      return;
    if (backing && (!exchanged(a) || !options.fuse))
      return;
    // Keeps next to each other in one level commute, but for windows, of which
    // the last may slide.
    if (!s.nodes.empty() && s.nodes.back().kind == MapNode::Kind::Keep &&
        s.nodes.back().component == level && s.nodes.back().accesses[0] > a &&
        !hasWindow(a) && !hasWindow(s.nodes.back().accesses[0]))
      return;
    // Outer levels stand above inner ones; a backing keep of an intermediate
    // may stand ahead of them, though not ahead of a fan-out.
    bool mayStandAhead = backing;
    for (unsigned node = s.at + 1; node < level; ++node)
      mayStandAhead &= !arch.fanout(node) || !onPath(node);
    if (backing) {
      // All loops above are fused ones.
      if (s.loops.size() > options.maxFusedLoops.value_or(~0u))
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
    int holder = std::exchange(s.holder[a], int(level));
    unsigned at = s.at;
    s.nodes.push_back(MapNode::keep({a}, level));
    if (mayStandAhead && level > at)
      extend();
    s.at = level;
    extend();
    s.nodes.pop_back();
    s.at = at;
    s.holder[a] = holder;
  }

  void temporal(unsigned r, int64_t tile) {
    // A temporal loop between fan-out and keep is not in the mapspace; two
    // loops over one rank in a row are one.
    if (afterSpatial() || !einsum.ranks[r].lanes.empty())
      return;
    if (!s.nodes.empty() && s.nodes.back().kind == MapNode::Kind::Temporal &&
        s.nodes.back().rank == r)
      return;
    // Below all backing keeps loops of one run commute, but for the first,
    // which a window may slide along.
    unsigned run = 0;
    while (run != s.nodes.size() &&
           s.nodes[s.nodes.size() - 1 - run].kind == MapNode::Kind::Temporal)
      ++run;
    bool first = false;
    for (unsigned a = 0; a != einsum.accesses.size(); ++a)
      first |= hasWindow(a);
    if (isClosed() && run > unsigned(first) && s.nodes.back().rank > r)
      return;
    loop(MapNode::loop(r, tile), (s.tiles[r] + tile - 1) / tile);
  }

  void spatial(unsigned r, int64_t tile, unsigned fanout) {
    if (fanout < s.at || einsum.ranks[r].whole)
      return;
    for (const MapNode &node : s.nodes)
      if (node.kind == MapNode::Kind::Spatial && node.component == fanout &&
          node.rank == r)
        return;
    unsigned at = std::exchange(s.at, fanout);
    loop(MapNode::par(r, tile, fanout), s.tiles[r] / tile);
    s.at = at;
  }

  void loop(const MapNode &node, int64_t trips) {
    int64_t above = std::exchange(s.tiles[node.rank], node.tile);
    s.loops.push_back({node.rank, trips, node.kind == MapNode::Kind::Spatial});
    s.nodes.push_back(node);
    extend();
    s.nodes.pop_back();
    s.loops.pop_back();
    s.tiles[node.rank] = above;
  }

  void finish() {
    // A cheap refusal of what nobody holds spares the model the formatting of
    // its answer.
    if (llvm::any_of(s.holder, [](int h) { return h < 0; }))
      return;
    PathProfile profile;
    profile.path.nodes = s.nodes;
    profile.path.nodes.push_back(MapNode::compute(unit));
    if (llvm::Error error =
            verifyEinsumMapping(graph, arch, index, profile.path, model)) {
      llvm::consumeError(std::move(error));
      return;
    }
    EinsumPlan plan =
        EinsumPlan::compile(graph, arch, index, profile.path, model);
    EinsumCost<double> cost;
    plan.evaluate(plan.tiles(), cost);
    profile.energyJ = cost.dynamicJ;
    profile.latencyS = cost.latencyS;
    profile.backing.resize(einsum.accesses.size());
    for (const detail::Claim &claim : plan.claims())
      if (claim.isBacking) {
        profile.backing[claim.access] = {plan.levels()[claim.level],
                                         claim.depth};
        if (exchanged(claim.access))
          profile.fusedLoops = std::max(profile.fusedLoops, claim.depth);
      }
    std::vector<double> key{double(unit), cost.dynamicJ, cost.latencyS,
                            double(profile.fusedLoops)};
    for (unsigned i = 0; i != profile.fusedLoops; ++i) {
      auto [r, trips, spatial] = s.loops[i];
      key.insert(key.end(), {double(r), double(trips), double(spatial)});
    }
    for (unsigned a = 0; a != einsum.accesses.size(); ++a)
      for (const detail::Claim &claim : plan.claims()) {
        if (claim.access != a)
          continue;
        double values = plan.occupied(claim.occupancy, plan.tiles());
        key.insert(key.end(),
                   {double(a), double(claim.level),
                    double(std::min(claim.depth, profile.fusedLoops)), values});
      }
    for (unsigned fanout : minUsageFanouts())
      key.push_back(used(profile, fanout));
    found.try_emplace(std::move(key), std::move(profile));
  }

  /// Fan-outs of the path that want to be used.
  llvm::SmallVector<unsigned, 2> minUsageFanouts() const {
    llvm::SmallVector<unsigned, 2> result;
    for (unsigned node : path.nodes)
      if (arch.fanout(node) && arch.fanout(node)->minUsage > 0)
        result.push_back(node);
    return result;
  }

  /// Instances of a fan-out that a path uses.
  double used(const PathProfile &profile, unsigned fanout) const {
    double product = 1;
    auto trips = tripCounts(einsum, profile.path);
    for (unsigned i = 0; i != profile.path.nodes.size(); ++i)
      if (profile.path.nodes[i].kind == MapNode::Kind::Spatial &&
          profile.path.nodes[i].component == fanout)
        product *= double(trips[i]);
    return product;
  }

  /// From the outermost fan-out inwards: paths that reach its minimum usage or,
  /// if none does, those that use most.
  void applyMinUsage() {
    if (einsum.isCopy)
      return;
    for (unsigned fanout : minUsageFanouts()) {
      double most = 0;
      for (auto &[key, profile] : found)
        most = std::max(most, used(profile, fanout));
      const Fanout &f = *arch.fanout(fanout);
      double wanted = std::min(most, f.minUsage * double(f.n));
      for (auto it = found.begin(); it != found.end();)
        it = used(it->second, fanout) < wanted ? found.erase(it) : ++it;
    }
  }

  const EinsumGraph &graph;
  const Architecture &arch;
  const MapperOptions &options;
  CostOptions model;
  unsigned index;
  const Einsum &einsum;
  unsigned unit;
  ArchPath path;
  uint64_t maxPaths;
  uint64_t &count;
  ProfileMap &out;
  ProfileMap found;
  State s;
};

} // namespace

CostOptions accel::test::costOptionsOf(const MapperOptions &options) {
  CostOptions result;
  result.imperfect = options.imperfect;
  result.referenceWindows = options.referenceSlots;
  return result;
}

std::optional<std::vector<PathProfile>>
accel::test::enumeratePaths(const EinsumGraph &graph, const Architecture &arch,
                            const MapperOptions &options, unsigned einsum,
                            uint64_t maxPaths, uint64_t &count) {
  // What fits is asked of whole mappings only: minimum usage means paths of any
  // size.
  Architecture roomy = arch;
  for (Architecture::Node &node : roomy.nodes)
    if (auto *level = std::get_if<MemoryLevel>(&node))
      level->sizeBits = level->sizeValues = kInf;
  ProfileMap found;
  uint64_t written = 0;
  for (unsigned unit : arch.unitsFor(graph.einsums[einsum]))
    PathWriter(graph, roomy, options, einsum, unit, maxPaths, written, found)
        .run();
  count += written;
  if (written > maxPaths)
    return std::nullopt;
  std::vector<PathProfile> profiles;
  for (auto &[key, profile] : found)
    profiles.push_back(std::move(profile));
  return profiles;
}
