//===- MalformedTest.cpp - Nothing that comes in may crash
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OracleCase.h"
#include "accel/Model/MappingVerifier.h"
#include "gtest/gtest.h"
#include <random>

using namespace accel;

namespace {

/// Evaluates what the verifier accepts; both must return.
bool survives(const OracleCase &c, const ProgramMapping &mapping) {
  if (llvm::Error error = verifyMapping(c.graph, c.arch, mapping, c.options)) {
    EXPECT_FALSE(llvm::toString(std::move(error)).empty());
    return false;
  }
  EXPECT_FALSE(
      std::isnan(evaluateMapping(c.graph, c.arch, mapping, c.options).energyJ));
  EXPECT_FALSE(printLoopTree(c.graph, c.arch, mapping).empty());
  return true;
}

class Malformed : public testing::TestWithParam<const char *> {};

TEST_P(Malformed, TextWithRandomEditsIsReadOrRefused) {
  OracleCase c = llvm::cantFail(loadOracleCase(GetParam()));
  const std::string text = printLoopTree(c.graph, c.arch, c.mapping);
  const std::string alphabet = " \n|,/abkmn0123456789-forbyinparkeep";
  std::mt19937 random(1);
  unsigned read = 0, refused = 0;
  for (unsigned round = 0; round != 3000; ++round) {
    std::string edited = text;
    for (unsigned edits = 1 + random() % 4; edits && !edited.empty(); --edits) {
      size_t at = random() % edited.size();
      switch (random() % 4) {
      case 0:
        edited.erase(at, 1 + random() % 12);
        break;
      case 1:
        edited.insert(at, 1, alphabet[random() % alphabet.size()]);
        break;
      case 2:
        edited[at] = char(random() % 256);
        break;
      case 3:
        edited.insert(at, edited.substr(random() % edited.size(), 20));
        break;
      }
    }
    auto mapping = parseLoopTree(edited, c.graph, c.arch);
    if (!mapping) {
      EXPECT_FALSE(llvm::toString(mapping.takeError()).empty());
      ++refused;
      continue;
    }
    ++read;
    survives(c, *mapping);
  }
  EXPECT_GT(read, 0u);
  EXPECT_GT(refused, 0u);
}

TEST_P(Malformed, MappingsWithRandomEditsAreEvaluatedOrRefused) {
  OracleCase c = llvm::cantFail(loadOracleCase(GetParam()));
  std::mt19937 random(2);
  unsigned accepted = 0, refused = 0;
  for (unsigned round = 0; round != 3000; ++round) {
    ProgramMapping mapping = c.mapping;
    EinsumMapping &path = mapping.einsums[random() % mapping.einsums.size()];
    for (unsigned edits = 1 + random() % 3; edits; --edits) {
      MapNode &node = path.nodes[random() % path.nodes.size()];
      switch (random() % 7) {
      case 0:
        node.kind = MapNode::Kind(random() % 4);
        break;
      case 1:
        node.tile =
            random() % 2 ? int64_t(random()) : int64_t(random() % 9) - 2;
        break;
      case 2:
        node.rank = random() % 9;
        break;
      case 3:
        node.component = random() % 12;
        break;
      case 4:
        node.accesses.push_back(random() % 5);
        break;
      case 5:
        std::swap(node, path.nodes[random() % path.nodes.size()]);
        break;
      case 6:
        path.sharedLoops = random() % 5;
        break;
      }
    }
    (survives(c, mapping) ? accepted : refused) += 1;
  }
  EXPECT_GT(accepted, 0u);
  EXPECT_GT(refused, 0u);
}

INSTANTIATE_TEST_SUITE_P(Oracle, Malformed,
                         testing::Values("c01_simple_mm1_64",
                                         "c15_eyeriss_mm2_regr",
                                         "w12a_dwchain_248", "i03_mm2_imp"),
                         [](const auto &info) {
                           return std::string(info.param);
                         });

} // namespace
