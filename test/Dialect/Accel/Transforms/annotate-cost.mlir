// RUN: accel-opt %s --accel-annotate-cost | FileCheck %s

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 3.0, read_bits_per_s = 8.0, write_bits_per_s = 4.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 4096.0>,
  #accel.fanout<"cols", n = 4>,
  #accel.compute<"MAC", j_per_op = 2.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {

// Everything crosses the border once: 2 x 512 bits read, 512 written.
// energy: 1024 x 1 J + 512 x 3 J + 512 operations x 2 J = 3584 J
// time: 1024 / 8 + 512 / 4 = 256 s to the memory (one port), 512 / 1 s to compute
// on one instance
// CHECK-LABEL: func @mapped
// CHECK: accel.cost = #accel.cost<energy_j = 3584.0, latency_s = 512.0, ops = 512.0>
func.func @mapped(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", keep [0, 1, 2] in "Buffer", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}

// Four instances compute in a quarter of the time: now the memory is slower.
// CHECK-LABEL: func @mapped_on_all_instances
// CHECK: accel.cost = #accel.cost<energy_j = 3584.0, latency_s = 256.0, ops = 512.0>
func.func @mapped_on_all_instances(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", keep [0, 1, 2] in "Buffer", par 0 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}

// Without a mapping the cost is the bound, here reached by the mapping above.
// CHECK-LABEL: func @bound
// CHECK: accel.cost = #accel.cost<energy_j = 3584.0, latency_s = 256.0, ops = 512.0>
func.func @bound(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  %r = linalg.matmul ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}

// An intermediate need not cross the border: each op reads or writes one tensor
// less. Energy: 1024 + 1024 J; 512 x 1 + 512 x 3 + 1024 J.
// CHECK-LABEL: func @bound_of_a_chain
// CHECK: accel.cost = #accel.cost<energy_j = 2048.0, {{.*}}accel.name = "A"
// CHECK: accel.cost = #accel.cost<energy_j = 3072.0, {{.*}}accel.name = "B"
func.func @bound_of_a_chain(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  %r = linalg.matmul {accel.name = "A"} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  %s = linalg.matmul {accel.name = "B"} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}

// A copy within the outermost memory is free, so nothing bounds it.
// CHECK-LABEL: func @copy
// CHECK: accel.cost = #accel.cost<energy_j = 0.0, latency_s = 0.0, ops = 0.0>
func.func @copy(%a: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  %r = linalg.copy ins(%a : tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}

// What stood there before is overwritten, and a group has the sum.
// CHECK-LABEL: func @group
// CHECK: accel.group cost = <energy_j = 0.0, latency_s = 0.0, ops = 0.0>
// CHECK-COUNT-2: accel.cost = #accel.cost<energy_j = 0.0, latency_s = 0.0, ops = 0.0>
func.func @group(%a: tensor<8x8xi8>) -> (tensor<8x8xi8>, tensor<8x8xi8>) {
  %e = tensor.empty() : tensor<8x8xi8>
  %g:2 = accel.group cost = <energy_j = 1.0, latency_s = 1.0, ops = 1.0> {
    %r = linalg.copy {accel.cost = #accel.cost<energy_j = 7.0, latency_s = 7.0, ops = 7.0>} ins(%a : tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
    %s = linalg.copy ins(%a : tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
    accel.yield %r, %s : tensor<8x8xi8>, tensor<8x8xi8>
  } -> tensor<8x8xi8>, tensor<8x8xi8>
  return %g#0, %g#1 : tensor<8x8xi8>, tensor<8x8xi8>
}
}
