// A 1x1 convolution with bias, relu and a residual that is added in the accumulators.
//
// RUN: %python %S/compile-and-compare.py %s | FileCheck %s
// CHECK: equal

func.func @f(%a: tensor<1x8x8x16xi8>, %b: tensor<1x1x16x32xi8>, %bias: tensor<32xi32>, %skip: tensor<1x8x8x32xi32>) -> tensor<1x8x8x32xi8> {
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x8x8x32xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<1x8x8x32xi32>) -> tensor<1x8x8x32xi32>
  %c = linalg.conv_2d_nhwc_hwcf {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%a, %b : tensor<1x8x8x16xi8>, tensor<1x1x16x32xi8>) outs(%f : tensor<1x8x8x32xi32>) -> tensor<1x8x8x32xi32>
  %g = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c, %bias : tensor<1x8x8x32xi32>, tensor<32xi32>) outs(%e : tensor<1x8x8x32xi32>) {
  ^bb0(%x: i32, %y: i32, %o: i32):
    %0 = arith.addi %x, %y : i32
    %1 = arith.maxsi %0, %z : i32
    linalg.yield %1 : i32
  } -> tensor<1x8x8x32xi32>
  %h = linalg.add ins(%g, %skip : tensor<1x8x8x32xi32>, tensor<1x8x8x32xi32>) outs(%e : tensor<1x8x8x32xi32>) -> tensor<1x8x8x32xi32>
  %lo = arith.constant -128 : i32
  %hi = arith.constant 127 : i32
  %sh = arith.constant 8 : i32
  %oo = tensor.empty() : tensor<1x8x8x32xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%h : tensor<1x8x8x32xi32>) outs(%oo : tensor<1x8x8x32xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %sh : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<1x8x8x32xi8>
  return %r : tensor<1x8x8x32xi8>
}
