//===- Fusion.cpp - Which tensors are exchanged on chip, and how ----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fusion.h"
#include "PathStructures.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace accel::gradient {

/// The rank of an operand that indexes dimension `dim` alone and may be fused,
/// or -1.
static int rankOfDim(const SpaceAccess &access, unsigned dim) {
  for (unsigned r = 0; r != access.dimOf.size(); ++r)
    if (access.fusable >> r & 1 && access.dimOf[r] == int(dim))
      return int(r);
  return -1;
}

FusionPlan fusionOf(const ProgramSpace &program, const ProgramState &state) {
  FusionPlan plan(program.graph.tensors.size());
  for (unsigned t = 0; t != plan.size(); ++t) {
    plan[t].level = program.arch.outermost();
    const Tensor &tensor = program.graph.tensors[t];
    if (!tensor.isIntermediate())
      continue;
    unsigned e = tensor.producer;
    const PathSpace &space = program.spaces[e];
    const Path &path = state.paths[e];
    unsigned access = space.einsum.outputIndex();
    for (unsigned i = 0; i != path.keeps.size(); ++i) {
      if (path.keeps[i].access != access || !isExchange(space, path, i))
        continue;
      plan[t].level = path.keeps[i].level;
      for (const FusedLoop &loop :
           llvm::ArrayRef(path.fused).take_front(path.keeps[i].depth))
        plan[t].loops.push_back(
            {unsigned(space.accesses[access].dimOf[loop.rank]), loop.count,
             loop.fanout});
    }
  }
  return plan;
}

llvm::SmallVector<unsigned, 3> exchangeLevels(const ProgramSpace &program,
                                              unsigned t) {
  llvm::SmallVector<unsigned, 3> levels;
  const Tensor &tensor = program.graph.tensors[t];
  if (!tensor.isIntermediate() || !program.options.fuse)
    return levels;
  auto canBack = [&](unsigned e, unsigned node) {
    const PathSpace &space = program.spaces[e];
    int access = program.graph.findAccessOf(e, t);
    return llvm::any_of(space.units, [&](const SpaceUnit &unit) {
      return llvm::any_of(unit.holders[access], [&](uint32_t mask) {
        return unit.levels[llvm::countr_zero(mask)] == node;
      });
    });
  };
  for (unsigned node = 0; node != program.arch.nodes.size(); ++node) {
    if (!program.arch.memory(node) || node == program.arch.outermost() ||
        !canBack(tensor.producer, node))
      continue;
    if (llvm::all_of(tensor.consumers,
                     [&](unsigned e) { return canBack(e, node); }))
      levels.push_back(node);
  }
  return levels;
}

/// The operands of an Einsum that are exchanged on chip, one per tensor.
static llvm::SmallVector<unsigned, 4>
exchanged(const ProgramSpace &program, const FusionPlan &plan, unsigned e) {
  llvm::SmallVector<unsigned, 4> found;
  const PathSpace &space = program.spaces[e];
  for (unsigned a = 0; a != space.numAccesses(); ++a) {
    unsigned t = space.accesses[a].tensor;
    if (space.accesses[a].isIntermediate &&
        plan[t].level != program.arch.outermost() &&
        unsigned(program.graph.findAccessOf(e, t)) == a)
      found.push_back(a);
  }
  return found;
}

/// What a loop of one operand's tensor is to another operand, or nothing.
static std::optional<DimLoop> translate(const PathSpace &space, unsigned from,
                                        unsigned to, const DimLoop &loop) {
  int rank = rankOfDim(space.accesses[from], loop.dim);
  if (rank < 0 || !(space.accesses[to].fusable >> rank & 1))
    return std::nullopt;
  return DimLoop{unsigned(space.accesses[to].dimOf[rank]), loop.count,
                 loop.fanout};
}

