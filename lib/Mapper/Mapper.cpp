//===- Mapper.cpp - The optimal mapper ------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Mapper.h"
#include "FFM/Search.h"
#include "Mapspace.h"
#include "TimeLimit.h"

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
  MapperResult result = options.timeLimitS < kInf
                            ? mapWithinTime(graph, arch, options)
                            : ffm::Search(graph, arch, options).run();
  result.statistics.mapspaceLog10 = countMapspaceLog10(graph, arch, options);
  // Options that widen the mapspace further are not searched: what was found is
  // a mapping of the wider space, but its optimum is not proven.
  if (options.recompute && result.status == MapperResult::Status::Optimal) {
    result.status = MapperResult::Status::Feasible;
    result.lowerBound = 0;
  }
  return result;
}

} // namespace accel
