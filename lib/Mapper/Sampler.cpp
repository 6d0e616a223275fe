//===- Sampler.cpp - Random valid mappings --------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A path is drawn in three parts: the loops shared with the Einsum before,
// which follow from the live tensors; further loops above the backing keep of
// the result, over ranks that index it alone; and below, level by level, what
// is held there, the tiles that it is cut to, and the order of loops and keeps.
// Spatial splits are chosen first and taken out of the bounds, so that every
// cut of what remains leaves room for them.
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Sampler.h"
#include "SamplerSite.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>
#include <random>

using namespace accel;

namespace {

/// Chances, in percent.
constexpr unsigned kFillFanout = 80, kRedrawMore = 30, kDeepest = 50,
                   kHoldOptional = 50, kCutMore = 25, kExchangeOnChip = 75;
/// Attempts at one path, and at one fan-out, before more is given up.
constexpr unsigned kTriesPerPath = 10, kTriesPerSplit = 30;

struct DrawnLoop {
  unsigned rank;
  int64_t trips;
};

} // namespace

class MappingSampler::Impl {
public:
  Impl(const EinsumGraph &graph, const Architecture &arch,
       const SamplerOptions &options, uint64_t seed);
  std::optional<ProgramMapping> tryDraw(unsigned first, unsigned end);
  std::optional<ProgramMapping> tryRedraw(const ProgramMapping &base);
  unsigned numEinsums() const { return graph.einsums.size(); }

private:
  /// A path under construction.
  struct Path {
    unsigned einsum;
    const Site *site;
    std::vector<MapNode> nodes;
    /// Tiles without, and factors of, spatial loops that are still to come.
    llvm::SmallVector<int64_t, 8> left, spatial;
    /// By fan-out node: its factors.
    llvm::SmallVector<llvm::SmallVector<DrawnLoop, 4>, 8> splits;
    llvm::SmallVector<DrawnLoop, 8> loops;
    llvm::SmallVector<bool, 4> backed;
  };

  unsigned below(size_t n) { return unsigned(random() % n); }
  bool chance(unsigned percent) { return random() % 100 < percent; }

  void drawUnits(unsigned first, unsigned end);
  bool drawLevels(unsigned first, unsigned end);
  void recall(unsigned e);
  bool drawPath(unsigned e, unsigned end);
  bool drawSplit(Path &p, unsigned node);
  bool drawSplits(Path &p);
  bool shareLoops(Path &p, unsigned shared);
  void addFusedLoops(Path &p, unsigned end);
  void backExchanged(Path &p, unsigned at);
  void keep(Path &p, unsigned access, unsigned level);
  void loop(Path &p, unsigned rank, int64_t tile);
  void cross(Path &p, unsigned fanout);
  bool fillLevel(Path &p, unsigned level);
  bool fitsAlone(unsigned e) const;
  bool isHeld(const Path &p, unsigned access, unsigned level) const;
  double occupancy(const Path &p, unsigned access,
                   llvm::ArrayRef<int64_t> left) const;
  int64_t drawDivisor(int64_t n);

  const EinsumGraph &graph;
  const Architecture &arch;
  SamplerOptions options;
  std::mt19937_64 random;
  std::vector<llvm::SmallVector<Site, 2>> sites;

  // The mapping being drawn.
  ProgramMapping mapping;
  std::vector<Path> paths;
  /// By tensor: level of exchange, and loops above the backing keep.
  llvm::SmallVector<unsigned, 16> level, depth;
  /// By tensor: values that its backing keep holds.
  llvm::SmallVector<double, 16> size;
};

//===----------------------------------------------------------------------===//
// What does not change from draw to draw
//===----------------------------------------------------------------------===//

MappingSampler::Impl::Impl(const EinsumGraph &graph, const Architecture &arch,
                           const SamplerOptions &options, uint64_t seed)
    : graph(graph), arch(arch), options(options), random(seed) {
  paths.resize(graph.einsums.size());
  mapping.einsums.resize(graph.einsums.size());
  level.assign(graph.tensors.size(), arch.outermost());
  depth.assign(graph.tensors.size(), 0);
  size.assign(graph.tensors.size(), 0);
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    sites.emplace_back();
    for (unsigned unit : arch.unitsFor(graph.einsums[e]))
      sites.back().push_back(describeSite(graph, arch, e, unit));
  }
}

