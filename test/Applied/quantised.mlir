// RUN: %python -m accel.applied %s --map "target=simple target-set=GlobalBuffer.size_bits=8192,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10"
// RUN: %python -m accel.applied %s --map "target=gemmini target-set=Scratchpad.size_bits=16384"
// RUN: accel-opt %s --accel-print-einsums -o /dev/null 2>&1 | FileCheck %s

// Quantised named ops: zero points are scalars, which no level holds.

// CHECK: function matmul: 1 Einsum, 3 tensors, 0 barriers
func.func @matmul(%a: tensor<8x12xi8>, %b: tensor<12x6xi8>) -> tensor<8x6xi32> {
  %azp = arith.constant 3 : i32
  %bzp = arith.constant -2 : i32
  %zero = arith.constant 0 : i32
  %e = tensor.empty() : tensor<8x6xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<8x6xi32>) -> tensor<8x6xi32>
  %r = linalg.quantized_matmul ins(%a, %b, %azp, %bzp : tensor<8x12xi8>, tensor<12x6xi8>, i32, i32)
      outs(%f : tensor<8x6xi32>) -> tensor<8x6xi32>
  return %r : tensor<8x6xi32>
}

// The padding of a quantised convolution is its zero point: no view of zeros,
// but still data.
// CHECK: function convolution: 2 Einsums
func.func @convolution(%x: tensor<1x6x6x2xi8>, %w: tensor<3x3x2x4xi8>) -> tensor<1x6x6x4xi8> {
  %xzp = arith.constant 1 : i32
  %wzp = arith.constant 0 : i32
  %edge = arith.constant 1 : i8
  %zero = arith.constant 0 : i32
  %shift = arith.constant 3 : i32
  %padded = tensor.pad %x low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %edge : i8
  } : tensor<1x6x6x2xi8> to tensor<1x8x8x2xi8>
  %e = tensor.empty() : tensor<1x6x6x4xi32>
  %f = linalg.fill ins(%zero : i32) outs(%e : tensor<1x6x6x4xi32>) -> tensor<1x6x6x4xi32>
  %c = linalg.conv_2d_nhwc_hwcf_q {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
      ins(%padded, %w, %xzp, %wzp : tensor<1x8x8x2xi8>, tensor<3x3x2x4xi8>, i32, i32) outs(%f : tensor<1x6x6x4xi32>) -> tensor<1x6x6x4xi32>
  %e1 = tensor.empty() : tensor<1x6x6x4xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(n, h, w, c) -> (n, h, w, c)>, affine_map<(n, h, w, c) -> (n, h, w, c)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c : tensor<1x6x6x4xi32>) outs(%e1 : tensor<1x6x6x4xi8>) {
  ^bb0(%in: i32, %out: i8):
    %s = arith.shrsi %in, %shift : i32
    %t = arith.trunci %s : i32 to i8
    linalg.yield %t : i8
  } -> tensor<1x6x6x4xi8>
  return %r : tensor<1x6x6x4xi8>
}
