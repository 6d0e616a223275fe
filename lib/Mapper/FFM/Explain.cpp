//===- Explain.cpp - Why there is no mapping ------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Search.h"

namespace accel::ffm {

std::string explainCapacity(const EinsumClass &cls) {
  std::string reason;
  double worst = 1;
  auto offer = [&](const llvm::Twine &what, const MemoryLevel &level,
                   double bits, double values) {
    double share = std::max(bits / level.sizeBits, values / level.sizeValues);
    if (share <= worst)
      return;
    worst = share;
    bool byBits = bits > level.sizeBits;
    reason = (what + llvm::Twine(uint64_t(byBits ? bits : values)) +
              (byBits ? " bits" : " values") + " in \"" + level.name +
              "\" but the level holds " +
              llvm::Twine(uint64_t(byBits ? level.sizeBits : level.sizeValues)))
                 .str();
  };
  for (const EinsumClass::Unit &u : cls.units) {
    const EinsumProblem &problem = *u.problem;
    const SearchContext &context = problem.context;
    for (unsigned l = 0; l != problem.levels.size(); ++l) {
      const PathLevel &level = problem.levels[l];
      double allBits = 0, allValues = 0;
      std::string names;
      unsigned count = 0;
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
        double bits = values * problem.accesses[a].bits[l];
        std::string name =
            "\"" + context.graph.tensors[problem.accesses[a].tensor].name +
            "\"";
        offer(name + " needs ", *level.mem, bits, values);
        names += (count++ ? ", " : "") + name;
        allBits += bits;
        allValues += values;
      }
      if (count > 1)
        offer(names + " together need ", *level.mem, allBits, allValues);
    }
  }
  return reason;
}

std::string explainInfeasible(const EinsumClass &cls) {
  std::string reason = explainCapacity(cls);
  if (reason.empty())
    reason = "the target's rules allow no mapping of \"" +
             cls.units.front().problem->einsum.name + "\"";
  return reason;
}

} // namespace accel::ffm
