//===- Problem.cpp - The embedding problem as data ------------------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Problem.h"
#include "Arithmetic.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>

using namespace accel;
using namespace accel::embedding;

static constexpr Role allRoles[] = {Role::Input, Role::Weight, Role::Output};

static llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

EmbeddingOptions EmbeddingOptions::plainPacking() {
  EmbeddingOptions options;
  options.allowRoleSwap = false;
  options.allowFusedRanks = false;
  options.allowSplitRanks = false;
  options.allowWindowUnrolling = false;
  options.maxAxesPerLane = 1;
  return options;
}

EmbeddingOptions EmbeddingOptions::gatheredPacking() {
  EmbeddingOptions options;
  options.allowFusedOutputs = false;
  options.allowSplitRanks = false;
  options.maxAxesPerLane = 1;
  return options;
}

llvm::Expected<Problem> Problem::create(const EinsumGraph &graph,
                                        unsigned einsum,
                                        const MatrixInstruction &instruction,
                                        const EmbeddingOptions &options) {
  const Einsum &op = graph.einsums[einsum];
  if (op.accesses.size() != 3)
    return error(llvm::formatv("einsum \"{0}\" has {1} inputs but instruction "
                               "\"{2}\" takes 2",
                               op.name, op.accesses.size() - 1,
                               instruction.name));
  if (op.isCopy)
    return error(llvm::formatv(
        "einsum \"{0}\" is a copy and multiplies nothing", op.name));
  Problem problem;
  problem.name = op.name;
  problem.ranks = op.ranks;
  for (unsigned r = 0; r < op.ranks.size(); ++r)
    problem.ranks[r].name = op.rankName(r);
  for (unsigned i = 0; i < 3; ++i) {
    const Tensor &tensor = graph.tensorOf(op.accesses[i]);
    ProblemOperand &operand = problem.operands[i];
    operand.name = tensor.name;
    operand.shape.assign(tensor.shape.begin(), tensor.shape.end());
    operand.bits = static_cast<int64_t>(tensor.bitsPerValue);
    operand.projection = op.accesses[i].projection;
  }
  problem.instruction = instruction;
  problem.options = options;
  if (llvm::Error failure = problem.finalize())
    return std::move(failure);
  return problem;
}

llvm::Error Problem::check() const {
  if (llvm::Error failure = instruction.check())
    return failure;
  if (ranks.empty() || ranks.size() > maxRanks)
    return error(llvm::formatv("operator \"{0}\" has {1} ranks but 1 to {2} "
                               "are allowed",
                               name, ranks.size(), maxRanks));
  for (const Rank &rank : ranks)
    if (rank.bound < 1 || rank.bound > maxBound)
      return error(llvm::formatv("rank \"{0}\" has bound {1} but 1 to {2} are "
                                 "allowed",
                                 rank.name, rank.bound, maxBound));
  for (const ProblemOperand &operand : operands) {
    if (operand.projection.size() != operand.shape.size())
      return error(llvm::formatv("tensor \"{0}\" has {1} dimensions but its "
                                 "index has {2}",
                                 operand.name, operand.shape.size(),
                                 operand.projection.size()));
    if (operand.bits < 1)
      return error(llvm::formatv(
          "tensor \"{0}\" has values of {1} bits but at least 1 is needed",
          operand.name, operand.bits));
    for (int64_t size : operand.shape)
      if (size < 1 || size > maxBound)
        return error(llvm::formatv("tensor \"{0}\" has a dimension of {1} but "
                                   "1 to {2} are allowed",
                                   operand.name, size, maxBound));
    for (const LinearExpr &index : operand.projection)
      for (auto [rank, factor] : index.terms) {
        if (rank >= ranks.size())
          return error(llvm::formatv("tensor \"{0}\" is indexed by rank {1} "
                                     "but there are {2}",
                                     operand.name, rank, ranks.size()));
        if (factor == 0 || factor > maxBound || factor < -maxBound)
          return error(llvm::formatv(
              "tensor \"{0}\" is indexed with factor {1} but only factors of "
              "magnitude 1 to {2} are allowed",
              operand.name, factor, maxBound));
      }
  }
  // Two points that write one value must differ in reduction ranks only.
  const ProblemOperand &out = operand(Role::Output);
  llvm::SmallVector<bool, 8> seen(ranks.size(), false);
  for (const LinearExpr &index : out.projection) {
    if (index.terms.size() > 1)
      return error(llvm::formatv("output \"{0}\" is indexed by a sum of {1} "
                                 "ranks but only single ranks are allowed",
                                 out.name, index.terms.size()));
    for (auto [rank, factor] : index.terms) {
      if (factor != 1 || seen[rank])
        return error(llvm::formatv(
            "output \"{0}\" is indexed by rank \"{1}\" {2} but only once and "
            "with factor 1 is allowed",
            out.name, ranks[rank].name,
            seen[rank] ? std::string("twice")
                       : llvm::formatv("with factor {0}", factor).str()));
      seen[rank] = true;
    }
  }
  if (options.laneRanks)
    for (unsigned rank : *options.laneRanks)
      if (rank >= ranks.size())
        return error(llvm::formatv("option names rank {0} for lanes but there "
                                   "are {1}",
                                   rank, ranks.size()));
  return llvm::Error::success();
}

