//===- ArchitectureFields.cpp - Sets as text and single fields by name
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelError.h"
#include "accel/Model/Architecture.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <cmath>

using namespace accel;
using llvm::Error;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// TensorSet
//===----------------------------------------------------------------------===//

TensorSet TensorSet::all() {
  TensorSet set;
  set.terms.emplace_back();
  return set;
}

TensorSet TensorSet::role(Role role) {
  TensorSet set = all();
  set.terms[0].kind = TensorTerm::Kind::RoleIs;
  set.terms[0].role = role;
  return set;
}

TensorSet TensorSet::ofClass(TensorClass cls) {
  TensorSet set = all();
  set.terms[0].kind = TensorTerm::Kind::ClassIs;
  set.terms[0].cls = cls;
  return set;
}

TensorSet TensorSet::notHeldIn(StringRef level) {
  TensorSet set = all();
  set.terms[0].kind = TensorTerm::Kind::NotHeldIn;
  set.terms[0].level = level.str();
  return set;
}

TensorSet TensorSet::operator|(const TensorSet &other) const {
  TensorSet result = *this;
  result.terms.append(other.terms.begin(), other.terms.end());
  return result;
}

TensorSet TensorSet::onUnit(StringRef unit) const {
  TensorSet result = *this;
  for (TensorTerm &term : result.terms)
    term.unit = unit.str();
  return result;
}

std::string accel::stringifyTensorSet(const TensorSet &set) {
  if (set.empty())
    return "none";
  std::string text;
  for (const TensorTerm &term : set.terms) {
    if (!text.empty())
      text += "|";
    switch (term.kind) {
    case TensorTerm::Kind::All:
      text += "all";
      break;
    case TensorTerm::Kind::RoleIs:
      text += (stringifyRole(term.role) + "s").str();
      break;
    case TensorTerm::Kind::ClassIs:
      text += (stringifyTensorClass(term.cls) + "s").str();
      break;
    case TensorTerm::Kind::NotHeldIn:
      text += "!" + term.level;
      break;
    }
    if (!term.unit.empty())
      text += "@" + term.unit;
  }
  return text;
}

llvm::Expected<TensorSet> accel::parseTensorSet(StringRef text) {
  TensorSet set;
  if (text.trim() == "none")
    return set;
  for (StringRef part : llvm::split(text, '|')) {
    auto [word, unit] = part.trim().split('@');
    TensorSet term;
    if (word == "all")
      term = TensorSet::all();
    else if (word == "inputs")
      term = TensorSet::role(Role::Input);
    else if (word == "weights")
      term = TensorSet::role(Role::Weight);
    else if (word == "outputs")
      term = TensorSet::role(Role::Output);
    else if (word == "intermediates")
      term = TensorSet::ofClass(TensorClass::Intermediate);
    else if (word == "externals")
      term = TensorSet::ofClass(TensorClass::External);
    else if (word.size() > 1 && word.front() == '!')
      term = TensorSet::notHeldIn(word.drop_front());
    else
      return makeError("tensor set has \"" + part.trim() +
                       "\", expected none, all, inputs, weights, outputs, "
                       "intermediates, externals or !<level>");
    if (!unit.empty())
      term = term.onUnit(unit);
    set = set | term;
  }
  return set;
}

//===----------------------------------------------------------------------===//
// Fields
//===----------------------------------------------------------------------===//

static const StringRef kMemoryFields[] = {"size_bits",
                                          "size_values",
                                          "read_j_per_bit",
                                          "write_j_per_bit",
                                          "read_bits_per_s",
                                          "write_bits_per_s",
                                          "leak_w",
                                          "bits_input",
                                          "bits_weight",
                                          "bits_output",
                                          "bits_scale_input",
                                          "bits_scale_weight",
                                          "bits_scale_output",
                                          "ports",
                                          "accumulates",
                                          "charges_evictions",
                                          "slides",
                                          "pads",
                                          "exposes_ends",
                                          "read_start_s",
                                          "buffering",
                                          "keep",
                                          "may_keep"};
static const StringRef kFanoutFields[] = {"n", "min_usage", "may_reuse",
                                          "reuse"};
static const StringRef kUnitFields[] = {
    "j_per_op",          "ops_per_s", "leak_w",
    "init_ops",          "start_s",   "ops_per_constant_op",
    "ops_per_tensor_op", "matrix"};

llvm::SmallVector<StringRef, 12> Architecture::fieldNames(unsigned node) const {
  if (memory(node))
    return llvm::SmallVector<StringRef, 12>(llvm::ArrayRef(kMemoryFields));
  if (fanout(node))
    return llvm::SmallVector<StringRef, 12>(llvm::ArrayRef(kFanoutFields));
  return llvm::SmallVector<StringRef, 12>(llvm::ArrayRef(kUnitFields));
}

static Error parseNumber(StringRef path, StringRef text, double &out) {
  double value;
  if (text == "inf") {
    value = kInf;
  } else if (text.getAsDouble(value) || std::isnan(value)) {
    return makeError("target field \"" + path + "\" is \"" + text +
                     "\", expected a number or inf");
  }
  out = value;
  return Error::success();
}

static Error parseInteger(StringRef path, StringRef text, int64_t &out) {
  if (!text.getAsInteger(10, out) && out >= 1)
    return Error::success();
  return makeError("target field \"" + path + "\" is \"" + text +
                   "\", expected a positive integer");
}

/// A word of a closed list; `out` is its position.
static Error parseWord(StringRef path, StringRef text,
                       llvm::ArrayRef<StringRef> words, unsigned &out) {
  for (unsigned i = 0; i != words.size(); ++i)
    if (words[i] == text) {
      out = i;
      return Error::success();
    }
  return makeError("target field \"" + path + "\" is \"" + text +
                   "\", expected " + llvm::join(words, " or "));
}

