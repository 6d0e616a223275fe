//===- PathVerifier.cpp - Is one Einsum's path allowed?
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PathVerifier.h"
#include "ModelError.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace accel;
using llvm::Error;
using llvm::StringRef;
using llvm::Twine;

namespace {

/// Checks one path, node by node from the top, then what the whole must have.
class PathVerifier {
public:
  PathVerifier(const EinsumGraph &graph, const Architecture &arch,
               unsigned index, const EinsumMapping &mapping,
               const CostOptions &options)
      : graph(graph), arch(arch), index(index), einsum(graph.einsums[index]),
        mapping(mapping), options(options) {
    for (const Rank &rank : einsum.ranks)
      tile.push_back(rank.bound);
    holders.resize(einsum.accesses.size());
    outermostTile.assign(einsum.ranks.size(), 0);
    used.assign(arch.nodes.size(), 1);
  }

  Error verify() {
    if (Error error = verifyUnit())
      return error;
    for (const MapNode &node : mapping.nodes) {
      Error error = Error::success();
      switch (node.kind) {
      case MapNode::Kind::Keep:
        error = visitKeep(node);
        break;
      case MapNode::Kind::Temporal:
      case MapNode::Kind::Spatial:
        error = visitLoop(node);
        break;
      case MapNode::Kind::Compute:
        if (&node != &mapping.nodes.back())
          error = fail("compute stands above other nodes, expected it last");
        break;
      }
      if (error)
        return error;
    }
    if (Error error = verifyWhole())
      return error;
    if (Error error = verifyLanes())
      return error;
    if (!einsum.isCopy)
      for (unsigned r = 0; r != einsum.ranks.size(); ++r)
        if (tile[r] != 1)
          return fail("rank " + einsum.rankName(r) + " has tile " +
                      Twine(tile[r]) + " at the compute unit, expected 1");
    for (unsigned a = 0; a != holders.size(); ++a)
      if (Error error = verifyHolders(a))
        return error;
    return Error::success();
  }

private:
  Error fail(const Twine &message) const {
    return llvm::make_error<MappingError>(
        ("einsum \"" + einsum.name + "\": " + message).str(), index, -1);
  }

  std::string tensorName(unsigned access) const {
    return graph.accessName(index, access);
  }

  Error verifyUnit() {
    int unit = mapping.unit();
    if (unit < 0)
      return fail("the path ends without compute, expected a compute unit");
    if (unit >= int(arch.nodes.size()) || !arch.unit(unit))
      return fail("node " + Twine(unit) + " computes, expected a compute unit");
    auto allowed = arch.unitsFor(einsum);
    if (!llvm::is_contained(allowed, unsigned(unit))) {
      llvm::SmallVector<StringRef, 4> names;
      for (unsigned u : allowed)
        names.push_back(arch.nodeName(u));
      return fail("runs on \"" + arch.nodeName(unit) + "\", but " +
                  (names.empty()
                       ? "no unit takes it"
                       : "only " + llvm::join(names, ", ") + " takes it"));
    }
    path = arch.pathTo(unit);
    return Error::success();
  }

  /// The component must be a `T` on the way to the compute unit.
  template <typename T>
  Error verifyComponent(unsigned component, StringRef what) const {
    if (component < arch.nodes.size() &&
        std::holds_alternative<T>(arch.nodes[component]) &&
        llvm::is_contained(path.nodes, component))
      return Error::success();
    llvm::SmallVector<StringRef, 8> names;
    for (unsigned node : path.nodes)
      if (std::holds_alternative<T>(arch.nodes[node]))
        names.push_back(arch.nodeName(node));
    std::string found = component < arch.nodes.size()
                            ? arch.nodeName(component).str()
                            : "node " + llvm::utostr(component);
    return fail("names " + what + " \"" + found + "\", but the way to \"" +
                arch.nodeName(path.unit) + "\" has " +
                (names.empty() ? "none" : llvm::join(names, ", ")));
  }

