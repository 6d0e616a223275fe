// Two layers through memory: what was stored is loaded again.
//
// RUN: %python %S/compile-and-compare.py %s | FileCheck %s
// CHECK: equal

func.func @f(%a: tensor<32x64xi8>, %b: tensor<64x96xi8>, %d: tensor<96x32xi8>) -> tensor<32x32xi8> {
  %z = arith.constant 0 : i32
  %lo = arith.constant -128 : i32
  %hi = arith.constant 127 : i32
  %e = tensor.empty() : tensor<32x96xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<32x96xi32>) -> tensor<32x96xi32>
  %c = linalg.matmul ins(%a, %b : tensor<32x64xi8>, tensor<64x96xi8>) outs(%f : tensor<32x96xi32>) -> tensor<32x96xi32>
  %o1 = tensor.empty() : tensor<32x96xi8>
  %s8 = arith.constant 8 : i32
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%c : tensor<32x96xi32>) outs(%o1 : tensor<32x96xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %s8 : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<32x96xi8>
  %e2 = tensor.empty() : tensor<32x32xi32>
  %f2 = linalg.fill ins(%z : i32) outs(%e2 : tensor<32x32xi32>) -> tensor<32x32xi32>
  %c2 = linalg.matmul ins(%q, %d : tensor<32x96xi8>, tensor<96x32xi8>) outs(%f2 : tensor<32x32xi32>) -> tensor<32x32xi32>
  %sh = arith.constant 8 : i32
  %oo = tensor.empty() : tensor<32x32xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%c2 : tensor<32x32xi32>) outs(%oo : tensor<32x32xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %sh : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<32x32xi8>
  return %r : tensor<32x32xi8>
}
