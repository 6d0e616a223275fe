// A matrix multiplication with a shift-and-clip epilogue.
//
// RUN: %python %S/compile-and-compare.py %s | FileCheck %s
// CHECK: equal

func.func @f(%a: tensor<16x32xi8>, %b: tensor<32x48xi8>) -> tensor<16x48xi8> {
  %z = arith.constant 0 : i32
  %s = arith.constant 9 : i32
  %e = tensor.empty() : tensor<16x48xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<16x48xi32>) -> tensor<16x48xi32>
  %c = linalg.matmul ins(%a, %b : tensor<16x32xi8>, tensor<32x48xi8>) outs(%f : tensor<16x48xi32>) -> tensor<16x48xi32>
  %o = tensor.empty() : tensor<16x48xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%c : tensor<16x48xi32>) outs(%o : tensor<16x48xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %s : i32
    %lo = arith.constant -128 : i32
    %hi = arith.constant 127 : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<16x48xi8>
  return %r : tensor<16x48xi8>
}
