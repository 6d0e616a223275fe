//===- MappingVerifier.cpp - Do the paths of a program fit together?
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/MappingVerifier.h"
#include "ModelError.h"
#include "PathVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/StringExtras.h"

using namespace accel;
using llvm::Error;
using llvm::Twine;

char MappingError::ID = 0;

static Error fail(const Twine &message, unsigned einsum, int other = -1) {
  return llvm::make_error<MappingError>(message.str(), einsum, other);
}

namespace {

/// One loop of a path with its trip count.
struct LoopRef {
  const MapNode *node;
  int64_t trips;
};

/// Checks what several paths have in common.
class ProgramVerifier {
public:
  ProgramVerifier(const EinsumGraph &graph, const Architecture &arch,
                  const ProgramMapping &mapping)
      : graph(graph), arch(arch), mapping(mapping) {
    for (unsigned e = 0; e != mapping.einsums.size(); ++e) {
      const EinsumMapping &path = mapping.einsums[e];
      auto trips = tripCounts(graph.einsums[e], path);
      loops.emplace_back();
      for (unsigned i = 0; i != path.nodes.size(); ++i)
        if (path.nodes[i].isLoop())
          loops.back().push_back({&path.nodes[i], trips[i]});
    }
  }

  Error verify() const {
    for (unsigned e = 0; e != mapping.einsums.size(); ++e)
      if (Error error = verifyShared(e))
        return error;
    for (unsigned t = 0; t != graph.tensors.size(); ++t) {
      const Tensor &tensor = graph.tensors[t];
      if (tensor.producer < 0)
        continue;
      for (unsigned consumer : tensor.consumers)
        if (Error error = verifyExchange(t, tensor.producer, consumer))
          return error;
    }
    return Error::success();
  }

private:
  const std::string &nameOf(unsigned e) const { return graph.einsums[e].name; }

  /// Loops that enclose both Einsums.
  unsigned overlap(unsigned first, unsigned last) const {
    unsigned shared = ~0u;
    for (unsigned e = first + 1; e <= last; ++e)
      shared = std::min(shared, mapping.einsums[e].sharedLoops);
    return shared;
  }

  Error verifyShared(unsigned e) const {
    unsigned shared = mapping.einsums[e].sharedLoops;
    if (e == 0)
      return shared == 0
                 ? Error::success()
                 : fail("the first einsum \"" + nameOf(0) + "\" shares " +
                            Twine(shared) + " loops, expected 0",
                        0);
    unsigned most = std::min(loops[e].size(), loops[e - 1].size());
    if (shared > most)
      return fail("einsums \"" + nameOf(e - 1) + "\" and \"" + nameOf(e) +
                      "\" share " + Twine(shared) + " loops but have only " +
                      Twine(most) + " in common",
                  e, e - 1);
    for (unsigned i = 0; i != shared; ++i) {
      const LoopRef &a = loops[e - 1][i], &b = loops[e][i];
      bool same = a.node->kind == b.node->kind &&
                  (a.node->kind == MapNode::Kind::Temporal ||
                   a.node->component == b.node->component);
      if (!same)
        return fail("shared loop " + Twine(i) + " of einsums \"" +
                        nameOf(e - 1) + "\" and \"" + nameOf(e) +
                        "\" runs differently, expected both temporal or over "
                        "one fan-out",
                    e, e - 1);
      if (a.trips != b.trips)
        return fail("shared loop " + Twine(i) + " of einsums \"" +
                        nameOf(e - 1) + "\" and \"" + nameOf(e) + "\" has " +
                        Twine(a.trips) + " and " + Twine(b.trips) +
                        " iterations, expected equal counts",
                    e, e - 1);
    }
    return Error::success();
  }

  /// Loops above path position `position` of Einsum `e`.
  unsigned depthOf(unsigned e, int position) const {
    unsigned depth = 0;
    for (int i = 0; i != position; ++i)
      depth += mapping.einsums[e].nodes[i].isLoop();
    return depth;
  }

  /// Tensor `t` from its producer to all operands of one consumer.
  Error verifyExchange(unsigned t, unsigned producer, unsigned consumer) const {
    const Einsum &einsum = graph.einsums[consumer];
    for (unsigned a = 0; a != einsum.accesses.size(); ++a)
      if (einsum.accesses[a].tensor == t)
        if (Error error = verifyExchange(t, producer, consumer, a))
          return error;
    return Error::success();
  }

