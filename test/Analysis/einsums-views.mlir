// RUN: accel-opt %s --accel-print-einsums -o %t 2>&1 | FileCheck %s

// CHECK: function expand: 2 Einsums, 4 tensors, 0 barriers
// CHECK: use: use[d0, d1, d2] = mm[4*d0 + d1, d2]   (elementwise; d0=8 d1=4 d2=4)
// CHECK: tensor mm: 32x4 of 32 bits, intermediate
func.func @expand(%a: tensor<32x16xf32>, %b: tensor<16x4xf32>) -> tensor<8x4x4xf32> {
  %e = tensor.empty() : tensor<32x4xf32>
  %r = linalg.matmul {accel.name = "mm"} ins(%a, %b : tensor<32x16xf32>, tensor<16x4xf32>) outs(%e : tensor<32x4xf32>) -> tensor<32x4xf32>
  %v = tensor.expand_shape %r [[0, 1], [2]] output_shape [8, 4, 4] : tensor<32x4xf32> into tensor<8x4x4xf32>
  %e2 = tensor.empty() : tensor<8x4x4xf32>
  %n = linalg.exp {accel.name = "use"} ins(%v : tensor<8x4x4xf32>) outs(%e2 : tensor<8x4x4xf32>) -> tensor<8x4x4xf32>
  return %n : tensor<8x4x4xf32>
}

// Unit dimensions come and go without a trace.
// CHECK: function unit_dimensions: 1 Einsum, 2 tensors, 0 barriers
// CHECK-NEXT: use[d0, d1] = %arg0[0, d0, d1]
func.func @unit_dimensions(%a: tensor<1x8x4xf32>) -> tensor<8x4xf32> {
  %v = tensor.collapse_shape %a [[0, 1], [2]] : tensor<1x8x4xf32> into tensor<8x4xf32>
  %e = tensor.empty() : tensor<8x4xf32>
  %n = linalg.exp {accel.name = "use"} ins(%v : tensor<8x4xf32>) outs(%e : tensor<8x4xf32>) -> tensor<8x4xf32>
  return %n : tensor<8x4xf32>
}

// Views of views compose: the index of a flattened image, behind a border.
// CHECK: function composed: 1 Einsum, 2 tensors, 0 barriers
// CHECK-NEXT: use[d0, d1] = %arg0[4*d0 + d1 - 2]
func.func @composed(%a: tensor<28xf32>) -> tensor<8x4xf32> {
  %c = arith.constant 0.0 : f32
  %p = tensor.pad %a low[2] high[2] {
  ^bb0(%i: index):
    tensor.yield %c : f32
  } : tensor<28xf32> to tensor<32xf32>
  %v = tensor.expand_shape %p [[0, 1]] output_shape [8, 4] : tensor<32xf32> into tensor<8x4xf32>
  %e = tensor.empty() : tensor<8x4xf32>
  %n = linalg.exp {accel.name = "use"} ins(%v : tensor<8x4xf32>) outs(%e : tensor<8x4xf32>) -> tensor<8x4xf32>
  return %n : tensor<8x4xf32>
}

// Collapsing divides and takes remainders: no sum of loops. What it reads leaves
// the chip.
// CHECK: function collapse: 2 Einsums, 4 tensors, 1 barrier
// CHECK: made[d0, d1] = %arg0[d0, d1]
// CHECK: use[d0] = tensor.collapse_shape#0[d0]
// CHECK: tensor made: 8x4 of 32 bits, external
// CHECK: barrier tensor.collapse_shape: is a view whose indices are no sums of loops
func.func @collapse(%a: tensor<8x4xf32>) -> tensor<32xf32> {
  %e2 = tensor.empty() : tensor<8x4xf32>
  %m = linalg.exp {accel.name = "made"} ins(%a : tensor<8x4xf32>) outs(%e2 : tensor<8x4xf32>) -> tensor<8x4xf32>
  %v = tensor.collapse_shape %m [[0, 1]] : tensor<8x4xf32> into tensor<32xf32>
  %e = tensor.empty() : tensor<32xf32>
  %n = linalg.exp {accel.name = "use"} ins(%v : tensor<32xf32>) outs(%e : tensor<32xf32>) -> tensor<32xf32>
  return %n : tensor<32xf32>
}

// A slice moves the index, may take steps, and may drop dimensions.
// CHECK: function slices: 2 Einsums, 3 tensors, 0 barriers
// CHECK-NEXT: made[d0, d1] = %arg0[3, 2*d0 + 1, d1 + 4]
// CHECK-NEXT: use[d0, d1] = made[d0 + 1, d1]
func.func @slices(%a: tensor<8x16x9xf32>) -> tensor<3x5xf32> {
  %v = tensor.extract_slice %a[3, 1, 4] [1, 6, 5] [1, 2, 1] : tensor<8x16x9xf32> to tensor<6x5xf32>
  %e = tensor.empty() : tensor<6x5xf32>
  %m = linalg.exp {accel.name = "made"} ins(%v : tensor<6x5xf32>) outs(%e : tensor<6x5xf32>) -> tensor<6x5xf32>
  %w = tensor.extract_slice %m[1, 0] [3, 5] [1, 1] : tensor<6x5xf32> to tensor<3x5xf32>
  %e2 = tensor.empty() : tensor<3x5xf32>
  %n = linalg.exp {accel.name = "use"} ins(%w : tensor<3x5xf32>) outs(%e2 : tensor<3x5xf32>) -> tensor<3x5xf32>
  return %n : tensor<3x5xf32>
}

// A pad by a negative amount crops.
// CHECK: function crop: 1 Einsum, 2 tensors, 0 barriers
// CHECK-NEXT: use[d0] = %arg0[d0 + 2]
func.func @crop(%a: tensor<8xi8>) -> tensor<5xi8> {
  %z = arith.constant 0 : i8
  %v = tensor.pad %a low[-2] high[-1] {
  ^bb0(%i: index):
    tensor.yield %z : i8
  } : tensor<8xi8> to tensor<5xi8>
  %e = tensor.empty() : tensor<5xi8>
  %n = linalg.copy {accel.name = "use"} ins(%v : tensor<5xi8>) outs(%e : tensor<5xi8>) -> tensor<5xi8>
  return %n : tensor<5xi8>
}

// A slice at a place that is only known when it runs is no linear view.
// CHECK: function dynamic_slice: 1 Einsum, 2 tensors, 1 barrier
// CHECK: barrier tensor.extract_slice: is a view whose indices are no sums of loops
func.func @dynamic_slice(%a: tensor<8xf32>, %i: index) -> tensor<4xf32> {
  %v = tensor.extract_slice %a[%i] [4] [1] : tensor<8xf32> to tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %n = linalg.exp {accel.name = "use"} ins(%v : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %n : tensor<4xf32>
}
