//===- MicroOpPlan.cpp - Loop nests as micro-op instructions --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/MicroOpPlan.h"
#include "llvm/ADT/STLExtras.h"

#include <optional>

using namespace accel::vta;

namespace {

using Loops = llvm::SmallVector<NestLoop>;

/// The iteration counters have 14 bits.
constexpr int64_t kMaxIterations = 16383;

bool isReduction(const NestLoop &loop) { return loop.dst == 0; }

int64_t product(llvm::ArrayRef<NestLoop> loops) {
  int64_t count = 1;
  for (const NestLoop &loop : loops)
    count *= loop.extent;
  return count;
}

/// Two loops that step like one become one.
void mergeLoops(Loops &loops) {
  llvm::erase_if(loops, [](const NestLoop &loop) { return loop.extent == 1; });
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t outer = 0; outer < loops.size() && !changed; ++outer) {
      for (size_t inner = 0; inner < loops.size() && !changed; ++inner) {
        const NestLoop &a = loops[outer];
        const NestLoop &b = loops[inner];
        if (outer == inner || a.dst != b.dst * b.extent ||
            a.src != b.src * b.extent || a.wgt != b.wgt * b.extent)
          continue;
        loops[inner].extent *= a.extent;
        loops.erase(loops.begin() + outer);
        changed = true;
      }
    }
  }
}

/// Loops that make destinations meet again although they step through them.
/// Greedy by ascending step; what is left over is injective.
void separateOverlaps(Loops &loops, Loops &overlapping) {
  llvm::sort(loops, [](const NestLoop &a, const NestLoop &b) {
    return std::make_tuple(a.dst, a.extent, a.src, a.wgt) <
           std::make_tuple(b.dst, b.extent, b.src, b.wgt);
  });
  int64_t reach = 0;
  Loops rest;
  for (const NestLoop &loop : loops) {
    if (!isReduction(loop) && loop.dst <= reach) {
      overlapping.push_back(loop);
      continue;
    }
    reach += loop.dst * (loop.extent - 1);
    rest.push_back(loop);
  }
  loops = rest;
}

/// Which loops run as the instruction's own, and which as micro-ops.
struct Assignment {
  NestLoop out;
  NestLoop in;
  Loops unrolled;
  int64_t numMicroOps = 0;
};

/// Destinations repeat along reductions only; at least three different ones
/// must lie between.
bool keepsDistance(const Assignment &assignment) {
  int64_t destinations = 1;
  bool unrolledReduction = false;
  for (const NestLoop &loop : assignment.unrolled) {
    if (isReduction(loop))
      unrolledReduction = true;
    else
      destinations *= loop.extent;
  }
  bool inReduces = assignment.in.extent > 1 && isReduction(assignment.in);
  bool outReduces = assignment.out.extent > 1 && isReduction(assignment.out);
  if ((unrolledReduction || inReduces) &&
      destinations < kMinDestinationDistance)
    return false;
  if (!inReduces)
    destinations *= assignment.in.extent;
  return !outReduces || destinations >= kMinDestinationDistance;
}

void tryAssignments(const Loops &loops, std::optional<Assignment> &best) {
  // -1 stands for no loop.
  int64_t count = loops.size();
  for (int64_t out = -1; out < count; ++out) {
    for (int64_t in = -1; in < count; ++in) {
      if (in == out && in >= 0)
        continue;
      Assignment assignment;
      if (out >= 0)
        assignment.out = loops[out];
      if (in >= 0)
        assignment.in = loops[in];
      if (assignment.out.extent > kMaxIterations ||
          assignment.in.extent > kMaxIterations)
        continue;
      for (int64_t loop = 0; loop < count; ++loop)
        if (loop != out && loop != in)
          assignment.unrolled.push_back(loops[loop]);
      assignment.numMicroOps = product(assignment.unrolled);
      if (assignment.numMicroOps > kMaxMicroOpWindow ||
          (best && best->numMicroOps <= assignment.numMicroOps) ||
          !keepsDistance(assignment))
        continue;
      best = std::move(assignment);
    }
  }
}

