//===- ReportArchitecture.cpp - The target's figures in a report ----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/Report.h"

using namespace accel;
using llvm::json::Array;
using llvm::json::Object;

/// JSON has no infinity: what is unlimited is left out.
static void setIfFinite(Object &object, llvm::StringRef key, double value) {
  if (value < kInf)
    object[key] = value;
}

static Object writeNode(const MemoryLevel &level) {
  Object object{{"kind", "memory"},
                {"read_j_per_bit", level.readJPerBit},
                {"write_j_per_bit", level.writeJPerBit},
                {"ports", level.ports == Ports::Shared ? "shared" : "separate"},
                {"leak_w", level.leakW}};
  setIfFinite(object, "size_bits", level.sizeBits);
  setIfFinite(object, "size_values", level.sizeValues);
  setIfFinite(object, "read_bits_per_s", level.readBitsPerS);
  setIfFinite(object, "write_bits_per_s", level.writeBitsPerS);
  return object;
}

static Object writeNode(const Fanout &fanout) {
  return Object{{"kind", "fanout"}, {"n", fanout.n}};
}

static Object writeNode(const ComputeUnit &unit) {
  Object object{
      {"kind", "compute"}, {"j_per_op", unit.jPerOp}, {"leak_w", unit.leakW}};
  setIfFinite(object, "ops_per_s", unit.opsPerS);
  return object;
}

Array accel::writeArchitecture(const Architecture &arch) {
  Array nodes;
  for (unsigned node = 0; node < arch.nodes.size(); ++node) {
    Object object = std::visit([](const auto &n) { return writeNode(n); },
                               arch.nodes[node]);
    object["name"] = arch.nodeName(node);
    object["instances"] = arch.numInstances(node);
    nodes.push_back(std::move(object));
  }
  return nodes;
}