void setExchange(const ProgramSpace &program, FusionPlan &plan, unsigned first,
                 const Exchange &exchange) {
  std::vector<char> settled(plan.size(), false);
  llvm::SmallVector<unsigned, 8> queue{first};
  plan[first] = exchange;
  settled[first] = true;
  unsigned outermost = program.arch.outermost();
  for (unsigned q = 0; q != queue.size(); ++q) {
    unsigned t = queue[q];
    const Tensor &tensor = program.graph.tensors[t];
    llvm::SmallVector<unsigned, 4> users{unsigned(tensor.producer)};
    users.append(tensor.consumers.begin(), tensor.consumers.end());
    for (unsigned e : users) {
      if (plan[t].level == outermost)
        continue;
      const PathSpace &space = program.spaces[e];
      unsigned own = program.graph.findAccessOf(e, t);
      for (unsigned a : exchanged(program, plan, e)) {
        unsigned other = space.accesses[a].tensor;
        if (other == t)
          continue;
        // The loops of this tensor, as far as the other one can have them, then
        // those that the other one has beyond.
        const DimLoops &mine = plan[t].loops;
        DimLoops wanted;
        bool whole = true;
        for (unsigned i = 0; i != mine.size(); ++i) {
          if (i >= plan[other].loops.size() && i != 0 && !mine.empty())
            break;
          auto loop = translate(space, own, a, mine[i]);
          if (!loop) {
            whole = false;
            break;
          }
          wanted.push_back(*loop);
        }
        if (whole && wanted.size() == mine.size())
          for (unsigned i = mine.size(); i < plan[other].loops.size(); ++i)
            if (llvm::none_of(wanted, [&](const DimLoop &l) {
                  return l.dim == plan[other].loops[i].dim;
                }))
              wanted.push_back(plan[other].loops[i]);
        if (wanted == plan[other].loops)
          continue;
        if (settled[other])
          plan[other] = {outermost, {}};
        else
          plan[other].loops = wanted;
        settled[other] = true;
        queue.push_back(other);
      }
    }
  }
}

void spreadExchange(const ProgramSpace &program, FusionPlan &plan,
                    unsigned first, const Exchange &exchange,
                    unsigned distance) {
  setExchange(program, plan, first, exchange);
  if (exchange.level == program.arch.outermost())
    return;
  llvm::SmallVector<std::pair<unsigned, unsigned>, 8> queue{{first, 0}};
  std::vector<char> seen(plan.size(), false);
  seen[first] = true;
  for (unsigned q = 0; q != queue.size(); ++q) {
    auto [t, steps] = queue[q];
    if (steps == distance)
      continue;
    const Tensor &tensor = program.graph.tensors[t];
    // Einsums that a tensor only passes by join in as well.
    for (unsigned e = tensor.producer; e <= tensor.consumers.back(); ++e) {
      const PathSpace &space = program.spaces[e];
      int own = program.graph.findAccessOf(e, t);
      for (unsigned a = 0; a != space.numAccesses(); ++a) {
        unsigned other = space.accesses[a].tensor;
        if (seen[other] ||
            !llvm::is_contained(exchangeLevels(program, other), exchange.level))
          continue;
        seen[other] = true;
        Exchange x{exchange.level, {}};
        for (const DimLoop &loop : plan[t].loops) {
          std::optional<DimLoop> l;
          if (own >= 0)
            l = translate(space, own, a, loop);
          else if (loop.dim < program.graph.tensors[other].shape.size())
            l = loop;
          if (!l)
            break;
          x.loops.push_back(*l);
        }
        setExchange(program, plan, other, x);
        queue.push_back({other, steps + 1});
      }
    }
  }
}

/// Counts by which loops can split an extent.
static llvm::SmallVector<int64_t, 16> countsOf(const ProgramSpace &program,
                                               int64_t extent) {
  llvm::SmallVector<int64_t, 16> counts;
  for (int64_t c = 2; c <= extent; ++c) {
    int64_t tile = (extent + c - 1) / c;
    if (extent % c == 0 ||
        (program.options.imperfect && (extent + tile - 1) / tile == c))
      counts.push_back(c);
  }
  return counts;
}