std::optional<Assignment> findAssignment(const Loops &loops) {
  std::optional<Assignment> best;
  tryAssignments(loops, best);
  // A few destinations of a long loop are enough to keep the distance.
  for (size_t index = 0; index < loops.size(); ++index) {
    NestLoop loop = loops[index];
    if (isReduction(loop))
      continue;
    for (int64_t part = 2; part * 2 <= loop.extent; ++part) {
      if (loop.extent % part != 0)
        continue;
      Loops split = loops;
      split[index].extent = part;
      split.push_back({loop.extent / part, loop.dst * part, loop.src * part,
                       loop.wgt * part});
      tryAssignments(split, best);
    }
  }
  return best;
}

/// Calls `visit` with the element indices at every point, first loop slowest.
template <typename Visit>
void visitPoints(llvm::ArrayRef<NestLoop> loops, MicroOp base, Visit visit) {
  if (loops.empty())
    return visit(base);
  const NestLoop &loop = loops.front();
  for (int64_t i = 0; i < loop.extent; ++i)
    visitPoints(loops.drop_front(),
                MicroOp{base.dst + i * loop.dst, base.src + i * loop.src,
                        base.wgt + i * loop.wgt},
                visit);
}

class Planner {
public:
  std::vector<MicroOpPlan> plans;

  void plan(const MicroOp &base, Loops loops) {
    if (std::optional<Assignment> assignment = findAssignment(loops))
      return emit(base, *assignment);
    int64_t destinations = 1;
    for (const NestLoop &loop : loops)
      if (!isReduction(loop))
        destinations *= loop.extent;
    if (destinations < kMinDestinationDistance)
      return emitOneByOne(base, loops);
    // Too many micro-ops for one list: an instruction per step of a loop, one
    // that leaves enough destinations.
    llvm::sort(loops, [](const NestLoop &a, const NestLoop &b) {
      return std::make_tuple(isReduction(b), a.extent, a.dst) <
             std::make_tuple(isReduction(a), b.extent, b.dst);
    });
    NestLoop peeled = loops.front();
    loops.erase(loops.begin());
    visitPoints({peeled}, base,
                [&](const MicroOp &start) { plan(start, loops); });
  }

private:
  /// Reductions vary slowest, so that all destinations lie between.
  static void orderForDistance(Loops &loops) {
    llvm::sort(loops, [](const NestLoop &a, const NestLoop &b) {
      return std::make_tuple(!isReduction(a), a.dst, a.src, a.wgt, a.extent) <
             std::make_tuple(!isReduction(b), b.dst, b.src, b.wgt, b.extent);
    });
  }

  void emit(const MicroOp &base, Assignment &assignment) {
    MicroOpPlan plan;
    orderForDistance(assignment.unrolled);
    visitPoints(assignment.unrolled, base, [&](const MicroOp &microOp) {
      plan.microOps.push_back(microOp);
    });
    plan.windows = {{0, int64_t(plan.microOps.size())}};
    plan.iterOut = assignment.out.extent;
    plan.iterIn = assignment.in.extent;
    plan.out = assignment.out;
    plan.in = assignment.in;
    plans.push_back(std::move(plan));
  }

  /// With one or two destinations every repetition takes an instruction of its
  /// own, because the end of an instruction drains the pipeline.
  void emitOneByOne(const MicroOp &base, Loops &loops) {
    orderForDistance(loops);
    int64_t destinations = 1;
    for (const NestLoop &loop : loops)
      if (!isReduction(loop))
        destinations *= loop.extent;
    MicroOpPlan plan;
    auto flush = [&] {
      for (int64_t begin = 0; begin < int64_t(plan.microOps.size());
           begin += destinations)
        plan.windows.push_back({begin, begin + destinations});
      if (!plan.windows.empty())
        plans.push_back(std::move(plan));
      plan = MicroOpPlan();
    };
    visitPoints(loops, base, [&](const MicroOp &microOp) {
      if (int64_t(plan.microOps.size()) + 1 > kMaxMicroOpWindow)
        flush();
      plan.microOps.push_back(microOp);
    });
    flush();
  }
};

} // namespace

std::vector<MicroOpPlan> accel::vta::planMicroOps(const ElementNest &nest) {
  Loops loops = nest.loops;
  mergeLoops(loops);
  Loops overlapping;
  separateOverlaps(loops, overlapping);
  Planner planner;
  visitPoints(overlapping, nest.base,
              [&](const MicroOp &base) { planner.plan(base, loops); });
  return std::move(planner.plans);
}
