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
  return ffm::Search(graph, arch, options).run();
}

} // namespace accel