//===----------------------------------------------------------------------===//
// One draw
//===----------------------------------------------------------------------===//

/// Where every intermediate that Einsums [first, end) have for themselves is
/// exchanged: in any level that all its users may hold it in.
bool MappingSampler::Impl::drawLevels(unsigned first, unsigned end) {
  for (unsigned t = 0; t != graph.tensors.size(); ++t) {
    const Tensor &tensor = graph.tensors[t];
    if (!tensor.isIntermediate() || tensor.producer < int(first) ||
        tensor.consumers.back() >= end)
      continue;
    llvm::SmallVector<unsigned, 4> users(tensor.consumers.begin(),
                                         tensor.consumers.end());
    users.push_back(tensor.producer);
    llvm::SmallVector<unsigned, 4> allowed;
    for (unsigned node = 0; node != arch.nodes.size(); ++node) {
      if (!arch.memory(node) || arch.numInstances(node) != 1)
        continue;
      if (llvm::all_of(users, [&](unsigned e) {
            const Site &site = *paths[e].site;
            return llvm::is_contained(site.nodes, node) &&
                   arch.holding(node, site.unit, graph, graph.einsums[e],
                                graph.findAccessOf(e, t))
                           .kind != Holding::Kind::Forbidden;
          }))
        allowed.push_back(node);
    }
    if (allowed.empty())
      return false;
    if (!options.fuse)
      allowed.resize(1);
    bool outer = allowed[0] == arch.outermost();
    if (outer && allowed.size() > 1 && chance(kExchangeOnChip))
      allowed.erase(allowed.begin());
    else if (outer)
      allowed.resize(1);
    level[t] = allowed[below(allowed.size())];
    depth[t] = 0;
  }
  return true;
}

int64_t MappingSampler::Impl::drawDivisor(int64_t n) {
  llvm::SmallVector<int64_t, 32> divisors;
  for (int64_t d = 1; d * d <= n; ++d)
    if (n % d == 0) {
      divisors.push_back(d);
      if (d != n / d)
        divisors.push_back(n / d);
    }
  return divisors[below(divisors.size())];
}

/// Spreads ranks over one fan-out; false if fewer instances are used than must
/// be.
bool MappingSampler::Impl::drawSplit(Path &p, unsigned node) {
  const Einsum &einsum = graph.einsums[p.einsum];
  const Fanout &fanout = *arch.fanout(node);
  auto &splits = p.splits[node];
  splits.clear();
  llvm::SmallVector<unsigned, 8> order;
  bool pinned = false;
  for (unsigned r = 0; r != p.left.size(); ++r) {
    order.push_back(r);
    if (einsum.ranks[r].lanes != fanout.name)
      continue;
    pinned = true;
    if (p.left[r] > 1)
      splits.push_back({r, p.left[r]});
  }
  if (pinned)
    return true;
  std::shuffle(order.begin(), order.end(), random);
  int64_t used = 1;
  for (unsigned r : order) {
    // Common divisors leave room that others can fill exactly.
    int64_t room = fanout.n / used;
    int64_t most = spatialFactor(einsum, r, p.left[r], fanout, room);
    int64_t f = chance(50) && most > 1 ? std::gcd(p.left[r], room) : most;
    if (!chance(kFillFanout))
      f = drawDivisor(f);
    if (f == 1)
      continue;
    splits.push_back({r, f});
    used *= f;
  }
  return used >= p.site->wanted[node];
}

/// Spreads ranks over all fan-outs of the way.
bool MappingSampler::Impl::drawSplits(Path &p) {
  const Einsum &einsum = graph.einsums[p.einsum];
  for (const Rank &rank : einsum.ranks)
    p.left.push_back(rank.bound);
  p.spatial.assign(p.left.size(), 1);
  p.splits.resize(arch.nodes.size());
  for (unsigned node : p.site->nodes) {
    if (!arch.fanout(node) || einsum.isCopy)
      continue;
    unsigned tries = 0;
    while (!drawSplit(p, node))
      if (++tries == kTriesPerSplit)
        return false;
    for (const DrawnLoop &split : p.splits[node]) {
      p.left[split.rank] /= split.trips;
      p.spatial[split.rank] *= split.trips;
    }
  }
  return true;
}