  Error visitKeep(const MapNode &node) {
    if (Error error = verifyComponent<MemoryLevel>(node.component, "level"))
      return error;
    StringRef level = arch.nodeName(node.component);
    if (innermostFanout > int(node.component))
      return fail("keep in \"" + level + "\" stands below a loop over \"" +
                  arch.nodeName(innermostFanout) +
                  "\", which is inside that level");
    deepestKeep = std::max(deepestKeep, int(node.component));
    if (node.accesses.empty())
      return fail("keep in \"" + level + "\" names no tensor");
    for (unsigned a : node.accesses) {
      if (a >= einsum.accesses.size())
        return fail("keep names operand " + Twine(a) + ", but there are " +
                    Twine(einsum.accesses.size()));
      bool backing = holders[a].empty();
      if (!backing && holders[a].back() >= node.component)
        return fail("keep of " + tensorName(a) + " in \"" + level +
                    "\" stands below its keep in \"" +
                    arch.nodeName(holders[a].back()) +
                    "\", expected outer levels above inner ones");
      if (!backing && einsum.isCopy)
        return fail("a copy keeps " + tensorName(a) +
                    " twice, expected backing keeps only");
      holders[a].push_back(node.component);
      if (backing)
        if (Error error = verifyBacking(a, node.component))
          return error;
    }
    return Error::success();
  }

  /// At the backing keep of operand `a`; the loops seen so far stand above it.
  Error verifyBacking(unsigned a, unsigned level) const {
    const TensorAccess &access = einsum.accesses[a];
    const Tensor &tensor = graph.tensorOf(access);
    if (!tensor.isIntermediate() && level != arch.outermost())
      return fail("external tensor " + tensor.name + " is backed in \"" +
                  arch.nodeName(level) + "\", expected \"" +
                  arch.nodeName(arch.outermost()) + "\"");
    if (loopRanks.empty())
      return Error::success();
    if (level == arch.outermost() || tensor.persistent)
      return fail("the backing keep of " + tensor.name + " in \"" +
                  arch.nodeName(level) +
                  "\" stands below a loop, expected it above all loops");
    for (unsigned rank : loopRanks)
      if (relevance(access, rank) != Relevance::Full)
        return fail("the loop over " + einsum.rankName(rank) +
                    " above the backing keep of " + tensor.name +
                    " does not index it alone, so values would be computed "
                    "again");
    return Error::success();
  }

  Error visitLoop(const MapNode &node) {
    if (node.rank >= einsum.ranks.size())
      return fail("loops over rank " + Twine(node.rank) + ", but there are " +
                  Twine(einsum.ranks.size()));
    std::string name = einsum.rankName(node.rank);
    if (node.tile < 1)
      return fail("rank " + name + " has tile " + Twine(node.tile) +
                  ", expected at least 1");
    int64_t above = tile[node.rank];
    bool outermost = outermostTile[node.rank] == 0;
    bool divides = node.tile <= above && above % node.tile == 0;
    if (!divides) {
      auto refuse = [&](const Twine &reason) {
        return fail("tile " + Twine(node.tile) + " of rank " + name +
                    " does not divide " + Twine(above) + reason);
      };
      if (node.tile > above || !options.imperfect)
        return refuse("");
      if (!outermost)
        return refuse(", only the outermost tile of an imperfect rank may");
      if (node.kind == MapNode::Kind::Spatial)
        return refuse(", only temporal loops may be imperfect");
      for (const TensorAccess &access : einsum.accesses)
        if (relevance(access, node.rank) == Relevance::Partial)
          return refuse(", a rank that appears in a sum may not be imperfect");
    }
    if (node.kind == MapNode::Kind::Spatial)
      if (Error error = visitSpatial(node, above / node.tile))
        return error;
    if (outermost)
      outermostTile[node.rank] = node.tile;
    tile[node.rank] = node.tile;
    loopRanks.push_back(node.rank);
    return Error::success();
  }

  Error visitSpatial(const MapNode &node, int64_t trips) {
    if (Error error = verifyComponent<Fanout>(node.component, "fan-out"))
      return error;
    const Fanout &fanout = *arch.fanout(node.component);
    if (deepestKeep > int(node.component))
      return fail("the loop over \"" + fanout.name +
                  "\" stands below a keep in \"" + arch.nodeName(deepestKeep) +
                  "\", which is inside it");
    innermostFanout = std::max(innermostFanout, int(node.component));
    int64_t &instances = used[node.component];
    if (trips > fanout.n / instances)
      return fail("uses " + formatNumber(double(trips) * double(instances)) +
                  " instances of \"" + fanout.name + "\" but it has " +
                  Twine(fanout.n));
    instances *= trips;
    if (trips > 1)
      for (unsigned a = 0; a != einsum.accesses.size(); ++a)
        if (fanout.reuse.contains(einsum.accesses[a].role) &&
            relevance(einsum.accesses[a], node.rank) != Relevance::Irrelevant)
          return fail("splits " + tensorName(a) + " by rank " +
                      einsum.rankName(node.rank) + " over \"" + fanout.name +
                      "\", which must share " +
                      stringifyRole(einsum.accesses[a].role) + " tensors");
    return Error::success();
  }

