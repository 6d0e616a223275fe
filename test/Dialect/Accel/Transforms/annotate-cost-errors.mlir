// RUN: accel-opt %s --accel-annotate-cost -split-input-file -verify-diagnostics

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @unknown_level(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping names level "L2" but target "toy" has Main, Buffer, Reg}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "L2", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @level_that_is_a_fanout(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping names level "cols" but target "toy" has Main, Buffer, Reg}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "cols", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @unknown_fanout(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping names fan-out "rows" but target "toy" has cols}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", par 1 by 2 over "rows", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @unknown_unit(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping names compute unit "ALU" but target "toy" has MAC}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", compute "ALU"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @operand_out_of_range(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping keeps operand 3 which is no tensor that the op reads or writes}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 3] in "Main", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @rank_out_of_range(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping has a loop over rank 3 but the op has 3 ranks}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 3 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @tile_does_not_divide(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "tile_does_not_divide#0": tile 3 of rank d0 does not divide 8}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", par 1 by 2 over "cols", for 0 by 3, for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @tile_left_over(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "tile_left_over#0": rank d0 has tile 2 at the compute unit, expected 1}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", par 1 by 2 over "cols", for 0 by 2, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @missing_keep(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "missing_keep#0": no level keeps missing_keep#0}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", par 1 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @external_backed_on_chip(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{external tensor external_backed_on_chip#0 is backed in "Buffer", expected "Main"}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", keep [2] in "Buffer", par 1 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @required_level_skipped(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{"Reg" does not keep %arg1, which the target requires}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", par 1 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @not_allowed_level(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{"Reg" keeps %arg0, which the target does not allow}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", par 1 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, keep [0, 1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @levels_upside_down(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{external tensor %arg0 is backed in "Buffer", expected "Main"}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0] in "Buffer", keep [0, 1, 2] in "Main", par 1 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @over_capacity(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "over_capacity#0" needs 512 bits in "Buffer" but the level holds 256 (kept then: %arg1)}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", keep [1] in "Buffer", par 1 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @too_many_instances(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{uses 8 instances of "cols" but it has 4}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", par 1 by 1 over "cols", for 0 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @splits_a_shared_role(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{splits %arg0 by rank d0 over "cols", which must share input tensors}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", par 0 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @fanout_below_its_level(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{the loop over "cols" stands below a keep in "Reg", which is inside it}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 1, for 1 by 4, for 2 by 1, keep [1] in "Reg", par 1 by 1 over "cols", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @first_op_shares(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: the first einsum "A" shares 1 loops, expected 0}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 1>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 1, keep [0] in "Buffer", for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 1>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @exchange_without_shared_loops(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-note @below {{does not agree with this op}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsums "A" and "B" keep A below 1 loops but share 0}}
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 1, keep [0] in "Buffer", for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @shared_loop_of_another_count(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-note @below {{does not agree with this op}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 2, keep [2] in "Buffer", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  // expected-error @below {{accel.mapping: shared loop 0 of einsums "A" and "B" has 4 and 8 iterations, expected equal counts}}
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 1, keep [0] in "Buffer", for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 1>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @shared_loop_over_a_reduction(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-note @below {{does not agree with this op}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  // expected-error @below {{accel.mapping: shared loop 0 of einsums "A" and "B" steps through A by 1 in dimension 0 and by 1 in dimension 1, expected the same}}
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 2 by 1, keep [0] in "Buffer", for 1 by 1, for 0 by 1, keep [1] in "Reg", compute "MAC"], shared = 1>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @exchange_in_two_levels(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-note @below {{does not agree with this op}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsums "A" and "B" exchange A through "Buffer" and "Main", expected one level}}
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 1>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @exchange_in_two_places(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-note @below {{does not agree with this op}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsums "A" and "B" keep A below 1 and 2 loops, expected the same place}}
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 1, for 2 by 1, keep [0] in "Buffer", for 1 by 1, keep [1] in "Reg", compute "MAC"], shared = 1>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @inner_tile_does_not_divide(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "inner_tile_does_not_divide#0": tile 2 of rank d0 does not divide 3, only the outermost tile of an imperfect rank may}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 3, for 0 by 2, for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0, imperfect>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @keep_below_its_child(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "keep_below_its_child#0": keep of %arg1 in "Buffer" stands below its keep in "Reg", expected outer levels above inner ones}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", keep [1] in "Buffer", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}

// -----

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0, read_bits_per_s = 8.0, write_bits_per_s = 8.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 256.0>,
  #accel.fanout<"cols", n = 4, reuse = [input]>,
  #accel.memory<"Reg", keep = [weight], size_values = 1.0>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @over_capacity_beside_an_unmapped_op(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "A" needs 512 bits in "Buffer" but the level holds 256 (kept then: %arg1)}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", keep [1] in "Buffer", for 0 by 1, for 1 by 1, for 2 by 1, keep [1] in "Reg", compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  %s = linalg.matmul {accel.name = "B"} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}
}