  /// Tensor `t` from its producer to one operand: held in one place, and every
  /// loop around both hands over what it has finished.
  Error verifyExchange(unsigned t, unsigned producer, unsigned consumer,
                       unsigned operand) const {
    const std::string &name = graph.tensors[t].name;
    unsigned shared = overlap(producer, consumer);
    unsigned users[] = {producer, consumer};
    int access[2] = {int(graph.einsums[producer].outputIndex()), int(operand)};
    int keep[2];
    for (unsigned i = 0; i != 2; ++i)
      keep[i] = mapping.einsums[users[i]].backingKeep(access[i]);
    unsigned level[2], depth[2];
    for (unsigned i = 0; i != 2; ++i) {
      level[i] = mapping.einsums[users[i]].nodes[keep[i]].component;
      depth[i] = depthOf(users[i], keep[i]);
    }
    auto pair =
        "einsums \"" + nameOf(producer) + "\" and \"" + nameOf(consumer) + "\"";
    if (level[0] != level[1])
      return fail(pair + " exchange " + name + " through \"" +
                      arch.nodeName(level[0]) + "\" and \"" +
                      arch.nodeName(level[1]) + "\", expected one level",
                  consumer, producer);
    if (depth[0] != depth[1])
      return fail(pair + " keep " + name + " below " + Twine(depth[0]) +
                      " and " + Twine(depth[1]) +
                      " loops, expected the same place",
                  consumer, producer);
    if (depth[0] > shared)
      return fail(pair + " keep " + name + " below " + Twine(depth[0]) +
                      " loops but share " + Twine(shared),
                  consumer, producer);
    for (unsigned l = 0; l != shared; ++l)
      if (Error error = verifyHandOver(t, users, access, l))
        return error;
    // An inner copy above a shared loop would be filled before, or written back
    // after, the other side runs.
    for (unsigned i = 0; i != 2; ++i)
      for (unsigned p = keep[i] + 1; p < mapping.einsums[users[i]].nodes.size();
           ++p) {
        const MapNode &node = mapping.einsums[users[i]].nodes[p];
        if (node.kind == MapNode::Kind::Keep &&
            llvm::is_contained(node.accesses, unsigned(access[i])) &&
            depthOf(users[i], p) < shared)
          return fail("einsum \"" + nameOf(users[i]) + "\" keeps " + name +
                          " in \"" + arch.nodeName(node.component) +
                          "\" above a loop that it shares with \"" +
                          nameOf(users[1 - i]) + "\", expected it below",
                      users[i], users[1 - i]);
      }
    return Error::success();
  }

  Error verifyHandOver(unsigned t, const unsigned users[2], const int access[2],
                       unsigned l) const {
    int dimension[2];
    double step[2]; // Products may pass 2^63.
    for (unsigned i = 0; i != 2; ++i) {
      const MapNode &node = *loops[users[i]][l].node;
      const TensorAccess &operand = graph.einsums[users[i]].accesses[access[i]];
      dimension[i] = dimensionOf(operand, node.rank);
      if (dimension[i] < 0)
        return fail("shared loop over " +
                        graph.einsums[users[i]].rankName(node.rank) +
                        " of einsum \"" + nameOf(users[i]) +
                        "\" does not index " + graph.tensors[t].name +
                        " alone, so it cannot be handed over in its steps",
                    users[i], users[1 - i]);
      step[i] = double(node.tile) *
                double(operand.projection[dimension[i]].terms[0].second);
    }
    if (dimension[0] == dimension[1] && step[0] == step[1])
      return Error::success();
    return fail("shared loop " + Twine(l) + " of einsums \"" +
                    nameOf(users[0]) + "\" and \"" + nameOf(users[1]) +
                    "\" steps through " + graph.tensors[t].name + " by " +
                    formatNumber(step[0]) + " in dimension " +
                    Twine(dimension[0]) + " and by " + formatNumber(step[1]) +
                    " in dimension " + Twine(dimension[1]) +
                    ", expected the same",
                users[1], users[0]);
  }

  const EinsumGraph &graph;
  const Architecture &arch;
  const ProgramMapping &mapping;
  std::vector<llvm::SmallVector<LoopRef, 16>> loops;
};

} // namespace

