//===- BranchAndBound.cpp - Embeddings by own branch and bound ------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/BranchAndBound.h"
#include "Arithmetic.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <chrono>

using namespace accel;
using namespace accel::embedding;

namespace {

using Clock = std::chrono::steady_clock;

/// What one lane (or no lane) does with all ranks of one signature.
struct Assignment {
  llvm::SmallVector<EmbeddedAxis, 4> axes;
  int64_t groups = 1;
};

class Search {
public:
  Search(const Problem &problem, const SolveRequest &request)
      : problem(problem), request(request), pool(request) {}

  SolveResult run();

private:
  void searchSwap(bool swap);
  /// Lists what can become of `open` ranks, of which the first is decided next.
  void listAssignments(llvm::ArrayRef<unsigned> open, int64_t room,
                       unsigned onLane, Assignment &partial,
                       std::vector<Assignment> &out);
  void tryAxis(const Axis &axis, llvm::ArrayRef<unsigned> open, int64_t room,
               unsigned onLane, Assignment &partial,
               std::vector<Assignment> &out);
  void combine(size_t depth, int64_t groups);
  bool outOfTime();

  const Problem &problem;
  const SolveRequest &request;
  EmbeddingPool pool;
  SolveResult result;
  Clock::time_point start = Clock::now();

  bool swap = false;
  /// Per signature, its assignments, fewest groups first.
  std::vector<std::vector<Assignment>> choices;
  /// Least product of groups over the signatures from a depth on.
  llvm::SmallVector<int64_t, 8> leastFrom;
  llvm::SmallVector<const Assignment *, 8> chosen;
};

} // namespace

bool Search::outOfTime() {
  if (request.timeLimitS <= 0 || !result.complete)
    return !result.complete;
  std::chrono::duration<double> spent = Clock::now() - start;
  result.complete = spent.count() < request.timeLimitS;
  return !result.complete;
}

void Search::tryAxis(const Axis &axis, llvm::ArrayRef<unsigned> open,
                     int64_t room, unsigned onLane, Assignment &partial,
                     std::vector<Assignment> &out) {
  llvm::SmallVector<unsigned, 6> rest;
  for (unsigned rank : open)
    if (!llvm::is_contained(axis.ranks, rank))
      rest.push_back(rank);
  int64_t groupsBefore = partial.groups;
  for (int64_t tile = 1; tile <= std::min(room, axis.bound); ++tile) {
    if (!problem.isTileAllowed(axis, swap, tile))
      continue;
    unsigned axesOnLane = onLane + (tile > 1);
    unsigned maxAxes = problem.options.maxAxesPerLane;
    if (maxAxes != 0 && axesOnLane > maxAxes)
      break;
    for (bool strided : {false, true}) {
      if (strided && !problem.isStrideAllowed(axis, tile))
        continue;
      EmbeddedAxis embedded;
      embedded.ranks = axis.ranks;
      embedded.bound = axis.bound;
      embedded.lane = tile > 1 ? axis.lane[swap] : -1;
      embedded.tile = tile;
      embedded.strided = strided;
      partial.axes.push_back(embedded);
      partial.groups = mulSat(groupsBefore, divCeil(axis.bound, tile));
      listAssignments(rest, room / tile, axesOnLane, partial, out);
      partial.axes.pop_back();
    }
  }
  partial.groups = groupsBefore;
}

void Search::listAssignments(llvm::ArrayRef<unsigned> open, int64_t room,
                             unsigned onLane, Assignment &partial,
                             std::vector<Assignment> &out) {
  if (outOfTime())
    return;
  if (open.empty()) {
    out.push_back(partial);
    return;
  }
  for (const Axis &axis : problem.axes)
    if (llvm::is_contained(axis.ranks, open.front()) &&
        llvm::all_of(axis.ranks, [&](unsigned rank) {
          return llvm::is_contained(open, rank);
        }))
      tryAxis(axis, open, room, onLane, partial, out);
}

void Search::combine(size_t depth, int64_t groups) {
  ++result.nodes;
  if (outOfTime())
    return;
  if (depth == choices.size()) {
    Embedding embedding;
    embedding.swapped = swap;
    for (const Assignment *assignment : chosen)
      embedding.axes.append(assignment->axes.begin(), assignment->axes.end());
    problem.complete(embedding);
    if (problem.respectsLayouts(embedding))
      pool.offer(std::move(embedding));
    return;
  }
  for (const Assignment &assignment : choices[depth]) {
    int64_t product = mulSat(groups, assignment.groups);
    // Nothing is known of the bytes before all lanes are decided.
    if (mulSat(product, leastFrom[depth + 1]) > pool.microOpsLimit(0))
      break;
    chosen.push_back(&assignment);
    combine(depth + 1, product);
    chosen.pop_back();
  }
}

void Search::searchSwap(bool swapRoles) {
  swap = swapRoles;
  choices.clear();
  llvm::SmallVector<bool, 8> done(problem.ranks.size(), false);
  for (unsigned first = 0; first < problem.ranks.size(); ++first) {
    if (done[first])
      continue;
    llvm::SmallVector<unsigned, 6> members;
    for (unsigned r = first; r < problem.ranks.size(); ++r)
      if (problem.signature(r) == problem.signature(first)) {
        members.push_back(r);
        done[r] = true;
      }
    int lane = problem.axes[first].lane[swap];
    int64_t room = lane < 0 ? 1 : problem.instruction.lanes[lane].extent;
    Assignment partial;
    std::vector<Assignment> list;
    listAssignments(members, room, 0, partial, list);
    llvm::sort(list, [](const Assignment &a, const Assignment &b) {
      return a.groups < b.groups;
    });
    if (list.empty())
      return;
    choices.push_back(std::move(list));
  }
  leastFrom.assign(choices.size() + 1, 1);
  for (size_t depth = choices.size(); depth-- > 0;)
    leastFrom[depth] =
        mulSat(leastFrom[depth + 1], choices[depth].front().groups);
  combine(0, 1);
}

SolveResult Search::run() {
  searchSwap(false);
  if (problem.options.allowRoleSwap)
    searchSwap(true);
  result.embeddings = pool.take();
  std::chrono::duration<double> spent = Clock::now() - start;
  result.seconds = spent.count();
  return std::move(result);
}

llvm::Expected<SolveResult>
accel::solveByBranchAndBound(const Problem &problem,
                             const SolveRequest &request) {
  if (llvm::Error failure = problem.check())
    return std::move(failure);
  SolveResult result = Search(problem, request).run();
  if (result.embeddings.empty() && result.complete)
    return explainInfeasible(problem);
  return result;
}

std::vector<Embedding> accel::bestByBranchAndBound(const Problem &problem) {
  return Search(problem, SolveRequest()).run().embeddings;
}