/// The dimension of an operand that a rank indexes alone, or -1.
static int dimensionOf(const TensorAccess &access, unsigned rank) {
  for (unsigned d = 0; d != access.projection.size(); ++d)
    if (access.projection[d].terms.size() == 1 &&
        access.projection[d].terms[0].first == rank)
      return int(d);
  return -1;
}

void MappingSampler::Impl::loop(Path &p, unsigned rank, int64_t tile) {
  p.loops.push_back({rank, p.left[rank] / tile});
  p.left[rank] = tile;
  p.nodes.push_back(MapNode::loop(rank, tile * p.spatial[rank]));
}

void MappingSampler::Impl::keep(Path &p, unsigned access, unsigned level) {
  p.nodes.push_back(MapNode::keep({access}, level));
}

/// Repeats the loops of the Einsum before, over the ranks that index the same
/// dimensions of what the two exchange.
bool MappingSampler::Impl::shareLoops(Path &p, unsigned shared) {
  const Einsum &einsum = graph.einsums[p.einsum];
  for (unsigned l = 0;; ++l) {
    backExchanged(p, l);
    if (l == shared)
      return true;
    int rank = -1;
    for (const TensorAccess &access : einsum.accesses) {
      const Tensor &tensor = graph.tensorOf(access);
      if (!tensor.isIntermediate() || tensor.producer >= int(p.einsum) ||
          depth[access.tensor] <= l)
        continue;
      // The tensor is alive below a loop, so its producer is drawn anew too.
      const Path &producer = paths[tensor.producer];
      int d = dimensionOf(graph.einsums[tensor.producer].output(),
                          producer.loops[l].rank);
      for (unsigned r = 0; r != p.left.size() && rank < 0; ++r)
        if (dimensionOf(access, r) == d)
          rank = int(r);
    }
    int64_t trips = paths[p.einsum - 1].loops[l].trips;
    if (rank < 0)
      rank = int(below(p.left.size()));
    if (!einsum.ranks[rank].isFree() || p.left[rank] % trips != 0)
      return false;
    loop(p, rank, p.left[rank] / trips);
  }
}

/// Places backing keeps of what is exchanged below `at` loops.
void MappingSampler::Impl::backExchanged(Path &p, unsigned at) {
  const Einsum &einsum = graph.einsums[p.einsum];
  for (unsigned a = 0; a != einsum.accesses.size(); ++a) {
    unsigned t = einsum.accesses[a].tensor;
    const Tensor &tensor = graph.tensors[t];
    if (p.backed[a] || tensor.producer == int(p.einsum) || depth[t] != at)
      continue;
    keep(p, a, level[t]);
    p.backed[a] = true;
  }
}

