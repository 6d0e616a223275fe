//===- Report.cpp - What the search found, as JSON ------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/Report.h"
#include "MappingReport.h"

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
        arch(*report.arch) {}

  Object write();

private:
  Array writeFront();
  Object writeCompared();
  Object writeSearch();

  const SearchReport &report;
  const FunctionReport &function;
  const EinsumGraph &graph;
  const Architecture &arch;
};

} // namespace

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

/// The optimal engine's result beside the gradient engine's, and how far that
/// is from it. For fronts the least energies count.
Object FunctionWriter::writeCompared() {
  const MapperResult &other = *function.compared;
  Object object{{"engine", "ffm"}, {"status", stringifyStatus(other.status)}};
  object["seconds"] = other.statistics.seconds;
  if (other.status == MapperResult::Status::Infeasible)
    return object;
  ProgramCost<double> theirs =
      evaluateMapping(graph, arch, other.best, function.costOptions);
  for (auto &entry : reportTotals(theirs.energyJ, theirs.latencyS))
    object[entry.first] = entry.second;
  auto valueOf = [&](const ProgramCost<double> &c) {
    return report.objective == Objective::EDP       ? c.edpJs()
           : report.objective == Objective::Latency ? c.latencyS
                                                    : c.energyJ;
  };
  ProgramCost<double> ours =
      evaluateMapping(graph, arch, function.result.best, function.costOptions);
  double best = valueOf(theirs);
  object["gap"] = best > 0 ? valueOf(ours) / best - 1.0 : 0.0;
  return object;
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
  addMapping(graph, arch, result.best, function.costOptions, object);
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
  if (function.unfused &&
      function.unfused->status != MapperResult::Status::Infeasible) {
    ProgramCost<double> unfused = evaluateMapping(
        graph, arch, function.unfused->best, function.costOptions);
    object["unfused"] = reportTotals(unfused.energyJ, unfused.latencyS);
  }
  if (function.compared)
    object["compare"] = writeCompared();
  object["search"] = writeSearch();
  return object;
}

Value accel::makeReport(const CostReport &report) {
  Array functions;
  for (const MappedFunction &function : report.functions) {
    Object object{{"name", function.name}, {"status", "feasible"}};
    if (function.mapping)
      addMapping(*function.graph, *report.arch, *function.mapping,
                 function.costOptions, object);
    else
      addBounds(*function.graph, *report.arch, object);
    functions.push_back(std::move(object));
  }
  return Object{{"schema", 1},
                {"tool", "accel-opt " ACCEL_VERSION},
                {"target", report.arch->name},
                {"engine", "none"},
                {"architecture", writeArchitecture(*report.arch)},
                {"functions", std::move(functions)}};
}

/// The sizes chosen, what they take, and what the target as given had.
static Object writeHardware(const SearchReport &report) {
  const HardwareReport &hardware = *report.hardware;
  Object sizes;
  for (const HardwareVariable &v : hardware.space.variables) {
    std::string name = report.arch->nodeName(v.node).str();
    if (const MemoryLevel *level = report.arch->memory(v.node))
      sizes[name + ".size_bits"] = level->sizeBits;
    else
      sizes[name + ".n"] = report.arch->fanout(v.node)->n;
  }
  Object object{{"sizes", std::move(sizes)},
                {"area_mm2", hardware.areaMm2},
                {"power_w", hardware.powerW},
                {"evaluated", int64_t(hardware.evaluated)}};
  const FunctionReport &function = report.functions.front();
  if (hardware.given) {
    ProgramCost<double> cost =
        evaluateMapping(*function.graph, hardware.givenArch,
                        hardware.given->best, function.costOptions);
    Object given = reportTotals(cost.energyJ, cost.latencyS);
    given["area_mm2"] = areaMm2(hardware.space, hardware.givenArch);
    given["power_w"] = cost.energyJ / cost.latencyS;
    object["given"] = std::move(given);
  }
  return object;
}

Value accel::makeReport(const SearchReport &report) {
  Array functions;
  for (const FunctionReport &function : report.functions)
    functions.push_back(FunctionWriter(report, function).write());
  Object object{{"schema", 1},
                {"tool", "accel-opt " ACCEL_VERSION},
                {"target", report.target},
                {"engine", report.engine},
                {"objective", stringifyObjective(report.objective)},
                {"architecture", writeArchitecture(*report.arch)},
                {"functions", std::move(functions)}};
  if (report.hardware)
    object["hardware"] = writeHardware(report);
  return object;
}

std::string accel::jsonText(const Value &value) {
  return llvm::formatv("{0:2}\n", value);
}

llvm::Error accel::writeJson(const Value &value, llvm::StringRef path) {
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &os) {
    os << jsonText(value);
    return llvm::Error::success();
  });
}
