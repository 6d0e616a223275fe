//===- CostModel.cpp - What a mapping costs
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/CostModel.h"
#include "accel/Support/Assert.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

using namespace accel;
using namespace accel::detail;

namespace {

/// Position of an architecture node among the path's levels.
int levelIndex(llvm::ArrayRef<unsigned> levels, unsigned node) {
  auto it = llvm::find(levels, node);
  return it == levels.end() ? -1 : int(it - levels.begin());
}

/// What compilation knows at one point of the path.
struct Cursor {
  /// Per rank: the loop that set its tile, or -1.
  llvm::SmallVector<int, 6> loopOf;
  /// All loops above, as (loop index, path position).
  llvm::SmallVector<std::pair<unsigned, unsigned>, 16> above;
};

/// A keep above the cursor: the parent of the next one.
struct Parent {
  int level = -1;
  /// Loops above the keep.
  unsigned numLoops = 0;
};

} // namespace

static Occupancy makeOccupancy(const TensorAccess &access,
                               llvm::ArrayRef<int> loopOf) {
  Occupancy occ;
  for (const LinearExpr &expr : access.projection) {
    for (auto [rank, factor] : expr.terms)
      occ.terms.push_back({{rank, loopOf[rank]}, std::abs(double(factor))});
    occ.ends.push_back(occ.terms.size());
  }
  return occ;
}

/// The movement between `parent` and a child at the cursor.
static Movement makeMovement(const EinsumGraph &graph, const Einsum &einsum,
                             const Architecture &arch,
                             llvm::ArrayRef<MapNode> nodes, unsigned access,
                             const Cursor &cursor, const Parent &parent,
                             int childLevel, const MemoryLevel *child) {
  const TensorAccess &operand = einsum.accesses[access];
  Movement m;
  m.access = access;
  m.isOutput = access == einsum.outputIndex();
  m.readsInit = m.isOutput && einsum.readsInit;
  m.childLevel = childLevel;
  m.parentLevel = parent.level;
  if (childLevel >= 0 && !m.isOutput && child->pads) {
    auto padded =
        findPaddedDimensions(einsum, operand, graph.tensorOf(operand));
    m.padded.assign(padded.begin(), padded.end());
    m.loopOf.assign(cursor.loopOf.begin(), cursor.loopOf.end());
  }
  for (unsigned r = 0, e = einsum.ranks.size(); r != e; ++r) {
    if (cursor.loopOf[r] < 0)
      continue;
    TileRef ref{r, cursor.loopOf[r]};
    Relevance rel = relevance(operand, r);
    (rel == Relevance::Irrelevant ? m.irrelevant : m.relevant).push_back(ref);
    if (rel == Relevance::Full)
      m.fullyRelevant.push_back(ref);
  }
  for (auto [loop, position] : cursor.above) {
    const MapNode &node = nodes[position];
    if (node.kind != MapNode::Kind::Spatial ||
        relevance(operand, node.rank) != Relevance::Irrelevant)
      continue;
    m.sibling.push_back(loop);
    if (loop < parent.numLoops)
      m.siblingAboveParent.push_back(loop);
    else if (arch.fanout(node.component)->mayReuse.contains(operand.role))
      m.shared.push_back(loop);
  }
  return m;
}

/// Earlier contents of the output, on their way from the outermost memory to
/// its backing keep further in: every element once.
static Movement makeInitialLoad(const Einsum &einsum, int level) {
  Movement m;
  m.access = einsum.outputIndex();
  m.isOutput = false;
  m.readsInit = false;
  m.childLevel = level;
  m.parentLevel = 0;
  llvm::SmallVector<int, 6> whole(einsum.ranks.size(), -1);
  m.occupancy = makeOccupancy(einsum.output(), whole);
  return m;
}