/// Loops of its own above the backing keep of the result,
/// unless something after `end` reads it there.
void MappingSampler::Impl::addFusedLoops(Path &p, unsigned end) {
  const Einsum &einsum = graph.einsums[p.einsum];
  unsigned a = einsum.outputIndex(), t = einsum.output().tensor;
  p.backed[a] = true;
  bool mayLoop = options.fuse && graph.tensors[t].isIntermediate() &&
                 graph.tensors[t].consumers.back() < end &&
                 level[t] != arch.outermost();
  auto indexes = [&](unsigned r) {
    return relevance(einsum.output(), r) == Relevance::Full &&
           einsum.ranks[r].isFree();
  };
  bool alone = llvm::all_of(
      p.loops, [&](const DrawnLoop &l) { return indexes(l.rank); });
  unsigned more = mayLoop && alone && chance(60) ? 1 + below(3) : 0;
  for (; more != 0; --more) {
    unsigned r = below(p.left.size());
    int64_t tile = drawDivisor(p.left[r]);
    bool fused =
        llvm::any_of(p.loops, [&](const DrawnLoop &l) { return l.rank == r; });
    if (!indexes(r) || fused || tile == p.left[r])
      continue;
    loop(p, r, tile);
  }
  // Anywhere above the last of the loops so far if they all index the result.
  unsigned at = 0;
  if (mayLoop && alone)
    at = chance(kDeepest) ? p.loops.size() : below(p.loops.size() + 1);
  auto tiles = p.left;
  for (unsigned l = p.loops.size(); l-- != at;)
    tiles[p.loops[l].rank] *= p.loops[l].trips;
  size[t] = occupancy(p, a, tiles);
  unsigned position = 0;
  for (unsigned seen = 0; position != p.nodes.size(); ++position) {
    if (seen == at && (at != 0 || p.nodes[position].isLoop()))
      break;
    seen += p.nodes[position].isLoop();
  }
  depth[t] = at;
  p.nodes.insert(p.nodes.begin() + position, MapNode::keep({a}, level[t]));
}

double MappingSampler::Impl::occupancy(const Path &p, unsigned access,
                                       llvm::ArrayRef<int64_t> left) const {
  double values = 1;
  for (const LinearExpr &expr :
       graph.einsums[p.einsum].accesses[access].projection) {
    double extent = 1;
    for (auto [r, c] : expr.terms)
      extent += std::abs(double(c)) * double(left[r] * p.spatial[r] - 1);
    values *= extent;
  }
  return values;
}

bool MappingSampler::Impl::isHeld(const Path &p, unsigned access,
                                  unsigned level) const {
  return llvm::any_of(p.nodes, [&](const MapNode &node) {
    return node.kind == MapNode::Kind::Keep && node.component == level &&
           llvm::is_contained(node.accesses, access);
  });
}

void MappingSampler::Impl::cross(Path &p, unsigned fanout) {
  std::shuffle(p.splits[fanout].begin(), p.splits[fanout].end(), random);
  for (const DrawnLoop &split : p.splits[fanout]) {
    p.spatial[split.rank] /= split.trips;
    p.loops.push_back(split);
    p.nodes.push_back(MapNode::par(
        split.rank, p.left[split.rank] * p.spatial[split.rank], fanout));
  }
}

