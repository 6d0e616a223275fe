//===- ArchitectureVerifier.cpp - Does a target contradict itself?
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelError.h"
#include "accel/Model/Architecture.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace accel;
using llvm::Error;
using llvm::StringRef;
using llvm::Twine;

char TargetError::ID = 0;

static Error fail(StringRef node, const Twine &message) {
  return llvm::make_error<TargetError>(message.str(), node);
}

/// Fails unless `value` is at least `least`, infinity allowed.
static Error verifyPositive(StringRef node, StringRef field, double value,
                            double least = 0) {
  if (least > 0 ? value >= least : value > 0)
    return Error::success();
  return fail(node, field + " of \"" + node + "\" is " + formatNumber(value) +
                        ", expected " +
                        (least > 0 ? "at least " + formatNumber(least)
                                   : "a positive number"));
}

/// Fails unless `value` is finite and not negative.
static Error verifyCost(StringRef node, StringRef field, double value) {
  if (value >= 0 && value < kInf)
    return Error::success();
  return fail(node, field + " of \"" + node + "\" is " + formatNumber(value) +
                        ", expected a finite number that is not negative");
}

/// Roles that the operands of Einsums on this unit can have.
static RoleSet rolesOn(const ComputeUnit &unit) {
  bool hasWeight =
      unit.takesNumTensors.empty() ||
      llvm::any_of(unit.takesNumTensors, [](unsigned n) { return n > 2; });
  if (unit.takesKinds.size() == 1 &&
      unit.takesKinds.front() == EinsumKind::Reduction)
    hasWeight = false;
  return hasWeight ? RoleSet::all()
                   : RoleSet::of(Role::Input) | RoleSet::of(Role::Output);
}

namespace {

/// Checks one target, node by node and then as a whole.
class TargetVerifier {
public:
  explicit TargetVerifier(const Architecture &arch) : arch(arch) {}

  Error verify() const;

private:
  Error verifyNames() const;
  Error verifyMemory(unsigned node) const;
  Error verifyWidths(const MemoryLevel &m) const;
  Error verifySet(unsigned level, StringRef field, const TensorSet &set) const;
  Error verifyFanout(const Fanout &f) const;
  Error verifyUnit(const ComputeUnit &u) const;
  Error verifyOutermost() const;

  /// Compute units below node `node`, which a term may restrict.
  llvm::SmallVector<unsigned, 2> unitsBelow(unsigned node) const {
    llvm::SmallVector<unsigned, 2> units;
    for (unsigned i = node + 1; i < arch.nodes.size(); ++i)
      if (arch.unit(i))
        units.push_back(i);
    return units;
  }

  const Architecture &arch;
};

} // namespace

Error TargetVerifier::verifySet(unsigned level, StringRef field,
                                const TensorSet &set) const {
  StringRef name = arch.nodeName(level);
  auto what = [&] { return (field + " of level \"" + name + "\"").str(); };
  for (const TensorTerm &term : set.terms) {
    llvm::SmallVector<unsigned, 2> units = unitsBelow(level);
    if (!term.unit.empty()) {
      int unit = arch.findNode(term.unit);
      if (unit < 0 || !arch.unit(unit)) {
        llvm::SmallVector<StringRef, 4> known;
        for (unsigned other : units)
          known.push_back(arch.nodeName(other));
        return fail(name, what() + " names compute unit \"" + term.unit +
                              "\", which the target does not have: below it "
                              "are " +
                              llvm::join(known, ", "));
      }
      if (unsigned(unit) < level)
        return fail(name, what() + " names compute unit \"" + term.unit +
                              "\", which stands above it and does not reach "
                              "it");
      units.assign(1, unsigned(unit));
    }
    if (term.kind == TensorTerm::Kind::RoleIs &&
        llvm::none_of(units, [&](unsigned unit) {
          return rolesOn(*arch.unit(unit)).contains(term.role);
        }))
      return fail(name, what() + " names " + stringifyRole(term.role) +
                            " tensors, but what \"" +
                            arch.nodeName(units.front()) +
                            "\" takes has only input and output tensors");
    if (term.kind != TensorTerm::Kind::NotHeldIn)
      continue;
    int other = arch.findNode(term.level);
    if (other < 0 || !arch.memory(other) || unsigned(other) >= level)
      return fail(name, what() + " names level \"" + term.level +
                            "\", expected a memory level above it");
  }
  return Error::success();
}

