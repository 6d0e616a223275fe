//===- Report.cpp - What the search found, as JSON ------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/Report.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <sys/resource.h>

using namespace accel;
using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

llvm::SmallVector<FusionGroup>
accel::findFusionGroups(const ProgramMapping &mapping) {
  llvm::SmallVector<FusionGroup> groups;
  for (unsigned e = 0; e < mapping.einsums.size(); ++e) {
    if (e == 0 || mapping.einsums[e].sharedLoops == 0)
      groups.push_back({e, e});
    groups.back().last = e;
  }
  return groups;
}

unsigned accel::findBackingLevel(const EinsumGraph &graph,
                                 const ProgramMapping &mapping,
                                 unsigned tensor) {
  unsigned producer = graph.tensors[tensor].producer;
  const EinsumMapping &path = mapping.einsums[producer];
  int keep = path.backingKeep(graph.einsums[producer].outputIndex());
  return keep < 0 ? 0 : path.nodes[keep].component;
}

/// Counts are whole numbers as long as a double holds them exactly.
static Value count(double value) {
  if (value >= 0 && value <= 9007199254740992.0 && value == std::floor(value))
    return int64_t(value);
  return value;
}

static Object totals(double energyJ, double latencyS) {
  return Object{{"energy_j", energyJ},
                {"latency_s", latencyS},
                {"edp_js", energyJ * latencyS}};
}

static const char *stringifyStatus(MapperResult::Status status) {
  switch (status) {
  case MapperResult::Status::Optimal:
    return "optimal";
  case MapperResult::Status::Feasible:
    return "feasible";
  case MapperResult::Status::Infeasible:
    return "infeasible";
  }
  return "infeasible";
}

namespace {

/// Writes one function's part.
class FunctionWriter {
public:
  FunctionWriter(const SearchReport &report, const FunctionReport &function)
      : report(report), function(function), graph(*function.graph),
        arch(*report.arch), mapping(function.result.best) {}

  Object write();

private:
  Object writeEinsum(unsigned einsum, unsigned group);
  Object writeActions(const EinsumPlan &plan, const EinsumCost<double> &cost);
  Object writeEnergies(const EinsumPlan &plan, const EinsumCost<double> &cost);
  Object writeGroup(FusionGroup group, unsigned id);
  Array writeFront();
  Object writeSearch();

  const SearchReport &report;
  const FunctionReport &function;
  const EinsumGraph &graph;
  const Architecture &arch;
  const ProgramMapping &mapping;
  ProgramCost<double> cost;
  unsigned current = 0;
};

} // namespace

Object FunctionWriter::writeActions(const EinsumPlan &plan,
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
                 {"write_bits", count(writes * bits)}};
    }
    if (!tensors.empty())
      actions[level.name] = std::move(tensors);
  }
  return actions;
}

Object FunctionWriter::writeEnergies(const EinsumPlan &plan,
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

Object FunctionWriter::writeEinsum(unsigned einsum, unsigned group) {
  current = einsum;
  CostOptions options = function.costOptions;
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
      {"energy_j", c.energyJ()},
      {"latency_s", c.latencyS},
      {"computes", count(c.ops)},
      {"latency_per_component_s", std::move(latencies)},
      {"actions", writeActions(plan, c)},
      {"energy_per_component_j", writeEnergies(plan, c)},
      {"mapping", printPath(graph, arch, einsum, mapping.einsums[einsum])}};
}

Object FunctionWriter::writeGroup(FusionGroup group, unsigned id) {
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

Array FunctionWriter::writeFront() {
  Array front;
  for (const ParetoPoint &point : function.result.pareto) {
    Object entry{{"energy_j", point.energyJ}, {"latency_s", point.latencyS}};
    if (report.objective == Objective::ParetoUsage) {
      // The search weighs no time here, but readers of the front do.
      entry["latency_s"] =
          evaluateMapping(graph, arch, point.mapping, function.costOptions)
              .latencyS;
      entry["usage"] = point.usage;
    }
    front.push_back(std::move(entry));
  }
  return front;
}

Object FunctionWriter::writeSearch() {
  const MapperStatistics &s = function.result.statistics;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return Object{{"seconds", s.seconds},
                {"mapspace_log10", s.mapspaceLog10},
                {"partial_mappings", int64_t(s.partialMappings)},
                {"pruned", int64_t(s.pruned)},
                {"distinct_einsums", int64_t(s.distinctEinsums)},
                {"joins", int64_t(s.joins)},
                {"peak_rss_bytes", int64_t(usage.ru_maxrss) * 1024}};
}

Object FunctionWriter::write() {
  const MapperResult &result = function.result;
  Object object{{"name", function.name},
                {"status", stringifyStatus(result.status)}};
  if (result.status == MapperResult::Status::Infeasible) {
    object["reason"] = result.reason;
    object["search"] = writeSearch();
    return object;
  }
  cost = evaluateMapping(graph, arch, mapping, function.costOptions);
  bool isFront = report.objective == Objective::Pareto ||
                 report.objective == Objective::ParetoUsage;
  if (isFront) {
    object["pareto"] = writeFront();
  } else {
    object["lower_bound"] = result.lowerBound;
    object["gap"] = result.status == MapperResult::Status::Optimal ? 0.0
                    : result.lowerBound > 0
                        ? result.value / result.lowerBound - 1.0
                        : Value(nullptr);
  }
  for (auto &entry : totals(cost.energyJ, cost.latencyS))
    object[entry.first] = entry.second;
  if (function.unfused &&
      function.unfused->status != MapperResult::Status::Infeasible) {
    ProgramCost<double> unfused = evaluateMapping(
        graph, arch, function.unfused->best, function.costOptions);
    object["unfused"] = totals(unfused.energyJ, unfused.latencyS);
  }
  Array einsums, groups;
  unsigned id = 0;
  for (FusionGroup group : findFusionGroups(mapping)) {
    for (unsigned e = group.first; e <= group.last; ++e)
      einsums.push_back(writeEinsum(e, id));
    groups.push_back(writeGroup(group, id++));
  }
  object["einsums"] = std::move(einsums);
  object["groups"] = std::move(groups);
  Object usage;
  for (unsigned node = 0; node < arch.nodes.size(); ++node)
    if (const MemoryLevel *level = arch.memory(node))
      if (level->isBounded())
        usage[level->name] = usageShare(arch, node, cost);
  object["usage"] = std::move(usage);
  object["search"] = writeSearch();
  return object;
}

Value accel::makeReport(const SearchReport &report) {
  Array functions;
  for (const FunctionReport &function : report.functions)
    functions.push_back(FunctionWriter(report, function).write());
  return Object{{"schema", 1},
                {"tool", "accel-opt " ACCEL_VERSION},
                {"target", report.target},
                {"engine", report.engine},
                {"objective", stringifyObjective(report.objective)},
                {"functions", std::move(functions)}};
}

llvm::Error accel::writeJson(const Value &value, llvm::StringRef path) {
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << llvm::formatv("{0:2}", value) << '\n';
    return llvm::Error::success();
  });
}
