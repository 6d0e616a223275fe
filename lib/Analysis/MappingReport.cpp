//===- MappingReport.cpp - What a mapping costs, as JSON ------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MappingReport.h"
#include "accel/Analysis/Report.h"
#include "accel/Model/Bounds.h"

#include <cmath>
#include <limits>

using namespace accel;
using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

/// Counts are whole numbers as long as a double holds them exactly; where a
/// part of a tile is padding they are products of quotients, right up to
/// rounding.
static Value count(double value) {
  double whole = std::round(value);
  constexpr double kRounding = 8 * std::numeric_limits<double>::epsilon();
  if (whole >= 0 && whole <= 9007199254740992.0 &&
      std::abs(value - whole) <= kRounding * whole)
    return int64_t(whole);
  return value;
}

Object accel::reportTotals(double energyJ, double latencyS) {
  return Object{{"energy_j", energyJ},
                {"latency_s", latencyS},
                {"edp_js", energyJ * latencyS}};
}

namespace {

/// Writes what follows from one mapping.
class MappingWriter {
public:
  MappingWriter(const EinsumGraph &graph, const Architecture &arch,
                const ProgramMapping &mapping, const CostOptions &options)
      : graph(graph), arch(arch), mapping(mapping), options(options),
        cost(evaluateMapping(graph, arch, mapping, options)) {}

  void write(Object &object);

private:
  Object writeEinsum(unsigned einsum, unsigned group);
  Object writeActions(const EinsumPlan &plan, const EinsumCost<double> &cost);
  Array writeTransfers(const EinsumPlan &plan);
  Object writeEnergies(const EinsumPlan &plan, const EinsumCost<double> &cost);
  Object writeGroup(FusionGroup group, unsigned id);

  const EinsumGraph &graph;
  const Architecture &arch;
  const ProgramMapping &mapping;
  CostOptions options;
  ProgramCost<double> cost;
  unsigned current = 0;
};

} // namespace

Object MappingWriter::writeActions(const EinsumPlan &plan,
                                   const EinsumCost<double> &cost) {
  const Einsum &einsum = graph.einsums[current];
  Object actions;
  for (unsigned l = 0; l < plan.levels().size(); ++l) {
    unsigned node = plan.levels()[l];
    const MemoryLevel &level = *arch.memory(node);
    Object tensors;
    for (unsigned a = 0; a < plan.numAccesses(); ++a) {
      double reads = plan.readValues(cost, l, a);
      double writes = plan.writeValues(cost, l, a);
      if (reads == 0 && writes == 0)
        continue;
      const TensorAccess &access = einsum.accesses[a];
      double bits = level.bitsPerValue(graph.tensorOf(access), access.role);
      tensors[graph.accessName(current, a)] =
          Object{{"read_bits", count(reads * bits)},
                 {"write_bits", count(writes * bits)},
                 {"fill_bits", count(cost.fills[plan.slot(l, a)] * bits)}};
    }
    if (!tensors.empty())
      actions[level.name] = std::move(tensors);
  }
  return actions;
}

Array MappingWriter::writeTransfers(const EinsumPlan &plan) {
  Array transfers;
  for (const Transfer<double> &moved : plan.transfers())
    transfers.push_back(
        Object{{"tensor", graph.accessName(current, moved.access)},
               {"from", arch.nodeName(plan.levels()[moved.parentLevel])},
               {"to", arch.nodeName(plan.levels()[moved.level])},
               {"reads", count(moved.reads)},
               {"fills", count(moved.fills)},
               {"evictions", count(moved.evictions)},
               {"updates", count(moved.updates)}});
  return transfers;
}

Object MappingWriter::writeEnergies(const EinsumPlan &plan,
                                    const EinsumCost<double> &cost) {
  Object energies;
  for (unsigned l = 0; l < plan.levels().size(); ++l) {
    const MemoryLevel &level = *arch.memory(plan.levels()[l]);
    energies[level.name] =
        Object{{"read", cost.readBits[l] * level.readJPerBit},
               {"write", cost.writeBits[l] * level.writeJPerBit}};
  }
  energies[arch.nodeName(plan.unit())] =
      Object{{"compute", cost.ops * arch.unit(plan.unit())->jPerOp}};
  // Every component leaks while the op runs, also those off its path.
  for (unsigned node = 0; node < arch.nodes.size(); ++node) {
    double leakW = arch.memory(node) ? arch.memory(node)->leakW
                   : arch.unit(node) ? arch.unit(node)->leakW
                                     : 0.0;
    if (arch.fanout(node))
      continue;
    std::string name = arch.nodeName(node).str();
    if (!energies.getObject(name)) {
      if (leakW == 0)
        continue;
      energies[name] = Object{};
    }
    (*energies.getObject(name))["leak"] =
        leakW * arch.numInstances(node) * cost.latencyS;
  }
  return energies;
}

