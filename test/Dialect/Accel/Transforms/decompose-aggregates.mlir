// RUN: accel-opt %s --accel-decompose-aggregates --accel-print-einsums 2>&1 | FileCheck %s
// RUN: accel-opt %s --accel-map=target=simple 2>/dev/null | FileCheck %s --check-prefix=MAP

// A maximum and a sum along the row, and two elementwise ops around them.
// CHECK: function softmax: 4 Einsums, {{[0-9]+}} tensors, 0 barriers
// CHECK-NEXT: S.0: S.0[d0] = %arg0[d0, d1]   (reduction; d0=4 d1=16)
// CHECK-NEXT: S.1: S.1[d0, d1] = %arg0[d0, d1], S.0[d0]   (elementwise; d0=4 d1=16)
// CHECK-NEXT: S.2: S.2[d0] = S.1[d0, d1]   (reduction; d0=4 d1=16)
// CHECK-NEXT: S: S[d0, d1] = S.1[d0, d1], S.2[d0]   (elementwise; d0=4 d1=16)
// MAP-LABEL: func @softmax
// MAP-COUNT-4: accel.mapping
func.func @softmax(%a: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x16xf32>
  %s = linalg.softmax {accel.name = "S"} dimension(1) ins(%a : tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %s : tensor<4x16xf32>
}

// CHECK: function dynamic: 0 Einsums, 0 tensors, 1 barrier
// CHECK-NEXT: barrier linalg.softmax
// MAP-LABEL: func @dynamic
// MAP: linalg.softmax
func.func @dynamic(%a: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %s = linalg.softmax dimension(1) ins(%a : tensor<?x16xf32>) outs(%a : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %s : tensor<?x16xf32>
}
