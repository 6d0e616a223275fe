//===- OracleCase.h - Reference results as model objects --------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the figures in test/Oracle/Inputs (import.py writes them from other
// tools' results): a program, an accelerator, a mapping, what the tool
// computed.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_ORACLE_ORACLECASE_H
#define ACCEL_TEST_ORACLE_ORACLECASE_H

#include "accel/Model/CostModel.h"
#include "llvm/Support/JSON.h"

namespace accel {

/// One case.
struct OracleCase {
  std::string name;
  EinsumGraph graph;
  Architecture arch;
  ProgramMapping mapping;
  /// `imperfect` as the case says, with the reference's window reservation.
  CostOptions options;
  /// Names such as ENERGY_DELAY_PRODUCT.
  std::vector<std::string> objectives;
  /// The reference's limit of fused loops, or -1.
  int64_t maxFusedLoops = -1;
  /// Everything the tool computed; see import.py.
  llvm::json::Object expected;

  /// A number of `expected`, also nested (`expectedNumber("latency_s")`).
  double expectedNumber(llvm::StringRef key) const;
};

/// Reads a case from the text of its file.
llvm::Expected<OracleCase> parseOracleCase(llvm::StringRef name,
                                           llvm::StringRef text);

/// Reads `Inputs/<name>.json`.
llvm::Expected<OracleCase> loadOracleCase(llvm::StringRef name);

/// Names of all cases whose name begins with `prefix` (or, if `without`, does
/// not), sorted.
std::vector<std::string> oracleCaseNames(llvm::StringRef prefix,
                                         bool without = false);

} // namespace accel

#endif // ACCEL_TEST_ORACLE_ORACLECASE_H
