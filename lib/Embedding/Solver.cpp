//===- Solver.cpp - What every embedding solver takes and gives -----------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Solver.h"
#include "accel/Embedding/BranchAndBound.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <limits>

using namespace accel;

void EmbeddingPool::offer(Embedding embedding) {
  switch (request.goal) {
  case SolveGoal::All:
    kept.push_back(std::move(embedding));
    return;
  case SolveGoal::Front:
    offerToFront(std::move(embedding));
    return;
  case SolveGoal::Best:
    auto place =
        std::upper_bound(kept.begin(), kept.end(), embedding, isBetter);
    kept.insert(place, std::move(embedding));
    if (kept.size() > request.count)
      kept.pop_back();
    return;
  }
}

int64_t EmbeddingPool::frontEnd() const {
  constexpr int64_t unlimited = std::numeric_limits<int64_t>::max();
  double end = static_cast<double>(unlimited);
  for (const Embedding &other : kept)
    end = std::min(end, request.frontFactor *
                            static_cast<double>(other.cost.microOps));
  return end < static_cast<double>(unlimited) ? static_cast<int64_t>(end)
                                              : unlimited;
}

void EmbeddingPool::offerToFront(Embedding embedding) {
  auto covers = [](const Embedding &a, const Embedding &b) {
    if (a.cost.microOps == b.cost.microOps && a.cost.bytes == b.cost.bytes)
      return !isBetter(b, a);
    return a.cost.microOps <= b.cost.microOps && a.cost.bytes <= b.cost.bytes;
  };
  if (embedding.cost.microOps > frontEnd() ||
      llvm::any_of(kept, [&](const Embedding &other) {
        return covers(other, embedding);
      }))
    return;
  llvm::erase_if(
      kept, [&](const Embedding &other) { return covers(embedding, other); });
  kept.push_back(std::move(embedding));
  int64_t end = frontEnd();
  llvm::erase_if(
      kept, [&](const Embedding &other) { return other.cost.microOps > end; });
}

int64_t EmbeddingPool::microOpsLimit(int64_t bytes) const {
  int64_t limit = std::numeric_limits<int64_t>::max();
  if (request.goal == SolveGoal::All)
    return limit;
  if (request.goal == SolveGoal::Best) {
    if (kept.size() < request.count || kept.empty())
      return limit;
    const EmbeddingCost &worst = kept.back().cost;
    return bytes > worst.bytes ? worst.microOps - 1 : worst.microOps;
  }
  limit = frontEnd();
  for (const Embedding &other : kept)
    if (other.cost.bytes <= bytes)
      limit = std::min(limit, other.cost.bytes < bytes ? other.cost.microOps - 1
                                                       : other.cost.microOps);
  return limit;
}

std::vector<Embedding> EmbeddingPool::take() {
  llvm::sort(kept, isBetter);
  return std::move(kept);
}

llvm::Error accel::explainInfeasible(const Problem &problem) {
  std::string where = llvm::formatv("operator \"{0}\" has no embedding in {1}",
                                    problem.name, problem.instruction.str());
  auto error = [](const llvm::Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
  };
  for (unsigned i = 0; i < 3; ++i) {
    unsigned allowed = static_cast<unsigned>(problem.options.maxLayout[i]);
    for (unsigned level = allowed + 1;
         level <= static_cast<unsigned>(LayoutLevel::Unrolled); ++level) {
      Problem relaxed = problem;
      relaxed.options.maxLayout[i] = static_cast<LayoutLevel>(level);
      std::vector<Embedding> found = bestByBranchAndBound(relaxed);
      if (!found.empty())
        return error(llvm::formatv(
            "{0}: \"{1}\" needs layout level \"{2}\" but \"{3}\" is allowed",
            where, problem.operands[i].name,
            stringifyLayoutLevel(found.front().layouts[i].level),
            stringifyLayoutLevel(problem.options.maxLayout[i])));
    }
  }
  if (!problem.instruction.accumulates)
    return error(where + ": its reduction exceeds one invocation, and the "
                         "instruction does not accumulate");
  return error(where + ": the allowed layouts of several operands exclude it");
}
