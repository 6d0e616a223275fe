// RUN: accel-opt %s --accel-map="target=snowcat objective=energy" -verify-diagnostics | FileCheck %s
// RUN: accel-opt %s --accel-map="target=nvdla" -verify-diagnostics | FileCheck %s

// The function maps around what it cannot map; what the barrier reads and writes
// lives in the outermost memory, and no group reaches across.
// CHECK-LABEL: func @insert_between
// CHECK: %[[G:.*]] = accel.group
// CHECK: linalg.matmul {{.*}}#accel.mapping<[keep [0, 1, 2] in "MainMemory"
// CHECK: %[[S:.*]] = tensor.insert_slice %[[G]] into
// CHECK: accel.group
// CHECK: linalg.matmul {{.*}}#accel.mapping<[keep [0, 1, 2] in "MainMemory"{{.*}} ins(%[[S]],
func.func @insert_between(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %c: tensor<64x128xf32>, %d: tensor<128x64xf32>) -> tensor<64x64xf32> {
  %e = tensor.empty() : tensor<64x64xf32>
  %m = linalg.matmul ins(%a, %b : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) -> tensor<64x64xf32>
  // expected-remark @below {{not mapped: it is no linalg op; its operands and results live in the outermost memory}}
  %s = tensor.insert_slice %m into %c[0, 64] [64, 64] [1, 1] : tensor<64x64xf32> into tensor<64x128xf32>
  %e2 = tensor.empty() : tensor<64x64xf32>
  %n = linalg.matmul ins(%s, %d : tensor<64x128xf32>, tensor<128x64xf32>) outs(%e2 : tensor<64x64xf32>) -> tensor<64x64xf32>
  return %n : tensor<64x64xf32>
}
