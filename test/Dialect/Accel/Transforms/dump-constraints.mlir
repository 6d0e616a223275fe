// RUN: accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints=solve=true -o /dev/null 2>&1 | FileCheck %s
// RUN: accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints=output=%t.txt -o /dev/null && FileCheck %s --input-file=%t.txt --check-prefix=FILE
// RUN: not accel-opt %s --accel-attach-target=target=simple --accel-dump-constraints -o /dev/null 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: error: target "simple" has no compute unit with a matrix shape to embed into

// Two blocks of 16 of the reduction and one of the 3 columns, for 32 rows; or
// swapped, two of rows for 3 columns.
// CHECK: embedding of "mm" in gemm(m=1, n=16, k=16)
// CHECK: ranks
// CHECK: d0 = 32 in {input, output}
// CHECK: d1 = 3 in {weight, output}
// CHECK: d2 = 20 in {input, weight}
// CHECK: variables and lanes, roles as they are
// CHECK: variables and lanes, input and weight swapped
// CHECK: constraints
// CHECK: minimize lexicographically
// CHECK: solution
// FILE: embedding of "mm"
// FILE-NOT: solution
func.func @f(%a: tensor<32x20xi8>, %b: tensor<20x3xi8>) -> tensor<32x3xi32> {
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<32x3xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<32x3xi32>) -> tensor<32x3xi32>
  %c = linalg.matmul {accel.name = "mm"} ins(%a, %b : tensor<32x20xi8>, tensor<20x3xi8>) outs(%f : tensor<32x3xi32>) -> tensor<32x3xi32>
  return %c : tensor<32x3xi32>
}
