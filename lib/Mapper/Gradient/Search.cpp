//===- Search.cpp - Restarts of descent, decoding and polish --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgramPolish.h"
#include <chrono>

namespace accel {

using namespace gradient;

MapperResult mapProgramByGradient(const EinsumGraph &graph,
                                  const Architecture &arch,
                                  const MapperOptions &options,
                                  const GradientOptions &gradient) {
  auto begin = std::chrono::steady_clock::now();
  auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         begin)
        .count();
  };
  MapperResult result;
  ProgramSpace program(graph, arch, options);
  if (!program.infeasible.empty()) {
    result.reason = program.infeasible;
    return result;
  }
  ProgramState start;
  Random random(gradient.seed);
  for (const PathSpace &space : program.spaces) {
    std::vector<uint32_t> holders;
    for (const auto &h : space.units[0].holders) {
      uint32_t chosen = h.front();
      for (uint32_t m : h)
        if (m & 1) {
          chosen = m;
          break;
        }
      holders.push_back(chosen);
    }
    start.paths.push_back(plainPath(space, 0, holders));
  }
  auto expired = [&] { return seconds() > options.timeLimitS; };
  ProgramPolish polish(
      program, start, gradient.seed, expired,
      [&](const ProgramState &s, const ProgramValue &v) {
        if (v.value >= result.value)
          return;
        result.value = v.value;
        result.best = program.mappingOf(s);
        result.status = MapperResult::Status::Feasible;
        if (gradient.improved)
          gradient.improved(seconds(), v.value);
      });
  polish.polishPaths(8);
  polish.descend();
  result.statistics.seconds = seconds();
  return result;
}

} // namespace accel
