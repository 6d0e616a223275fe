// RUN: accel-opt %s --accel-print-einsums -o %t 2>&1 | FileCheck %s

// The fill is the start of the accumulation, no Einsum of its own.
// CHECK: function matmul: 1 Einsum, 3 tensors, 0 barriers
// CHECK-NEXT: matmul#0: matmul#0[d0, d1] = %arg0[d0, d2], %arg1[d2, d1]   (contraction; d0=8 d1=4 d2=16)
// CHECK-NEXT: tensor %arg0: 8x16 of 8 bits, external
// CHECK-NEXT: tensor %arg1: 16x4 of 8 bits, external
// CHECK-NEXT: tensor matmul#0: 8x4 of 32 bits, external
func.func @matmul(%a: tensor<8x16xi8>, %b: tensor<16x4xi8>) -> tensor<8x4xi32> {
  %c = arith.constant 0 : i32
  %e = tensor.empty() : tensor<8x4xi32>
  %z = linalg.fill ins(%c : i32) outs(%e : tensor<8x4xi32>) -> tensor<8x4xi32>
  %r = linalg.matmul ins(%a, %b : tensor<8x16xi8>, tensor<16x4xi8>) outs(%z : tensor<8x4xi32>) -> tensor<8x4xi32>
  return %r : tensor<8x4xi32>
}

// CHECK: function batch_matmul: 1 Einsum
// CHECK-NEXT: = %arg0[d0, d1, d3], %arg1[d0, d3, d2]   (contraction; d0=2 d1=8 d2=4 d3=16)
func.func @batch_matmul(%a: tensor<2x8x16xf16>, %b: tensor<2x16x4xf16>) -> tensor<2x8x4xf32> {
  %e = tensor.empty() : tensor<2x8x4xf32>
  %r = linalg.batch_matmul ins(%a, %b : tensor<2x8x16xf16>, tensor<2x16x4xf16>) outs(%e : tensor<2x8x4xf32>) -> tensor<2x8x4xf32>
  return %r : tensor<2x8x4xf32>
}

// One tensor read twice is one tensor with two accesses.
// CHECK: function square: 1 Einsum, 2 tensors
// CHECK-NEXT: square#0: square#0[d0, d1] = %arg0[d0, d2], %arg0[d2, d1]   (contraction;
func.func @square(%a: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %e = tensor.empty() : tensor<8x8xi32>
  %r = linalg.matmul ins(%a, %a : tensor<8x8xi32>, tensor<8x8xi32>) outs(%e : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %r : tensor<8x8xi32>
}

// CHECK: function chain: 2 Einsums, 5 tensors
// CHECK-NEXT: first: first[d0, d1] =
// CHECK-NEXT: chain#1: chain#1[d0, d1] = first[d0, d2], %arg2[d2, d1]
// CHECK: tensor first: 8x8 of 32 bits, intermediate
// CHECK: tensor chain#1: 8x8 of 32 bits, external
func.func @chain(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>, %c: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %e = tensor.empty() : tensor<8x8xi32>
  %r = linalg.matmul {accel.name = "first"} ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%e : tensor<8x8xi32>) -> tensor<8x8xi32>
  %s = linalg.matmul ins(%r, %c : tensor<8x8xi32>, tensor<8x8xi32>) outs(%e : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %s : tensor<8x8xi32>
}

// Earlier contents that an op adds to come from the outermost memory: the first
// result may not stay on chip.
// CHECK: function accumulates: 2 Einsums
// CHECK: accumulates#0[d0, d1] += %arg0[d0, d2], %arg1[d2, d1]
// CHECK: accumulates#1[d0, d1] += %arg0[d0, d2], %arg1[d2, d1]
// CHECK: tensor accumulates#0: 8x4 of 32 bits, external
func.func @accumulates(%a: tensor<8x16xi8>, %b: tensor<16x4xi8>, %z: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %r = linalg.matmul ins(%a, %b : tensor<8x16xi8>, tensor<16x4xi8>) outs(%z : tensor<8x4xi32>) -> tensor<8x4xi32>
  %q = linalg.matmul ins(%a, %b : tensor<8x16xi8>, tensor<16x4xi8>) outs(%r : tensor<8x4xi32>) -> tensor<8x4xi32>
  return %q : tensor<8x4xi32>
}

// One value everywhere is no data, also as a constant; several are.
// CHECK: function starts_from_constants: 2 Einsums
// CHECK: starts_from_constants#0[d0, d1] = %arg0
// CHECK: starts_from_constants#1[d0, d1] += %arg0
func.func @starts_from_constants(%a: tensor<2x16xi8>, %b: tensor<16x2xi8>) -> (tensor<2x2xi32>, tensor<2x2xi32>) {
  %one = arith.constant dense<1> : tensor<2x2xi32>
  %more = arith.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %r = linalg.matmul ins(%a, %b : tensor<2x16xi8>, tensor<16x2xi8>) outs(%one : tensor<2x2xi32>) -> tensor<2x2xi32>
  %q = linalg.matmul ins(%a, %b : tensor<2x16xi8>, tensor<16x2xi8>) outs(%more : tensor<2x2xi32>) -> tensor<2x2xi32>
  return %r, %q : tensor<2x2xi32>, tensor<2x2xi32>
}

// CHECK: function persistent_and_constant: 2 Einsums
// CHECK-NEXT: = %arg0[d0, d2], %arg1[d2, d1]
// CHECK-NEXT: persistent_and_constant#1[d0, d1] = persistent_and_constant#0[d0, d2], const#0[d2, d1]
// CHECK-NEXT: tensor %arg0: 8x16 of 8 bits, external{{$}}
// CHECK-NEXT: tensor %arg1: 16x4 of 8 bits, external, persistent
// CHECK-NEXT: tensor persistent_and_constant#0
// CHECK-NEXT: tensor const#0: 4x4 of 32 bits, external{{$}}
func.func @persistent_and_constant(%a: tensor<8x16xi8>, %b: tensor<16x4xi8> {accel.persistent}) -> tensor<8x4xi32> {
  %e = tensor.empty() : tensor<8x4xi32>
  %w = arith.constant dense<1> : tensor<4x4xi32>
  %r = linalg.matmul ins(%a, %b : tensor<8x16xi8>, tensor<16x4xi8>) outs(%e : tensor<8x4xi32>) -> tensor<8x4xi32>
  %q = linalg.matmul ins(%r, %w : tensor<8x4xi32>, tensor<4x4xi32>) outs(%e : tensor<8x4xi32>) -> tensor<8x4xi32>
  return %q : tensor<8x4xi32>
}

// What a group holds is seen as if the group were not there.
// CHECK: function grouped: 2 Einsums, 4 tensors
// CHECK-NEXT: a: a[d0, d1] = %arg0[d0, d2], %arg1[d2, d1]
// CHECK-NEXT: b: b[d0, d1] = a[d0, d1]
// CHECK: tensor a: 8x8 of 32 bits, intermediate
func.func @grouped(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %e = tensor.empty() : tensor<8x8xi32>
  %r = accel.group {
    %i = linalg.matmul {accel.name = "a"} ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%e : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %i : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  %s = linalg.copy {accel.name = "b"} ins(%r : tensor<8x8xi32>) outs(%e : tensor<8x8xi32>) -> tensor<8x8xi32>
  return %s : tensor<8x8xi32>
}
