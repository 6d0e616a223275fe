// A batch of multiplications; 20 columns leave lanes unused.
//
// RUN: %python %S/compile-and-compare.py %s | FileCheck %s
// CHECK: equal

func.func @f(%a: tensor<3x8x32xi8>, %b: tensor<3x32x20xi8>) -> tensor<3x8x20xi8> {
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<3x8x20xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<3x8x20xi32>) -> tensor<3x8x20xi32>
  %c = linalg.batch_matmul ins(%a, %b : tensor<3x8x32xi8>, tensor<3x32x20xi8>) outs(%f : tensor<3x8x20xi32>) -> tensor<3x8x20xi32>
  %lo = arith.constant -128 : i32
  %hi = arith.constant 127 : i32
  %sh = arith.constant 8 : i32
  %oo = tensor.empty() : tensor<3x8x20xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d1, d2)>, affine_map<(d0, d1, d2) -> (d0, d1, d2)>], iterator_types = ["parallel", "parallel", "parallel"]} ins(%c : tensor<3x8x20xi32>) outs(%oo : tensor<3x8x20xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %sh : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<3x8x20xi8>
  return %r : tensor<3x8x20xi8>
}