Signature Problem::signature(unsigned rank) const {
  Signature result;
  for (Role role : allRoles)
    for (const LinearExpr &index : operand(role).projection)
      for (auto [r, factor] : index.terms)
        if (r == rank)
          result.add(role);
  return result;
}

/// True if `rank` is not in the operand, or is the only rank of bound above 1
/// in exactly one dimension, with factor 1.
static bool standsAlone(const Problem &problem, const ProblemOperand &operand,
                        unsigned rank) {
  unsigned dims = 0;
  for (const LinearExpr &index : operand.projection) {
    unsigned others = 0;
    bool found = false;
    for (auto [r, factor] : index.terms) {
      if (r == rank) {
        found = true;
        if (factor != 1)
          return false;
      } else if (problem.ranks[r].bound > 1) {
        ++others;
      }
    }
    if (found && (others > 0 || ++dims > 1))
      return false;
  }
  return true;
}

/// The dimension by which the ranks of a signature are ordered: memory order in
/// the first of weight, output, input where all of them stand alone.
static unsigned referenceDim(const Problem &problem, unsigned rank) {
  Signature signature = problem.signature(rank);
  const ProblemOperand *reference = nullptr;
  for (Role role : {Role::Weight, Role::Output, Role::Input}) {
    if (!signature.has(role))
      continue;
    bool plain = true;
    for (unsigned r = 0; r < problem.ranks.size(); ++r)
      if (problem.signature(r) == signature && problem.ranks[r].bound > 1)
        plain &= standsAlone(problem, problem.operand(role), r);
    if (plain || !reference)
      reference = &problem.operand(role);
    if (plain)
      break;
  }
  if (!reference)
    return 0;
  for (unsigned d = 0; d < reference->projection.size(); ++d)
    for (auto [r, factor] : reference->projection[d].terms)
      if (r == rank)
        return d;
  return 0;
}

static Axis makeAxis(const Problem &problem, llvm::ArrayRef<unsigned> ranks,
                     int64_t bound) {
  Axis axis;
  axis.ranks.assign(ranks.begin(), ranks.end());
  axis.bound = bound;
  axis.signature = problem.signature(ranks.front());
  for (unsigned rank : ranks)
    for (Role role : allRoles)
      axis.plain[static_cast<unsigned>(role)] &=
          standsAlone(problem, problem.operand(role), rank);
  axis.lane[0] = problem.instruction.findLane(axis.signature);
  if (problem.options.allowRoleSwap)
    axis.lane[1] = problem.instruction.findLane(axis.signature.swapped());
  return axis;
}

