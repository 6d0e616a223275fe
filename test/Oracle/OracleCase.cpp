//===- OracleCase.cpp - Reference results as model objects
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OracleCase.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace accel;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;
using llvm::json::Array;
using llvm::json::Object;
using llvm::json::Value;

static const std::string kInputs =
    std::string(ACCEL_TEST_SOURCE_DIR) + "/Oracle/Inputs";

static Error fail(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// A number; `inf` stands as text.
static double toNumber(const Value *value) {
  if (!value)
    return 0;
  if (auto number = value->getAsNumber())
    return *number;
  return kInf;
}

static StringRef toText(const Object &object, StringRef key) {
  return object.getString(key).value_or("");
}

static int64_t toInteger(const Value *value) {
  return value ? value->getAsInteger().value_or(0) : 0;
}

static StringRef toText(const Value &value) {
  return value.getAsString().value_or("");
}

/// Only for files of this repository: a malformed one fails the test by name.
static const Array &arrayOf(const Object &object, StringRef key) {
  static const Array empty;
  const Array *array = object.getArray(key);
  return array ? *array : empty;
}

static Expected<EinsumGraph> readGraph(const Object &root) {
  EinsumGraphBuilder builder;
  for (const Value &value : arrayOf(root, "tensors")) {
    const Object &t = *value.getAsObject();
    llvm::SmallVector<int64_t, 4> shape;
    for (const Value &extent : arrayOf(t, "shape"))
      shape.push_back(toInteger(&extent));
    builder.tensor(toText(t, "name"), shape, toNumber(t.get("bits")),
                   t.getBoolean("persistent").value_or(false));
  }
  for (const Value &value : arrayOf(root, "einsums")) {
    const Object &e = *value.getAsObject();
    llvm::SmallVector<std::pair<StringRef, int64_t>, 8> ranks;
    for (const Value &rank : arrayOf(e, "ranks"))
      ranks.push_back({toText((*rank.getAsArray())[0]),
                       toInteger(&(*rank.getAsArray())[1])});
    builder.einsum(toText(e, "name"), ranks);
    const Array &operands = arrayOf(e, "operands");
    for (const Value &operand : operands) {
      StringRef tensor = toText((*operand.getAsArray())[0]);
      StringRef index = toText((*operand.getAsArray())[1]);
      if (&operand == &operands.back())
        builder.output(tensor, index);
      else
        builder.input(tensor, index);
    }
    if (e.getBoolean("copy").value_or(false))
      builder.copy();
  }
  return builder.take();
}

/// A memory level of either tool; Timeloop's figures are per 8-bit word, in
/// picojoules and words per cycle of 1 s, and its evictions are not charged.
static Error readMemory(const Object &node, bool timeloop, MemoryLevel &level) {
  if (timeloop) {
    level.sizeValues = toNumber(node.get("size_values"));
    level.readJPerBit = level.writeJPerBit =
        toNumber(node.get("energy_pj_per_word")) * 1e-12 / 8;
    level.readBitsPerS = level.writeBitsPerS =
        toNumber(node.get("words_per_cycle")) * 8;
    level.chargesEvictions = false;
    level.mayKeep = TensorSet::all();
    return Error::success();
  }
  if (node.get("size_bits"))
    level.sizeBits = toNumber(node.get("size_bits"));
  if (node.get("size_values"))
    level.sizeValues = toNumber(node.get("size_values"));
  level.readJPerBit = toNumber(node.get("read_j_per_bit"));
  level.writeJPerBit = toNumber(node.get("write_j_per_bit"));
  level.readBitsPerS = toNumber(node.get("read_bits_per_s"));
  level.writeBitsPerS = toNumber(node.get("write_bits_per_s"));
  level.ports =
      toText(node, "ports") == "separate" ? Ports::Separate : Ports::Shared;
  level.leakW = toNumber(node.get("leak_w"));
  if (const Object *widths = node.getObject("bits_per_value"))
    for (Role role : {Role::Input, Role::Weight, Role::Output})
      level.widths[unsigned(role)].bitsPerValue =
          toNumber(widths->get(stringifyRole(role)));
  auto keep = parseTensorSet(toText(node, "keep"));
  if (!keep)
    return keep.takeError();
  auto mayKeep = parseTensorSet(toText(node, "may_keep"));
  if (!mayKeep)
    return mayKeep.takeError();
  level.keep = std::move(*keep);
  level.mayKeep = std::move(*mayKeep);
  return Error::success();
}

static Expected<Architecture> readArchitecture(const Object &root,
                                               bool timeloop) {
  Architecture arch;
  arch.name = "evaluated";
  for (const Value &value : arrayOf(root, "nodes")) {
    const Object &node = *value.getAsObject();
    StringRef kind = toText(node, "kind"), name = toText(node, "name");
    if (kind == "memory") {
      if (Error error = readMemory(node, timeloop, arch.addMemory(name)))
        return std::move(error);
    } else if (kind == "fanout") {
      Fanout &fanout = arch.addFanout(name, toInteger(node.get("n")));
      if (timeloop)
        continue;
      fanout.minUsage = toNumber(node.get("min_usage"));
      for (StringRef field : {"reuse", "may_reuse"}) {
        // reuse first would contradict may_reuse for a moment.
        RoleSet roles = RoleSet::none();
        for (Role role : {Role::Input, Role::Weight, Role::Output})
          if (toText(node, field) == "all" ||
              toText(node, field).contains(stringifyRole(role)))
            roles = roles | RoleSet::of(role);
        (field == "reuse" ? fanout.reuse : fanout.mayReuse) = roles;
      }
    } else {
      ComputeUnit &unit = arch.addUnit(name);
      unit.jPerOp = timeloop ? toNumber(node.get("pj_per_op")) * 1e-12
                             : toNumber(node.get("j_per_op"));
      unit.opsPerS = timeloop ? 1 : toNumber(node.get("ops_per_s"));
      unit.leakW = toNumber(node.get("leak_w"));
      for (const Value &count : arrayOf(node, "takes_num_tensors"))
        unit.takesNumTensors.push_back(toInteger(&count));
    }
  }
  if (Error error = arch.verify())
    return std::move(error);
  return std::move(arch);
}

static Error readMapping(const Object &root, OracleCase &result) {
  for (const Value &value : arrayOf(root, "mapping")) {
    const Object &m = *value.getAsObject();
    unsigned einsum = result.mapping.einsums.size();
    std::string text;
    size_t depth = 0;
    for (const Value &line : arrayOf(m, "path")) {
      text += std::string(2 * depth, ' ') + toText(line).str() + "\n";
      depth += !toText(line).starts_with("keep");
    }
    auto path = parsePath(text, result.graph, result.arch, einsum);
    if (!path)
      return path.takeError();
    path->sharedLoops = toInteger(m.get("shared"));
    result.mapping.einsums.push_back(std::move(*path));
  }
  return Error::success();
}

double OracleCase::expectedNumber(StringRef key) const {
  return toNumber(expected.get(key));
}

Expected<OracleCase> accel::loadOracleCase(StringRef name) {
  auto buffer = llvm::MemoryBuffer::getFile(kInputs + "/" + name + ".json");
  if (!buffer)
    return fail("cannot read case " + name);
  return parseOracleCase(name, (*buffer)->getBuffer());
}

Expected<OracleCase> accel::parseOracleCase(StringRef name, StringRef text) {
  auto json = llvm::json::parse(text);
  if (!json)
    return json.takeError();
  Object &root = *json->getAsObject();
  bool timeloop = name.starts_with("timeloop_");
  OracleCase result;
  result.name = name.str();
  auto graph = readGraph(root);
  if (!graph)
    return graph.takeError();
  result.graph = std::move(*graph);
  auto arch = readArchitecture(root, timeloop);
  if (!arch)
    return arch.takeError();
  result.arch = std::move(*arch);
  if (Error error = readMapping(root, result))
    return std::move(error);
  result.options.imperfect = root.getBoolean("imperfect").value_or(false);
  result.options.referenceWindows = true;
  for (const Value &value : arrayOf(root, "objective"))
    result.objectives.push_back(toText(value).str());
  if (const Object *options = root.getObject("options"))
    result.maxFusedLoops = options->getInteger("max_fused_loops").value_or(-1);
  result.expected = std::move(*root.getObject("expected"));
  return std::move(result);
}

std::vector<std::string> accel::oracleCaseNames(StringRef prefix,
                                                bool without) {
  std::vector<std::string> names;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it(kInputs, error), end;
       it != end && !error; it.increment(error)) {
    StringRef file = llvm::sys::path::filename(it->path());
    if (file.consume_back(".json") && file.starts_with(prefix) != without)
      names.push_back(file.str());
  }
  llvm::sort(names);
  return names;
}
