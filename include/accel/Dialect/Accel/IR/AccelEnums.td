//===- AccelEnums.td - Enumerations of the accel dialect ----*- tablegen -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_ENUMS_TD
#define ACCEL_ENUMS_TD

include "mlir/IR/EnumAttr.td"

class Accel_Enum<string name, string summary, list<I32EnumCase> cases>
    : I32Enum<name, summary, cases> {
  let cppNamespace = "::mlir::accel";
}

def Accel_Port : Accel_Enum<"Port",
    "whether reads and writes of a memory share their time", [
  I32EnumCase<"Shared", 0, "shared">,
  I32EnumCase<"Separate", 1, "separate">
]>;

def Accel_Role : Accel_Enum<"Role",
    "what a tensor is to an op, by operand position", [
  I32EnumCase<"Input", 0, "input">,
  I32EnumCase<"Weight", 1, "weight">,
  I32EnumCase<"Output", 2, "output">
]>;

def Accel_EinsumKind : Accel_Enum<"EinsumKind",
    "kinds of Einsum that a compute unit takes", [
  I32EnumCase<"Any", 0, "any">,
  I32EnumCase<"Contraction", 1, "contraction">,
  I32EnumCase<"Elementwise", 2, "elementwise">,
  I32EnumCase<"Reduction", 3, "reduction">,
  I32EnumCase<"Vector", 4, "vector">
]>;

def Accel_TensorTerm : Accel_Enum<"TensorTerm",
    "one term of a set of tensors", [
  I32EnumCase<"Input", 0, "input">,
  I32EnumCase<"Weight", 1, "weight">,
  I32EnumCase<"Output", 2, "output">,
  I32EnumCase<"Intermediate", 3, "intermediate">,
  I32EnumCase<"External", 4, "external">,
  I32EnumCase<"All", 5, "all">,
  I32EnumCase<"NotIn", 6, "not_in">
]>;

def Accel_NodeKind : Accel_Enum<"NodeKind", "kind of a node of a mapping", [
  I32EnumCase<"For", 0, "for">,
  I32EnumCase<"Par", 1, "par">,
  I32EnumCase<"Keep", 2, "keep">,
  I32EnumCase<"Compute", 3, "compute">
]>;

def Accel_TileUse : Accel_Enum<"TileUse", "what is done with a tile", [
  I32EnumCase<"Hold", 0, "hold">,
  I32EnumCase<"Start", 1, "start">,
  I32EnumCase<"Fill", 2, "fill">,
  I32EnumCase<"Shift", 3, "shift">,
  I32EnumCase<"WriteBack", 4, "write_back">,
  I32EnumCase<"Merge", 5, "merge">
]>;

def Accel_AluKindAttr : I32EnumAttr<"AluKind",
    "operation of the vector unit on accumulators", [
  I32EnumAttrCase<"Min", 0, "min">,
  I32EnumAttrCase<"Max", 1, "max">,
  I32EnumAttrCase<"Add", 2, "add">,
  I32EnumAttrCase<"Shr", 3, "shr">
]> {
  let cppNamespace = "::mlir::accel";
}

#endif // ACCEL_ENUMS_TD
