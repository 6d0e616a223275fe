// RUN: %mlir-opt --load-dialect-plugin=%plugin --load-pass-plugin=%plugin --pass-pipeline='builtin.module(accel-compile{target=vta})' %s | FileCheck %s

// CHECK-LABEL: func @matmul_device
// CHECK: accel.load async
// CHECK: accel.gemm async
// CHECK: accel.store async
#id = affine_map<(m, n) -> (m, n)>
func.func @matmul(%a: tensor<1x16xi8>, %b: tensor<16x16xi8>) -> tensor<1x16xi8> {
  %c = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x16xi32>
  %z = linalg.fill ins(%c : i32) outs(%e : tensor<1x16xi32>) -> tensor<1x16xi32>
  %r = linalg.matmul ins(%a, %b : tensor<1x16xi8>, tensor<16x16xi8>) outs(%z : tensor<1x16xi32>) -> tensor<1x16xi32>
  %e8 = tensor.empty() : tensor<1x16xi8>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%r : tensor<1x16xi32>) outs(%e8 : tensor<1x16xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<1x16xi8>
  return %q : tensor<1x16xi8>
}