EinsumPlan EinsumPlan::compile(const EinsumGraph &graph,
                               const Architecture &arch, unsigned einsumIndex,
                               const EinsumMapping &mapping,
                               const CostOptions &options) {
  const Einsum &einsum = graph.einsums[einsumIndex];
  EinsumPlan plan;
  plan.accessCount = einsum.accesses.size();
  plan.imperfect = options.imperfect;
  plan.isCopy = einsum.isCopy;
  ACCEL_ASSERT(mapping.unit() >= 0 && "path without compute node");
  plan.unitNode = mapping.unit();
  ArchPath path = arch.pathTo(plan.unitNode);
  for (unsigned node : path.nodes)
    if (arch.memory(node))
      plan.levelNodes.push_back(node);
  for (const Rank &rank : einsum.ranks)
    plan.bounds.push_back(double(rank.bound));
  plan.outermostLoop.assign(einsum.ranks.size(), -1);
  plan.instanceLoops.resize(plan.levelNodes.size() + 1);

  for (unsigned node : plan.levelNodes) {
    const MemoryLevel &level = *arch.memory(node);
    plan.rates.push_back(
        {level.readJPerBit, level.writeJPerBit, level.readBitsPerS,
         level.writeBitsPerS, level.readStartS, level.ports == Ports::Shared,
         level.accumulates, level.chargesEvictions, level.exposesEnds});
    for (const TensorAccess &access : einsum.accesses)
      plan.slotBits.push_back(
          level.bitsPerValue(graph.tensorOf(access), access.role));
  }

  Cursor cursor, lastKeep;
  cursor.loopOf.assign(einsum.ranks.size(), -1);
  llvm::SmallVector<Parent, 4> parents(einsum.accesses.size());
  llvm::ArrayRef<MapNode> nodes = mapping.nodes;
  for (unsigned position = 0; position != nodes.size(); ++position) {
    const MapNode &node = nodes[position];
    if (node.isLoop()) {
      unsigned loop = plan.loops.size();
      plan.loops.push_back({node.rank, cursor.loopOf[node.rank]});
      plan.defaultTiles.push_back(double(node.tile));
      if (cursor.loopOf[node.rank] < 0)
        plan.outermostLoop[node.rank] = loop;
      cursor.loopOf[node.rank] = loop;
      cursor.above.push_back({loop, position});
      if (node.kind == MapNode::Kind::Spatial) {
        if (einsum.isReduction(node.rank))
          plan.siblings.push_back(loop);
        for (unsigned l = 0; l != plan.levelNodes.size(); ++l)
          if (node.component < plan.levelNodes[l])
            plan.instanceLoops[l].push_back(loop);
        plan.instanceLoops.back().push_back(loop);
      }
      continue;
    }
    if (node.kind == MapNode::Kind::Compute) {
      for (unsigned a = 0; a != plan.accessCount; ++a)
        if (parents[a].level >= 0) {
          plan.movements.push_back(makeMovement(
              graph, einsum, arch, nodes, a, cursor, parents[a], -1, nullptr));
          plan.movements.back().occupancy =
              makeOccupancy(einsum.accesses[a], cursor.loopOf);
        }
      break;
    }
    int level = levelIndex(plan.levelNodes, node.component);
    ACCEL_ASSERT(level >= 0 && "keep in a level that is not on the path");
    const MemoryLevel &mem = *arch.memory(node.component);
    for (unsigned a : node.accesses) {
      const TensorAccess &access = einsum.accesses[a];
      Parent &parent = parents[a];
      Claim claim;
      claim.access = a;
      claim.level = level;
      claim.copies = mem.buffering;
      claim.bits = plan.slotBits[plan.slot(level, a)] * mem.buffering;
      claim.depth = plan.loops.size();
      claim.isBacking = parent.level < 0;
      Occupancy tile = makeOccupancy(access, cursor.loopOf);
      claim.occupancy = tile;
      if (!claim.isBacking) {
        plan.movements.push_back(makeMovement(graph, einsum, arch, nodes, a,
                                              cursor, parent, level, &mem));
        plan.movements.back().occupancy = tile;
        // A window that slides along the loop below needs one step's tile only,
        // unless an instruction takes it in one piece.
        bool last = a == node.accesses.back();
        const MapNode *next =
            position + 1 < nodes.size() ? &nodes[position + 1] : nullptr;
        if (mem.slides && last && next &&
            next->kind == MapNode::Kind::Temporal &&
            !einsum.ranks[next->rank].whole &&
            relevance(access, next->rank) == Relevance::Partial) {
          auto below = cursor.loopOf;
          below[next->rank] = plan.loops.size();
          claim.occupancy = makeOccupancy(access, below);
          claim.depth += options.referenceWindows;
        }
      }
      plan.claimList.push_back(std::move(claim));
      if (parent.level < 0 && level > 0 && a == einsum.outputIndex() &&
          einsum.readsInit)
        plan.movements.push_back(makeInitialLoad(einsum, level));
      parent.level = level;
      parent.numLoops = plan.loops.size();
    }
    lastKeep = cursor;
  }

  plan.points = einsum.isCopy ? 0 : einsum.numPoints();
  plan.opsPerPoint = einsum.opsPerPoint;
  const ComputeUnit &unit = *arch.unit(plan.unitNode);
  if (!einsum.isCopy) {
    plan.initOps = unit.initOps;
    plan.tileStartS = unit.startS * einsum.opsPerTile;
    for (unsigned r = 0, e = einsum.ranks.size(); r != e; ++r)
      if (lastKeep.loopOf[r] >= 0)
        plan.tileLoops.push_back({r, lastKeep.loopOf[r]});
    for (auto [loop, position] : lastKeep.above)
      if (nodes[position].kind == MapNode::Kind::Spatial)
        plan.tileInstances.push_back(loop);
    plan.exposesEnds = llvm::any_of(
        plan.rates, [](const LevelRates &rate) { return rate.exposesEnds; });
  }
  plan.results = 1;
  for (unsigned r = 0, e = einsum.ranks.size(); r != e; ++r)
    if (!einsum.isReduction(r))
      plan.results *= double(einsum.ranks[r].bound);
  plan.jPerOp = unit.jPerOp;
  plan.opsPerS = unit.opsPerS;
  plan.leakW = arch.totalLeakW();
  if (einsum.isCopy && parents.front().level >= 0 &&
      parents.back().level >= 0) {
    plan.copyFrom = parents.front().level;
    plan.copyTo = parents.back().level;
    llvm::SmallVector<int, 6> whole(einsum.ranks.size(), -1);
    plan.copied = makeOccupancy(einsum.output(), whole);
  }
  return plan;
}

