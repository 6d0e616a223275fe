//===- SearchContext.cpp - What the whole search agrees on ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EinsumProblem.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cstdlib>

namespace accel::ffm {

SearchContext::SearchContext(const EinsumGraph &graph, const Architecture &arch,
                             const MapperOptions &options)
    : graph(graph), arch(arch), options(options), leakW(arch.totalLeakW()) {
  Objective o = options.objective;
  needsEnergy = o != Objective::Latency;
  needsTime = o == Objective::EDP || o == Objective::Latency ||
              o == Objective::Pareto || leakW > 0;
  findCoupled();
  findWhole();
}

/// Whether some unit of an Einsum may hold an operand in a level.
static bool mayHold(const EinsumGraph &graph, const Architecture &arch,
                    unsigned e, unsigned access, unsigned node) {
  const Einsum &einsum = graph.einsums[e];
  return llvm::any_of(arch.unitsFor(einsum), [&](unsigned unit) {
    return node < unit &&
           arch.holding(node, unit, graph, einsum, access).kind !=
               Holding::Kind::Forbidden;
  });
}

/// Whether the first keep of an operand may stand in a level: no level outside
/// of it must hold the operand.
bool mayBack(const EinsumGraph &graph, const Architecture &arch,
             const Einsum &einsum, unsigned access, unsigned unit,
             unsigned node) {
  if (arch.holding(node, unit, graph, einsum, access).kind ==
      Holding::Kind::Forbidden)
    return false;
  for (unsigned outer = 0; outer != node; ++outer) {
    if (!arch.memory(outer))
      continue;
    Holding h = arch.holding(outer, unit, graph, einsum, access);
    if (h.kind == Holding::Kind::Required || !h.requiredUnlessHeldIn.empty())
      return false;
  }
  return true;
}

/// A level couples Einsums if an intermediate may be exchanged there or if it
/// stands outside such a level, so that its keeps may enclose fused loops.
void SearchContext::findCoupled() {
  // The outermost level holds what is outside of any Einsum.
  int innermost = int(arch.outermost());
  for (unsigned e = 0; e != graph.einsums.size(); ++e)
    for (unsigned a = 0; a != graph.einsums[e].accesses.size(); ++a) {
      if (!graph.tensorOf(graph.einsums[e].accesses[a]).isIntermediate())
        continue;
      for (unsigned node = 0; node != arch.nodes.size(); ++node)
        if (arch.memory(node) && (options.fuse || node == arch.outermost()) &&
            llvm::any_of(arch.unitsFor(graph.einsums[e]), [&](unsigned unit) {
              return node < unit &&
                     mayBack(graph, arch, graph.einsums[e], a, unit, node);
            }))
          innermost = std::max(innermost, int(node));
    }
  for (unsigned node = 0; node != arch.nodes.size(); ++node) {
    const MemoryLevel *mem = arch.memory(node);
    if (!mem ||
        (int(node) > innermost && options.objective != Objective::ParetoUsage))
      continue;
    if (mem->sizeBits < kInf)
      tracked.push_back({node, false, mem->sizeBits});
    if (mem->sizeValues < kInf)
      tracked.push_back({node, true, mem->sizeValues});
  }
}

/// Values of an operand's whole view.
static double wholeView(const Einsum &einsum, const TensorAccess &access) {
  double values = 1;
  for (const LinearExpr &expr : access.projection) {
    double extent = 1;
    for (auto [r, c] : expr.terms)
      extent += std::abs(double(c)) * double(einsum.ranks[r].bound - 1);
    values *= extent;
  }
  return values;
}

void SearchContext::findWhole() {
  unsigned numNodes = arch.nodes.size(), count = graph.einsums.size();
  whole.assign(count * numNodes, false);
  // The reference's rule gives backing keeps a use that is not capacity; and
  // where ends are exposed, smaller tiles overlap more.
  if (options.referenceSlots || options.objective == Objective::ParetoUsage ||
      (needsTime && llvm::any_of(arch.nodes, [](const auto &node) {
         const auto *level = std::get_if<MemoryLevel>(&node);
         return level && level->exposesEnds;
       })))
    return;

  // Intermediates that are alive while an Einsum runs, at the largest view that
  // any user has of them.
  std::vector<double> largestView(graph.tensors.size(), 0);
  std::vector<llvm::SmallVector<unsigned, 4>> intermediatesAt(count);
  for (unsigned t = 0; t != graph.tensors.size(); ++t) {
    const Tensor &tensor = graph.tensors[t];
    if (!tensor.isIntermediate())
      continue;
    for (unsigned e = tensor.producer; e <= tensor.consumers.back(); ++e) {
      intermediatesAt[e].push_back(t);
      // A tensor read repeatedly is held for each operand.
      double views = 0;
      for (const TensorAccess &access : graph.einsums[e].accesses)
        if (access.tensor == t)
          views += wholeView(graph.einsums[e], access);
      largestView[t] = std::max(largestView[t], views);
    }
  }
  auto mayHoldSomewhere = [&](unsigned t, unsigned node) {
    const Tensor &tensor = graph.tensors[t];
    auto holds = [&](unsigned user) {
      for (unsigned a = 0; a != graph.einsums[user].accesses.size(); ++a)
        if (graph.einsums[user].accesses[a].tensor == t &&
            mayHold(graph, arch, user, a, node))
          return true;
      return false;
    };
    return holds(tensor.producer) || llvm::any_of(tensor.consumers, holds);
  };

  // Einsums that may share loops: runs in which something that could be held on
  // chip is alive between neighbours.
  auto mayJoin = [&](unsigned e) {
    return llvm::any_of(graph.tensors, [&](const Tensor &tensor) {
      if (!tensor.isIntermediate() || tensor.producer >= int(e) ||
          tensor.consumers.back() < e)
        return false;
      unsigned t = &tensor - graph.tensors.data();
      for (unsigned node = 0; node != numNodes; ++node) {
        if (!arch.memory(node) || node == arch.outermost())
          continue;
        auto holds = [&](unsigned user) {
          return mayHold(graph, arch, user, graph.findAccessOf(user, t), node);
        };
        if (holds(tensor.producer) && llvm::all_of(tensor.consumers, holds))
          return true;
      }
      return false;
    });
  };
  for (unsigned begin = 0; begin != count;) {
    unsigned end = begin + 1;
    while (end != count && mayJoin(end))
      ++end;
    for (unsigned node = 0; node != numNodes; ++node) {
      const MemoryLevel *mem = arch.memory(node);
      if (!mem || arch.numInstances(node) != 1)
        continue;
      // Without loops above them, tensors are held from their first use to
      // their last, and everything else while one Einsum runs.
      bool fits = true;
      for (unsigned e = begin; e != end && fits; ++e) {
        double bits = 0, values = 0;
        auto add = [&](const Tensor &tensor, double view) {
          double width = 0;
          for (Role role : {Role::Input, Role::Weight, Role::Output})
            width = std::max(width, mem->bitsPerValue(tensor, role));
          values += view * mem->buffering;
          bits += view * mem->buffering * width;
        };
        const Einsum &einsum = graph.einsums[e];
        for (unsigned a = 0; a != einsum.accesses.size(); ++a) {
          const Tensor &tensor = graph.tensorOf(einsum.accesses[a]);
          if (!tensor.isIntermediate() && mayHold(graph, arch, e, a, node))
            add(tensor, wholeView(einsum, einsum.accesses[a]));
        }
        for (unsigned t : intermediatesAt[e])
          if (mayHoldSomewhere(t, node))
            add(graph.tensors[t], largestView[t]);
        fits = bits <= mem->sizeBits && values <= mem->sizeValues;
      }
      if (fits)
        for (unsigned e = begin; e != end; ++e)
          whole[e * numNodes + node] = true;
    }
    begin = end;
  }
}

double SearchContext::value(double dynamicJ, double latencyS) const {
  double energyJ = dynamicJ + (leakW > 0 ? leakW * latencyS : 0);
  switch (options.objective) {
  case Objective::EDP:
    return energyJ * latencyS;
  case Objective::Latency:
    return latencyS;
  default:
    return energyJ;
  }
}

double SearchContext::value(const Least &least) const {
  if (!least.isPossible())
    return kInf;
  double corner = value(least.energyJ, least.latencyS);
  // Where energy and latency are traded at a fixed price above that of leakage,
  // their product is concave, and least at one end: the bounds enclose a region
  // whose corners are these.
  if (secondsPriceW <= leakW)
    return corner;
  double longest = std::max({least.latencyS,
                             (least.bothJ - least.energyJ) / secondsPriceW,
                             (least.dearJ - least.energyJ) / dearPriceW}),
         most = std::max({least.energyJ,
                          least.bothJ - secondsPriceW * least.latencyS,
                          least.dearJ - dearPriceW * least.latencyS});
  double atCorners =
      std::min(value(least.energyJ, longest), value(most, least.latencyS));
  double latencyS = (least.dearJ - least.bothJ) / (dearPriceW - secondsPriceW);
  double energyJ = least.bothJ - secondsPriceW * latencyS;
  if (latencyS > least.latencyS && energyJ > least.energyJ)
    atCorners = std::min(atCorners, value(energyJ, latencyS));
  return std::max(corner, atCorners);
}

} // namespace accel::ffm
