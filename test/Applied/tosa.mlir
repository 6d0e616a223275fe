// RUN: accel-opt %s --pass-pipeline="builtin.module(func.func(tosa-optional-decompositions),canonicalize,func.func(tosa-infer-shapes,tosa-make-broadcastable,tosa-to-linalg-named,canonicalize,tosa-to-linalg,tosa-to-arith{include-apply-rescale=true},tosa-to-tensor),canonicalize,cse)" -o %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: %python -m accel.applied %t.mlir --map "target=simple target-set=GlobalBuffer.size_bits=8192,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10"
// RUN: %python -m accel.applied %t.mlir --map "target=gemmini target-set=Scratchpad.size_bits=16384"

// What upstream's TOSA pipeline makes of a small network maps and runs as it is:
// a padded convolution with bias and clamp, a pooling, a fully connected layer.

// CHECK-LABEL: func.func @network
// CHECK: linalg.conv_2d_nhwc_fhwc
// CHECK: linalg.pooling_nhwc_max
// CHECK: linalg.batch_matmul
func.func @network(%image: tensor<1x8x8x2xf32>, %w: tensor<4x3x3x2xf32>, %b: tensor<4xf32>,
                   %fc: tensor<1x64x5xf32>) -> tensor<1x1x5xf32> {
  %zp = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  %conv = tosa.conv2d %image, %w, %b, %zp, %zp {acc_type = f32, dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>,
      stride = array<i64: 1, 1>} : (tensor<1x8x8x2xf32>, tensor<4x3x3x2xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>)
      -> tensor<1x8x8x4xf32>
  %relu = tosa.clamp %conv {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
  %pool = tosa.max_pool2d %relu {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
      : (tensor<1x8x8x4xf32>) -> tensor<1x4x4x4xf32>
  %shape = tosa.const_shape {values = dense<[1, 1, 64]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %flat = tosa.reshape %pool, %shape : (tensor<1x4x4x4xf32>, !tosa.shape<3>) -> tensor<1x1x64xf32>
  %out = tosa.matmul %flat, %fc, %zp, %zp : (tensor<1x1x64xf32>, tensor<1x64x5xf32>, tensor<1xf32>, tensor<1xf32>)
      -> tensor<1x1x5xf32>
  return %out : tensor<1x1x5xf32>
}
