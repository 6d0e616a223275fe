//===- MutationTest.cpp - Changed embeddings are told from sound ones -----===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every component of emitted embeddings is changed. A change that makes the
// embedding compute something else, as its execution on numbers shows, must be
// rejected by the checker. What remains sound may be rejected as well (a layout
// that wastes room), but never counts as an embedding of the solvers unless it
// is one: verify() accepts nothing else, and no wrong claim.
//
//===----------------------------------------------------------------------===//

#include "NumericCheck.h"
#include "Operators.h"
#include "RandomProblems.h"
#include "accel/Embedding/Checker.h"
#include "accel/Embedding/GecodeSolver.h"
#include <map>

using namespace accel;
using namespace accel::test;

namespace {

/// What became of one kind of mutation.
struct Outcome {
  int reached = 0;
  /// By the checker, of those that compute something else.
  int rejected = 0;
  /// Compute the operator nevertheless.
  int sound = 0;
  /// Of the sound ones, those that the checker accepts, and those that are
  /// embeddings as the solvers emit them.
  int accepted = 0, emitted = 0;
};

/// Changes one component of an embedding, or says that it cannot.
struct Mutation {
  const char *component;
  /// Changes what is computed or where it lies, not only what is claimed.
  bool isDataflow;
  bool (*apply)(RandomProblems &random, const Problem &problem, Embedding &e);
};

int64_t other(RandomProblems &random, int64_t value, int64_t least,
              int64_t most) {
  int64_t drawn = random.draw(least, most - 1);
  return drawn >= value ? drawn + 1 : drawn;
}

EmbeddedAxis &anyAxis(RandomProblems &random, Embedding &e) {
  return e.axes[random.draw(0, e.axes.size() - 1)];
}

OperandLayout &anyLayout(RandomProblems &random, Embedding &e) {
  return e.layouts[random.draw(0, 2)];
}

PackedDim *anyDim(RandomProblems &random, Embedding &e) {
  OperandLayout &layout = anyLayout(random, e);
  return layout.dims.empty()
             ? nullptr
             : &layout.dims[random.draw(0, layout.dims.size() - 1)];
}

const Mutation mutations[] = {
    {"swapped", true,
     [](RandomProblems &, const Problem &, Embedding &e) {
       e.swapped = !e.swapped;
       return true;
     }},
    {"axis.ranks", true,
     [](RandomProblems &random, const Problem &problem, Embedding &e) {
       EmbeddedAxis &axis = anyAxis(random, e);
       unsigned &rank = axis.ranks[random.draw(0, axis.ranks.size() - 1)];
       if (problem.ranks.size() < 2)
         return false;
       rank = other(random, rank, 0, problem.ranks.size() - 1);
       return true;
     }},
    {"axis.ranks exchanged", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       EmbeddedAxis &a = anyAxis(random, e), &b = anyAxis(random, e);
       if (&a == &b || a.bound != b.bound)
         return false;
       std::swap(a.ranks, b.ranks);
       return true;
     }},
    {"axis.ranks order", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       EmbeddedAxis &axis = anyAxis(random, e);
       if (axis.ranks.size() < 2)
         return false;
       std::swap(axis.ranks.front(), axis.ranks.back());
       return true;
     }},
    {"axis.bound", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       EmbeddedAxis &axis = anyAxis(random, e);
       axis.bound = other(random, axis.bound, 1, 9);
       return true;
     }},
    {"axis.lane", false,
     [](RandomProblems &random, const Problem &problem, Embedding &e) {
       EmbeddedAxis &axis = anyAxis(random, e);
       axis.lane =
           other(random, axis.lane, -1, problem.instruction.lanes.size() - 1);
       return true;
     }},
    {"axis.tile", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       EmbeddedAxis &axis = anyAxis(random, e);
       axis.tile = other(random, axis.tile, 1, 8);
       return true;
     }},
    {"axis.strided", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       EmbeddedAxis &axis = anyAxis(random, e);
       if (axis.tile == 1 || axis.groups == 1)
         return false;
       axis.strided = !axis.strided;
       return true;
     }},
    {"axis.groups", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       EmbeddedAxis &axis = anyAxis(random, e);
       axis.groups = other(random, axis.groups, 1, 8);
       return true;
     }},
    {"axis missing", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       e.axes.erase(e.axes.begin() + random.draw(0, e.axes.size() - 1));
       return true;
     }},
    {"lanes exchanged", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       auto &a = e.lanes[random.draw(0, e.lanes.size() - 1)];
       auto &b = e.lanes[random.draw(0, e.lanes.size() - 1)];
       if (a == b)
         return false;
       std::swap(a, b);
       return true;
     }},
    {"lane order", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       auto &lane = e.lanes[random.draw(0, e.lanes.size() - 1)];
       if (lane.size() < 2)
         return false;
       std::swap(lane.front(), lane.back());
       return true;
     }},
    {"lane emptied", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       auto &lane = e.lanes[random.draw(0, e.lanes.size() - 1)];
       if (lane.empty())
         return false;
       lane.pop_back();
       return true;
     }},
    {"dim missing", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       OperandLayout &layout = anyLayout(random, e);
       if (layout.dims.empty())
         return false;
       layout.dims.erase(layout.dims.begin() +
                         random.draw(0, layout.dims.size() - 1));
       return true;
     }},
    {"dim.terms axis", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       PackedDim *dim = anyDim(random, e);
       if (!dim || dim->terms.empty() || e.axes.size() < 2)
         return false;
       dim->terms[0].first =
           other(random, dim->terms[0].first, 0, e.axes.size() - 1);
       return true;
     }},
    {"dim.terms step", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       PackedDim *dim = anyDim(random, e);
       if (!dim || dim->terms.empty())
         return false;
       dim->terms[0].second = other(random, dim->terms[0].second, -3, 3);
       return true;
     }},
    {"dim.offset", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       PackedDim *dim = anyDim(random, e);
       if (!dim)
         return false;
       dim->offset = other(random, dim->offset, -2, 4);
       return true;
     }},
    {"dim.size", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       PackedDim *dim = anyDim(random, e);
       if (!dim)
         return false;
       dim->size = other(random, dim->size, 1, 12);
       return true;
     }},
    {"layout.elements", true,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       OperandLayout &layout = anyLayout(random, e);
       layout.elements = other(random, layout.elements, 1, 12);
       return true;
     }},
    {"layout.level", false,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       OperandLayout &layout = anyLayout(random, e);
       layout.level = static_cast<LayoutLevel>(
           other(random, static_cast<int64_t>(layout.level), 0, 3));
       return true;
     }},
    {"layout.touched", false,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       ++anyLayout(random, e).touched;
       return true;
     }},
    {"layout.valuesPerElement", false,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       ++anyLayout(random, e).valuesPerElement;
       return true;
     }},
    {"layout.bytes", false,
     [](RandomProblems &random, const Problem &, Embedding &e) {
       --anyLayout(random, e).bytes;
       return true;
     }},
    {"cost.microOps", false,
     [](RandomProblems &, const Problem &, Embedding &e) {
       --e.cost.microOps;
       return true;
     }},
    {"cost.bytes", false,
     [](RandomProblems &, const Problem &, Embedding &e) {
       ++e.cost.bytes;
       return true;
     }},
    {"cost.conversions", false,
     [](RandomProblems &, const Problem &, Embedding &e) {
       ++e.cost.conversions;
       return true;
     }},
};

} // namespace

