//===- Pinned.cpp - Paths that the user fixed -----------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"
#include "accel/Model/MappingVerifier.h"

namespace accel::ffm {

/// A space of one mapping, priced by the cost model.
bool describePinned(const SearchContext &context, unsigned e,
                    const EinsumMapping &path, EinsumSpace &out,
                    std::string &reason) {
  const EinsumGraph &graph = context.graph;
  const Einsum &einsum = graph.einsums[e];
  CostOptions model;
  model.imperfect = context.options.imperfect;
  model.referenceWindows = context.options.referenceSlots;
  if (llvm::Error error =
          verifyEinsumMapping(graph, context.arch, e, path, model)) {
    reason = llvm::toString(std::move(error));
    return false;
  }
  EinsumPlan plan = EinsumPlan::compile(graph, context.arch, e, path, model);
  EinsumCost<double> cost;
  plan.evaluate(plan.tiles(), cost);

  // All loops in order, down to the innermost exchanged tensor.
  llvm::SmallVector<int64_t, 16> trips = tripCounts(einsum, path);
  llvm::SmallVector<std::pair<unsigned, FusedLoop>, 8> loops;
  for (unsigned i = 0; i != path.nodes.size(); ++i)
    if (path.nodes[i].isLoop())
      loops.push_back(
          {path.nodes[i].rank,
           {trips[i], 0, path.nodes[i].kind == MapNode::Kind::Spatial}});
  auto isExchanged = [&](const detail::Claim &claim) {
    return claim.isBacking &&
           graph.tensorOf(einsum.accesses[claim.access]).isIntermediate();
  };
  unsigned fused = 0;
  for (const detail::Claim &claim : plan.claims())
    if (isExchanged(claim))
      fused = std::max(fused, claim.depth);

  unsigned tracked = context.tracked.size();
  Nest nest;
  nest.above.assign((fused + 1) * tracked, 0);
  for (unsigned i = 0; i != fused; ++i)
    nest.loops.push_back({loops[i].second.count, loops[i].second.spatial});
  PartialMapping mapping;
  mapping.total.assign(tracked, 0);
  for (const detail::Claim &claim : plan.claims()) {
    const TensorAccess &access = einsum.accesses[claim.access];
    unsigned node = plan.levels()[claim.level];
    double values = plan.occupied(claim.occupancy, plan.tiles());
    Exchange x;
    x.access = claim.access;
    x.node = node;
    x.size.assign(tracked, 0);
    bool external = !graph.tensorOf(access).isIntermediate();
    for (unsigned t = 0; t != tracked; ++t) {
      // What external tensors claim of the outermost level the join knows.
      if (context.tracked[t].node != node ||
          (external && node == context.arch.outermost()))
        continue;
      x.size[t] =
          values * (context.tracked[t].values ? claim.copies : claim.bits);
      double added = x.size[t];
      // Operands that are the same tensor are exchanged in one place, as large
      // as the largest view.
      if (isExchanged(claim))
        for (Exchange &other : nest.exchanges)
          if (einsum.accesses[other.access].tensor == access.tensor) {
            added = std::max(0.0, x.size[t] - other.size[t]);
            x.size[t] = other.size[t] = std::max(x.size[t], other.size[t]);
          }
      mapping.total[t] += added;
      for (unsigned d = claim.depth + 1; d <= fused; ++d)
        nest.above[d * tracked + t] += added;
    }
    if (!isExchanged(claim))
      continue;
    for (unsigned i = 0; i != claim.depth; ++i) {
      x.loops.push_back(loops[i].second);
      x.loops.back().dim = dimensionOf(access, loops[i].first);
    }
    unsigned copied = fused;
    for (const detail::Claim &other : plan.claims())
      if (other.access == claim.access && !other.isBacking)
        copied = std::min(copied, other.depth);
    for (unsigned i = claim.depth; i != fused; ++i)
      x.handOver.push_back(i < copied ? dimensionOf(access, loops[i].first)
                                      : -1);
    nest.exchanges.push_back(std::move(x));
  }
  mapping.cost = context.costOf(context.needsEnergy ? cost.dynamicJ : 0,
                                context.needsTime ? cost.latencyS : 0);
  mapping.nest = out.nests.intern(std::move(nest));
  out.mappings.push_back(std::move(mapping));
  return true;
}

} // namespace accel::ffm
