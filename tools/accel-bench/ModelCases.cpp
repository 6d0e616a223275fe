//===- ModelCases.cpp - Mapped programs to evaluate
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelCases.h"

using namespace accel;
using namespace accel::bench;

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

/// The levels of TPU v4i, as far as they matter for the time of an evaluation.
static Architecture tpu() {
  Architecture arch;
  arch.name = "tpu_v4i";
  auto memory = [&](const char *name, double joules, double bitsPerS) {
    MemoryLevel &level = arch.addMemory(name);
    level.readJPerBit = level.writeJPerBit = joules;
    level.readBitsPerS = level.writeBitsPerS = bitsPerS;
    level.mayKeep = TensorSet::all();
  };
  memory("MainMemory", 7.03e-12, 4.912e12);
  memory("GlobalBuffer", 1.88e-12, 1.6384e13);
  arch.addFanout("Z", 4).mayReuse = RoleSet::none();
  memory("LocalBuffer", 2.49e-13, kInf);
  arch.addUnit("ScalarUnit").takesNumTensors = {2};
  arch.addFanout("reuse_input", 128).mayReuse = RoleSet::of(Role::Input);
  arch.addFanout("reuse_output", 128).mayReuse = RoleSet::of(Role::Output);
  memory("Register", 0, kInf);
  arch.addUnit("MAC").takesNumTensors = {3};
  return arch;
}

/// One GPT-3 175B layer (96 heads of 128, 12288 wide), prefill of 2048 tokens.
static EinsumGraph gptLayer() {
  EinsumGraphBuilder b;
  b.tensor("I_in", {1, 2048, 12288}, 16);
  b.tensor("I", {1, 2048, 12288}, 16);
  b.tensor("WV", {96, 128, 12288}, 16, true);
  b.tensor("V", {1, 2048, 96, 128}, 16);
  b.tensor("WK", {96, 128, 12288}, 16, true);
  b.tensor("K", {1, 2048, 96, 128}, 16);
  b.tensor("WQ", {96, 128, 12288}, 16, true);
  b.tensor("Q", {1, 2048, 96, 128}, 16);
  b.tensor("QK", {1, 2048, 2048, 96}, 16);
  b.tensor("QK_softmax", {1, 2048, 2048, 96}, 16);
  b.tensor("AV", {1, 2048, 96, 128}, 16);
  b.tensor("WZ", {96, 128, 12288}, 16, true);
  b.tensor("Z", {1, 2048, 12288}, 16);
  b.tensor("WFFA", {12288, 49152}, 16, true);
  b.tensor("FFA", {1, 2048, 49152}, 16);
  b.tensor("WFFB", {49152, 12288}, 16, true);
  b.tensor("FFB", {1, 2048, 12288}, 16);
  b.einsum("I", {{"b", 1}, {"d", 12288}, {"m", 2048}})
      .input("I_in", "b, m, d")
      .output("I", "b, m, d")
      .copy();
  b.einsum("V", {{"b", 1}, {"d", 12288}, {"e", 128}, {"h", 96}, {"m", 2048}})
      .input("I", "b, m, d")
      .input("WV", "h, e, d")
      .output("V", "b, m, h, e");
  b.einsum("K", {{"b", 1}, {"d", 12288}, {"e", 128}, {"h", 96}, {"m", 2048}})
      .input("I", "b, m, d")
      .input("WK", "h, e, d")
      .output("K", "b, m, h, e");
  b.einsum("Q", {{"b", 1}, {"d", 12288}, {"e", 128}, {"h", 96}, {"m", 2048}})
      .input("I", "b, m, d")
      .input("WQ", "h, e, d")
      .output("Q", "b, m, h, e");
  b.einsum("QK", {{"b", 1}, {"e", 128}, {"h", 96}, {"m", 2048}, {"p", 2048}})
      .input("Q", "b, m, h, e")
      .input("K", "b, p, h, e")
      .output("QK", "b, m, p, h");
  b.einsum("QK_softmax", {{"b", 1}, {"h", 96}, {"m", 2048}, {"p", 2048}})
      .input("QK", "b, m, p, h")
      .output("QK_softmax", "b, m, p, h");
  b.einsum("AV", {{"b", 1}, {"f", 128}, {"h", 96}, {"m", 2048}, {"p", 2048}})
      .input("QK_softmax", "b, m, p, h")
      .input("V", "b, p, h, f")
      .output("AV", "b, m, h, f");
  b.einsum("Z", {{"b", 1}, {"f", 128}, {"g", 12288}, {"h", 96}, {"m", 2048}})
      .input("AV", "b, m, h, f")
      .input("WZ", "h, f, g")
      .output("Z", "b, m, g");
  b.einsum("FFA", {{"b", 1}, {"c", 49152}, {"g", 12288}, {"m", 2048}})
      .input("Z", "b, m, g")
      .input("WFFA", "g, c")
      .output("FFA", "b, m, c");
  b.einsum("FFB", {{"b", 1}, {"c", 49152}, {"j", 12288}, {"m", 2048}})
      .input("FFA", "b, m, c")
      .input("WFFB", "c, j")
      .output("FFB", "b, m, j");
  return llvm::cantFail(b.take());
}