std::vector<Exchange> neighbourExchanges(const ProgramSpace &program,
                                         const FusionPlan &plan, unsigned t) {
  std::vector<Exchange> out;
  const Exchange &now = plan[t];
  unsigned outermost = program.arch.outermost();
  auto add = [&](unsigned level, DimLoops loops) {
    const auto &limit = program.options.maxFusedLoops;
    if (limit && loops.size() > *limit)
      return;
    Exchange x{level, std::move(loops)};
    if (!(x == now) && !llvm::is_contained(out, x))
      out.push_back(std::move(x));
  };
  if (now.level != outermost)
    add(outermost, {});
  const Tensor &tensor = program.graph.tensors[t];
  llvm::SmallVector<unsigned, 4> users{unsigned(tensor.producer)};
  users.append(tensor.consumers.begin(), tensor.consumers.end());
  const PathSpace &producer = program.spaces[tensor.producer];
  const SpaceAccess &output = producer.accesses[producer.einsum.outputIndex()];
  // Fan-outs above a level may take fused loops.
  auto fanoutsAbove = [&](unsigned level) {
    llvm::SmallVector<int, 3> fanouts{-1};
    for (const SpaceFanout &f : producer.units.front().fanouts)
      if (f.node < level && f.n > 1)
        fanouts.push_back(int(f.node));
    return fanouts;
  };
  for (unsigned level : exchangeLevels(program, t)) {
    auto fanouts = fanoutsAbove(level);
    add(level, {});
    if (level != now.level)
      add(level, now.loops);
    // What the neighbours do.
    for (unsigned e : users) {
      unsigned own = program.graph.findAccessOf(e, t);
      for (unsigned a : exchanged(program, plan, e)) {
        DimLoops loops;
        for (const DimLoop &l :
             plan[program.spaces[e].accesses[a].tensor].loops)
          if (auto loop = translate(program.spaces[e], a, own, l)) {
            loops.push_back(*loop);
            add(level, loops);
          }
      }
    }
    for (unsigned dim = 0; dim != tensor.shape.size(); ++dim) {
      if (rankOfDim(output, dim) < 0)
        continue;
      for (int64_t count : countsOf(program, tensor.shape[dim]))
        for (int fanout : fanouts) {
          if (fanout >= 0 && count > program.arch.fanout(fanout)->n)
            continue;
          DimLoop loop{dim, count, fanout};
          add(level, {loop});
          // One loop more, or another in place of one.
          for (unsigned i = 0; i <= now.loops.size(); ++i) {
            DimLoops with = now.loops;
            with.insert(with.begin() + i, loop);
            if (llvm::none_of(now.loops, [&](const DimLoop &l) {
                  return l.dim == dim && (l.fanout < 0) == (fanout < 0);
                }))
              add(level, with);
            if (i == now.loops.size())
              break;
            with = now.loops;
            with[i] = loop;
            add(level, with);
          }
        }
    }
    // Two loops at once, coarsely, where none are.
    if (now.loops.empty())
      for (unsigned d1 = 0; d1 != tensor.shape.size(); ++d1)
        for (unsigned d2 = 0; d2 != tensor.shape.size(); ++d2)
          for (int fanout : fanouts) {
            if (rankOfDim(output, d1) < 0 || rankOfDim(output, d2) < 0 ||
                (d1 == d2 && fanout < 0))
              continue;
            auto counts1 = countsOf(program, tensor.shape[d1]);
            for (int64_t c2 : countsOf(program, tensor.shape[d2])) {
              // Two dimensions that fill a fan-out together.
              if (fanout >= 0 && d1 != d2 &&
                  llvm::is_contained(counts1,
                                     program.arch.fanout(fanout)->n / c2) &&
                  program.arch.fanout(fanout)->n % c2 == 0)
                add(level, {{d1, program.arch.fanout(fanout)->n / c2, fanout},
                            {d2, c2, fanout}});
              // Fan-outs are filled; temporal loops split in full or in two.
              if (fanout >= 0 && c2 != program.arch.fanout(fanout)->n)
                continue;
              if (counts1.empty() || (fanout < 0 && c2 != tensor.shape[d2]))
                continue;
              for (int64_t c1 : {counts1.front(), counts1.back()}) {
                DimLoop temporal{d1, c1, -1}, other{d2, c2, fanout};
                add(level, {temporal, other});
                add(level, {other, temporal});
              }
            }
          }
    for (unsigned i = 0; i != now.loops.size(); ++i) {
      DimLoops without = now.loops;
      without.erase(without.begin() + i);
      add(level, without);
      if (i + 1 == now.loops.size())
        continue;
      DimLoops swapped = now.loops;
      std::swap(swapped[i], swapped[i + 1]);
      add(level, swapped);
    }
  }
  return out;
}

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

