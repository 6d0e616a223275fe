//===- MappingReport.h - What a mapping costs, as JSON ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of a report that follows from a mapping alone, however it was found.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_ANALYSIS_MAPPINGREPORT_H
#define ACCEL_LIB_ANALYSIS_MAPPINGREPORT_H

#include "accel/Model/CostModel.h"
#include "llvm/Support/JSON.h"

namespace accel {

/// `energy_j`, `latency_s` and `edp_js`.
llvm::json::Object reportTotals(double energyJ, double latencyS);

/// Adds the totals, `einsums`, `groups` and `usage` of a verified mapping.
void addMapping(const EinsumGraph &graph, const Architecture &arch,
                const ProgramMapping &mapping, const CostOptions &options,
                llvm::json::Object &object);

/// The same for a program that has no mapping: lower bounds per Einsum and
/// their sums, and `status` is `unmapped`.
void addBounds(const EinsumGraph &graph, const Architecture &arch,
               llvm::json::Object &object);

} // namespace accel

#endif // ACCEL_LIB_ANALYSIS_MAPPINGREPORT_H