Error TargetVerifier::verifyWidths(const MemoryLevel &m) const {
  for (Role role : {Role::Input, Role::Weight, Role::Output}) {
    const RoleWidth &width = m.widths[unsigned(role)];
    std::string suffix = stringifyRole(role).str();
    if (!(width.bitsPerValue >= 0 && width.bitsPerValue < kInf) ||
        !(width.bitsScale > 0 && width.bitsScale < kInf))
      return fail(m.name, "level \"" + m.name + "\" has " + suffix +
                              " tensors without width, expected a positive "
                              "one");
    if (width.bitsPerValue > 0 && width.bitsScale != 1)
      return fail(m.name, "level \"" + m.name + "\" has both bits_" + suffix +
                              " and bits_scale_" + suffix +
                              ", expected one of them");
  }
  return Error::success();
}

Error TargetVerifier::verifyMemory(unsigned node) const {
  const MemoryLevel &m = *arch.memory(node);
  if (m.buffering < 1)
    return fail(m.name,
                "buffering of \"" + m.name + "\" is 0, expected at least 1");
  if (Error error = verifyPositive(m.name, "size_bits", m.sizeBits, 1))
    return error;
  if (Error error =
          verifyPositive(m.name, "size_values", m.sizeValues, m.buffering))
    return error;
  for (auto [field, value] :
       {std::pair<StringRef, double>{"read_bits_per_s", m.readBitsPerS},
        {"write_bits_per_s", m.writeBitsPerS}})
    if (Error error = verifyPositive(m.name, field, value))
      return error;
  for (auto [field, value] :
       {std::pair<StringRef, double>{"read_j_per_bit", m.readJPerBit},
        {"write_j_per_bit", m.writeJPerBit},
        {"leak_w", m.leakW},
        {"read_start_s", m.readStartS}})
    if (Error error = verifyCost(m.name, field, value))
      return error;
  if (Error error = verifyWidths(m))
    return error;
  if (unitsBelow(node).empty())
    return fail(m.name, "level \"" + m.name +
                            "\" stands below every compute unit, expected one "
                            "below it");
  if (Error error = verifySet(node, "keep", m.keep))
    return error;
  return verifySet(node, "may_keep", m.mayKeep);
}

Error TargetVerifier::verifyFanout(const Fanout &f) const {
  if (f.n < 1)
    return fail(f.name, "n of \"" + f.name + "\" is " + Twine(f.n) +
                            ", expected at least 1");
  if (!(f.minUsage >= 0 && f.minUsage <= 1))
    return fail(f.name, "min_usage of \"" + f.name + "\" is " +
                            formatNumber(f.minUsage) +
                            ", expected a share from 0 to 1");
  for (Role role : {Role::Input, Role::Weight, Role::Output})
    if (f.reuse.contains(role) && !f.mayReuse.contains(role))
      return fail(f.name, "fan-out \"" + f.name + "\" must reuse " +
                              stringifyRole(role) +
                              " tensors but may_reuse does not allow it");
  if (unitsBelow(arch.findNode(f.name)).empty())
    return fail(f.name, "fan-out \"" + f.name +
                            "\" stands below every compute unit, expected one "
                            "below it");
  return Error::success();
}

