//===- AccelAttrs.td - Attributes of the accel dialect ------*- tablegen -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_ATTRS_TD
#define ACCEL_ATTRS_TD

include "accel/Dialect/Accel/IR/AccelDialect.td"
include "accel/Dialect/Accel/IR/AccelEnums.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Dialect/SCF/IR/DeviceMappingInterface.td"
include "mlir/Interfaces/DataLayoutInterfaces.td"

class Accel_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Accel_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

/// A finite or infinite f64, printed with the fewest digits that read back to
/// the same number.
class RealParameter<string desc> : AttrParameter<"::mlir::accel::Real", desc>;
class DefaultedReal<string value, string desc>
    : DefaultValuedParameter<"::mlir::accel::Real",
                             "::mlir::accel::Real(" # value # ")", desc>;
/// A set printed as its list alone, without angle brackets.
class TensorSetParameter<string desc>
    : OptionalParameter<"::mlir::accel::TensorSetAttr", desc> {
  let printer = "$_self.printTerms($_printer)";
}
class NameParameter<string desc> : AttrParameter<"::mlir::StringAttr", desc>;

//===----------------------------------------------------------------------===//
// Target description
//===----------------------------------------------------------------------===//

def Accel_TensorSetAttr : Accel_Attr<"TensorSet", "tensors"> {
  let summary = "a set of an op's tensors, by role, class and holder";
  let description = [{
    A union of terms. `input`, `weight` and `output` go by operand position,
    `intermediate` (produced by one op of the function and read by another) and
    `external` by use; `all` is every tensor, `not_in "L"` every tensor that
    level `L` does not hold. `for "U"` restricts a term to ops that run on
    compute unit `U`. The empty list is the empty set.

    ```mlir
    #acc_keeps = #accel.tensors<[output, all for "ALU"]>
    ```
  }];
  let parameters = (ins
    OptionalArrayRefParameter<"::mlir::accel::TensorTermSpec">:$terms);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    /// Prints the list in its square brackets.
    void printTerms(::mlir::AsmPrinter &printer) const;
  }];
}