std::vector<Transfer<double>> EinsumPlan::transfers() const {
  std::vector<Transfer<double>> result;
  llvm::ArrayRef<double> loopTiles = tiles();
  if (isCopy) {
    if (copyFrom != copyTo) {
      Transfer<double> &moved = result.emplace_back();
      moved.level = copyTo;
      moved.parentLevel = copyFrom;
      moved.fills = moved.reads = occupied(copied, loopTiles);
    }
    return result;
  }
  llvm::SmallVector<double, 24> trips;
  for (unsigned i = 0; i != loops.size(); ++i)
    trips.push_back(tileOf(loops[i], loopTiles) / loopTiles[i]);
  llvm::SmallVector<double, 8> padded;
  for (unsigned r = 0; r != bounds.size(); ++r)
    padded.push_back(paddedBound(r, loopTiles));
  for (const Movement &m : movements) {
    if (m.childLevel < 0)
      continue;
    Transfer<double> moved =
        transfer<double>(m, loopTiles, trips.data(), padded.data());
    moved.access = m.access;
    moved.level = m.childLevel;
    moved.parentLevel = m.parentLevel;
    result.push_back(moved);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Programs
//===----------------------------------------------------------------------===//

namespace {

/// An inclusive range of Einsums in program order.
struct Interval {
  unsigned first, last;
  bool contains(unsigned e) const { return first <= e && e <= last; }
};

/// A backing keep, as seen by one Einsum that uses the tensor.
struct View {
  unsigned einsum, claim;
};

} // namespace

/// Extends a range over all Einsums that stand below the same loop number
/// `depth` as one of its ends.
static Interval enclosing(const ProgramMapping &mapping, Interval range,
                          unsigned depth) {
  while (range.first > 0 && mapping.einsums[range.first].sharedLoops > depth)
    --range.first;
  while (range.last + 1 < mapping.einsums.size() &&
         mapping.einsums[range.last + 1].sharedLoops > depth)
    ++range.last;
  return range;
}

/// Where a tensor's backing storage is needed: from its producer to its last
/// consumer, always if persistent.
static Interval liveInterval(const EinsumGraph &graph, const Tensor &tensor) {
  if (tensor.persistent)
    return {0, unsigned(graph.einsums.size()) - 1};
  Interval interval{0, 0};
  interval.first = tensor.producer >= 0 ? unsigned(tensor.producer)
                                        : tensor.consumers.front();
  interval.last = tensor.consumers.empty() ? unsigned(tensor.producer)
                                           : tensor.consumers.back();
  return interval;
}

/// Adds the backing storage of one tensor, given the views of its users in
/// program order, to all Einsums during which it is alive. It counts once, as
/// the largest view: of an intermediate, those of its producer, which stays
/// stored as it was made, and of the readers below the loop that follows its
/// keep; of an external tensor, which has no other size, those of all users.
static void addBacking(const EinsumGraph &graph, const ProgramMapping &mapping,
                       const Tensor &tensor, llvm::ArrayRef<View> views,
                       unsigned depth,
                       std::vector<std::vector<ProgramPlan::LiveClaim>> &live) {
  Interval alive = enclosing(mapping, liveInterval(graph, tensor), depth);
  for (unsigned e = alive.first; e <= alive.last;) {
    Interval block = enclosing(mapping, {e, e}, depth);
    llvm::SmallVector<View, 4> held = {views.front()};
    llvm::copy_if(
        views.drop_front(), std::back_inserter(held), [&](const View &view) {
          return !tensor.isIntermediate() || block.contains(view.einsum);
        });
    for (; e <= block.last; ++e)
      for (unsigned i = 0; i != held.size(); ++i)
        live[e].push_back({held[i].einsum, held[i].claim, i != 0});
  }
}

ProgramPlan ProgramPlan::compile(const EinsumGraph &graph,
                                 const Architecture &arch,
                                 const ProgramMapping &mapping,
                                 const CostOptions &options) {
  ProgramPlan plan;
  unsigned count = graph.einsums.size();
  plan.numNodes = arch.nodes.size();
  plan.liveClaims.resize(count);
  plan.plans.reserve(count);
  for (unsigned e = 0; e != count; ++e)
    plan.plans.push_back(
        EinsumPlan::compile(graph, arch, e, mapping.einsums[e], options));

  std::vector<llvm::SmallVector<View, 2>> backing(graph.tensors.size());
  for (unsigned e = 0; e != count; ++e) {
    llvm::ArrayRef<Claim> claims = plan.plans[e].claims();
    for (unsigned c = 0; c != claims.size(); ++c) {
      if (claims[c].isBacking) {
        unsigned tensor = graph.einsums[e].accesses[claims[c].access].tensor;
        backing[tensor].push_back({e, c});
        continue;
      }
      Interval alive = enclosing(mapping, {e, e}, claims[c].depth);
      for (unsigned other = alive.first; other <= alive.last; ++other)
        plan.liveClaims[other].push_back({e, c, false});
    }
  }
  for (unsigned t = 0; t != backing.size(); ++t) {
    if (backing[t].empty())
      continue;
    View first = backing[t].front();
    addBacking(graph, mapping, graph.tensors[t], backing[t],
               plan.plans[first.einsum].claims()[first.claim].depth,
               plan.liveClaims);
  }
  return plan;
}

void ProgramPlan::evaluate(ProgramCost<double> &out) const {
  evaluateWith([&](unsigned e) { return plans[e].tiles(); }, out);
}

ProgramCost<double> accel::evaluateMapping(const EinsumGraph &graph,
                                           const Architecture &arch,
                                           const ProgramMapping &mapping,
                                           const CostOptions &options) {
  ProgramCost<double> cost;
  ProgramPlan::compile(graph, arch, mapping, options).evaluate(cost);
  return cost;
}

double accel::usageShare(const Architecture &arch, unsigned node,
                         const ProgramCost<double> &cost) {
  const MemoryLevel *level = arch.memory(node);
  if (!level)
    return 0;
  return std::max(cost.peakBits[node] / level->sizeBits,
                  cost.peakValues[node] / level->sizeValues);
}
