//===- LayersTest.cpp - Networks of alike layers --------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the search finds out for one layer it takes for all that are alike. So
// small random networks are mapped that way, with every Einsum by itself, and
// with bounds raised segment by segment: the optimum is the same.
//
//===----------------------------------------------------------------------===//

#include "RandomPrograms.h"
#include "TestSize.h"
#include "gtest/gtest.h"

using namespace accel;
using namespace accel::test;

namespace {

/// Layers of one to three Einsums, with or without what leads around them.
class Network {
public:
  explicit Network(unsigned seed) : random(seed) {
    const int64_t sizes[] = {2, 4, 6, 8};
    rows = sizes[random() % 4];
    columns = sizes[random() % 4];
    hidden = sizes[random() % 4];
    bool maps = random() % 2, adds = random() % 2;
    unsigned numLayers = 4 + random() % 5;
    b.tensor("X0", {rows, columns});
    for (unsigned i = 0; i != numLayers; ++i) {
      std::string n = std::to_string(i), in = "X" + n,
                  out = "X" + std::to_string(i + 1);
      tensor("H" + n, hidden);
      matmul("up" + n, in, "H" + n, columns, hidden);
      std::string last = "H" + n;
      if (maps) {
        tensor("M" + n, hidden);
        map("map" + n, {last}, "M" + n, hidden);
        last = "M" + n;
      }
      std::string down = adds ? "D" + n : out;
      tensor(down, columns);
      matmul("down" + n, last, down, hidden, columns);
      if (adds) {
        tensor(out, columns);
        map("add" + n, {in, down}, out, columns);
      }
    }
  }

  EinsumGraph take() { return llvm::cantFail(b.take()); }

private:
  void tensor(const std::string &name, int64_t width) {
    b.tensor(name, {rows, width});
  }
  void matmul(const std::string &name, const std::string &in,
              const std::string &out, int64_t k, int64_t n) {
    b.tensor("W" + name, {k, n});
    b.einsum(name, {{"m", rows}, {"k", k}, {"n", n}})
        .input(in, "m, k")
        .input("W" + name, "k, n")
        .output(out, "m, n");
  }
  void map(const std::string &name, llvm::ArrayRef<std::string> inputs,
           const std::string &out, int64_t n) {
    b.einsum(name, {{"m", rows}, {"n", n}});
    for (const std::string &in : inputs)
      b.input(in, "m, n");
    b.output(out, "m, n");
  }

  std::mt19937 random;
  EinsumGraphBuilder b;
  int64_t rows, columns, hidden;
};

TEST(Layers, AlikeOnesChangeNothing) {
  const unsigned numNetworks = testSize("ACCEL_NUM_NETWORKS", 60);
  unsigned numOptimal = 0, numFused = 0, numShared = 0;
  for (unsigned seed = 0; seed != numNetworks && !HasFailure(); ++seed) {
    EinsumGraph graph = Network(seed).take();
    RandomPrograms random(seed);
    Architecture arch = random.target();
    auto &buffer = std::get<MemoryLevel>(arch.nodes[arch.findNode("Buffer")]);
    buffer.sizeBits = double(32 << seed % 7);
    ASSERT_FALSE(arch.verify()) << seed;
    MapperOptions options;
    const Objective objectives[] = {Objective::Energy, Objective::Latency,
                                    Objective::EDP};
    options.objective = objectives[seed % 3];
    options.shareIdentical = false;
    MapperResult each = mapProgram(graph, arch, options);
    options.shareIdentical = true;
    for (bool bySegment : {false, true}) {
      options.segmentPairs = bySegment ? 0 : MapperOptions().segmentPairs;
      options.segmentLength = bySegment ? 2 : MapperOptions().segmentLength;
      MapperResult alike = mapProgram(graph, arch, options);
      EXPECT_EQ(alike.status, each.status) << seed << alike.reason;
      if (alike.status != MapperResult::Status::Optimal)
        continue;
      EXPECT_NEAR(alike.value, each.value, 1e-9 * each.value)
          << seed << (bySegment ? ", by segment" : "");
      numShared +=
          alike.statistics.distinctEinsums < each.statistics.distinctEinsums;
    }
    numOptimal += each.status == MapperResult::Status::Optimal;
    for (const EinsumMapping &m : each.best.einsums)
      if (m.sharedLoops != 0) {
        ++numFused;
        break;
      }
  }
  // Else the comparison would be hollow.
  EXPECT_GT(numOptimal, numNetworks / 2);
  EXPECT_GT(numFused, numNetworks / 5);
  EXPECT_GT(numShared, numNetworks);
}

} // namespace
