// RUN: accel-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{expected one of [input, weight, output, intermediate, external, all, not_in] for one term of a set of tensors, got: inputs}}
#a = #accel.tensors<[inputs]>

// -----

// expected-error @below {{expected string}}
#a = #accel.tensors<[not_in M]>

// -----

// expected-error @below {{expected string}}
#a = #accel.tensors<[all for]>

// -----

// expected-error @below {{expected '['}}
#a = #accel.tensors<all>

// -----

// expected-error @below {{expected '>'}}
#a = #accel.tensors<[all], [input]>

// -----

// expected-error @below {{memory has no field 'size': it takes keep, may_keep, size_bits, size_values, read_j_per_bit,}}
#a = #accel.memory<"M", size = 8.0>

// -----

// expected-error @below {{memory has field 'size_bits' twice}}
#a = #accel.memory<"M", size_bits = 8.0, size_bits = 8.0>

// -----

// expected-error @below {{expected floating point literal}}
#a = #accel.memory<"M", size_bits = "8">

// -----

// expected-error @below {{expected floating point literal}}
#a = #accel.memory<"M", leak_w = nan>

// -----

// expected-error @below {{expected one of [shared, separate] for whether reads and writes of a memory share their time, got: both}}
#a = #accel.memory<"M", ports = both>

// -----

// expected-error @below {{expected one of [any, contraction, elementwise, reduction, vector] for kinds of Einsum that a compute unit takes, got: matmul}}
#a = #accel.compute<"MAC", takes = matmul>

// -----

// expected-error @below {{field 'n' of "f" is 0 but must be at least 1}}
#a = #accel.fanout<"f", min_usage = 1.0>

// -----

// expected-error @below {{expected one of [for, par, keep, compute] for kind of a node of a mapping, got: loop}}
#a = #accel.mapping<[loop 0 by 1, compute "A"], shared = 0>

// -----

// expected-error @below {{expected 'by'}}
#a = #accel.mapping<[for 0 in 4, compute "A"], shared = 0>

// -----

// expected-error @below {{expected 'over'}}
#a = #accel.mapping<[par 0 by 4, compute "A"], shared = 0>

// -----

// expected-error @below {{expected 'in'}}
#a = #accel.mapping<[keep [0] "M", compute "A"], shared = 0>

// -----

// expected-error @below {{expected string}}
#a = #accel.mapping<[compute A], shared = 0>

// -----

// expected-error @below {{expected ','}}
#a = #accel.mapping<[compute "A"]>

// -----

// expected-error @below {{expected 'shared'}}
#a = #accel.mapping<[compute "A"], fused = 0>

// -----

// expected-error @below {{struct is missing required parameter: ops}}
#a = #accel.cost<energy_j = 1.0, latency_s = 1.0>

// -----

// expected-error @below {{found flag 'pop' but expected pop_prev, pop_next, push_prev or push_next}}
#a = #accel.sync<pop>

// -----

// expected-error @below {{flag 'pop_prev' stands twice}}
#a = #accel.sync<pop_prev, pop_prev>

// -----

// expected-error @below {{unknown attribute `unknown` in dialect `accel`}}
#a = #accel.unknown<"x">

// -----

// expected-error @below {{unknown  type `event` in dialect `accel`}}
func.func private @unknown_type(!accel.event)

// -----

func.func @unknown_alu_kind(%a: memref<1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{expected string or keyword containing one of the following enum values for attribute 'kind' [min, max, add, shr]}}
  accel.alu mul outs(%a) imm = 0 nest = [] maps = [affine_map<() -> ()>] : memref<1x16xi32, #accel.mem<"ACC">>
  return
}
