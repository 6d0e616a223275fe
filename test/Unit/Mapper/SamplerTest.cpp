//===- SamplerTest.cpp - Random mappings against optima -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tries to falsify a claimed optimum: draws valid mappings of a GPT-3 layer,
// and splices the best of them with every new one. None may be better.
//
//===----------------------------------------------------------------------===//

#include "accel/Mapper/Sampler.h"
#include "OracleCase.h"
#include "RandomPrograms.h"
#include "TestSize.h"
#include "accel/Mapper/Mapper.h"
#include "accel/Model/MappingVerifier.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace accel;
using namespace accel::test;

namespace {

/// Draws mappings, and redraws parts of them, until `count` were valid.
void falsify(const EinsumGraph &graph, const Architecture &arch,
             unsigned count) {
  MapperOptions options;
  MapperResult optimum = mapProgram(graph, arch, options);
  ASSERT_EQ(optimum.status, MapperResult::Status::Optimal);

  MappingSampler sampler(graph, arch, {}, 1);
  // A walk that never goes uphill, begun anew now and then.
  const unsigned walk = 1000 + count / 50;
  ProgramMapping current;
  double value = kInf, bestDrawn = kInf, best = kInf;
  unsigned valid = 0, fused = 0;
  for (uint64_t tries = 0; valid != count && tries < 200ull * count; ++tries) {
    bool fresh = valid % walk == 0;
    auto mapping = fresh ? sampler.draw(100000) : sampler.tryRedraw(current);
    if (!mapping)
      continue;
    ++valid;
    fused += llvm::any_of(mapping->einsums, [](const EinsumMapping &path) {
      return path.sharedLoops > 0;
    });
    double found = evaluateMapping(graph, arch, *mapping).edpJs();
    ASSERT_GE(found, optimum.value * (1 - 1e-9))
        << printLoopTree(graph, arch, *mapping);
    if (fresh)
      bestDrawn = std::min(bestDrawn, found);
    best = std::min(best, found);
    if (!fresh && found > value)
      continue;
    value = found;
    current = std::move(*mapping);
  }
  std::cout << valid << " valid mappings, " << fused
            << " of them fused; the best at random takes "
            << bestDrawn / optimum.value << " times the optimum, redrawn "
            << best / optimum.value << " times\n";
  EXPECT_EQ(valid, count);
  EXPECT_GT(fused, valid / 10);
  // A sampler that stays far away would prove nothing.
  EXPECT_LT(best, 3 * optimum.value);
}

TEST(Sampler, FindsNothingBetterThanTheOptimumOfAGptLayer) {
  OracleCase c = llvm::cantFail(loadOracleCase("c10_tpu_gpt175_2k"));
  falsify(c.graph, c.arch, testSize("ACCEL_NUM_SAMPLES", 2000));
}

TEST(Sampler, DrawsOfRandomProgramsAreValidAndNoBetter) {
  unsigned reached = 0, programs = 0;
  for (unsigned seed = 0; seed != 60; ++seed) {
    RandomPrograms random(seed);
    EinsumGraph graph = random.program();
    Architecture arch = random.target();
    std::get<MemoryLevel>(arch.nodes[arch.findNode("Buffer")]).sizeBits = 96;
    MapperOptions options;
    MapperResult optimum = mapProgram(graph, arch, options);
    if (optimum.status != MapperResult::Status::Optimal)
      continue;
    ++programs;
    MappingSampler sampler(graph, arch, {}, seed);
    bool best = false;
    for (unsigned i = 0; i != 1000; ++i) {
      std::optional<ProgramMapping> mapping = sampler.tryDraw();
      if (!mapping)
        continue;
      double value = evaluateMapping(graph, arch, *mapping).edpJs();
      ASSERT_GE(value, optimum.value * (1 - 1e-9))
          << seed << "\n"
          << printLoopTree(graph, arch, *mapping)
          << printLoopTree(graph, arch, optimum.best);
      best |= value <= optimum.value * (1 + 1e-9);
    }
    reached += best;
  }
  std::cout << "reached the optimum of " << reached << " of " << programs
            << " small programs\n";
  EXPECT_GT(reached, programs / 2);
}

} // namespace