/// Lifts keeps to right below fused fan-outs that have none there. False if
/// none can stand there, or the keeps are in no order that is allowed.
static bool closeFanouts(const PathSpace &space, Path &path) {
  while (std::optional<unsigned> depth = depthWithoutKeep(path)) {
    // Rather what the loop below does not index: it costs no further fills.
    auto isIndexed = [&](const Held &held) {
      const SpaceAccess &access = space.accesses[held.access];
      return (access.full | access.partial) >> path.fused[*depth].rank & 1;
    };
    std::optional<Path> best;
    bool bestIsIndexed = true;
    for (unsigned i = 0; i != path.keeps.size(); ++i) {
      Held held = path.keeps[i];
      if (isExchange(space, path, i) || held.depth <= *depth ||
          (best && (!bestIsIndexed || isIndexed(held))))
        continue;
      Path lifted = path;
      removeKeep(space, lifted, i);
      held.depth = *depth;
      insertAtDepth(space, lifted, held);
      if (!keepsAreOrdered(space, lifted))
        continue;
      best = std::move(lifted);
      bestIsIndexed = isIndexed(held);
    }
    if (!best)
      return false;
    path = std::move(*best);
  }
  return isOrdered(space, path);
}

bool followPlan(const ProgramSpace &program, const FusionPlan &plan, unsigned e,
                Path &path) {
  const PathSpace &space = program.spaces[e];
  const SpaceUnit &unit = space.units[path.unit];
  // What stands between fused loops so far.
  auto between =
      llvm::ArrayRef(path.keeps).take_front(firstOwnSlot(space, path)).vec();
  // The longest list is the Einsum's; the others must be its beginnings.
  llvm::SmallVector<FusedLoop, 4> fused;
  llvm::SmallVector<unsigned, 4> depths(space.numAccesses(), 0);
  for (unsigned a = 0; a != space.numAccesses(); ++a) {
    if (!space.accesses[a].isIntermediate)
      continue;
    const Exchange &x = plan[space.accesses[a].tensor];
    uint32_t now = holdersIn(space, path, a);
    uint32_t mask = closestHolders(unit, a, now, x.level);
    if (mask == 0)
      return false;
    holdIn(space, path, a, mask);
    if (x.level == program.arch.outermost())
      continue;
    depths[a] = x.loops.size();
    llvm::SmallVector<int64_t, 6> tiles;
    for (const SpaceRank &rank : space.ranks)
      tiles.push_back(rank.bound);
    for (unsigned i = 0; i != x.loops.size(); ++i) {
      int rank = rankOfDim(space.accesses[a], x.loops[i].dim);
      if (rank < 0)
        return false;
      int64_t count = x.loops[i].count;
      int64_t tile = (tiles[rank] + count - 1) / count;
      bool pads = space.ranks[rank].mayPad &&
                  tiles[rank] == space.ranks[rank].bound &&
                  x.loops[i].fanout < 0;
      if ((tiles[rank] % count != 0 && !pads) ||
          (tiles[rank] + tile - 1) / tile != count)
        return false;
      tiles[rank] = tile;
      FusedLoop loop{unsigned(rank), count, tile, x.loops[i].fanout};
      if (i < fused.size()) {
        if (!(fused[i] == loop))
          return false;
      } else {
        fused.push_back(loop);
      }
    }
  }

  // Where keeps stand: exchanged tensors at their depths, what stood between
  // fused loops as near as possible, the rest below.
  unsigned n = space.numRanks();
  struct Entry {
    unsigned depth;
    bool isOwn;
    unsigned index;
  };
  llvm::SmallVector<Entry, 12> order;
  for (unsigned i = 0; i != path.keeps.size(); ++i) {
    Held &held = path.keeps[i];
    bool exchange = isExchange(space, path, i);
    bool inside = !exchange && !llvm::is_contained(between, held);
    held.depth = exchange ? depths[held.access]
                 : inside ? unsigned(fused.size())
                          : std::min<unsigned>(held.depth, fused.size());
    bool last = inside || (!exchange && held.depth == fused.size());
    order.push_back({held.depth, last, i});
  }
  llvm::sort(order, [](const Entry &a, const Entry &b) {
    return std::tie(a.depth, a.isOwn, a.index) <
           std::tie(b.depth, b.isOwn, b.index);
  });
  Path next = path;
  next.fused = fused;
  next.keeps.clear();
  next.factors.clear();
  next.first.clear();
  for (const Entry &entry : order) {
    next.keeps.push_back(path.keeps[entry.index]);
    next.factors.insert(next.factors.end(),
                        path.factors.begin() + entry.index * n,
                        path.factors.begin() + (entry.index + 1) * n);
    next.first.push_back(path.first[entry.index]);
  }
  next.factors.insert(next.factors.end(), path.factors.end() - n,
                      path.factors.end());
  next.first.push_back(path.first.back());
  if (!closeFanouts(space, next) || !settle(space, next))
    return false;
  path = std::move(next);
  return true;
}

} // namespace accel::gradient