/// Whether `claims`, alive while Einsum `einsum` runs, fit all levels.
static Error verifyFits(const EinsumGraph &graph, const Architecture &arch,
                        llvm::ArrayRef<EinsumPlan> plans, unsigned firstPlan,
                        llvm::ArrayRef<ProgramPlan::LiveClaim> claims,
                        unsigned einsum) {
  llvm::SmallVector<double, 16> bits(arch.nodes.size(), 0),
      values(arch.nodes.size(), 0);
  llvm::SmallVector<llvm::SmallVector<std::string, 4>, 16> tensors(
      arch.nodes.size());
  double lastBits = 0, lastValues = 0;
  for (const ProgramPlan::LiveClaim &live : claims) {
    const EinsumPlan &owner = plans[live.einsum - firstPlan];
    const detail::Claim &claim = owner.claims()[live.claim];
    unsigned node = owner.levels()[claim.level];
    double occupied = owner.occupied(claim.occupancy, owner.tiles());
    double claimBits = occupied * claim.bits;
    double claimValues = occupied * claim.copies;
    if (live.samePlace) {
      bits[node] -= lastBits;
      values[node] -= lastValues;
      claimBits = std::max(claimBits, lastBits);
      claimValues = std::max(claimValues, lastValues);
    } else {
      tensors[node].push_back(graph.accessName(live.einsum, claim.access));
    }
    bits[node] += lastBits = claimBits;
    values[node] += lastValues = claimValues;
  }
  for (unsigned node = 0; node != arch.nodes.size(); ++node) {
    const MemoryLevel *level = arch.memory(node);
    if (!level)
      continue;
    bool tooManyBits = bits[node] > level->sizeBits;
    if (!tooManyBits && values[node] <= level->sizeValues)
      continue;
    return fail(
        "einsum \"" + graph.einsums[einsum].name + "\" needs " +
            formatNumber(tooManyBits ? bits[node] : values[node]) +
            (tooManyBits ? " bits" : " values") + " in \"" + level->name +
            "\" but the level holds " +
            formatNumber(tooManyBits ? level->sizeBits : level->sizeValues) +
            " (kept then: " + llvm::join(tensors[node], ", ") + ")",
        einsum);
  }
  return Error::success();
}

Error accel::verifyCapacity(const EinsumGraph &graph, const Architecture &arch,
                            const ProgramMapping &mapping,
                            const CostOptions &options) {
  ProgramPlan plan = ProgramPlan::compile(graph, arch, mapping, options);
  for (unsigned e = 0; e != graph.einsums.size(); ++e)
    if (Error error =
            verifyFits(graph, arch, plan.einsums(), 0, plan.live(e), e))
      return error;
  return Error::success();
}

/// What one path keeps, without its neighbours.
static Error verifyOwnCapacity(const EinsumGraph &graph,
                               const Architecture &arch, unsigned einsum,
                               const EinsumMapping &mapping,
                               const CostOptions &options) {
  EinsumPlan plan = EinsumPlan::compile(graph, arch, einsum, mapping, options);
  llvm::ArrayRef<detail::Claim> claims = plan.claims();
  auto tensorOf = [&](const detail::Claim &claim) {
    return graph.einsums[einsum].accesses[claim.access].tensor;
  };
  llvm::SmallVector<ProgramPlan::LiveClaim, 8> live;
  for (unsigned c = 0; c != claims.size(); ++c) {
    // Operands that read one tensor share its backing storage.
    auto isSameBacking = [&](unsigned other) {
      return claims[c].isBacking && claims[other].isBacking &&
             tensorOf(claims[c]) == tensorOf(claims[other]);
    };
    if (llvm::any_of(llvm::seq(0u, c), isSameBacking))
      continue;
    live.push_back({einsum, c, false});
    for (unsigned other = c + 1; other != claims.size(); ++other)
      if (isSameBacking(other))
        live.push_back({einsum, other, true});
  }
  return verifyFits(graph, arch, plan, einsum, live, einsum);
}

Error accel::verifyEinsumMapping(const EinsumGraph &graph,
                                 const Architecture &arch, unsigned einsum,
                                 const EinsumMapping &mapping,
                                 const CostOptions &options) {
  if (Error error = verifyPath(graph, arch, einsum, mapping, options))
    return error;
  return verifyOwnCapacity(graph, arch, einsum, mapping, options);
}

Error accel::verifyMapping(const EinsumGraph &graph, const Architecture &arch,
                           const ProgramMapping &mapping,
                           const CostOptions &options) {
  if (mapping.einsums.size() != graph.einsums.size())
    return makeError("the mapping has " + Twine(mapping.einsums.size()) +
                     " paths but the program has " +
                     Twine(graph.einsums.size()) + " einsums");
  for (unsigned e = 0; e != graph.einsums.size(); ++e)
    if (Error error = verifyPath(graph, arch, e, mapping.einsums[e], options))
      return error;
  if (Error error = ProgramVerifier(graph, arch, mapping).verify())
    return error;
  return verifyCapacity(graph, arch, mapping, options);
}