/// Appends the fused axes over `size` of `members`, in lexicographic order.
static void appendFused(Problem &problem, llvm::ArrayRef<unsigned> members,
                        unsigned size) {
  llvm::SmallVector<bool, 8> chosen(members.size(), false);
  std::fill_n(chosen.begin(), size, true);
  unsigned limit = problem.ranks.size() + Problem::maxFusedAxes;
  do {
    llvm::SmallVector<unsigned, 4> ranks;
    int64_t bound = 1;
    for (unsigned i = 0; i < members.size(); ++i) {
      if (!chosen[i])
        continue;
      ranks.push_back(members[i]);
      if (bound <= Problem::maxBound)
        bound *= problem.ranks[members[i]].bound;
    }
    if (bound > Problem::maxBound)
      continue;
    Axis axis = makeAxis(problem, ranks, bound);
    bool hasLane = false;
    for (int lane : axis.lane)
      hasLane |= lane >= 0 && problem.instruction.lanes[lane].extent > 1;
    if (hasLane && problem.axes.size() < limit)
      problem.axes.push_back(std::move(axis));
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
}

llvm::Error Problem::finalize() {
  if (llvm::Error failure = check())
    return failure;
  llvm::SmallVector<unsigned, 8> sorted(ranks.size());
  for (unsigned r = 0; r < ranks.size(); ++r)
    sorted[r] = r;
  llvm::sort(sorted, [&](unsigned a, unsigned b) {
    return std::make_pair(referenceDim(*this, a), a) <
           std::make_pair(referenceDim(*this, b), b);
  });
  order.assign(ranks.size(), 0);
  for (unsigned position = 0; position < sorted.size(); ++position)
    order[sorted[position]] = position;

  axes.clear();
  for (unsigned r = 0; r < ranks.size(); ++r)
    axes.push_back(makeAxis(*this, r, ranks[r].bound));
  if (!options.allowFusedRanks)
    return llvm::Error::success();
  for (unsigned size = 2; size <= ranks.size(); ++size) {
    llvm::SmallVector<Signature, 4> done;
    for (unsigned first : sorted) {
      if (llvm::is_contained(done, signature(first)))
        continue;
      done.push_back(signature(first));
      if (signature(first).has(Role::Output) && !options.allowFusedOutputs)
        continue;
      llvm::SmallVector<unsigned, 6> members;
      for (unsigned r : sorted)
        if (signature(r) == signature(first) && ranks[r].bound > 1)
          members.push_back(r);
      if (members.size() >= size && axes.size() < ranks.size() + maxFusedAxes)
        appendFused(*this, members, size);
    }
  }
  return llvm::Error::success();
}

std::string Problem::axisName(llvm::ArrayRef<unsigned> fused) const {
  if (fused.size() == 1)
    return ranks[fused.front()].name;
  std::string text = "(";
  llvm::interleave(
      fused, [&](unsigned rank) { text += ranks[rank].name; },
      [&] { text += ","; });
  return text + ")";
}

/// True if groups of `tile` over the fused ranks never cross a border of the
/// slower ranks, or hold whole runs of the faster ones: then the same embedding
/// exists with fewer ranks fused.
static bool isFusionRedundant(const Problem &problem, const Axis &axis,
                              int64_t tile) {
  int64_t suffix = 1;
  for (unsigned i = axis.ranks.size() - 1; i > 0; --i) {
    suffix *= problem.ranks[axis.ranks[i]].bound;
    if (suffix % tile == 0)
      return true;
    // Whole runs become an axis of their own, which needs room on the lane.
    if (tile % suffix == 0 && problem.options.maxAxesPerLane == 0)
      return true;
  }
  return false;
}

bool Problem::isTileAllowed(const Axis &axis, bool swap, int64_t tile) const {
  if (!instruction.accumulates && axis.signature.isReduction() &&
      tile != axis.bound)
    return false;
  if (tile == 1)
    return !axis.isFused();
  int lane = axis.lane[swap];
  if (lane < 0 || tile > instruction.lanes[lane].extent || tile > axis.bound)
    return false;
  for (unsigned rank : axis.ranks)
    if (options.laneRanks && !llvm::is_contained(*options.laneRanks, rank))
      return false;
  for (Role role : allRoles) {
    unsigned i = static_cast<unsigned>(role);
    if (!axis.plain[i] && !options.allowWindowUnrolling)
      return false;
    if (axis.signature.has(role) &&
        options.maxLayout[i] < LayoutLevel::Padded && axis.bound % tile != 0)
      return false;
  }
  return !axis.isFused() || !isFusionRedundant(*this, axis, tile);
}

bool Problem::isStrideAllowed(const Axis &axis, int64_t tile) const {
  if (!options.allowSplitRanks || axis.isFused() || tile == 1)
    return false;
  int64_t groups = divCeil(axis.bound, tile);
  return groups > 1 && divCeil(axis.bound, groups) == tile;
}
