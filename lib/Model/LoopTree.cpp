//===- LoopTree.cpp - A mapping of a program
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/LoopTree.h"
#include "llvm/ADT/STLExtras.h"

using namespace accel;

MapNode MapNode::keep(llvm::ArrayRef<unsigned> accesses, unsigned level) {
  MapNode node;
  node.kind = Kind::Keep;
  node.accesses.assign(accesses.begin(), accesses.end());
  node.component = level;
  return node;
}

MapNode MapNode::loop(unsigned rank, int64_t tile) {
  MapNode node;
  node.kind = Kind::Temporal;
  node.rank = rank;
  node.tile = tile;
  return node;
}

MapNode MapNode::par(unsigned rank, int64_t tile, unsigned fanout) {
  MapNode node = loop(rank, tile);
  node.kind = Kind::Spatial;
  node.component = fanout;
  return node;
}

MapNode MapNode::compute(unsigned unit) {
  MapNode node;
  node.kind = Kind::Compute;
  node.component = unit;
  return node;
}

unsigned EinsumMapping::numLoops() const {
  return llvm::count_if(nodes, [](const MapNode &n) { return n.isLoop(); });
}

int EinsumMapping::unit() const {
  if (nodes.empty() || nodes.back().kind != MapNode::Kind::Compute)
    return -1;
  return nodes.back().component;
}

int EinsumMapping::backingKeep(unsigned access) const {
  for (unsigned i = 0; i != nodes.size(); ++i)
    if (nodes[i].kind == MapNode::Kind::Keep &&
        llvm::is_contained(nodes[i].accesses, access))
      return i;
  return -1;
}

llvm::SmallVector<int64_t, 16> accel::tripCounts(const Einsum &einsum,
                                                 const EinsumMapping &mapping) {
  llvm::SmallVector<int64_t, 6> tiles;
  for (const Rank &rank : einsum.ranks)
    tiles.push_back(rank.bound);
  llvm::SmallVector<int64_t, 16> trips;
  for (const MapNode &node : mapping.nodes) {
    if (!node.isLoop() || node.tile < 1) {
      trips.push_back(1);
      continue;
    }
    int64_t &tile = tiles[node.rank];
    trips.push_back(tile / node.tile + (tile % node.tile != 0));
    tile = node.tile;
  }
  return trips;
}

bool accel::isImperfect(const Einsum &einsum, const EinsumMapping &mapping) {
  llvm::SmallVector<int64_t, 6> tiles;
  for (const Rank &rank : einsum.ranks)
    tiles.push_back(rank.bound);
  for (const MapNode &node : mapping.nodes) {
    if (!node.isLoop())
      continue;
    if (node.tile < 1 || tiles[node.rank] % node.tile != 0)
      return true;
    tiles[node.rank] = node.tile;
  }
  return false;
}
