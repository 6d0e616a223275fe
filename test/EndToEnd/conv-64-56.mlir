// 3x3, 64 to 64 channels, 56x56.
//
// RUN: %python %S/compile-and-compare.py %s --runs 1 | FileCheck %s
// CHECK: equal

func.func @f(%a: tensor<1x56x56x64xi8>, %b: tensor<3x3x64x64xi8>) -> tensor<1x56x56x64xi8> {
  %z = arith.constant 0 : i32
  %z8 = arith.constant 0 : i8
  %p = tensor.pad %a low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z8 : i8
  } : tensor<1x56x56x64xi8> to tensor<1x58x58x64xi8>
  %e = tensor.empty() : tensor<1x56x56x64xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<1x56x56x64xi32>) -> tensor<1x56x56x64xi32>
  %c = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%p, %b : tensor<1x58x58x64xi8>, tensor<3x3x64x64xi8>) outs(%f : tensor<1x56x56x64xi32>) -> tensor<1x56x56x64xi32>
  %lo = arith.constant -128 : i32
  %hi = arith.constant 127 : i32
  %sh = arith.constant 8 : i32
  %oo = tensor.empty() : tensor<1x56x56x64xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c : tensor<1x56x56x64xi32>) outs(%oo : tensor<1x56x56x64xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %sh : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<1x56x56x64xi8>
  return %r : tensor<1x56x56x64xi8>
}
