// RUN: accel-opt %s --accel-print-einsums -o %t 2>&1 | FileCheck %s

// CHECK: function nhwc_with_strides: 1 Einsum, 3 tensors
// CHECK-NEXT: = %arg0[d0, 2*d1 + d4, 3*d2 + d5, d6], %arg1[d4, d5, d6, d3]   (contraction; d0=1 d1=5 d2=3 d3=8 d4=3 d5=3 d6=3)
func.func @nhwc_with_strides(%x: tensor<1x11x9x3xi8>, %w: tensor<3x3x3x8xi8>) -> tensor<1x5x3x8xi32> {
  %e = tensor.empty() : tensor<1x5x3x8xi32>
  %r = linalg.conv_2d_nhwc_hwcf {strides = dense<[2, 3]> : tensor<2xi64>} ins(%x, %w : tensor<1x11x9x3xi8>, tensor<3x3x3x8xi8>) outs(%e : tensor<1x5x3x8xi32>) -> tensor<1x5x3x8xi32>
  return %r : tensor<1x5x3x8xi32>
}

// CHECK: function nhwc_with_dilations: 1 Einsum, 3 tensors
// CHECK-NEXT: = %arg0[d0, d1 + 2*d4, d2 + 2*d5, d6], %arg1[d4, d5, d6, d3]
func.func @nhwc_with_dilations(%x: tensor<1x10x10x3xi8>, %w: tensor<3x3x3x8xi8>) -> tensor<1x6x6x8xi32> {
  %e = tensor.empty() : tensor<1x6x6x8xi32>
  %r = linalg.conv_2d_nhwc_hwcf {dilations = dense<2> : tensor<2xi64>} ins(%x, %w : tensor<1x10x10x3xi8>, tensor<3x3x3x8xi8>) outs(%e : tensor<1x6x6x8xi32>) -> tensor<1x6x6x8xi32>
  return %r : tensor<1x6x6x8xi32>
}

// Zero padding is a border of the projection, and the tensor is the one without.
// CHECK: function nchw_with_padding: 1 Einsum, 3 tensors, 0 barriers
// CHECK-NEXT: = %arg0[d0, d4, d2 + d5 - 1, d3 + d6 - 2], %arg1[d1, d4, d5, d6]   (contraction; d0=1 d1=8 d2=8 d3=9 d4=3 d5=3 d6=3)
// CHECK-NEXT: tensor %arg0: 1x3x8x8 of 8 bits
func.func @nchw_with_padding(%x: tensor<1x3x8x8xi8>, %w: tensor<8x3x3x3xi8>) -> tensor<1x8x8x9xi32> {
  %e = tensor.empty() : tensor<1x8x8x9xi32>
  %c = arith.constant 0 : i8
  %p = tensor.pad %x low[0, 0, 1, 2] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c : i8
  } : tensor<1x3x8x8xi8> to tensor<1x3x10x11xi8>
  %r = linalg.conv_2d_nchw_fchw ins(%p, %w : tensor<1x3x10x11xi8>, tensor<8x3x3x3xi8>) outs(%e : tensor<1x8x8x9xi32>) -> tensor<1x8x8x9xi32>
  return %r : tensor<1x8x8x9xi32>
}

// Only the shape of a pooling window counts: it is no tensor of the Einsum, but
// gives its ranks.
// CHECK: function pooling: 1 Einsum, 2 tensors, 0 barriers
// CHECK-NEXT: pooling#0: pooling#0[d0, d1, d2, d3] = %arg0[d0, 2*d1 + d4, 2*d2 + d5, d3]   (reduction; d0=1 d1=4 d2=4 d3=4 d4=2 d5=2)
func.func @pooling(%x: tensor<1x8x8x4xi8>) -> tensor<1x4x4x4xi8> {
  %e = tensor.empty() : tensor<1x4x4x4xi8>
  %w = tensor.empty() : tensor<2x2xi8>
  %r = linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>} ins(%x, %w : tensor<1x8x8x4xi8>, tensor<2x2xi8>) outs(%e : tensor<1x4x4x4xi8>) -> tensor<1x4x4x4xi8>
  return %r : tensor<1x4x4x4xi8>
}

// CHECK: function depthwise: 1 Einsum, 3 tensors
// CHECK-NEXT: = %arg0[d0, d1 + d4, d2 + d5, d3], %arg1[d4, d5, d3]   (contraction;
func.func @depthwise(%x: tensor<1x8x8x4xi8>, %w: tensor<3x3x4xi8>) -> tensor<1x6x6x4xi32> {
  %e = tensor.empty() : tensor<1x6x6x4xi32>
  %r = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x8x8x4xi8>, tensor<3x3x4xi8>) outs(%e : tensor<1x6x6x4xi32>) -> tensor<1x6x6x4xi32>
  return %r : tensor<1x6x6x4xi32>
}

// A padding with anything but zeros is no border.
// CHECK: function padded_with_ones: 1 Einsum, 2 tensors, 1 barrier
// CHECK-NEXT: = tensor.pad#0[d0]
// CHECK: barrier tensor.pad: is a view whose indices are no sums of loops
func.func @padded_with_ones(%x: tensor<8xi8>) -> tensor<10xi8> {
  %e = tensor.empty() : tensor<10xi8>
  %c = arith.constant 1 : i8
  %p = tensor.pad %x low[1] high[1] {
  ^bb0(%i: index):
    tensor.yield %c : i8
  } : tensor<8xi8> to tensor<10xi8>
  %r = linalg.copy ins(%p : tensor<10xi8>) outs(%e : tensor<10xi8>) -> tensor<10xi8>
  return %r : tensor<10xi8>
}
