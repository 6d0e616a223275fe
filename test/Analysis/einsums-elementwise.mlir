// RUN: accel-opt %s --accel-print-einsums -o %t 2>&1 | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (j)>
#none = affine_map<(i, j) -> ()>

// A scalar needs no memory; a broadcast tensor has fewer indices.
// CHECK: function broadcast: 1 Einsum, 3 tensors
// CHECK-NEXT: bias: bias[d0, d1] = %arg0[d0, d1], %arg1[d1]   (elementwise; d0=8 d1=4)
func.func @broadcast(%a: tensor<8x4xf32>, %b: tensor<4xf32>, %s: f32) -> tensor<8x4xf32> {
  %e = tensor.empty() : tensor<8x4xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #none, #id], iterator_types = ["parallel", "parallel"], accel.name = "bias"}
    ins(%a, %b, %s : tensor<8x4xf32>, tensor<4xf32>, f32) outs(%e : tensor<8x4xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32, %o: f32):
    %0 = arith.addf %x, %y : f32
    %1 = arith.mulf %0, %z : f32
    linalg.yield %1 : f32
  } -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}

// CHECK: function copy: 1 Einsum, 2 tensors
// CHECK-NEXT: copy#0: copy#0[d0] = %arg0[d0]   (copy; d0=8)
func.func @copy(%a: tensor<8xi8>) -> tensor<8xi8> {
  %e = tensor.empty() : tensor<8xi8>
  %r = linalg.copy ins(%a : tensor<8xi8>) outs(%e : tensor<8xi8>) -> tensor<8xi8>
  return %r : tensor<8xi8>
}

// CHECK: function reduction: 1 Einsum, 2 tensors
// CHECK-NEXT: reduction#0: reduction#0[d0] = %arg0[d0, d1]   (reduction; d0=8 d1=4)
func.func @reduction(%a: tensor<8x4xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %r = linalg.reduce ins(%a : tensor<8x4xf32>) outs(%e : tensor<8xf32>) dimensions = [1] (%x: f32, %acc: f32) {
    %0 = arith.addf %x, %acc : f32
    linalg.yield %0 : f32
  }
  return %r : tensor<8xf32>
}

// CHECK: function transpose: 1 Einsum, 2 tensors
// CHECK-NEXT: transpose#0: transpose#0[d0, d1] = %arg0[d1, d0]   (elementwise; d0=4 d1=8)
func.func @transpose(%a: tensor<8x4xf32>) -> tensor<4x8xf32> {
  %e = tensor.empty() : tensor<4x8xf32>
  %r = linalg.transpose ins(%a : tensor<8x4xf32>) outs(%e : tensor<4x8xf32>) permutation = [1, 0]
  return %r : tensor<4x8xf32>
}

// An operand that the body does not read is not moved.
// CHECK: function unread_operand: 1 Einsum, 2 tensors
// CHECK-NEXT: unread_operand#0[d0, d1] = %arg1[d0, d1]
func.func @unread_operand(%a: tensor<8x4xf32>, %b: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %e = tensor.empty() : tensor<8x4xf32>
  %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a, %b : tensor<8x4xf32>, tensor<8x4xf32>) outs(%e : tensor<8x4xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    linalg.yield %y : f32
  } -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}
