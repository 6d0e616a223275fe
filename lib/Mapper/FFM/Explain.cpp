//===- Explain.cpp - Why there is no mapping ------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

namespace accel::ffm {

namespace {

/// How far what must be held in a level exceeds it, in words.
struct Overflow {
  double share = 1;
  std::string reason;

  void offer(const llvm::Twine &what, const MemoryLevel &level, double bits,
             double values) {
    double found = std::max(bits / level.sizeBits, values / level.sizeValues);
    if (found <= share)
      return;
    share = found;
    bool byBits = bits > level.sizeBits;
    reason = (what + llvm::Twine(uint64_t(byBits ? bits : values)) +
              (byBits ? " bits" : " values") + " in \"" + level.name +
              "\" but the level holds " +
              llvm::Twine(uint64_t(byBits ? level.sizeBits : level.sizeValues)))
                 .str();
  }
};

} // namespace

/// The level of a unit that overflows most.
static Overflow overflowOf(const EinsumProblem &problem) {
  Overflow worst;
  const SearchContext &context = problem.context;
  for (unsigned l = 0; l != problem.levels.size(); ++l) {
    const PathLevel &level = problem.levels[l];
    // Two views of one tensor may share their storage: the larger one counts.
    llvm::MapVector<unsigned, std::pair<double, double>> sizes;
    for (unsigned a = 0; a != problem.accesses.size(); ++a) {
      if (context.arch
              .holding(level.node, problem.unitNode, context.graph,
                       problem.einsum, a)
              .kind != Holding::Kind::Required)
        continue;
      // The outermost level holds tensors whole, others at least one tile.
      uint32_t least = l == 0 ? problem.lattice.top() : 0;
      double values =
          problem.tables(a, l).occupancy[least] * level.mem->buffering;
      auto &[mostBits, mostValues] = sizes[problem.accesses[a].tensor];
      mostBits = std::max(mostBits, values * problem.accesses[a].bits[l]);
      mostValues = std::max(mostValues, values);
    }
    double allBits = 0, allValues = 0;
    std::string names;
    for (auto &[tensor, size] : sizes) {
      std::string name = "\"" + context.graph.tensors[tensor].name + "\"";
      worst.offer(name + " needs ", *level.mem, size.first, size.second);
      names += (names.empty() ? "" : ", ") + name;
      allBits += size.first;
      allValues += size.second;
    }
    if (sizes.size() > 1)
      worst.offer(names + " together need ", *level.mem, allBits, allValues);
  }
  return worst;
}

std::string explainCapacity(const EinsumClass &cls) {
  Overflow worst;
  for (const EinsumClass::Unit &u : cls.units)
    if (Overflow o = overflowOf(*u.problem); o.share > worst.share)
      worst = std::move(o);
  return worst.reason;
}

/// Whether some level overflows on every unit, however small loops cut what it
/// must hold. Padded bounds hold at least as much.
static bool overflowsEverywhere(const EinsumClass &cls) {
  auto isUnpadded = [](const EinsumProblem &problem) {
    for (unsigned r = 0; r != problem.pads.size(); ++r)
      if (problem.pads[r] != problem.einsum.ranks[r].bound)
        return false;
    return true;
  };
  return llvm::all_of(cls.places, [&](const EinsumClass::Place &place) {
    return llvm::any_of(cls.units, [&](const EinsumClass::Unit &u) {
      return u.problem->unitNode == place.outline->unitNode &&
             isUnpadded(*u.problem) && !overflowOf(*u.problem).reason.empty();
    });
  });
}

std::string explainInfeasible(const EinsumClass &cls) {
  std::string reason = explainCapacity(cls);
  if (reason.empty())
    reason = "the target's rules allow no mapping of \"" +
             cls.units.front().problem->einsum.name + "\"";
  return reason;
}

std::string Search::proveInfeasible(bool byCapacities) {
  classify();
  if (context.graph.einsums.empty() || !refuse().empty())
    return "";
  if (!prepare() && (timedOut || !byCapacities))
    return timedOut ? "" : result.reason;
  for (const EinsumClass &cls : classes)
    if (!cls.pinned && overflowsEverywhere(cls))
      return explainCapacity(cls);
  return "";
}

} // namespace accel::ffm
