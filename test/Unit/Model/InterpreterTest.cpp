//===- InterpreterTest.cpp - Closed form against execution
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/Interpreter.h"
#include "RandomMappings.h"
#include "TestSize.h"
#include "accel/Model/CostModel.h"
#include "gtest/gtest.h"

using namespace accel;
using namespace accel::test;

namespace {

/// Compares all counts of one case; the first difference as text.
std::string difference(const RandomCase &c) {
  auto executed = interpretMapping(c.graph, c.arch, c.mapping);
  if (!executed)
    return llvm::toString(executed.takeError());
  ProgramPlan plan = ProgramPlan::compile(c.graph, c.arch, c.mapping);
  ProgramCost<double> cost;
  plan.evaluate(cost);
  std::string text;
  auto compare = [&](double model, double run, const llvm::Twine &what) {
    if (model != run && text.empty())
      text = (what + ": model " + std::to_string(model) + ", execution " +
              std::to_string(run))
                 .str();
  };
  for (unsigned e = 0; e != c.graph.einsums.size(); ++e) {
    const EinsumPlan &p = plan.einsums()[e];
    const EinsumCost<double> &k = cost.einsums[e];
    const InterpretedEinsum &x = executed->einsums[e];
    for (unsigned l = 0; l != p.levels().size(); ++l)
      for (unsigned a = 0; a != p.numAccesses(); ++a) {
        std::string here = c.graph.einsums[e].name + " " +
                           c.arch.nodeName(p.levels()[l]).str() + " " +
                           c.graph.accessName(e, a) + " ";
        unsigned s = p.slot(l, a);
        compare(k.fills[s], x.fills[s], here + "fills");
        compare(k.childReads[s], x.childReads[s], here + "child reads");
        compare(k.updates[s], x.updates[s], here + "updates");
        compare(k.evictions[s], x.evictions[s], here + "evictions");
      }
    compare(k.ops, x.ops, c.graph.einsums[e].name + " operations");
    compare(k.computeTimeS * c.arch.unit(p.unit())->opsPerS, x.busiestOps,
            c.graph.einsums[e].name + " busiest instance");
  }
  for (unsigned n = 0; n != c.arch.nodes.size(); ++n) {
    compare(cost.peakBits[n], executed->peakBits[n],
            c.arch.nodeName(n) + " peak bits");
    compare(cost.peakValues[n], executed->peakValues[n],
            c.arch.nodeName(n) + " peak values");
  }
  return text;
}

std::string describe(const RandomCase &c) {
  std::string text = printLoopTree(c.graph, c.arch, c.mapping);
  for (unsigned n = 0; n != c.arch.nodes.size(); ++n) {
    text += c.arch.nodeName(n).str();
    if (const Fanout *f = c.arch.fanout(n))
      text += " x" + std::to_string(f->n) + " reuse " +
              std::to_string(unsigned(f->mayReuse.bits));
    if (const MemoryLevel *m = c.arch.memory(n))
      text += m->accumulates ? "" : " no accumulation";
    text += "\n";
  }
  for (const Einsum &einsum : c.graph.einsums) {
    text += einsum.name + ":";
    for (const TensorAccess &access : einsum.accesses) {
      text += " " + c.graph.tensorOf(access).name + "[";
      for (const LinearExpr &expr : access.projection) {
        for (auto [rank, factor] : expr.terms)
          text += std::to_string(factor) + einsum.rankName(rank) + "+";
        text += ",";
      }
      text += "]";
    }
    text += "\n";
  }
  return text;
}

TEST(Interpreter, EqualsTheClosedFormOnRandomMappings) {
  const unsigned numCases = testSize("ACCEL_PROPERTY_CASES", 500);
  std::map<std::string, unsigned> reached;
  unsigned failures = 0, rejected = 0;
  for (uint64_t seed = 1; seed <= numCases; ++seed) {
    RandomCase c = drawCase(seed);
    rejected += c.rejected;
    for (const std::string &feature : featuresOf(c))
      ++reached[feature];
    std::string found = difference(c);
    if (!found.empty() && ++failures <= 3)
      ADD_FAILURE() << "seed " << seed << ": " << found << "\n" << describe(c);
    ProgramMapping again = llvm::cantFail(parseLoopTree(
        printLoopTree(c.graph, c.arch, c.mapping), c.graph, c.arch));
    if (!(again == c.mapping) && ++failures <= 3)
      ADD_FAILURE() << "seed " << seed << ": text form differs\n"
                    << describe(c);
  }
  EXPECT_EQ(failures, 0u);
  std::printf("%u cases, %u drawn mappings refused\n", numCases, rejected);
  for (auto &[feature, count] : reached)
    std::printf("  %6u  %s\n", count, feature.c_str());
  for (const char *feature : {"einsums: 4",
                              "shared external input",
                              "intermediate with two readers",
                              "residual",
                              "persistent",
                              "copy",
                              "earlier contents",
                              "earlier contents of an exchanged result",
                              "shared loops: 1",
                              "shared loops: 2",
                              "shared loops: 3",
                              "branches of three",
                              "nested branches",
                              "window",
                              "stride",
                              "dilation",
                              "stride beyond window",
                              "spatial loop",
                              "shared spatial loop",
                              "spatial reduction",
                              "partial sums of siblings",
                              "multicast",
                              "copies to siblings",
                              "spatial halo",
                              "exchange on chip",
                              "exchange below shared loops",
                              "sliding window",
                              "inner keep above a shared loop",
                              "no accumulation",
                              "double buffering",
                              "padding made on chip"})
    EXPECT_GE(reached[feature], numCases / 250) << feature;
}

} // namespace