def Accel_MemoryAttr : Accel_Attr<"Memory", "memory"> {
  let summary = "a memory level of a target";
  let description = [{
    Energies are joules per bit, throughputs bits per second and per instance,
    sizes bits per instance. `size_values` bounds a level by the number of
    values instead, of whatever width (a register that holds one weight).
    `bits_scale_*` multiplies the width of the values of a role in this level
    (partial sums wider than results); `bits_*` replaces it. `keep` tensors must
    be held here, `may_keep` tensors may. With `ports = separate`, reads and
    writes overlap in time; with `shared` their times add. A level with
    `accumulates = false` reads the old value when partial sums of sibling
    instances are merged into it; with `charges_evictions = false` reading a
    tile in order to write it back is free here. With
    `slides = false` a window that moves along a loop is held in its whole
    range, not one step at a time. With `pads = true` zeros around a tensor are
    made here, in the time that reading them from the level above would take. With `exposes_ends = true` compute
    waits for the first tile that is read from here, and what moves last for the
    last compute: these do not overlap. `read_start_s` is the time from the
    request of a tile to its first data. `buffering` multiplies the space of
    every tile, 2 for double buffering.

    ```mlir
    #glb = #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"],
      may_keep = [all], size_bits = 1073741824.0,
      read_j_per_bit = 1.88e-12, write_j_per_bit = 2.36e-12,
      read_bits_per_s = 1.6384e13, write_bits_per_s = 8.192e12,
      ports = separate>
    ```
  }];
  let parameters = (ins
    NameParameter<"name of the level, unique in its target">:$name,
    TensorSetParameter<"held without choice">:$keep,
    TensorSetParameter<"held by choice of the mapper">:$may_keep,
    DefaultedReal<"INFINITY", "bits per instance">:$size_bits,
    DefaultedReal<"INFINITY", "values per instance">:$size_values,
    DefaultedReal<"0.0", "joules per bit read">:$read_j_per_bit,
    DefaultedReal<"0.0", "joules per bit written">:$write_j_per_bit,
    DefaultedReal<"INFINITY", "bits per second read">:$read_bits_per_s,
    DefaultedReal<"INFINITY", "bits per second written">:$write_bits_per_s,
    DefaultValuedParameter<"::mlir::accel::Port", "::mlir::accel::Port::Shared">:$ports,
    DefaultedReal<"0.0", "watts per instance, always">:$leak_w,
    DefaultedReal<"1.0", "width factor of inputs">:$bits_scale_input,
    DefaultedReal<"1.0", "width factor of weights">:$bits_scale_weight,
    DefaultedReal<"1.0", "width factor of outputs">:$bits_scale_output,
    DefaultedReal<"0.0", "bits of an input value, 0: the element type's">:$bits_input,
    DefaultedReal<"0.0", "bits of a weight value, 0: the element type's">:$bits_weight,
    DefaultedReal<"0.0", "bits of an output value, 0: the element type's">:$bits_output,
    DefaultValuedParameter<"bool", "true">:$accumulates,
    DefaultValuedParameter<"bool", "true">:$charges_evictions,
    DefaultValuedParameter<"bool", "true">:$slides,
    DefaultValuedParameter<"bool", "false">:$pads,
    DefaultValuedParameter<"bool", "false">:$exposes_ends,
    DefaultedReal<"0.0", "seconds to start reading a tile">:$read_start_s,
    DefaultValuedParameter<"int64_t", "1">:$buffering);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Accel_FanoutAttr : Accel_Attr<"Fanout", "fanout"> {
  let summary = "n instances of everything below";
  let description = [{
    `may_reuse` names the roles whose tensors are multicast (inputs) or reduced
    on the way (outputs) across the instances; left out, all are. `reuse` names
    roles whose tensors must not be split across the instances: a loop over a
    rank that indexes them may not be spatial here; it then also is the default
    of `may_reuse`. `min_usage` is the least share of the instances that a
    mapping should use.

    ```mlir
    #cols = #accel.fanout<"reuse_input", n = 128, may_reuse = [input],
                          reuse = [input], min_usage = 1.0>
    ```
  }];
  let parameters = (ins
    NameParameter<"name of the fan-out, unique in its target">:$name,
    AttrParameter<"int64_t", "number of instances">:$n,
    TensorSetParameter<"roles multicast or reduced">:$may_reuse,
    TensorSetParameter<"roles that must not be split">:$reuse,
    DefaultedReal<"0.0", "least share of instances used">:$min_usage);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Accel_ComputeAttr : Accel_Attr<"Compute", "compute"> {
  let summary = "a compute unit of a target";
  let description = [{
    `takes` says which ops run here: by kind (`vector` is elementwise or
    reduction), and by the number of their tensors where `tensors` is given. An op runs on the first unit of the target that
    takes it. `matrix` is the shape [BATCH, BLOCK_IN, BLOCK_OUT] of a matrix
    instruction. `init_ops` is the time, in operations, that starting a result
    takes, `start_s` the time to start each op of the body on a tile. A point of the iteration space is one operation, unless
    `ops_per_constant_op` and `ops_per_tensor_op` say what each arithmetic op of
    the body counts as: the former with a constant, the latter with two tensors.

    ```mlir
    #mac = #accel.compute<"MAC", takes = any, tensors = 3, j_per_op = 8.4e-14,
                          ops_per_s = 1.05e9>
    ```
  }];
  let parameters = (ins
    NameParameter<"name of the unit, unique in its target">:$name,
    DefaultValuedParameter<"::mlir::accel::EinsumKind", "::mlir::accel::EinsumKind::Any">:$takes,
    DefaultValuedParameter<"int64_t", "0", "number of tensors, 0: any">:$tensors,
    DefaultedReal<"0.0", "joules per operation">:$j_per_op,
    DefaultedReal<"INFINITY", "operations per second and instance">:$ops_per_s,
    DefaultedReal<"0.0", "watts per instance, always">:$leak_w,
    DefaultedReal<"0.0", "operations that starting a result takes">:$init_ops,
    DefaultedReal<"0.0", "seconds to start an op on a tile">:$start_s,
    DefaultedReal<"0.0", "operations an op of the body with a constant counts as">:$ops_per_constant_op,
    DefaultedReal<"0.0", "operations an op of the body on two tensors counts as">:$ops_per_tensor_op,
    OptionalParameter<"::mlir::DenseI64ArrayAttr", "BATCH, BLOCK_IN, BLOCK_OUT">:$matrix);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Accel_TargetAttr : Accel_Attr<"Target", "target", [
    DeclareAttrInterfaceMethods<DLTIQueryInterface>]> {
  let summary = "a tensor accelerator";
  let description = [{
    The path from the outermost memory to the compute units, outermost first:
    memories, fan-outs and compute units. Everything after a fan-out exists once
    per instance. A compute unit sees the memories and fan-outs before it.

    It is the value of the key `"accel.target"` in a device specification of the
    module's `dlti.target_system_spec`, and itself answers `dlti` queries for
    its levels by name.

    ```mlir
    #toy = #accel.target<"toy", [
      #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                    read_j_per_bit = 1.0, write_j_per_bit = 1.0>,
      #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"],
                    may_keep = [all], size_bits = 32768.0>,
      #accel.compute<"MAC", j_per_op = 1.0, ops_per_s = 1.0>
    ]>
    module attributes {dlti.target_system_spec = #dlti.target_system_spec<
      "NPU" = #dlti.target_device_spec<"accel.target" = #toy>>} {}
    ```
  }];
  let parameters = (ins
    NameParameter<"name of the target">:$name,
    ArrayRefParameter<"::mlir::Attribute", "levels, outermost first">:$levels);
  let assemblyFormat = "`<` $name `,` `[` $levels `]` `>`";
  let genVerifyDecl = 1;
}

def Accel_MemAttr : Accel_Attr<"Mem", "mem"> {
  let summary = "memory space of an on-chip buffer";
  let description = [{
    Names the memory level of the target in which a `memref` lives. A `memref`
    without memory space lives in the outermost memory.

    ```mlir
    func.func private @tile(memref<14x14x16xi8, #accel.mem<"INP">>)
    ```
  }];
  let parameters = (ins NameParameter<"name of the level">:$level);
  let assemblyFormat = "`<` $level `>`";
  let genVerifyDecl = 1;
}

def Accel_OverAttr : Accel_Attr<"Over", "over", [
    DeclareAttrInterfaceMethods<DeviceMappingAttrInterface>]> {
  let summary = "a loop whose iterations are the instances of a fan-out";
  let description = [{
    The mapping of an `scf.forall` that stands for a spatial loop. Where instances
    add to the same results, one after another, the loop is an `scf.for` that
    carries it as `accel.over`.

    ```mlir
    func.func private @spread() attributes {accel.over = #accel.over<"columns">}
    ```
  }];
  let parameters = (ins NameParameter<"name of the fan-out">:$fanout);
  let assemblyFormat = "`<` $fanout `>`";
}

def Accel_TileAttr : Accel_Attr<"Tile", "tile"> {
  let summary = "which tile a generated buffer holds or a generated copy moves";
  let description = [{
    `accel-apply-mapping` sets it as `accel.tile` when asked to, for
    `accel-count-transfers`. Names are those of the report: the tensor, as the
    op (`for`) calls it, and its role there. `box` is given where a copy leaves
    out what lies in the padding: the elements of the tile with it.

    ```mlir
    #t = #accel.tile<fill "T0" for "T1" as input, box = 900>
    ```
  }];
  let parameters = (ins
    AttrParameter<"::mlir::accel::TileUse", "hold, start, fill, shift, write_back or merge">:$use,
    NameParameter<"tensor">:$tensor,
    NameParameter<"op that uses it">:$einsum,
    AttrParameter<"::mlir::accel::Role", "what it is to that op">:$role,
    DefaultValuedParameter<"int64_t", "0", "elements with padding, 0: as copied">:$box);
  let assemblyFormat =
      "`<` $use $tensor `for` $einsum `as` $role (`,` `box` `=` $box^)? `>`";
}

//===----------------------------------------------------------------------===//
// Mapping and cost
//===----------------------------------------------------------------------===//

def Accel_MappingAttr : Accel_Attr<"Mapping", "mapping"> {
  let summary = "how one op runs on the target: loops, keeps, compute unit";
  let description = [{
    The root-to-leaf path of the op in the LoopTree of its group. `for d by t`
    walks rank `d` (a loop of the linalg op) in tiles of `t`; `par d by t over
    "f"` spreads its tiles over the instances of fan-out `f`; `keep [o, ...] in
    "L"` holds the current tiles of the operands `o` in level `L`, and of these
    the last one may slide along the loop below (see the cost model); `compute
    "U"` ends the path. `shared` is the number of leading loops that the op has
    in common with the op before it in its group. `imperfect` says that the
    outermost tile of a rank need not divide it.

    ```mlir
    #m = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 32,
                         keep [0] in "GlobalBuffer", for 1 by 1,
                         keep [2] in "GlobalBuffer", for 2 by 1,
                         keep [1] in "GlobalBuffer", for 0 by 1,
                         compute "MAC"], shared = 0>
    ```
  }];
  let parameters = (ins
    ArrayRefParameter<"::mlir::accel::MappingNode">:$nodes,
    AttrParameter<"int64_t", "leading loops in common with the op before">:$shared,
    DefaultValuedParameter<"bool", "false",
                           "outermost tiles need not divide">:$imperfect);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Accel_CostAttr : Accel_Attr<"Cost", "cost"> {
  let summary = "what the cost model predicts";
  let description = [{
    Energy in joules, latency in seconds, operations. For a group these are sums
    over its ops. `detail` may break them down: per level and tensor the bits
    read and written, per component the seconds and joules.

    ```mlir
    #c = #accel.cost<energy_j = 1.5e-06, latency_s = 2.0e-05, ops = 262144.0>
    ```
  }];
  let parameters = (ins
    RealParameter<"joules">:$energy_j,
    RealParameter<"seconds">:$latency_s,
    RealParameter<"operations">:$ops,
    OptionalParameter<"::mlir::DictionaryAttr">:$detail);
  let assemblyFormat =
      "`<` struct($energy_j, $latency_s, $ops, $detail) `>`";
  let genVerifyDecl = 1;
}

def Accel_SyncAttr : Accel_Attr<"Sync", "sync"> {
  let summary = "dependency flags of an instruction";
  let description = [{
    The four flags of a decoupled access-execute instruction: whether it takes a
    token from its previous or next queue before it starts, and gives one to
    them when it is done. The queues are load, compute, store, in this order.

    ```mlir
    #s = #accel.sync<pop_prev, push_next>
    ```
  }];
  let parameters = (ins
    DefaultValuedParameter<"bool", "false">:$pop_prev,
    DefaultValuedParameter<"bool", "false">:$pop_next,
    DefaultValuedParameter<"bool", "false">:$push_prev,
    DefaultValuedParameter<"bool", "false">:$push_next);
  let hasCustomAssemblyFormat = 1;
}

#endif // ACCEL_ATTRS_TD
