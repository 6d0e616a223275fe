//===- Sampler.cpp - Random valid mappings --------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Sampler.h"
#include "SamplerImpl.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"

using namespace accel;

/// Chances, in percent.
constexpr unsigned kRedrawMore = 30, kExchangeOnChip = 75;
/// Attempts at one path before more is given up.
constexpr unsigned kTriesPerPath = 10;

MappingSampler::Impl::Impl(const EinsumGraph &graph, const Architecture &arch,
                           const SamplerOptions &options, uint64_t seed)
    : graph(graph), arch(arch), options(options), random(seed) {
  paths.resize(graph.einsums.size());
  mapping.einsums.resize(graph.einsums.size());
  level.assign(graph.tensors.size(), arch.outermost());
  depth.assign(graph.tensors.size(), 0);
  size.assign(graph.tensors.size(), 0);
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    sites.emplace_back();
    for (unsigned unit : arch.unitsFor(graph.einsums[e]))
      sites.back().push_back(describeSite(graph, arch, e, unit));
  }
}

/// Where every intermediate that Einsums [first, end) have for themselves is
/// exchanged: in any level that all its users may hold it in.
bool MappingSampler::Impl::drawLevels(unsigned first, unsigned end) {
  for (unsigned t = 0; t != graph.tensors.size(); ++t) {
    const Tensor &tensor = graph.tensors[t];
    if (!tensor.isIntermediate() || tensor.producer < int(first) ||
        tensor.consumers.back() >= end)
      continue;
    llvm::SmallVector<unsigned, 4> users(tensor.consumers.begin(),
                                         tensor.consumers.end());
    users.push_back(tensor.producer);
    llvm::SmallVector<unsigned, 4> allowed;
    for (unsigned node = 0; node != arch.nodes.size(); ++node) {
      if (!arch.memory(node) || arch.numInstances(node) != 1)
        continue;
      if (llvm::all_of(users, [&](unsigned e) {
            const Site &site = *paths[e].site;
            return llvm::is_contained(site.nodes, node) &&
                   arch.holding(node, site.unit, graph, graph.einsums[e],
                                graph.findAccessOf(e, t))
                           .kind != Holding::Kind::Forbidden;
          }))
        allowed.push_back(node);
    }
    if (allowed.empty())
      return false;
    if (!options.fuse)
      allowed.resize(1);
    bool outer = allowed[0] == arch.outermost();
    if (outer && allowed.size() > 1 && chance(kExchangeOnChip))
      allowed.erase(allowed.begin());
    else if (outer)
      allowed.resize(1);
    level[t] = allowed[below(allowed.size())];
    depth[t] = 0;
  }
  return true;
}

void MappingSampler::Impl::drawUnits(unsigned first, unsigned end) {
  for (unsigned e = first; e != end; ++e) {
    paths[e].einsum = e;
    paths[e].site = &sites[e][below(sites[e].size())];
  }
}

/// Draws Einsums [first, end) anew; the others stand as `mapping` has them.
std::optional<ProgramMapping> MappingSampler::Impl::tryDraw(unsigned first,
                                                            unsigned end) {
  for (unsigned e = first; e != end; ++e)
    if (sites[e].empty())
      return std::nullopt;
  drawUnits(first, end);
  if (!drawLevels(first, end))
    return std::nullopt;
  for (unsigned e = first; e != end; ++e) {
    unsigned tries = 0;
    while (!drawPath(e, end))
      if (++tries == kTriesPerPath)
        return std::nullopt;
  }
  if (llvm::Error error = verifyMapping(graph, arch, mapping)) {
    llvm::consumeError(std::move(error));
    return std::nullopt;
  }
  return mapping;
}

/// Reads back how an Einsum of `mapping` exchanges its result.
void MappingSampler::Impl::recall(unsigned e) {
  const Einsum &einsum = graph.einsums[e];
  const EinsumMapping &path = mapping.einsums[e];
  unsigned t = einsum.output().tensor;
  int keep = path.backingKeep(einsum.outputIndex());
  level[t] = path.nodes[keep].component;
  depth[t] = 0;
  double values = 1;
  llvm::SmallVector<int64_t, 8> tiles;
  for (const Rank &rank : einsum.ranks)
    tiles.push_back(rank.bound);
  for (const MapNode &node : llvm::ArrayRef(path.nodes).take_front(keep))
    if (node.isLoop()) {
      ++depth[t];
      tiles[node.rank] = node.tile;
    }
  for (const LinearExpr &expr : einsum.output().projection) {
    double extent = 1;
    for (auto [r, c] : expr.terms)
      extent += std::abs(double(c)) * double(tiles[r] - 1);
    values *= extent;
  }
  size[t] = values;
}

std::optional<ProgramMapping>
MappingSampler::Impl::tryRedraw(const ProgramMapping &base) {
  mapping = base;
  llvm::SmallVector<unsigned, 16> cuts;
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    recall(e);
    if (mapping.einsums[e].sharedLoops == 0)
      cuts.push_back(e);
  }
  cuts.push_back(graph.einsums.size());
  // Mostly one run between cuts, now and then several.
  unsigned i = below(cuts.size() - 1), j = i + 1;
  while (j + 1 != cuts.size() && chance(kRedrawMore))
    ++j;
  return tryDraw(cuts[i], cuts[j]);
}

MappingSampler::MappingSampler(const EinsumGraph &graph,
                               const Architecture &arch,
                               const SamplerOptions &options, uint64_t seed)
    : impl(std::make_unique<Impl>(graph, arch, options, seed)) {}
MappingSampler::~MappingSampler() = default;

std::optional<ProgramMapping> MappingSampler::tryDraw() {
  return impl->tryDraw(0, impl->numEinsums());
}

std::optional<ProgramMapping>
MappingSampler::tryRedraw(const ProgramMapping &base) {
  return impl->tryRedraw(base);
}

std::optional<ProgramMapping> MappingSampler::draw(unsigned maxTries) {
  for (unsigned i = 0; i != maxTries; ++i)
    if (std::optional<ProgramMapping> mapping = tryDraw())
      return mapping;
  return std::nullopt;
}