static const char *const kGptMapping = R"(einsum I
  keep I_in in MainMemory
  keep I in GlobalBuffer
  for d by 1
    for m by 1
      compute ScalarUnit
einsum V
  keep WV,V in MainMemory
  keep I in GlobalBuffer
  for h by 24
    par h by 6 over Z
      keep V in LocalBuffer
      for d by 128
        keep I in LocalBuffer
        for h by 1
          par d by 1 over reuse_output
            par e by 1 over reuse_input
              keep WV in Register
              for m by 1
                compute MAC
einsum K
  keep WK in MainMemory
  keep I,K in GlobalBuffer
  for h by 24
    par h by 6 over Z
      keep K in LocalBuffer
      for d by 128
        keep I in LocalBuffer
        for h by 1
          par d by 1 over reuse_output
            par e by 1 over reuse_input
              keep WK in Register
              for m by 1
                compute MAC
einsum Q
  keep WQ,Q in MainMemory
  keep I in GlobalBuffer
  for h by 24
    par h by 6 over Z
      keep Q in LocalBuffer
      for d by 128
        keep I in LocalBuffer
        for h by 1
          par d by 1 over reuse_output
            par e by 1 over reuse_input
              keep WQ in Register
              for m by 1
                compute MAC
group QK,QK_softmax,AV
  keep Q,V in MainMemory
  keep K,AV in GlobalBuffer
  for h by 2
    keep QK,QK_softmax in GlobalBuffer
    einsum QK
      par m by 1024 over Z
        par h by 1 over Z
          keep Q in LocalBuffer
          for p by 128
            keep QK in LocalBuffer
            par e by 1 over reuse_output
              par p by 1 over reuse_input
                keep K in Register
                for m by 1
                  compute MAC
    einsum QK_softmax
      for h by 1
        for m by 1
          for p by 4
            par p by 1 over Z
              keep QK,QK_softmax in LocalBuffer
              compute ScalarUnit
    einsum AV
      par p by 1024 over Z
        par h by 1 over Z
          keep AV in LocalBuffer
          for p by 128
            keep QK_softmax in LocalBuffer
            par p by 1 over reuse_output
              par f by 1 over reuse_input
                keep V in Register
                for m by 1
                  compute MAC
einsum Z
  keep WZ in MainMemory
  keep Z,AV in GlobalBuffer
  for g by 3072
    par g by 768 over Z
      keep Z in LocalBuffer
      for h by 1
        keep AV in LocalBuffer
        for g by 128
          par f by 1 over reuse_output
            par g by 1 over reuse_input
              keep WZ in Register
              for m by 1
                compute MAC
group FFA,FFB
  keep WFFA,WFFB,FFB in MainMemory
  keep Z,FFB in GlobalBuffer
  for c by 6144
    keep FFA in GlobalBuffer
    einsum FFA
      for c by 3072
        par c by 768 over Z
          keep FFA in LocalBuffer
          for g by 128
            keep Z in LocalBuffer
            for c by 128
              par g by 1 over reuse_output
                par c by 1 over reuse_input
                  keep WFFA in Register
                  for m by 1
                    compute MAC
    einsum FFB
      for j by 3072
        par j by 768 over Z
          keep FFB in LocalBuffer
          for c by 128
            keep FFA in LocalBuffer
            for j by 128
              par c by 1 over reuse_output
                par j by 1 over reuse_input
                  keep WFFB in Register
                  for m by 1
                    compute MAC
)";

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

std::vector<ModelCase> bench::modelCases() {
  std::vector<ModelCase> cases(2);
  EinsumGraphBuilder b;
  b.tensor("A", {512, 512}).tensor("B", {512, 512}).tensor("C", {512, 512});
  b.einsum("Matmul", {{"m", 512}, {"k", 512}, {"n", 512}})
      .input("A", "m, k")
      .input("B", "k, n")
      .output("C", "m, n");
  cases[0].name = "matmul_3_levels";
  cases[0].graph = llvm::cantFail(b.take());
  cases[0].arch = threeLevels();
  cases[1].name = "gpt3_175b_layer";
  cases[1].graph = gptLayer();
  cases[1].arch = tpu();
  const char *const mappings[] = {kMatmulMapping, kGptMapping};
  for (unsigned i = 0; i != cases.size(); ++i) {
    ModelCase &c = cases[i];
    c.mapping = llvm::cantFail(parseLoopTree(mappings[i], c.graph, c.arch));
    llvm::cantFail(verifyMapping(c.graph, c.arch, c.mapping));
  }
  return cases;
}