/// Keeps of one level: what must and what may be held, cut until it fits, with
/// loops in random order; every keep rises above loops that it does not depend
/// on, sometimes further.
bool MappingSampler::Impl::fillLevel(Path &p, unsigned level) {
  const Einsum &einsum = graph.einsums[p.einsum];
  const MemoryLevel &memory = *arch.memory(level);
  llvm::SmallVector<unsigned, 4> held;
  for (unsigned a = 0; a != einsum.accesses.size(); ++a) {
    if (isHeld(p, a, level))
      continue;
    Holding holding = arch.holding(level, p.site->unit, graph, einsum, a);
    bool must = holding.kind == Holding::Kind::Required ||
                llvm::any_of(holding.requiredUnlessHeldIn, [&](unsigned other) {
                  return !isHeld(p, a, other);
                });
    if (must ||
        (holding.kind == Holding::Kind::Optional && chance(kHoldOptional)))
      held.push_back(a);
  }
  if (held.empty())
    return true;

  // Room beside the intermediates that are alive here.
  double heldBits = 0, heldValues = 0;
  for (unsigned t = 0; t != graph.tensors.size(); ++t) {
    const Tensor &tensor = graph.tensors[t];
    if (!tensor.isIntermediate() || this->level[t] != level ||
        tensor.producer > int(p.einsum) || tensor.consumers.back() < p.einsum)
      continue;
    double values = size[t] * memory.buffering;
    heldValues += values;
    heldBits += values * memory.bitsPerValue(tensor, Role::Output);
  }
  double share = 1.0 / double(1u << below(3));
  auto tiles = p.left;
  auto fits = [&] {
    double bits = 0, values = 0;
    for (unsigned a : held) {
      double occ = occupancy(p, a, tiles) * memory.buffering;
      values += occ;
      bits += occ * memory.bitsPerValue(graph.tensorOf(einsum.accesses[a]),
                                        einsum.accesses[a].role);
    }
    return bits <= (memory.sizeBits - heldBits) * share &&
           values <= std::max(1.0, (memory.sizeValues - heldValues) * share);
  };
  llvm::SmallVector<unsigned, 8> cuttable;
  for (unsigned r = 0; r != tiles.size(); ++r)
    if (einsum.ranks[r].isFree())
      cuttable.push_back(r);
  auto cut = [&] {
    llvm::erase_if(cuttable, [&](unsigned r) { return tiles[r] == 1; });
    if (cuttable.empty())
      return false;
    unsigned r = cuttable[below(cuttable.size())];
    int64_t prime = 2;
    while (tiles[r] % prime != 0)
      prime += 1 + (prime > 2);
    tiles[r] /= prime;
    return true;
  };
  while (chance(kCutMore) && cut())
    ;
  while (!fits())
    if (!cut())
      return false;

  llvm::SmallVector<unsigned, 8> order;
  for (unsigned r = 0; r != tiles.size(); ++r)
    if (tiles[r] != p.left[r])
      order.push_back(r);
  std::shuffle(order.begin(), order.end(), random);
  std::shuffle(held.begin(), held.end(), random);
  // By keep: the loop that it stands above.
  llvm::SmallVector<std::pair<unsigned, unsigned>, 4> keeps;
  for (unsigned a : held) {
    unsigned at = order.size();
    while (at != 0 && (relevance(einsum.accesses[a], order[at - 1]) ==
                           Relevance::Irrelevant ||
                       chance(10)))
      --at;
    keeps.push_back({at, a});
  }
  llvm::sort(keeps);
  unsigned next = 0;
  for (unsigned i = 0; i <= order.size(); ++i) {
    while (next != keeps.size() && keeps[next].first == i)
      keep(p, keeps[next++].second, level);
    if (i != order.size())
      loop(p, order[i], tiles[order[i]]);
  }
  return true;
}

/// Whether there is room for what one path holds.
bool MappingSampler::Impl::fitsAlone(unsigned e) const {
  EinsumPlan plan = EinsumPlan::compile(graph, arch, e, mapping.einsums[e]);
  llvm::SmallVector<double, 16> bits(arch.nodes.size(), 0),
      values(arch.nodes.size(), 0);
  for (const detail::Claim &claim : plan.claims()) {
    double held = plan.occupied(claim.occupancy, plan.tiles());
    bits[plan.levels()[claim.level]] += held * claim.bits;
    values[plan.levels()[claim.level]] += held * claim.copies;
  }
  for (unsigned node : plan.levels())
    if (bits[node] > arch.memory(node)->sizeBits ||
        values[node] > arch.memory(node)->sizeValues)
      return false;
  return true;
}

bool MappingSampler::Impl::drawPath(unsigned e, unsigned end) {
  const Einsum &einsum = graph.einsums[e];
  Path &p = paths[e];
  p = Path{e, p.site, {}, {}, {}, {}, {}, {}};
  if (!drawSplits(p))
    return false;
  // External tensors first: they stand above all loops.
  p.backed.assign(einsum.accesses.size(), false);
  unsigned shared = 0;
  for (unsigned t = 0; t != graph.tensors.size(); ++t) {
    const Tensor &tensor = graph.tensors[t];
    if (tensor.isIntermediate() && tensor.producer < int(e) &&
        tensor.consumers.back() >= e)
      shared = std::max(shared, depth[t]);
  }
  for (unsigned a = 0; a != einsum.accesses.size(); ++a)
    if (level[einsum.accesses[a].tensor] == arch.outermost()) {
      keep(p, a, arch.outermost());
      p.backed[a] = true;
    }
  if (!shareLoops(p, shared))
    return false;
  if (!p.backed[einsum.outputIndex()])
    addFusedLoops(p, end);
  for (unsigned node : p.site->nodes) {
    if (einsum.isCopy || node == arch.outermost())
      continue;
    if (arch.fanout(node))
      cross(p, node);
    else if (!fillLevel(p, node))
      return false;
  }
  if (!einsum.isCopy)
    for (unsigned r = 0; r != p.left.size(); ++r)
      if (p.left[r] > 1)
        loop(p, r, 1);
  p.nodes.push_back(MapNode::compute(p.site->unit));
  mapping.einsums[e].nodes = p.nodes;
  mapping.einsums[e].sharedLoops = shared;
  llvm::Error error = verifyEinsumMapping(graph, arch, e, mapping.einsums[e]);
  bool valid = !error;
  llvm::consumeError(std::move(error));
  return valid && fitsAlone(e);
}

