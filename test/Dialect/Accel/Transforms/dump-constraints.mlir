// RUN: accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints=solve=true -o /dev/null 2>&1 | FileCheck %s
// RUN: accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints="solve=true output=%t.txt" -o %t.mlir
// RUN: FileCheck %s --input-file=%t.txt
// Without being asked to, it solves nothing.
// RUN: accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints -o /dev/null 2>&1 | FileCheck %s --check-prefix=PROBLEM
// The module stays as it is.
// RUN: FileCheck %s --check-prefix=MODULE --input-file=%t.mlir

// PROBLEM:     embedding of "stem"
// PROBLEM-NOT: best
// PROBLEM:     embedding of "y"
// PROBLEM-NOT: best

// A rank that stands in a window, ranks flattened, and both roles.
// CHECK:      embedding of "stem" in gemm(m=1, n=16, k=16)
// CHECK-NEXT: ranks
// CHECK-NEXT:   d0 = 1 in {input, output}
// CHECK:        d6 = 3 in {input, weight}
// CHECK-NEXT: operator
// CHECK-NEXT:   stem[d0, d1, d2, d3] += %arg0[d0, d1 + d4, d2 + d5, d6] * %arg1[d4, d5, d6, d3]
// CHECK-NEXT: layouts at most
// CHECK:      variables and lanes, roles as they are
// CHECK-NEXT:   tile[n][d3] in {1..16}
// Tiles of 3 and 6 would be tiles of d5 or d6, with the others whole.
// CHECK:        tile[k][(d5,d6)] in {unused, 2, 4..5, 7..8}
// CHECK:        tile[d3] <= 16  // lane n {weight, output}
// CHECK:      variables and lanes, input and weight swapped
// CHECK-NEXT:   tile[n][d1] in {1..7}
// CHECK:      constraints
// CHECK-NEXT:   every rank is in exactly one used axis
// CHECK:      minimize lexicographically
// CHECK-NEXT:   product of groups
// 27 products a pixel take two invocations.
// CHECK:      best "stem" in gemm(m=1, n=16, k=16)
// CHECK:        cost: 98 micro-ops

// CHECK:      embedding of "y" in gemm(m=1, n=16, k=16)
// CHECK:      best "y"
// CHECK:        cost: 3 micro-ops
// Nothing else is a contraction.
// CHECK-NOT:  embedding

// MODULE: linalg.conv_2d_nhwc_hwcf {accel.name = "stem"
// MODULE: linalg.matmul {accel.name = "y"}

func.func @stem(%image: tensor<1x9x9x3xi8>, %filter: tensor<3x3x3x16xi8>, %init: tensor<1x7x7x16xi32>) -> tensor<1x7x7x16xi32> {
  %0 = linalg.conv_2d_nhwc_hwcf {accel.name = "stem"} ins(%image, %filter : tensor<1x9x9x3xi8>, tensor<3x3x3x16xi8>)
      outs(%init : tensor<1x7x7x16xi32>) -> tensor<1x7x7x16xi32>
  return %0 : tensor<1x7x7x16xi32>
}

func.func @small(%a: tensor<3x5xi8>, %b: tensor<5x4xi8>, %c: tensor<3x4xi32>) -> tensor<3x4xi32> {
  %0 = linalg.matmul {accel.name = "y"} ins(%a, %b : tensor<3x5xi8>, tensor<5x4xi8>) outs(%c : tensor<3x4xi32>) -> tensor<3x4xi32>
  %1 = linalg.add ins(%0, %c : tensor<3x4xi32>, tensor<3x4xi32>) outs(%c : tensor<3x4xi32>) -> tensor<3x4xi32>
  return %1 : tensor<3x4xi32>
}