static Error parseRoles(StringRef path, StringRef text, RoleSet &out) {
  RoleSet roles = RoleSet::none();
  if (text == "all") {
    roles = RoleSet::all();
  } else if (text != "none") {
    for (StringRef word : llvm::split(text, '|')) {
      unsigned role;
      if (Error error =
              parseWord(path, word, {"input", "weight", "output"}, role))
        return error;
      roles = roles | RoleSet::of(Role(role));
    }
  }
  out = roles;
  return Error::success();
}

/// `BATCHxBLOCK_INxBLOCK_OUT`.
static Error parseMatrix(StringRef path, StringRef text,
                         std::optional<MatrixUnit> &out) {
  llvm::SmallVector<StringRef, 3> parts;
  text.split(parts, 'x');
  std::array<int64_t, 3> extents = {0, 0, 0};
  bool isGood = parts.size() == extents.size();
  for (unsigned i = 0; isGood && i < extents.size(); ++i)
    isGood = !parts[i].getAsInteger(10, extents[i]) && extents[i] >= 1;
  if (!isGood)
    return makeError("target field \"" + path + "\" is \"" + text +
                     "\", expected three positive integers, as in 1x16x16");
  out = MatrixUnit{extents[0], extents[1], extents[2]};
  return Error::success();
}

static Error setMemoryField(MemoryLevel &m, StringRef path, StringRef field,
                            StringRef value) {
  for (auto [name, target] :
       {std::pair<StringRef, double *>{"size_bits", &m.sizeBits},
        {"size_values", &m.sizeValues},
        {"read_j_per_bit", &m.readJPerBit},
        {"write_j_per_bit", &m.writeJPerBit},
        {"read_bits_per_s", &m.readBitsPerS},
        {"write_bits_per_s", &m.writeBitsPerS},
        {"leak_w", &m.leakW},
        {"bits_input", &m.widths[0].bitsPerValue},
        {"bits_weight", &m.widths[1].bitsPerValue},
        {"bits_output", &m.widths[2].bitsPerValue},
        {"bits_scale_input", &m.widths[0].bitsScale},
        {"bits_scale_weight", &m.widths[1].bitsScale},
        {"bits_scale_output", &m.widths[2].bitsScale},
        {"read_start_s", &m.readStartS}})
    if (field == name)
      return parseNumber(path, value, *target);
  unsigned choice = 0;
  if (field == "ports") {
    if (Error error = parseWord(path, value, {"shared", "separate"}, choice))
      return error;
    m.ports = choice ? Ports::Separate : Ports::Shared;
    return Error::success();
  }
  for (auto [name, target] :
       {std::pair<StringRef, bool *>{"accumulates", &m.accumulates},
        {"charges_evictions", &m.chargesEvictions},
        {"slides", &m.slides},
        {"pads", &m.pads},
        {"exposes_ends", &m.exposesEnds}}) {
    if (field != name)
      continue;
    if (Error error = parseWord(path, value, {"false", "true"}, choice))
      return error;
    *target = choice;
    return Error::success();
  }
  if (field == "buffering") {
    int64_t copies;
    if (Error error = parseInteger(path, value, copies))
      return error;
    m.buffering = unsigned(copies);
    return Error::success();
  }
  auto set = parseTensorSet(value);
  if (!set)
    return set.takeError();
  (field == "keep" ? m.keep : m.mayKeep) = std::move(*set);
  return Error::success();
}

static Error setFanoutField(Fanout &f, StringRef path, StringRef field,
                            StringRef value) {
  if (field == "n")
    return parseInteger(path, value, f.n);
  if (field == "min_usage")
    return parseNumber(path, value, f.minUsage);
  return parseRoles(path, value, field == "reuse" ? f.reuse : f.mayReuse);
}

static Error setUnitField(ComputeUnit &u, StringRef path, StringRef field,
                          StringRef value) {
  for (auto [name, target] :
       {std::pair<StringRef, double *>{"j_per_op", &u.jPerOp},
        {"ops_per_s", &u.opsPerS},
        {"leak_w", &u.leakW},
        {"init_ops", &u.initOps},
        {"start_s", &u.startS},
        {"ops_per_constant_op", &u.opsPerConstantOp}})
    if (field == name)
      return parseNumber(path, value, *target);
  if (field == "matrix")
    return parseMatrix(path, value, u.matrixUnit);
  return parseNumber(path, value, u.opsPerTensorOp);
}

Error Architecture::setField(StringRef path, StringRef value) {
  auto [nodeText, field] = path.split('.');
  int node = findNode(nodeText);
  if (node < 0) {
    llvm::SmallVector<StringRef, 8> names;
    for (unsigned i = 0; i != nodes.size(); ++i)
      names.push_back(nodeName(i));
    return makeError("target field \"" + path + "\" names \"" + nodeText +
                     "\" but target \"" + name + "\" has " +
                     llvm::join(names, ", "));
  }
  auto fields = fieldNames(node);
  if (!llvm::is_contained(fields, field))
    return makeError("target field \"" + path + "\" names \"" + field +
                     "\" but \"" + nodeText + "\" has " +
                     llvm::join(fields, ", "));
  Node saved = nodes[node];
  Error error = Error::success();
  if (memory(node))
    error =
        setMemoryField(std::get<MemoryLevel>(nodes[node]), path, field, value);
  else if (fanout(node))
    error = setFanoutField(std::get<Fanout>(nodes[node]), path, field, value);
  else
    error =
        setUnitField(std::get<ComputeUnit>(nodes[node]), path, field, value);
  if (!error)
    error = verify();
  if (error)
    nodes[node] = std::move(saved);
  return error;
}
