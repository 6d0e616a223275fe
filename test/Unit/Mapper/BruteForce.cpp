//===- BruteForce.cpp - Every mapping of a small program ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BruteForce.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace accel;
using namespace accel::test;

BruteForce::BruteForce(const EinsumGraph &graph, const Architecture &arch,
                       const MapperOptions &options, uint64_t effort)
    : graph(graph), arch(arch), options(options), leakW(arch.totalLeakW()),
      effort(effort) {
  for (unsigned e = 0; e != graph.einsums.size() && !tooLarge; ++e) {
    auto found = enumeratePaths(graph, arch, options, e, effort, paths);
    tooLarge |= !found;
    if (found)
      profiles.push_back(std::move(*found));
  }
  if (!tooLarge)
    combine();
}

/// Loops shared with the Einsum before: those above the deepest tensor that is
/// alive in between.
unsigned BruteForce::sharedBefore(const std::vector<unsigned> &choice,
                                  unsigned e) const {
  unsigned shared = 0;
  for (const Tensor &tensor : graph.tensors) {
    if (!tensor.isIntermediate() || tensor.producer >= int(e) ||
        tensor.consumers.back() < e)
      continue;
    unsigned p = tensor.producer;
    shared = std::max(shared, profiles[p][choice[p]].backing.back().second);
  }
  return shared;
}

/// What can be seen without looking at loops: tensors are exchanged in one
/// level below as many loops, and there are as many loops as are shared.
bool BruteForce::mayFollow(const std::vector<unsigned> &before, unsigned e,
                           const PathProfile &profile) const {
  const Einsum &einsum = graph.einsums[e];
  for (unsigned a = 0; a != einsum.outputIndex(); ++a) {
    const Tensor &tensor = graph.tensorOf(einsum.accesses[a]);
    if (tensor.producer < 0 ||
        graph.findAccessOf(e, einsum.accesses[a].tensor) != int(a))
      continue;
    unsigned p = tensor.producer;
    if (profiles[p][before[p]].backing.back() != profile.backing[a])
      return false;
  }
  return profile.fusedLoops >= sharedBefore(before, e);
}

void BruteForce::choose(Combination &prefix, unsigned maxCombinations) {
  unsigned e = prefix.choice.size();
  if (combinations.size() > maxCombinations)
    return;
  if (e == profiles.size()) {
    combinations.push_back(prefix);
    return;
  }
  for (unsigned i = 0; i != profiles[e].size(); ++i) {
    const PathProfile &profile = profiles[e][i];
    if (!mayFollow(prefix.choice, e, profile))
      continue;
    Combination next = prefix;
    next.energyJ += profile.energyJ;
    next.latencyS += profile.latencyS;
    next.choice.push_back(i);
    choose(next, maxCombinations);
  }
}

double BruteForce::valueOf(const Combination &c) const {
  double energy = c.energyJ + leakW * c.latencyS;
  switch (options.objective) {
  case Objective::EDP:
    return energy * c.latencyS;
  case Objective::Latency:
    return c.latencyS;
  default:
    return energy;
  }
}

void BruteForce::combine() {
  Combination none{0, 0, {}};
  choose(none, effort);
  if (combinations.size() > effort) {
    tooLarge = true;
    return;
  }
  llvm::sort(combinations, [&](const Combination &a, const Combination &b) {
    return std::make_tuple(valueOf(a), a.latencyS, a.choice) <
           std::make_tuple(valueOf(b), b.latencyS, b.choice);
  });
}

ProgramMapping BruteForce::mappingOf(const Combination &c) const {
  ProgramMapping mapping;
  for (unsigned e = 0; e != profiles.size(); ++e) {
    mapping.einsums.push_back(profiles[e][c.choice[e]].path);
    mapping.einsums.back().sharedLoops = sharedBefore(c.choice, e);
  }
  return mapping;
}

/// Whether the model takes the mapping on `target`.
static bool isValid(const EinsumGraph &graph, const Architecture &target,
                    const ProgramMapping &mapping, const CostOptions &model) {
  llvm::Error error = verifyMapping(graph, target, mapping, model);
  bool valid = !error;
  llvm::consumeError(std::move(error));
  return valid;
}

std::vector<RoomStep> BruteForce::steps(unsigned node, unsigned maxSteps,
                                        bool &complete) const {
  CostOptions model = costOptionsOf(options);
  Architecture target = arch;
  MemoryLevel &level = std::get<MemoryLevel>(target.nodes[node]);
  level.sizeBits = kInf;
  std::vector<RoomStep> found;
  complete = true;
  for (const Combination &c : combinations) {
    ProgramMapping mapping = mappingOf(c);
    if (!isValid(graph, target, mapping, model))
      continue;
    if (found.size() == maxSteps) {
      complete = false;
      break;
    }
    double bits = evaluateMapping(graph, target, mapping, model).peakBits[node];
    found.push_back({valueOf(c), bits, std::move(mapping)});
    if (bits <= 0)
      break;
    // The next must take less.
    level.sizeBits = std::nextafter(bits, 0.0);
  }
  return found;
}

Front BruteForce::front(const Architecture &target) const {
  CostOptions model = costOptionsOf(options);
  Front front;
  for (const Combination &c : combinations) {
    bool byUsage = options.objective == Objective::ParetoUsage;
    // In order of energy, only what is better in the second counts.
    if (!byUsage && !front.empty() && c.latencyS >= front.back().second)
      continue;
    ProgramMapping mapping = mappingOf(c);
    if (!isValid(graph, target, mapping, model))
      continue;
    double second = c.latencyS;
    if (byUsage) {
      ProgramCost<double> cost = evaluateMapping(graph, target, mapping, model);
      second = 0;
      for (unsigned n = 0; n != target.nodes.size(); ++n)
        second = std::max(second, usageShare(target, n, cost));
    }
    if (front.empty() || second < front.back().second)
      front.push_back({valueOf(c), second});
  }
  return front;
}
