//===- SamplerPath.cpp - One path at random -------------------------------===//
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

#include "SamplerImpl.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>

using namespace accel;

/// Chances, in percent.
constexpr unsigned kFillFanout = 80, kDeepest = 50, kHoldOptional = 50,
                   kCutMore = 25;
/// Attempts at one fan-out before the path is given up.
constexpr unsigned kTriesPerSplit = 30;

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