  /// Whole ranks have no loop above a keep.
  Error verifyWhole() const {
    for (unsigned i = 0, e = mapping.nodes.size(); i != e; ++i) {
      const MapNode &node = mapping.nodes[i];
      if (!node.isLoop() || !einsum.ranks[node.rank].whole)
        continue;
      for (const MapNode &below : llvm::drop_begin(mapping.nodes, i))
        if (below.kind == MapNode::Kind::Keep)
          return fail("rank " + einsum.rankName(node.rank) +
                      " is taken in one piece but has a loop above a keep in "
                      "\"" +
                      arch.nodeName(below.component) + "\"");
    }
    return Error::success();
  }

  /// Pinned ranks fill their fan-out in one loop, and have it for themselves.
  Error verifyLanes() const {
    for (unsigned r = 0; r != einsum.ranks.size(); ++r) {
      const Rank &rank = einsum.ranks[r];
      bool filled = rank.bound == 1;
      for (const MapNode &node : mapping.nodes) {
        if (!node.isLoop())
          continue;
        bool spatial = node.kind == MapNode::Kind::Spatial;
        StringRef over = spatial ? arch.nodeName(node.component) : "";
        if (node.rank == r && !rank.lanes.empty()) {
          if (over != rank.lanes || node.tile != 1 ||
              (filled && rank.bound > 1))
            return fail("rank " + einsum.rankName(r) +
                        " is not whole on the lanes of \"" + rank.lanes +
                        "\", expected one loop by 1 over it");
          filled = true;
        } else if (node.rank == r && spatial &&
                   llvm::any_of(einsum.ranks, [&](const Rank &other) {
                     return other.lanes == over;
                   })) {
          return fail("rank " + einsum.rankName(r) + " runs over \"" + over +
                      "\", whose lanes belong to another rank");
        }
      }
      if (!rank.lanes.empty() && !filled)
        return fail("rank " + einsum.rankName(r) +
                    " has no loop over the lanes of \"" + rank.lanes + "\"");
    }
    return Error::success();
  }

  Error verifyHolders(unsigned a) const {
    if (holders[a].empty())
      return fail("no level keeps " + tensorName(a));
    for (unsigned node : path.nodes) {
      if (!arch.memory(node))
        continue;
      Holding holding = arch.holding(node, path.unit, graph, einsum, a);
      bool held = llvm::is_contained(holders[a], node);
      if (held && holding.kind == Holding::Kind::Forbidden)
        return fail("\"" + arch.nodeName(node) + "\" keeps " + tensorName(a) +
                    ", which the target does not allow");
      // A copy only connects two backing keeps.
      if (held || einsum.isCopy)
        continue;
      if (holding.kind == Holding::Kind::Required)
        return fail("\"" + arch.nodeName(node) + "\" does not keep " +
                    tensorName(a) + ", which the target requires");
      for (unsigned other : holding.requiredUnlessHeldIn)
        if (!llvm::is_contained(holders[a], other))
          return fail("neither \"" + arch.nodeName(other) + "\" nor \"" +
                      arch.nodeName(node) + "\" keeps " + tensorName(a) +
                      ", the target requires one of them");
    }
    return Error::success();
  }

  const EinsumGraph &graph;
  const Architecture &arch;
  unsigned index;
  const Einsum &einsum;
  const EinsumMapping &mapping;
  CostOptions options;

  ArchPath path;
  /// Per rank: tile so far, and that of its outermost loop (0 if none yet).
  llvm::SmallVector<int64_t, 6> tile, outermostTile;
  /// Ranks of the loops so far.
  llvm::SmallVector<unsigned, 16> loopRanks;
  /// Per operand: levels that keep it so far.
  llvm::SmallVector<llvm::SmallVector<unsigned, 4>, 4> holders;
  /// Instances used, per node.
  llvm::SmallVector<int64_t, 16> used;
  int deepestKeep = -1;
  int innermostFanout = -1;
};

} // namespace

Error accel::verifyPath(const EinsumGraph &graph, const Architecture &arch,
                        unsigned einsum, const EinsumMapping &mapping,
                        const CostOptions &options) {
  return PathVerifier(graph, arch, einsum, mapping, options).verify();
}
