//===- Dump.cpp - The problem and its solutions as text -------------------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Problem.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel;

static constexpr Role allRoles[] = {Role::Input, Role::Weight, Role::Output};

static void printIndex(const Problem &problem, const ProblemOperand &operand,
                       llvm::raw_ostream &os) {
  os << operand.name << '[';
  llvm::interleaveComma(operand.projection, os, [&](const LinearExpr &index) {
    bool first = true;
    for (auto [rank, factor] : index.terms) {
      if (factor < 0)
        os << (first ? "-" : " - ");
      else if (!first)
        os << " + ";
      if (factor != 1 && factor != -1)
        os << (factor < 0 ? -factor : factor) << '*';
      os << problem.ranks[rank].name;
      first = false;
    }
    if (first)
      os << index.offset;
    else if (index.offset != 0)
      os << (index.offset < 0 ? " - " : " + ")
         << (index.offset < 0 ? -index.offset : index.offset);
  });
  os << ']';
}

/// Prints values in ascending order as runs: "1..4, 8, 16".
static void printSet(llvm::ArrayRef<int64_t> values, llvm::raw_ostream &os) {
  for (size_t i = 0; i < values.size();) {
    size_t last = i;
    while (last + 1 < values.size() && values[last + 1] == values[last] + 1)
      ++last;
    os << (i ? ", " : "") << values[i];
    if (last > i)
      os << ".." << values[last];
    i = last + 1;
  }
}

static void dumpAxis(const Problem &problem, const Axis &axis, bool swap,
                     llvm::raw_ostream &os) {
  int lane = axis.lane[swap];
  if (lane < 0)
    return;
  llvm::SmallVector<int64_t, 32> tiles, strides;
  int64_t extent = problem.instruction.lanes[lane].extent;
  for (int64_t tile = 1; tile <= std::min(extent, axis.bound); ++tile) {
    if (!problem.isTileAllowed(axis, swap, tile))
      continue;
    tiles.push_back(tile);
    if (problem.isStrideAllowed(axis, tile))
      strides.push_back(tile);
  }
  // A fused axis always has the choice of not being used.
  bool unused = axis.isFused();
  if (tiles.empty() || (!unused && tiles.back() == 1))
    return;
  os << "  tile[" << problem.instruction.lanes[lane].name << "]["
     << problem.axisName(axis.ranks) << "] in {" << (unused ? "unused, " : "");
  printSet(tiles, os);
  os << '}';
  if (!strides.empty()) {
    os << ", strided at {";
    printSet(strides, os);
    os << '}';
  }
  os << '\n';
}

static void dumpLanes(const Problem &problem, bool swap,
                      llvm::raw_ostream &os) {
  for (unsigned lane = 0; lane < problem.instruction.lanes.size(); ++lane) {
    llvm::SmallVector<std::string, 8> factors;
    for (const Axis &axis : problem.axes)
      if (axis.lane[swap] == static_cast<int>(lane) && axis.bound > 1)
        factors.push_back("tile[" + problem.axisName(axis.ranks) + "]");
    const Lane &description = problem.instruction.lanes[lane];
    if (factors.empty()) {
      os << "  " << description.name << ": no rank indexes "
         << problem.instruction.signature(lane).str() << "\n";
      continue;
    }
    os << "  ";
    llvm::interleave(
        factors, os, [&](const std::string &factor) { os << factor; }, " * ");
    os << " <= " << description.extent << "  // lane " << description.name
       << ' ' << problem.instruction.signature(lane).str() << '\n';
  }
}

void Problem::dump(llvm::raw_ostream &os) const {
  os << "embedding of \"" << name << "\" in " << instruction.str() << '\n';
  os << "ranks\n";
  for (unsigned r = 0; r < ranks.size(); ++r)
    os << "  " << ranks[r].name << " = " << ranks[r].bound << " in "
       << signature(r).str() << '\n';
  os << "operator\n  ";
  printIndex(*this, operand(Role::Output), os);
  os << " += ";
  printIndex(*this, operand(Role::Input), os);
  os << " * ";
  printIndex(*this, operand(Role::Weight), os);
  os << "\nlayouts at most\n";
  for (Role role : allRoles)
    os << "  " << operand(role).name << ": "
       << stringifyLayoutLevel(options.maxLayout[static_cast<unsigned>(role)])
       << '\n';
  for (bool swap : {false, true}) {
    if (swap && !options.allowRoleSwap)
      break;
    os << "variables and lanes, "
       << (swap ? "input and weight swapped" : "roles as they are") << '\n';
    for (const Axis &axis : axes)
      dumpAxis(*this, axis, swap, os);
    dumpLanes(*this, swap, os);
  }
  os << "constraints\n  every rank is in exactly one used axis\n"
        "  groups[axis] = ceil(bound / tile)\n";
  if (options.maxAxesPerLane != 0)
    os << "  axes with tile > 1 on a lane <= " << options.maxAxesPerLane
       << '\n';
  if (!options.allowWindowUnrolling)
    os << "  axes on lanes stand alone in their tensors' dimensions\n";
  if (!instruction.accumulates)
    os << "  groups[axis] = 1 for axes of reduction ranks\n";
  os << "minimize lexicographically\n  product of groups\n"
        "  bytes of all operands\n  operands not as is\n";
}

static void printLayout(const Problem &problem, const Embedding &embedding,
                        Role role, llvm::raw_ostream &os) {
  const OperandLayout &layout = embedding.layout(role);
  os << "  " << problem.operand(role).name << ": "
     << stringifyLayoutLevel(layout.level) << ", element [";
  llvm::interleaveComma(layout.dims, os, [&](const PackedDim &dim) {
    bool first = true;
    for (auto [axis, step] : dim.terms) {
      if (step < 0)
        os << (first ? "-" : " - ");
      else if (!first)
        os << " + ";
      if (step != 1 && step != -1)
        os << (step < 0 ? -step : step) << '*';
      os << problem.axisName(embedding.axes[axis].ranks);
      first = false;
    }
    if (dim.offset != 0)
      os << " + " << dim.offset;
    os << " < " << dim.size;
  });
  os << "] x " << layout.valuesPerElement << " values, " << layout.bytes
     << " bytes";
  if (layout.level == LayoutLevel::Unrolled)
    os << llvm::format(", replication %.2f", layout.replication);
  os << '\n';
}

void Problem::print(const Embedding &embedding, llvm::raw_ostream &os) const {
  os << "\"" << name << "\" in " << instruction.str()
     << (embedding.swapped ? ", input and weight swapped" : "") << '\n';
  for (unsigned lane = 0; lane < instruction.lanes.size(); ++lane) {
    os << "  " << instruction.lanes[lane].name << " <- ";
    if (embedding.lanes[lane].empty())
      os << "nothing";
    llvm::interleave(
        embedding.lanes[lane], os,
        [&](unsigned a) {
          const EmbeddedAxis &axis = embedding.axes[a];
          os << axisName(axis.ranks) << " by " << axis.tile;
          if (axis.strided)
            os << " strided";
        },
        " * ");
    os << '\n';
  }
  os << "  loops:";
  for (const EmbeddedAxis &axis : embedding.axes)
    if (axis.groups > 1)
      os << ' ' << axisName(axis.ranks) << '=' << axis.groups;
  os << '\n';
  for (Role role : allRoles)
    printLayout(*this, embedding, role, os);
  os << "  cost: " << embedding.cost.microOps << " micro-ops, "
     << embedding.cost.bytes << " bytes, " << embedding.cost.conversions
     << " conversions, "
     << llvm::format("%.1f", 100 * embedding.cost.utilisation)
     << " % of the products used\n";
}
