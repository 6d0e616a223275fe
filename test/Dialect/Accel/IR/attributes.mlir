// RUN: accel-opt %s | FileCheck %s
// RUN: accel-opt %s | accel-opt | FileCheck %s
// RUN: accel-opt %s -mlir-print-op-generic | accel-opt | FileCheck %s
// RUN: accel-opt %s -emit-bytecode | accel-opt | FileCheck %s

// CHECK-LABEL: @tensor_sets
// CHECK-SAME: empty = #accel.tensors<[]>
// CHECK-SAME: every = #accel.tensors<[input, weight, output, intermediate, external, all]>
// CHECK-SAME: holder = #accel.tensors<[not_in "L", not_in "L" for "U"]>
// CHECK-SAME: unit = #accel.tensors<[all for "U"]>
func.func private @tensor_sets() attributes {
  empty = #accel.tensors<[]>,
  every = #accel.tensors<[input, weight, output, intermediate, external, all]>,
  holder = #accel.tensors<[not_in "L", not_in "L" for "U"]>,
  unit = #accel.tensors<[all for "U"]>}

// CHECK-LABEL: @memory_with_defaults
// CHECK-SAME: a = #accel.memory<"M">
// CHECK-SAME: b = #accel.memory<"M">
func.func private @memory_with_defaults() attributes {
  a = #accel.memory<"M">,
  b = #accel.memory<"M", size_bits = inf, ports = shared, accumulates = true,
                    charges_evictions = true, slides = true, pads = false,
                    exposes_ends = false, read_start_s = 0.0, buffering = 1>}

// CHECK-LABEL: @memory_with_every_field
// CHECK-SAME: #accel.memory<"M", keep = [input], may_keep = [all], size_bits = 1024.0, size_values = 64.0, read_j_per_bit = 1.0e-12, write_j_per_bit = 2.0e-12, read_bits_per_s = 8.0e+09, write_bits_per_s = 4.0e+09, ports = separate, leak_w = 0.5, bits_scale_input = 2.0, bits_scale_weight = 3.0, bits_scale_output = 4.0, bits_input = 8.0, bits_weight = 16.0, bits_output = 24.0, accumulates = false, charges_evictions = false, slides = false, pads = true, exposes_ends = true, read_start_s = 2.5e-07, buffering = 2>
func.func private @memory_with_every_field() attributes {
  a = #accel.memory<"M", keep = [input], may_keep = [all], size_bits = 1024.0,
    size_values = 64.0, read_j_per_bit = 1.0e-12, write_j_per_bit = 2.0e-12,
    read_bits_per_s = 8.0e+9, write_bits_per_s = 4.0e+9, ports = separate,
    leak_w = 0.5, bits_scale_input = 2.0, bits_scale_weight = 3.0,
    bits_scale_output = 4.0, bits_input = 8.0, bits_weight = 16.0,
    bits_output = 24.0, accumulates = false, charges_evictions = false, slides = false,
    pads = true, exposes_ends = true, read_start_s = 2.5e-7, buffering = 2>}

// CHECK-LABEL: @fields_in_any_order
// CHECK-SAME: #accel.memory<"M", keep = [output], size_bits = 8.0, leak_w = 1.0>
func.func private @fields_in_any_order() attributes {
  a = #accel.memory<"M", leak_w = 1.0, size_bits = 8.0, keep = [output]>}

// CHECK-LABEL: @fanout
// CHECK-SAME: every = #accel.fanout<"f", n = 128, may_reuse = [input, weight], reuse = [input], min_usage = 0.5>
// CHECK-SAME: least = #accel.fanout<"f", n = 1>
// CHECK-SAME: nothing = #accel.fanout<"f", n = 4, may_reuse = []>
func.func private @fanout() attributes {
  least = #accel.fanout<"f", n = 1>,
  every = #accel.fanout<"f", n = 128, may_reuse = [input, weight],
                        reuse = [input], min_usage = 0.5>,
  nothing = #accel.fanout<"f", n = 4, may_reuse = []>}

// CHECK-LABEL: @compute
// CHECK-SAME: every = #accel.compute<"MAC", takes = contraction, tensors = 3, j_per_op = 1.0e-13, ops_per_s = 1.0e+09, leak_w = 0.25, init_ops = 1.0, start_s = 5.0e-08, ops_per_constant_op = 2.0, ops_per_tensor_op = 3.0, matrix = [1, 16, 16]>
// CHECK-SAME: least = #accel.compute<"MAC">
// CHECK-SAME: takes_elementwise = #accel.compute<"MAC", takes = elementwise>
// CHECK-SAME: takes_reduction = #accel.compute<"MAC", takes = reduction>
func.func private @compute() attributes {
  least = #accel.compute<"MAC">,
  every = #accel.compute<"MAC", takes = contraction, tensors = 3,
    j_per_op = 1.0e-13, ops_per_s = 1.0e9, leak_w = 0.25, init_ops = 1.0, start_s = 5.0e-8,
    ops_per_constant_op = 2.0, ops_per_tensor_op = 3.0, matrix = [1, 16, 16]>,
  takes_elementwise = #accel.compute<"MAC", takes = elementwise>,
  takes_reduction = #accel.compute<"MAC", takes = reduction>}

// CHECK-LABEL: @target
// CHECK-SAME: #accel.target<"t", [#accel.memory<"M">, #accel.fanout<"f", n = 2>, #accel.memory<"R", keep = [not_in "M" for "MAC"]>, #accel.compute<"MAC">]>
func.func private @target() attributes {
  a = #accel.target<"t", [#accel.memory<"M">, #accel.fanout<"f", n = 2>,
    #accel.memory<"R", keep = [not_in "M" for "MAC"]>, #accel.compute<"MAC">]>}

// CHECK-LABEL: @memory_space
// CHECK-SAME: memref<4x4xi8, #accel.mem<"INP">>
func.func private @memory_space(memref<4x4xi8, #accel.mem<"INP">>)

// CHECK-LABEL: @mapping
// CHECK-SAME: every = #accel.mapping<[keep [2, 0, 1] in "M", for 0 by 32, par 1 by 4 over "f", keep [2] in "R", compute "MAC"], shared = 1>
// CHECK-SAME: imperfect = #accel.mapping<[for 0 by 3, compute "MAC"], shared = 0, imperfect>
// CHECK-SAME: least = #accel.mapping<[compute "MAC"], shared = 0>
func.func private @mapping() attributes {
  least = #accel.mapping<[compute "MAC"], shared = 0>,
  imperfect = #accel.mapping<[for 0 by 3, compute "MAC"], shared = 0, imperfect>,
  every = #accel.mapping<[keep [2, 0, 1] in "M", for 0 by 32,
    par 1 by 4 over "f", keep [2] in "R", compute "MAC"], shared = 1>}

// CHECK-LABEL: @cost
// CHECK-SAME: least = #accel.cost<energy_j = 1.5, latency_s = 0.0, ops = 16.0>
// CHECK-SAME: with_detail = #accel.cost<energy_j = 1.0, latency_s = 2.0, ops = 3.0, detail = {M = 4.000000e+00 : f64}>
func.func private @cost() attributes {
  least = #accel.cost<energy_j = 1.5, latency_s = 0, ops = 16>,
  with_detail = #accel.cost<energy_j = 1.0, latency_s = 2.0, ops = 3.0,
                            detail = {M = 4.0 : f64}>}

// CHECK-LABEL: @sync
// CHECK-SAME: every = #accel.sync<pop_prev, pop_next, push_prev, push_next>
// CHECK-SAME: none = #accel.sync<>
// CHECK-SAME: two = #accel.sync<pop_next, push_prev>
func.func private @sync() attributes {
  none = #accel.sync<>, two = #accel.sync<push_prev, pop_next>,
  every = #accel.sync<pop_prev, pop_next, push_prev, push_next>}

// CHECK-LABEL: @token(!accel.token) -> !accel.token
func.func private @token(!accel.token) -> !accel.token