Error TargetVerifier::verifyUnit(const ComputeUnit &u) const {
  if (Error error = verifyPositive(u.name, "ops_per_s", u.opsPerS))
    return error;
  for (auto [field, value] :
       {std::pair<StringRef, double>{"j_per_op", u.jPerOp},
        {"leak_w", u.leakW},
        {"init_ops", u.initOps},
        {"start_s", u.startS},
        {"ops_per_constant_op", u.opsPerConstantOp},
        {"ops_per_tensor_op", u.opsPerTensorOp}})
    if (Error error = verifyCost(u.name, field, value))
      return error;
  // An Einsum has at least one input and its output; a contraction has two
  // inputs or more, a reduction one.
  for (unsigned count : u.takesNumTensors) {
    if (count < 2)
      return fail(u.name, "compute unit \"" + u.name + "\" takes ops of " +
                              Twine(count) + " tensors, expected at least 2");
    for (EinsumKind kind : u.takesKinds)
      if ((kind == EinsumKind::Contraction && count < 3) ||
          (kind == EinsumKind::Reduction && count != 2))
        return fail(u.name,
                    "compute unit \"" + u.name + "\" takes a " +
                        stringifyEinsumKind(kind) + " of " + Twine(count) +
                        " tensors, but it has " +
                        (kind == EinsumKind::Reduction ? "2" : "at least 3"));
  }
  if (!u.matrixUnit)
    return Error::success();
  if (u.matrixUnit->batch < 1 || u.matrixUnit->blockIn < 1 ||
      u.matrixUnit->blockOut < 1)
    return fail(u.name,
                "the matrix unit of \"" + u.name + "\" has an extent below 1");
  if (!u.takesKinds.empty() &&
      !llvm::is_contained(u.takesKinds, EinsumKind::Contraction))
    return fail(u.name, "compute unit \"" + u.name +
                            "\" has a matrix unit but takes " +
                            stringifyEinsumKind(u.takesKinds.front()) +
                            ", expected contraction");
  return Error::success();
}

/// Every external tensor of every Einsum lives in the outermost memory.
Error TargetVerifier::verifyOutermost() const {
  const MemoryLevel &outermost = *arch.memory(arch.outermost());
  for (unsigned unit : unitsBelow(arch.outermost()))
    for (Role role : {Role::Input, Role::Weight, Role::Output}) {
      auto holds = [&](const TensorTerm &term) {
        if (!term.unit.empty() && term.unit != arch.nodeName(unit))
          return false;
        return term.kind == TensorTerm::Kind::All ||
               (term.kind == TensorTerm::Kind::ClassIs &&
                term.cls == TensorClass::External) ||
               (term.kind == TensorTerm::Kind::RoleIs && term.role == role);
      };
      if (rolesOn(*arch.unit(unit)).contains(role) &&
          llvm::none_of(outermost.keep.terms, holds) &&
          llvm::none_of(outermost.mayKeep.terms, holds))
        return fail(
            outermost.name,
            "outermost level \"" + outermost.name + "\" may not hold the " +
                stringifyRole(role) + " tensors of \"" + arch.nodeName(unit) +
                "\": keep is " + stringifyTensorSet(outermost.keep) +
                " and may_keep is " + stringifyTensorSet(outermost.mayKeep) +
                ", expected external tensors among them");
    }
  return Error::success();
}

Error TargetVerifier::verifyNames() const {
  llvm::StringSet<> names;
  for (unsigned i = 0; i != arch.nodes.size(); ++i) {
    StringRef n = arch.nodeName(i);
    if (n.empty() || n.find_first_of(" \t\r\n,.=|@!") != StringRef::npos)
      return fail(n,
                  "node name \"" + n + "\" is empty or contains a separator");
    if (!names.insert(n).second)
      return fail(n, "node name \"" + n +
                         "\" stands twice, expected unique names");
  }
  return Error::success();
}

Error TargetVerifier::verify() const {
  if (arch.nodes.empty() || !arch.memory(0))
    return fail("", "target \"" + arch.name +
                        "\" does not begin with a memory level");
  if (Error error = verifyNames())
    return error;
  if (unitsBelow(0).empty())
    return fail("", "target \"" + arch.name + "\" has no compute unit");
  // What a level may hold depends on what the units below it take.
  for (unsigned unit : unitsBelow(0))
    if (Error error = verifyUnit(*arch.unit(unit)))
      return error;
  for (unsigned i = 0; i != arch.nodes.size(); ++i) {
    if (arch.unit(i))
      continue;
    if (Error error =
            arch.memory(i) ? verifyMemory(i) : verifyFanout(*arch.fanout(i)))
      return error;
  }
  return verifyOutermost();
}

Error Architecture::verify() const { return TargetVerifier(*this).verify(); }
