//===- ModelCases.cpp - Mapped programs to evaluate
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelCases.h"
#include "OracleCase.h"

using namespace accel;
using namespace accel::bench;

static constexpr char kGpt[] =
#include "GptCase.inc"
    ;

/// Three memory levels: a buffer between main memory and a register per MAC.
static Architecture threeLevels() {
  Architecture arch;
  arch.name = "three_levels";
  auto memory = [&](const char *name, double joules, double bitsPerS) {
    MemoryLevel &level = arch.addMemory(name);
    level.readJPerBit = level.writeJPerBit = joules;
    level.readBitsPerS = level.writeBitsPerS = bitsPerS;
    level.mayKeep = TensorSet::all();
  };
  memory("MainMemory", 8e-12, 1e11);
  memory("Buffer", 1e-12, 1e12);
  arch.addFanout("columns", 16);
  memory("Register", 1e-14, 1e12);
  ComputeUnit &mac = arch.addUnit("MAC");
  mac.jPerOp = 1e-12;
  mac.opsPerS = 1e9;
  return arch;
}

static const char *const kMatmulMapping = R"(keep A,B,C in MainMemory
for m by 64
  keep A in Buffer
  for n by 32
    keep B,C in Buffer
    par k by 32 over columns
      for k by 1
        keep B in Register
        for n by 1
          keep A,C in Register
          for m by 1
            compute MAC
)";

/// C[m, n] += A[m, k] * B[k, n] with bounds 512.
static ModelCase matmulCase() {
  ModelCase c;
  c.name = "matmul_3_levels";
  EinsumGraphBuilder b;
  b.tensor("A", {512, 512}).tensor("B", {512, 512}).tensor("C", {512, 512});
  b.einsum("Matmul", {{"m", 512}, {"k", 512}, {"n", 512}})
      .input("A", "m, k")
      .input("B", "k, n")
      .output("C", "m, n");
  c.graph = llvm::cantFail(b.take());
  c.arch = threeLevels();
  c.mapping = llvm::cantFail(parseLoopTree(kMatmulMapping, c.graph, c.arch));
  llvm::cantFail(verifyMapping(c.graph, c.arch, c.mapping));
  return c;
}

/// One GPT-3 175B layer of 10 Einsums on TPU v4i, prefill of 2048 tokens, as
/// another tool maps it.
static ModelCase gptCase() {
  OracleCase oracle = llvm::cantFail(parseOracleCase("gpt3_175b_layer", kGpt));
  ModelCase c;
  c.name = "gpt3_175b_layer";
  c.graph = std::move(oracle.graph);
  c.arch = std::move(oracle.arch);
  c.mapping = std::move(oracle.mapping);
  return c;
}

std::vector<ModelCase> bench::modelCases() {
  std::vector<ModelCase> cases;
  cases.push_back(matmulCase());
  cases.push_back(gptCase());
  return cases;
}
