//===- Reconstruct.cpp - From steps of the search to a path ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Explorer.h"
#include <algorithm>

namespace accel::ffm {

namespace {

/// Writes a path node by node.
class PathWriter {
public:
  explicit PathWriter(const EinsumProblem &problem) : problem(problem) {
    for (const Rank &rank : problem.einsum.ranks)
      tiles.push_back(rank.bound);
  }

  void keep(unsigned access, unsigned level) {
    unsigned node = problem.levels[level].node;
    if (!nodes.empty() && nodes.back().kind == MapNode::Kind::Keep &&
        nodes.back().component == node)
      nodes.back().accesses.push_back(access);
    else
      nodes.push_back(MapNode::keep({access}, node));
  }

  void loop(unsigned rank, int64_t tile) {
    if (tiles[rank] != tile)
      nodes.push_back(MapNode::loop(rank, tile));
    tiles[rank] = tile;
  }

  void par(const SpatialFactor &f) {
    if (f.factor == 1)
      return;
    tiles[f.rank] /= f.factor;
    nodes.push_back(MapNode::par(f.rank, tiles[f.rank], f.fanout));
  }

  /// Temporal loops down to the given tiles, with the spatial factors that wait
  /// directly above what comes next.
  template <typename TileOf> void descend(TileOf tileOf) {
    for (unsigned r = 0; r != tiles.size(); ++r) {
      int64_t spread = 1;
      for (const SpatialFactor &f : waiting)
        if (f.rank == r)
          spread *= f.factor;
      if (!(problem.freeRanks >> r & 1))
        continue;
      int64_t tile = tileOf(r) * spread;
      // A padded rank needs its outermost loop before smaller tiles.
      if (tiles[r] == problem.einsum.ranks[r].bound && tile != tiles[r])
        loop(r, problem.lattice.outermostAbove(r, tile));
      loop(r, tile);
    }
    for (const SpatialFactor &f : waiting)
      par(f);
    waiting.clear();
  }

  void wait(const Split &split) { waiting.append(split.begin(), split.end()); }

  std::vector<MapNode> nodes;

private:
  const EinsumProblem &problem;
  llvm::SmallVector<int64_t, 8> tiles;
  Split waiting;
};

} // namespace

EinsumMapping Explorer::path(uint32_t last) const {
  llvm::SmallVector<uint32_t, 32> steps;
  for (uint32_t at = last;; at = moves[at].previous) {
    steps.push_back(at);
    if (moves[at].kind == Move::Kind::Start)
      break;
  }
  std::reverse(steps.begin(), steps.end());

  PathWriter writer(problem);
  for (uint32_t step : steps) {
    const Move &move = moves[step];
    switch (move.kind) {
    case Move::Kind::Start:
      for (unsigned a = 0; a != problem.accesses.size(); ++a)
        if (move.a >> a & 1)
          writer.keep(a, 0);
      break;
    case Move::Kind::Keep:
      writer.descend([&](unsigned r) {
        return problem.lattice.tile(uint32_t(move.value), r);
      });
      writer.keep(move.a, move.b);
      break;
    case Move::Kind::Loop:
      writer.loop(move.a, move.value);
      break;
    case Move::Kind::Par:
      writer.par({move.b, move.a, move.value});
      break;
    case Move::Kind::Cross:
      writer.wait(graph.phases[move.a].advances[move.b].split);
      break;
    }
  }
  for (unsigned r = 0; r != problem.einsum.ranks.size(); ++r)
    if (problem.einsum.ranks[r].whole)
      writer.loop(r, 1);
  writer.descend([](unsigned) { return 1; });
  for (unsigned r = 0; r != problem.einsum.ranks.size(); ++r)
    if (problem.einsum.ranks[r].whole)
      writer.loop(r, 1);
  EinsumMapping mapping;
  mapping.nodes = std::move(writer.nodes);
  mapping.nodes.push_back(MapNode::compute(problem.unitNode));
  return mapping;
}

} // namespace accel::ffm
