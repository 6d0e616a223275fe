//===- Mapper.cpp - The optimal mapper ------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Mapper.h"
#include "FFM/Search.h"

namespace accel {

static constexpr llvm::StringLiteral kObjectiveNames[] = {
    "edp", "energy", "latency", "pareto", "pareto-usage"};

llvm::StringRef stringifyObjective(Objective objective) {
  return kObjectiveNames[unsigned(objective)];
}

std::optional<Objective> parseObjective(llvm::StringRef text) {
  for (unsigned i = 0; i != std::size(kObjectiveNames); ++i)
    if (kObjectiveNames[i] == text)
      return Objective(i);
  return std::nullopt;
}

MapperResult mapProgram(const EinsumGraph &graph, const Architecture &arch,
                        const MapperOptions &options) {
  ffm::Search search(graph, arch, options);
  MapperResult result = search.run();
  if (search.ranOutOfTime()) {
    // Without fusion every Einsum stands alone, which takes a small part of the
    // time: a mapping to work with, and the bound proven so far.
    MapperOptions unfused = options;
    unfused.fuse = false;
    unfused.imperfect = false;
    unfused.timeLimitS = kInf;
    MapperResult fallback = ffm::Search(graph, arch, unfused).run();
    if (fallback.status == MapperResult::Status::Optimal) {
      fallback.status = MapperResult::Status::Feasible;
      fallback.lowerBound = std::min(result.lowerBound, fallback.value);
      fallback.statistics.seconds += result.statistics.seconds;
      fallback.statistics.partialMappings += result.statistics.partialMappings;
      fallback.statistics.pruned += result.statistics.pruned;
      fallback.statistics.joins += result.statistics.joins;
      return fallback;
    }
  }
  // Options that widen the mapspace further are not searched: what was found is
  // a mapping of the wider space, but its optimum is not proven.
  if (options.recompute && result.status == MapperResult::Status::Optimal) {
    result.status = MapperResult::Status::Feasible;
    result.lowerBound = 0;
  }
  return result;
}

} // namespace accel
