//===- RandomFeatures.cpp - What a random case contains
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomMappings.h"
#include "accel/Model/Padding.h"
#include "llvm/ADT/StringExtras.h"

using namespace accel;
using namespace accel::test;

std::vector<std::string> accel::test::featuresOf(const RandomCase &c) {
  std::map<std::string, bool> has;
  unsigned count = c.graph.einsums.size();
  has["einsums: " + llvm::utostr(count)] = true;
  for (const Tensor &tensor : c.graph.tensors) {
    has["shared external input"] |=
        !tensor.isIntermediate() && tensor.consumers.size() > 1;
    has["intermediate with two readers"] |=
        tensor.isIntermediate() && tensor.consumers.size() > 1;
    has["residual"] |= tensor.isIntermediate() &&
                       int(tensor.consumers.back()) > tensor.producer + 1;
    has["persistent"] |= tensor.persistent;
  }
  for (unsigned e = 0; e != count; ++e) {
    const Einsum &einsum = c.graph.einsums[e];
    const EinsumMapping &path = c.mapping.einsums[e];
    has["copy"] |= einsum.isCopy;
    has["earlier contents"] |= einsum.readsInit;
    has["shared loops: " + llvm::utostr(path.sharedLoops)] |= e > 0;
    has["branches of three"] |=
        e > 1 && path.sharedLoops && c.mapping.einsums[e - 1].sharedLoops;
    has["nested branches"] |=
        e > 1 && path.sharedLoops && c.mapping.einsums[e - 1].sharedLoops &&
        path.sharedLoops != c.mapping.einsums[e - 1].sharedLoops;
    for (const LinearExpr &expr : einsum.accesses[0].projection)
      if (expr.terms.size() > 1) {
        has["window"] = true;
        has["stride"] |= expr.terms[0].second > 1;
        has["dilation"] |= expr.terms[1].second > 1;
        has["stride beyond window"] |=
            expr.terms[0].second > einsum.ranks[expr.terms[1].first].bound;
      }
    unsigned loops = 0;
    std::vector<int> held(einsum.accesses.size(), -1);
    for (unsigned n = 0; n != path.nodes.size(); ++n) {
      const MapNode &node = path.nodes[n];
      if (node.kind == MapNode::Kind::Spatial) {
        has["spatial loop"] = true;
        has["shared spatial loop"] |=
            loops < path.sharedLoops ||
            (e + 1 < count && loops < c.mapping.einsums[e + 1].sharedLoops);
        for (const TensorAccess &access : einsum.accesses)
          if (relevance(access, node.rank) == Relevance::Irrelevant) {
            bool may =
                c.arch.fanout(node.component)->mayReuse.contains(access.role);
            bool out = access.role == Role::Output;
            has[out ? (may ? "spatial reduction" : "partial sums of siblings")
                    : (may ? "multicast" : "copies to siblings")] = true;
          } else if (relevance(access, node.rank) == Relevance::Partial) {
            has["spatial halo"] = true;
          }
      }
      if (node.kind == MapNode::Kind::Keep)
        for (unsigned a : node.accesses) {
          const Tensor &tensor = c.graph.tensorOf(einsum.accesses[a]);
          bool backing = held[a] < 0;
          has["padding made on chip"] |=
              !backing && c.arch.memory(node.component)->pads &&
              !findPaddedDimensions(einsum, einsum.accesses[a], tensor).empty();
          held[a] = node.component;
          has["exchange on chip"] |=
              backing && tensor.isIntermediate() && node.component != 0;
          has["earlier contents of an exchanged result"] |=
              backing && einsum.readsInit && a == einsum.outputIndex() &&
              node.component != 0;
          has["exchange below shared loops"] |=
              backing && tensor.isIntermediate() && loops > 0;
          const MapNode &next = path.nodes[n + 1];
          has["sliding window"] |=
              !backing && a == node.accesses.back() &&
              next.kind == MapNode::Kind::Temporal &&
              relevance(einsum.accesses[a], next.rank) == Relevance::Partial;
          has["inner keep above a shared loop"] |=
              !backing &&
              (loops < path.sharedLoops ||
               (e + 1 < count && loops < c.mapping.einsums[e + 1].sharedLoops));
        }
      loops += node.isLoop();
    }
    for (int node : held)
      if (node >= 0) {
        has["no accumulation"] |= !c.arch.memory(node)->accumulates;
        has["double buffering"] |= c.arch.memory(node)->buffering > 1;
      }
  }
  std::vector<std::string> names;
  for (auto &[name, present] : has)
    if (present)
      names.push_back(name);
  return names;
}
