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
using llvm::Error;
using llvm::StringRef;
using llvm::Twine;

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
  TensorClass cls = graph.tensorOf(einsum.accesses[access]).cls;
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

/// Checks that the levels and units that a set names exist, the levels above
/// node `level`.
static Error verifySet(const Architecture &arch, unsigned level,
                       const TensorSet &set) {
  for (const TensorTerm &term : set.terms) {
    if (!term.unit.empty()) {
      int unit = arch.findNode(term.unit);
      if (unit < 0 || !arch.unit(unit))
        return makeError("a set of level \"" + arch.nodeName(level) +
                         "\" names compute unit \"" + term.unit +
                         "\", which the target does not have");
    }
    if (term.kind != TensorTerm::Kind::NotHeldIn)
      continue;
    int other = arch.findNode(term.level);
    if (other < 0 || !arch.memory(other) || unsigned(other) >= level)
      return makeError("a set of level \"" + arch.nodeName(level) +
                       "\" names level \"" + term.level +
                       "\", expected a memory level above it");
  }
  return Error::success();
}

/// Fails unless `value` is positive, infinity allowed.
static Error verifyPositive(const Twine &node, StringRef field, double value) {
  if (value > 0)
    return Error::success();
  return makeError(field + " of \"" + node + "\" is " + formatNumber(value) +
                   ", expected a positive number");
}

/// Fails unless `value` is finite and not negative.
static Error verifyCost(const Twine &node, StringRef field, double value) {
  if (value >= 0 && value < kInf)
    return Error::success();
  return makeError(field + " of \"" + node + "\" is " + formatNumber(value) +
                   ", expected a finite number that is not negative");
}

static Error verifyMemory(const Architecture &arch, unsigned node) {
  const MemoryLevel &m = *arch.memory(node);
  for (auto [field, value] :
       {std::pair<StringRef, double>{"size_bits", m.sizeBits},
        {"size_values", m.sizeValues},
        {"read_bits_per_s", m.readBitsPerS},
        {"write_bits_per_s", m.writeBitsPerS}})
    if (Error error = verifyPositive(m.name, field, value))
      return error;
  for (auto [field, value] :
       {std::pair<StringRef, double>{"read_j_per_bit", m.readJPerBit},
        {"write_j_per_bit", m.writeJPerBit},
        {"leak_w", m.leakW}})
    if (Error error = verifyCost(m.name, field, value))
      return error;
  for (const RoleWidth &width : m.widths)
    if (!(width.bitsPerValue >= 0 && width.bitsPerValue < kInf) ||
        !(width.bitsScale > 0 && width.bitsScale < kInf))
      return makeError("level \"" + m.name +
                       "\" has a role without width, expected a positive one");
  if (m.buffering < 1)
    return makeError("buffering of \"" + m.name +
                     "\" is 0, expected at least 1");
  if (Error error = verifySet(arch, node, m.keep))
    return error;
  return verifySet(arch, node, m.mayKeep);
}

static Error verifyFanout(const Fanout &f) {
  if (f.n < 1)
    return makeError("n of \"" + f.name + "\" is " + Twine(f.n) +
                     ", expected at least 1");
  if (!(f.minUsage >= 0 && f.minUsage <= 1))
    return makeError("min_usage of \"" + f.name + "\" is " +
                     formatNumber(f.minUsage) +
                     ", expected a share from 0 to 1");
  for (Role role : {Role::Input, Role::Weight, Role::Output})
    if (f.reuse.contains(role) && !f.mayReuse.contains(role))
      return makeError("fan-out \"" + f.name + "\" must reuse " +
                       stringifyRole(role) +
                       " tensors but may_reuse does not allow it");
  return Error::success();
}

static Error verifyUnit(const ComputeUnit &u) {
  if (Error error = verifyPositive(u.name, "ops_per_s", u.opsPerS))
    return error;
  if (Error error = verifyCost(u.name, "j_per_op", u.jPerOp))
    return error;
  if (Error error = verifyCost(u.name, "leak_w", u.leakW))
    return error;
  if (u.matrixUnit && (u.matrixUnit->batch < 1 || u.matrixUnit->blockIn < 1 ||
                       u.matrixUnit->blockOut < 1))
    return makeError("the matrix unit of \"" + u.name +
                     "\" has an extent below 1");
  return Error::success();
}

Error Architecture::verify() const {
  if (nodes.empty() || !memory(0))
    return makeError("target \"" + name +
                     "\" does not begin with a memory level");
  llvm::StringSet<> names;
  bool hasUnit = false;
  for (unsigned i = 0; i != nodes.size(); ++i) {
    StringRef n = nodeName(i);
    if (n.empty() || n.find_first_of(" \t\r\n,.=|@!") != StringRef::npos)
      return makeError("node name \"" + n +
                       "\" is empty or contains a separator");
    if (!names.insert(n).second)
      return makeError("node name \"" + n +
                       "\" stands twice, expected unique names");
    if (memory(i)) {
      if (Error error = verifyMemory(*this, i))
        return error;
    } else if (const Fanout *f = fanout(i)) {
      if (Error error = verifyFanout(*f))
        return error;
    } else {
      hasUnit = true;
      if (Error error = verifyUnit(*unit(i)))
        return error;
    }
  }
  if (!hasUnit)
    return makeError("target \"" + name + "\" has no compute unit");
  return Error::success();
}
