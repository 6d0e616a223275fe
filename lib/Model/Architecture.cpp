//===- Architecture.cpp - An accelerator as plain data
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/Architecture.h"
#include "ModelError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace accel;
using llvm::StringRef;

double MemoryLevel::bitsPerValue(const Tensor &tensor, Role role) const {
  const RoleWidth &width = widths[unsigned(role)];
  return width.bitsPerValue > 0 ? width.bitsPerValue
                                : tensor.bitsPerValue * width.bitsScale;
}

bool ComputeUnit::takes(const Einsum &einsum) const {
  if (!takesNumTensors.empty() &&
      !llvm::is_contained(takesNumTensors, einsum.accesses.size()))
    return false;
  return takesKinds.empty() || llvm::is_contained(takesKinds, einsum.kind);
}

StringRef Architecture::nodeName(unsigned node) const {
  return std::visit([](const auto &n) -> StringRef { return n.name; },
                    nodes[node]);
}

int Architecture::findNode(StringRef nodeNameToFind) const {
  for (unsigned i = 0; i != nodes.size(); ++i)
    if (nodeName(i) == nodeNameToFind)
      return i;
  return -1;
}

double Architecture::numInstances(unsigned node) const {
  double instances = 1;
  for (unsigned i = 0; i != node; ++i)
    if (const Fanout *f = fanout(i))
      instances *= double(f->n);
  return instances;
}

double Architecture::totalLeakW() const {
  double watts = 0;
  for (unsigned i = 0; i != nodes.size(); ++i) {
    if (const MemoryLevel *level = memory(i))
      watts += level->leakW * numInstances(i);
    else if (const ComputeUnit *u = unit(i))
      watts += u->leakW * numInstances(i);
  }
  return watts;
}

llvm::SmallVector<unsigned, 2>
Architecture::unitsFor(const Einsum &einsum) const {
  llvm::SmallVector<unsigned, 2> taking, all;
  for (unsigned i = 0; i != nodes.size(); ++i)
    if (const ComputeUnit *u = unit(i)) {
      all.push_back(i);
      if (u->takes(einsum))
        taking.push_back(i);
    }
  return taking.empty() && einsum.isCopy ? all : taking;
}

ArchPath Architecture::pathTo(unsigned unitNode) const {
  ArchPath path;
  path.unit = unitNode;
  for (unsigned i = 0; i != unitNode; ++i)
    if (!unit(i))
      path.nodes.push_back(i);
  return path;
}

namespace {
enum class Match : uint8_t { No, Yes, UnlessHeld };
} // namespace

/// Whether `term` contains the tensor, leaving "not held in" to the caller.
static Match matchTerm(const TensorTerm &term, StringRef unitName, Role role,
                       TensorClass cls) {
  if (!term.unit.empty() && term.unit != unitName)
    return Match::No;
  bool in = false;
  switch (term.kind) {
  case TensorTerm::Kind::All:
    in = true;
    break;
  case TensorTerm::Kind::RoleIs:
    in = term.role == role;
    break;
  case TensorTerm::Kind::ClassIs:
    in = term.cls == cls;
    break;
  case TensorTerm::Kind::NotHeldIn:
    return Match::UnlessHeld;
  }
  return in ? Match::Yes : Match::No;
}

Holding Architecture::holding(unsigned level, unsigned unitNode,
                              const EinsumGraph &graph, const Einsum &einsum,
                              unsigned access) const {
  Holding result;
  const MemoryLevel &mem = std::get<MemoryLevel>(nodes[level]);
  StringRef unitName = nodeName(unitNode);
  Role role = einsum.accesses[access].role;
  const Tensor &tensor = graph.tensorOf(einsum.accesses[access]);
  if (tensor.staysOnChip && level == outermost())
    return result;
  TensorClass cls = tensor.cls;
  for (const TensorTerm &term : mem.keep.terms) {
    switch (matchTerm(term, unitName, role, cls)) {
    case Match::No:
      continue;
    case Match::Yes:
      result.kind = Holding::Kind::Required;
      result.requiredUnlessHeldIn.clear();
      return result;
    case Match::UnlessHeld:
      int other = findNode(term.level);
      if (other < 0 || unsigned(other) > unitNode) {
        result.kind = Holding::Kind::Required;
        result.requiredUnlessHeldIn.clear();
        return result;
      }
      result.kind = Holding::Kind::Optional;
      result.requiredUnlessHeldIn.push_back(other);
    }
  }
  for (const TensorTerm &term : mem.mayKeep.terms)
    if (matchTerm(term, unitName, role, cls) != Match::No)
      result.kind = Holding::Kind::Optional;
  return result;
}

MemoryLevel &Architecture::addMemory(StringRef nodeName) {
  nodes.emplace_back(MemoryLevel());
  auto &node = std::get<MemoryLevel>(nodes.back());
  node.name = nodeName.str();
  return node;
}

Fanout &Architecture::addFanout(StringRef nodeName, int64_t n) {
  nodes.emplace_back(Fanout());
  auto &node = std::get<Fanout>(nodes.back());
  node.name = nodeName.str();
  node.n = n;
  return node;
}

ComputeUnit &Architecture::addUnit(StringRef nodeName) {
  nodes.emplace_back(ComputeUnit());
  auto &node = std::get<ComputeUnit>(nodes.back());
  node.name = nodeName.str();
  return node;
}
