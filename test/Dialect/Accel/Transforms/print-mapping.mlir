// RUN: accel-opt %s --accel-print-mapping -o %t.mlir 2>&1 | FileCheck %s --match-full-lines --strict-whitespace
// RUN: accel-opt %s --accel-print-mapping=output=%t.txt -o %t.mlir 2>&1 | count 0
// RUN: FileCheck %s --match-full-lines --strict-whitespace --input-file=%t.txt

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 4096.0>,
  #accel.fanout<"cols", n = 4>,
  #accel.compute<"MAC", j_per_op = 1.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {

// Loops that two ops share stand above both, with the tensor that they exchange.
//      CHECK:function fused
// CHECK-NEXT:group A,B
// CHECK-NEXT:  keep %arg0,%arg1,B in Main
// CHECK-NEXT:  for d0 by 2  // 4 iterations
// CHECK-NEXT:    keep A in Buffer
// CHECK-NEXT:    einsum A
// CHECK-NEXT:      par d1 by 2 over cols  // 4 iterations
// CHECK-NEXT:        for d0 by 1  // 2 iterations
// CHECK-NEXT:          for d1 by 1  // 2 iterations
// CHECK-NEXT:            for d2 by 1  // 8 iterations
// CHECK-NEXT:              compute MAC
// CHECK-NEXT:    einsum B
// CHECK-NEXT:      for d0 by 1  // 2 iterations
// CHECK-NEXT:        for d1 by 1  // 8 iterations
// CHECK-NEXT:          for d2 by 1  // 8 iterations
// CHECK-NEXT:            compute MAC
func.func @fused(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 2, keep [2] in "Buffer", par 1 by 2 over "cols", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 2, keep [0] in "Buffer", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 1>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}

// CHECK-NEXT:function apart
// CHECK-NEXT:einsum A
// CHECK-NEXT:  keep %arg0,A in Main
// CHECK-NEXT:  for d0 by 1  // 8 iterations
// CHECK-NEXT:    for d1 by 1  // 8 iterations
// CHECK-NEXT:      compute MAC
// CHECK-NEXT:einsum B
// CHECK-NEXT:  keep A,B in Main
// CHECK-NEXT:  for d0 by 1  // 8 iterations
// CHECK-NEXT:    for d1 by 1  // 8 iterations
// CHECK-NEXT:      compute MAC
//  CHECK-NOT:{{.*}}function{{.*}}
func.func @apart(%a: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %e = tensor.empty() : tensor<8x8xf32>
  %r = linalg.exp {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, for 1 by 1, compute "MAC"], shared = 0>} ins(%a : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  %s = linalg.exp {accel.name = "B", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, for 1 by 1, compute "MAC"], shared = 0>} ins(%r : tensor<8x8xf32>) outs(%e : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %s : tensor<8x8xf32>
}

func.func @without_linalg() {
  return
}
}