TEST(MutatedEmbedding, everyComponentIsChecked) {
  RandomProblems random(20260101);
  std::map<std::string, Outcome> outcomes;
  int emitted = 0;
  for (int i = 0; i < 120; ++i) {
    Problem problem =
        i % 2 ? random.nextStem()
              : makeProblem(random.nextOperator(4, 200),
                            MatrixInstruction::gemm(1 + i % 3, 2, 2 + i % 5));
    SolveRequest request;
    request.count = 4;
    llvm::Expected<SolveResult> solved = solveWithGecode(problem, request);
    ASSERT_TRUE(bool(solved));
    for (const Embedding &embedding : solved->embeddings) {
      ++emitted;
      ASSERT_TRUE(computesOperator(problem, embedding));
      ASSERT_EQ(message(checkWholeOperator(problem, embedding)), "success");
      ASSERT_EQ(message(checkCorners(problem, embedding)), "success");
      for (const Mutation &mutation : mutations) {
        Embedding changed = embedding;
        if (!mutation.apply(random, problem, changed))
          continue;
        std::string text;
        llvm::raw_string_ostream os(text);
        problem.print(embedding, os);
        SCOPED_TRACE(std::string(mutation.component) + " of\n" + text);
        Outcome &outcome = outcomes[mutation.component];
        ++outcome.reached;
        bool accepted =
            message(checkWholeOperator(problem, changed)) == "success";
        bool sound = computesOperator(problem, changed);
        // It may have become another one of the solvers' embeddings.
        if (message(problem.verify(changed)) == "success") {
          ++outcome.emitted;
          ASSERT_TRUE(sound && accepted);
          ASSERT_TRUE(mutation.isDataflow);
        }
        if (!mutation.isDataflow)
          continue;
        if (sound) {
          ++outcome.sound;
          outcome.accepted += accepted;
        } else {
          ++outcome.rejected;
          ASSERT_FALSE(accepted);
        }
      }
    }
  }
  std::printf("%d embeddings\n%-26s%9s%9s%9s%9s%9s\n", emitted, "component",
              "changed", "wrong", "sound", "accepted", "emitted");
  for (const Mutation &mutation : mutations) {
    const Outcome &outcome = outcomes[mutation.component];
    EXPECT_GT(outcome.reached, 10) << mutation.component;
    // The order of positions on a lane means nothing.
    if (mutation.isDataflow &&
        !llvm::StringRef(mutation.component).ends_with("order"))
      EXPECT_GT(outcome.rejected, 0) << mutation.component;
    std::printf("%-26s%9d%9d%9d%9d%9d\n", mutation.component, outcome.reached,
                outcome.rejected, outcome.sound, outcome.accepted,
                outcome.emitted);
  }
}
