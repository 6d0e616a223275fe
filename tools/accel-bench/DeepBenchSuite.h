//===- DeepBenchSuite.h - Embeddings measured in the simulator --*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_BENCH_DEEPBENCHSUITE_H
#define ACCEL_BENCH_DEEPBENCHSUITE_H

#include "accel/Target/VTA/Geometry.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace accel::bench {

/// What an operator's program takes, at full size.
struct ProgramFigures {
  int64_t cycles = 0;
  /// The operator's own multiply-accumulates over those that the matrix unit
  /// can do in the cycles: filler counts as lost.
  double utilisation = 0;
  /// All that loads read and stores write; instructions are not in it.
  int64_t dramBytes = 0;
  /// Invocations of the matrix instruction.
  int64_t microOps = 0;
};

struct DeepBenchRow {
  std::string id;
  std::string geometry;
  /// The operator: channels, or reduction and columns of a GEMM; values of the
  /// result; multiply-accumulates.
  int64_t inChannels = 0, outChannels = 0, outputs = 0, macs = 0;
  /// Whether the programs of both embeddings give the right bytes, for the
  /// operator scaled down.
  std::optional<bool> exact;
  ProgramFigures best;
  ProgramFigures fixed;
  /// What the solver takes for the front of embeddings, the least of a few
  /// runs.
  double solveMs = 0;

  /// How many times fewer cycles than with the fixed embedding.
  double gain() const { return double(fixed.cycles) / double(best.cycles); }
};

struct DeepBenchOptions {
  /// Regular expression; empty for all.
  std::string filter;
  /// `BATCHxBLOCK_INxBLOCK_OUT`.
  std::string geometry = "1x16x16";
  /// Operators are scaled down to this before they run on data; 0 for none.
  int64_t exactMacs = 1 << 30;
  /// Operators are scaled down to this before anything; 0 for not at all.
  int64_t scaleMacs = 0;
};

/// Compiles every matching operator with the solver's embedding and with the
/// fixed one of TVM's compiler, by the same passes, and simulates both
/// programs (`pipelined`); once where the two embeddings are the same. Gives
/// each row as soon as it is there. Fails with the operator's name if one does
/// not compile or run.
llvm::Error runDeepBench(const DeepBenchOptions &options,
                         llvm::function_ref<void(const DeepBenchRow &)> give);

} // namespace accel::bench

#endif // ACCEL_BENCH_DEEPBENCHSUITE_H
