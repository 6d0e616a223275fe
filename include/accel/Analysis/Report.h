//===- Report.h - What the search found, as JSON ----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The report of `report=`, schema 1. Plain data in, JSON out: it knows no IR.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_ANALYSIS_REPORT_H
#define ACCEL_ANALYSIS_REPORT_H

#include "accel/Mapper/Hardware.h"
#include "accel/Model/CostModel.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace accel {

/// What the search found for one function.
struct FunctionReport {
  std::string name;
  const EinsumGraph *graph = nullptr;
  MapperResult result;
  /// With compare-unfused=true: the same search without fusion.
  std::optional<MapperResult> unfused;
  /// With compare=ffm: the optimal engine's result.
  std::optional<MapperResult> compared;
  CostOptions costOptions;
};

/// What search=hardware chose, beside the mapping.
struct HardwareReport {
  HardwareSpace space;
  double areaMm2 = 0, powerW = 0;
  unsigned evaluated = 0;
  /// The target as given, and its mapping, if it keeps the limits.
  Architecture givenArch;
  std::optional<MapperResult> given;
};

/// What one run of the search found.
struct SearchReport {
  std::string target;
  std::string engine;
  Objective objective = Objective::EDP;
  const Architecture *arch = nullptr;
  std::vector<FunctionReport> functions;
  /// With search=hardware, which takes one function.
  std::optional<HardwareReport> hardware;
};

/// One function with the mapping that it carries, if every Einsum has one.
struct MappedFunction {
  std::string name;
  const EinsumGraph *graph = nullptr;
  const ProgramMapping *mapping = nullptr;
  CostOptions costOptions;
};

/// What is to be said of a module without a search.
struct CostReport {
  const Architecture *arch = nullptr;
  std::vector<MappedFunction> functions;
};

/// A run of consecutive Einsums that share loops: [first, last].
struct FusionGroup {
  unsigned first = 0;
  unsigned last = 0;
};

/// The groups of a mapping, in program order; an Einsum that shares no loop is
/// a group of its own.
llvm::SmallVector<FusionGroup> findFusionGroups(const ProgramMapping &mapping);

/// The level (node index) through which the intermediate `tensor` is exchanged.
unsigned findBackingLevel(const EinsumGraph &graph,
                          const ProgramMapping &mapping, unsigned tensor);

/// The levels of a target with their figures, outermost first. What is
/// unlimited (`inf`) is left out.
llvm::json::Array writeArchitecture(const Architecture &arch);

/// The report as one JSON object.
llvm::json::Value makeReport(const SearchReport &report);

/// The same without objective and search: engine `none`, status `feasible`, or
/// `unmapped` with lower bounds.
llvm::json::Value makeReport(const CostReport &report);

/// The text of a report, as it stands in a file.
std::string jsonText(const llvm::json::Value &value);

/// Writes `value` to `path` through a temporary file, so that no reader ever
/// sees half of it.
llvm::Error writeJson(const llvm::json::Value &value, llvm::StringRef path);

} // namespace accel

#endif // ACCEL_ANALYSIS_REPORT_H