Object MappingWriter::writeEinsum(unsigned einsum, unsigned group) {
  current = einsum;
  EinsumPlan plan = EinsumPlan::compile(graph, arch, einsum,
                                        mapping.einsums[einsum], options);
  const EinsumCost<double> &c = cost.einsums[einsum];
  Object latencies;
  for (unsigned l = 0; l < plan.levels().size(); ++l)
    latencies[arch.nodeName(plan.levels()[l])] = c.levelTimeS[l];
  latencies[arch.nodeName(plan.unit())] = c.computeTimeS;
  return Object{
      {"name", graph.einsums[einsum].name},
      {"group", int64_t(group)},
      {"shared_loops", int64_t(mapping.einsums[einsum].sharedLoops)},
      {"energy_j", c.energyJ()},
      {"latency_s", c.latencyS},
      {"computes", count(c.ops)},
      {"latency_per_component_s", std::move(latencies)},
      {"actions", writeActions(plan, c)},
      {"transfers", writeTransfers(plan)},
      {"energy_per_component_j", writeEnergies(plan, c)},
      {"mapping", printPath(graph, arch, einsum, mapping.einsums[einsum])}};
}

Object MappingWriter::writeGroup(FusionGroup group, unsigned id) {
  Array names, loops;
  Object onChip;
  unsigned shared = 0;
  for (unsigned e = group.first; e <= group.last; ++e) {
    names.push_back(graph.einsums[e].name);
    if (e > group.first)
      shared = std::max(shared, mapping.einsums[e].sharedLoops);
    const Tensor &tensor = graph.tensors[graph.einsums[e].output().tensor];
    if (!tensor.isIntermediate())
      continue;
    unsigned level =
        findBackingLevel(graph, mapping, graph.einsums[e].output().tensor);
    if (level != arch.outermost())
      onChip[tensor.name] = arch.nodeName(level);
  }
  // Shared loops are named as in the first Einsum that has them all.
  for (unsigned e = group.first; e <= group.last && shared > 0; ++e) {
    const EinsumMapping &path = mapping.einsums[e];
    if (path.numLoops() < shared ||
        (path.sharedLoops < shared &&
         !(e < group.last && mapping.einsums[e + 1].sharedLoops >= shared)))
      continue;
    auto trips = tripCounts(graph.einsums[e], path);
    for (unsigned n = 0; n < path.nodes.size() && loops.size() < shared; ++n)
      if (path.nodes[n].isLoop())
        loops.push_back(graph.einsums[e].rankName(path.nodes[n].rank) + ":" +
                        std::to_string(trips[n]));
    break;
  }
  return Object{{"id", int64_t(id)},
                {"einsums", std::move(names)},
                {"fused_loops", std::move(loops)},
                {"on_chip", std::move(onChip)}};
}

void MappingWriter::write(Object &object) {
  for (auto &entry : reportTotals(cost.energyJ, cost.latencyS))
    object[entry.first] = entry.second;
  Array einsums, groups;
  unsigned id = 0;
  for (FusionGroup group : findFusionGroups(mapping)) {
    for (unsigned e = group.first; e <= group.last; ++e)
      einsums.push_back(writeEinsum(e, id));
    groups.push_back(writeGroup(group, id++));
  }
  object["einsums"] = std::move(einsums);
  object["groups"] = std::move(groups);
  Object usage, peaks;
  for (unsigned node = 0; node < arch.nodes.size(); ++node)
    if (const MemoryLevel *level = arch.memory(node)) {
      if (level->isBounded())
        usage[level->name] = usageShare(arch, node, cost);
      if (node != arch.outermost())
        peaks[level->name] = count(cost.peakBits[node]);
    }
  object["usage"] = std::move(usage);
  object["peak_bits"] = std::move(peaks);
}

void accel::addMapping(const EinsumGraph &graph, const Architecture &arch,
                       const ProgramMapping &mapping,
                       const CostOptions &options, Object &object) {
  MappingWriter(graph, arch, mapping, options).write(object);
}

void accel::addBounds(const EinsumGraph &graph, const Architecture &arch,
                      Object &object) {
  double energyJ = 0, latencyS = 0;
  Array einsums;
  for (unsigned e = 0; e != graph.einsums.size(); ++e) {
    EinsumBounds bounds = boundEinsum(graph, arch, e);
    energyJ += bounds.energyJ;
    latencyS += bounds.latencyS;
    einsums.push_back(Object{{"name", graph.einsums[e].name},
                             {"energy_j", bounds.energyJ},
                             {"latency_s", bounds.latencyS},
                             {"computes", count(bounds.ops)}});
  }
  object["status"] = "unmapped";
  for (auto &entry : reportTotals(energyJ, latencyS))
    object[entry.first] = entry.second;
  object["einsums"] = std::move(einsums);
}
