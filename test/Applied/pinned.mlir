// RUN: accel-opt %s --accel-map="target=simple target-set=GlobalBuffer.size_bits=4096,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10" | FileCheck %s
// RUN: %python -m accel.applied %s --inexact --map "target=simple target-set=GlobalBuffer.size_bits=4096,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10"

// A mapping that a user pinned stays, the others are searched around it, and all
// of them run.

// CHECK: linalg.matmul
// CHECK-SAME: accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 2 by 8, for 0 by 4, keep [0] in "GlobalBuffer", keep [2] in "GlobalBuffer", for 1 by 2, for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>
// CHECK-SAME: accel.name = "Pinned"
// CHECK: accel.mapping
// CHECK-SAME: accel.name = "Before"
// CHECK: accel.mapping
// CHECK-SAME: accel.name = "After"
func.func @pinned(%a: tensor<8x16xf32>, %b: tensor<16x12xf32>, %c: tensor<12x10xf32>, %d: tensor<10x6xf32>)
    -> (tensor<8x12xf32>, tensor<12x6xf32>) {
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<8x12xf32>
  %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<8x12xf32>) -> tensor<8x12xf32>
  %0 = linalg.matmul {accel.name = "Pinned", accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory",
      for 2 by 8, for 0 by 4, keep [0] in "GlobalBuffer", keep [2] in "GlobalBuffer",
      for 1 by 2, for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x16xf32>, tensor<16x12xf32>) outs(%f0 : tensor<8x12xf32>) -> tensor<8x12xf32>
  %e1 = tensor.empty() : tensor<12x10xf32>
  %1 = linalg.exp {accel.name = "Before"} ins(%c : tensor<12x10xf32>) outs(%e1 : tensor<12x10xf32>) -> tensor<12x10xf32>
  %e2 = tensor.empty() : tensor<12x6xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<12x6xf32>) -> tensor<12x6xf32>
  %2 = linalg.matmul {accel.name = "After"} ins(%1, %d : tensor<12x10xf32>, tensor<10x6xf32>)
      outs(%f2 : tensor<12x6xf32>) -> tensor<12x6xf32>
  return %0, %2 : tensor<8x12xf32>, tensor<12x6xf32>
}
