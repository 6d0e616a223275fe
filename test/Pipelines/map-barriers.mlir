// RUN: accel-opt %s --accel-map="target=snowcat objective=energy" -verify-diagnostics | FileCheck %s
// RUN: accel-opt %s --accel-map="target=nvdla" -verify-diagnostics | FileCheck %s

// The function maps around what it cannot map; what the barrier reads and writes
// lives in the outermost memory, and no group reaches across.
// CHECK-LABEL: func @softmax_between
// CHECK: %[[G:.*]] = accel.group
// CHECK: linalg.matmul {{.*}}#accel.mapping<[keep [0, 1, 2] in "MainMemory"
// CHECK: %[[S:.*]] = linalg.softmax dimension(1) ins(%[[G]] :
// CHECK: accel.group
// CHECK: linalg.matmul {{.*}}#accel.mapping<[keep [0, 1, 2] in "MainMemory"{{.*}} ins(%[[S]],
func.func @softmax_between(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %e = tensor.empty() : tensor<64x64xf32>
  %m = linalg.matmul ins(%a, %b : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  // expected-remark @below {{not mapped: it is no linalg op; its operands and results live in the outermost memory}}
  %s = linalg.softmax dimension(1) ins(%m : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  %n = linalg.matmul ins(%s, %b : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %n : tensor<64x64xf32>
}
