// A padded convolution on a batch of two images, channels first.
//
// RUN: %python %S/compile-and-compare.py %s | FileCheck %s
// CHECK: equal

func.func @f(%a: tensor<2x16x9x9xi8>, %b: tensor<24x16x3x3xi8>) -> tensor<2x24x9x9xi8> {
  %z = arith.constant 0 : i32
  %z8 = arith.constant 0 : i8
  %p = tensor.pad %a low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z8 : i8
  } : tensor<2x16x9x9xi8> to tensor<2x16x11x11xi8>
  %e = tensor.empty() : tensor<2x24x9x9xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<2x24x9x9xi32>) -> tensor<2x24x9x9xi32>
  %c = linalg.conv_2d_nchw_fchw {strides = dense<1> : tensor<2xi64>, dilations = dense<1> : tensor<2xi64>} ins(%p, %b : tensor<2x16x11x11xi8>, tensor<24x16x3x3xi8>) outs(%f : tensor<2x24x9x9xi32>) -> tensor<2x24x9x9xi32>
  %lo = arith.constant -128 : i32
  %hi = arith.constant 127 : i32
  %sh = arith.constant 8 : i32
  %oo = tensor.empty() : tensor<2x24x9x9xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>, affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c : tensor<2x24x9x9xi32>) outs(%oo : tensor<2x24x9x9xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %sh : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<2x24x9x9xi8>
  return %r : tensor<2x24x9x9xi8>
}
