//===- Verify.cpp - Checks a solution against every constraint ------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Problem.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace accel;

static llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Error verifyAxis(const Problem &problem,
                              const Embedding &embedding,
                              const EmbeddedAxis &axis) {
  const Axis *candidate =
      llvm::find_if(problem.axes, [&](const Axis &candidate) {
        return candidate.ranks == axis.ranks;
      });
  std::string name = problem.axisName(axis.ranks);
  if (candidate == problem.axes.end())
    return error(llvm::formatv("axis \"{0}\" is none of the problem's", name));
  int lane = axis.tile > 1 ? candidate->lane[embedding.swapped] : -1;
  if (axis.lane != lane)
    return error(llvm::formatv(
        "axis \"{0}\" with signature {1} is on {2} but may be on {3} only",
        name, candidate->signature.str(),
        axis.lane < 0
            ? std::string("no lane")
            : "lane \"" + problem.instruction.lanes[axis.lane].name + "\"",
        lane < 0 ? std::string("no lane")
                 : "lane \"" + problem.instruction.lanes[lane].name + "\""));
  if (axis.tile < 1 ||
      !problem.isTileAllowed(*candidate, embedding.swapped, axis.tile))
    return error(llvm::formatv("axis \"{0}\" of bound {1} may not have tile "
                               "{2}",
                               name, candidate->bound, axis.tile));
  if (axis.strided && !problem.isStrideAllowed(*candidate, axis.tile))
    return error(llvm::formatv("axis \"{0}\" of bound {1} may not be strided "
                               "at tile {2}",
                               name, candidate->bound, axis.tile));
  return llvm::Error::success();
}

static bool sameLayout(const OperandLayout &a, const OperandLayout &b) {
  if (a.level != b.level || a.elements != b.elements ||
      a.touched != b.touched || a.valuesPerElement != b.valuesPerElement ||
      a.bytes != b.bytes || a.dims.size() != b.dims.size())
    return false;
  for (const auto &[x, y] : llvm::zip(a.dims, b.dims))
    if (x.terms != y.terms || x.offset != y.offset || x.size != y.size)
      return false;
  return true;
}

/// Ranks in range, each once, and lanes that exist: what the rest relies on.
static llvm::Error verifyShape(const Problem &problem,
                               const Embedding &embedding) {
  llvm::SmallVector<unsigned, 8> count(problem.ranks.size(), 0);
  for (const EmbeddedAxis &axis : embedding.axes) {
    if (axis.ranks.empty())
      return error("an axis has no rank but needs at least one");
    if (axis.lane >= static_cast<int>(problem.instruction.lanes.size()))
      return error(llvm::formatv("an axis is on lane {0} but there are {1}",
                                 axis.lane, problem.instruction.lanes.size()));
    for (unsigned rank : axis.ranks) {
      if (rank >= count.size())
        return error(llvm::formatv("an axis holds rank {0} but there are {1}",
                                   rank, count.size()));
      ++count[rank];
    }
  }
  for (unsigned rank = 0; rank < count.size(); ++rank)
    if (count[rank] != 1)
      return error(llvm::formatv("rank \"{0}\" is in {1} axes but must be in "
                                 "1",
                                 problem.ranks[rank].name, count[rank]));
  return llvm::Error::success();
}

llvm::Error Problem::verify(const Embedding &embedding) const {
  if (llvm::Error failure = verifyShape(*this, embedding))
    return failure;
  if (embedding.swapped && !options.allowRoleSwap)
    return error("the roles are swapped but that is not allowed");
  llvm::SmallVector<int64_t, 4> used(instruction.lanes.size(), 1);
  llvm::SmallVector<unsigned, 4> axesOn(instruction.lanes.size(), 0);
  for (const EmbeddedAxis &axis : embedding.axes) {
    if (llvm::Error failure = verifyAxis(*this, embedding, axis))
      return failure;
    if (axis.lane >= 0) {
      used[axis.lane] *= axis.tile;
      ++axesOn[axis.lane];
    }
  }
  for (unsigned lane = 0; lane < used.size(); ++lane) {
    if (used[lane] > instruction.lanes[lane].extent)
      return error(llvm::formatv("lane \"{0}\" holds {1} values but its extent "
                                 "is {2}",
                                 instruction.lanes[lane].name, used[lane],
                                 instruction.lanes[lane].extent));
    if (options.maxAxesPerLane != 0 && axesOn[lane] > options.maxAxesPerLane)
      return error(llvm::formatv("lane \"{0}\" holds {1} axes but {2} are "
                                 "allowed",
                                 instruction.lanes[lane].name, axesOn[lane],
                                 options.maxAxesPerLane));
  }
  Embedding derived;
  derived.swapped = embedding.swapped;
  derived.axes = embedding.axes;
  complete(derived);
  if (!isSame(derived, embedding) || derived.lanes != embedding.lanes)
    return error("the axes or the lanes are not in the problem's order");
  for (unsigned a = 0; a < derived.axes.size(); ++a)
    if (derived.axes[a].groups != embedding.axes[a].groups ||
        derived.axes[a].bound != embedding.axes[a].bound)
      return error(llvm::formatv(
          "axis \"{0}\" claims {1} groups of bound {2} but has {3} of {4}",
          axisName(derived.axes[a].ranks), embedding.axes[a].groups,
          embedding.axes[a].bound, derived.axes[a].groups,
          derived.axes[a].bound));
  for (unsigned i = 0; i < 3; ++i) {
    if (!sameLayout(derived.layouts[i], embedding.layouts[i]))
      return error(llvm::formatv("the layout of \"{0}\" is not the one that "
                                 "follows from the axes",
                                 operands[i].name));
    if (derived.layouts[i].level > options.maxLayout[i])
      return error(llvm::formatv(
          "\"{0}\" needs layout level \"{1}\" but \"{2}\" is allowed",
          operands[i].name, stringifyLayoutLevel(derived.layouts[i].level),
          stringifyLayoutLevel(options.maxLayout[i])));
  }
  if (!(derived.cost == embedding.cost))
    return error(llvm::formatv("the cost claims {0} micro-ops and {1} bytes "
                               "but they are {2} and {3}",
                               embedding.cost.microOps, embedding.cost.bytes,
                               derived.cost.microOps, derived.cost.bytes));
  return llvm::Error::success();
}
