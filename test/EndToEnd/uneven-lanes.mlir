// Inputs and results in blocks of different sizes: the channels of a depthwise
// convolution cannot sit on both. The host joins channels and outputs.
//
// RUN: accel-opt %s --accel-compile="target=vta target-set=lane_batch.n=2,lane_in.n=8,GEMM.matrix=2x8x16,ALU.ops_per_s=32e8" -o - | FileCheck %s
//
// CHECK-LABEL: func.func @f(
// CHECK: call @f_device0
// CHECK: call @f_device1
// CHECK-LABEL: func.func @f_device0
// CHECK: accel.gemm

func.func @f(%x: tensor<2x4x4x16xi8>, %w: tensor<3x3x16x2xi8>) -> tensor<2x2x2x32xi8> {
  %z = arith.constant 0 : i32
  %s = arith.constant 8 : i32
  %e = tensor.empty() : tensor<2x2x2x16x2xi32>
  %o = tensor.empty() : tensor<2x2x2x32xi8>
  %i = linalg.fill ins(%z : i32) outs(%e : tensor<2x2x2x16x2xi32>) -> tensor<2x2x2x16x2xi32>
  %c = linalg.depthwise_conv_2d_nhwc_hwcm ins(%x, %w : tensor<2x4x4x16xi8>, tensor<3x3x16x2xi8>) outs(%i : tensor<2x2x2x16x2xi32>) -> tensor<2x2x2x16x2xi32>
  %j = tensor.collapse_shape %c [[0], [1], [2], [3, 4]] : tensor<2x2x2x16x2xi32> into tensor<2x2x2x32xi32>
  %q = linalg.generic {indexing_maps = [affine_map<(n, p, q, c) -> (n, p, q, c)>, affine_map<(n, p, q, c) -> (n, p, q, c)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%j : tensor<2x2x2x32xi32>) outs(%o : tensor<2x2x2x32xi8>) {
  ^bb0(%a: i32, %b: i8):
    %0 = arith.shrsi %a, %s : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  } -> tensor<2x2x2x32xi8>
  return %q : tensor<2x2x2x32xi8>
}
