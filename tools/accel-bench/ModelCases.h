//===- ModelCases.h - Mapped programs to evaluate ---------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TOOLS_ACCEL_BENCH_MODELCASES_H
#define ACCEL_TOOLS_ACCEL_BENCH_MODELCASES_H

#include "accel/Model/MappingVerifier.h"

namespace accel::bench {

/// A program with a mapping that is valid on its target.
struct ModelCase {
  std::string name;
  EinsumGraph graph;
  Architecture arch;
  ProgramMapping mapping;
};

/// A matmul on three levels, and a GPT-3 layer of ten Einsums.
std::vector<ModelCase> modelCases();

} // namespace accel::bench

#endif // ACCEL_TOOLS_ACCEL_BENCH_MODELCASES_H