void MappingSampler::Impl::drawUnits(unsigned first, unsigned end) {
  for (unsigned e = first; e != end; ++e) {
    paths[e].einsum = e;
    paths[e].site = &sites[e][below(sites[e].size())];
  }
}

/// Draws Einsums [first, end) anew; the others stand as `mapping` has them.
std::optional<ProgramMapping> MappingSampler::Impl::tryDraw(unsigned first,
                                                            unsigned end) {
  for (unsigned e = first; e != end; ++e)
    if (sites[e].empty())
      return std::nullopt;
  drawUnits(first, end);
  if (!drawLevels(first, end))
    return std::nullopt;
  for (unsigned e = first; e != end; ++e) {
    unsigned tries = 0;
    while (!drawPath(e, end))
      if (++tries == kTriesPerPath)
        return std::nullopt;
  }
  if (llvm::Error error = verifyMapping(graph, arch, mapping)) {
    llvm::consumeError(std::move(error));
    return std::nullopt;
  }
  return mapping;
}

/// Reads back how an Einsum of `mapping` exchanges its result.
void MappingSampler::Impl::recall(unsigned e) {
  const Einsum &einsum = graph.einsums[e];
  const EinsumMapping &path = mapping.einsums[e];
  unsigned t = einsum.output().tensor;
  int keep = path.backingKeep(einsum.outputIndex());
  level[t] = path.nodes[keep].component;
  depth[t] = 0;
  double values = 1;
  llvm::SmallVector<int64_t, 8> tiles;
  for (const Rank &rank : einsum.ranks)
    tiles.push_back(rank.bound);
  for (const MapNode &node : llvm::ArrayRef(path.nodes).take_front(keep))
    if (node.isLoop()) {
      ++depth[t];
      tiles[node.rank] = node.tile;
    }
  for (const LinearExpr &expr : einsum.output().projection) {
    double extent = 1;
    for (auto [r, c] : expr.terms)
      extent += std::abs(double(c)) * double(tiles[r] - 1);
    values *= extent;
  }
  size[t] = values;
}

std::optional<ProgramMapping>
MappingSampler::Impl::tryRedraw(const ProgramMapping &base) {
  mapping = base;
  llvm::SmallVector<unsigned, 16> cuts;
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    recall(e);
    if (mapping.einsums[e].sharedLoops == 0)
      cuts.push_back(e);
  }
  cuts.push_back(graph.einsums.size());
  // Mostly one run between cuts, now and then several.
  unsigned i = below(cuts.size() - 1), j = i + 1;
  while (j + 1 != cuts.size() && chance(kRedrawMore))
    ++j;
  return tryDraw(cuts[i], cuts[j]);
}

//===----------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------===//

MappingSampler::MappingSampler(const EinsumGraph &graph,
                               const Architecture &arch,
                               const SamplerOptions &options, uint64_t seed)
    : impl(std::make_unique<Impl>(graph, arch, options, seed)) {}
MappingSampler::~MappingSampler() = default;

std::optional<ProgramMapping> MappingSampler::tryDraw() {
  return impl->tryDraw(0, impl->numEinsums());
}

std::optional<ProgramMapping>
MappingSampler::tryRedraw(const ProgramMapping &base) {
  return impl->tryRedraw(base);
}

std::optional<ProgramMapping> MappingSampler::draw(unsigned maxTries) {
  for (unsigned i = 0; i != maxTries; ++i)
    if (std::optional<ProgramMapping> mapping = tryDraw())
      return mapping;
  return std::nullopt;
}
