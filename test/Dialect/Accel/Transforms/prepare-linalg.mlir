// RUN: accel-opt %s --accel-prepare-linalg -canonicalize -cse | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#col = affine_map<(i, j) -> (j)>

// Named ops become generic and keep their names; fills and copies stay.
// CHECK-LABEL: func @generalises
// CHECK: linalg.fill
// CHECK: %[[M:.*]] = linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]{{.*}}attrs = {accel.name = "mm"}
// CHECK: linalg.copy ins(%[[M]]
func.func @generalises(%a: tensor<4x8xi8>, %b: tensor<8x4xi8>) -> tensor<4x4xi32> {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x4xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<4x4xi32>) -> tensor<4x4xi32>
  %r = linalg.matmul {accel.name = "mm"} ins(%a, %b : tensor<4x8xi8>, tensor<8x4xi8>) outs(%z : tensor<4x4xi32>) -> tensor<4x4xi32>
  %s = linalg.copy ins(%r : tensor<4x4xi32>) outs(%e : tensor<4x4xi32>) -> tensor<4x4xi32>
  return %s : tensor<4x4xi32>
}

// A matmul on a flattened image is a contraction over the image's dimensions:
// the reshape moves to the weights, which are constant in practice.
// CHECK-LABEL: func @flattened_image
// CHECK-SAME: (%[[X:.*]]: tensor<1x2x2x4xi8>, %[[W:.*]]: tensor<16x8xi8>)
// CHECK-NOT: tensor.collapse_shape
// CHECK: %[[V:.*]] = tensor.expand_shape %[[W]] {{.*}} tensor<16x8xi8> into tensor<2x2x4x8xi8>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction", "reduction", "reduction"]} ins(%[[X]], %[[V]] : tensor<1x2x2x4xi8>, tensor<2x2x4x8xi8>){{.*}} attrs = {accel.name = "dense"}
func.func @flattened_image(%x: tensor<1x2x2x4xi8>, %w: tensor<16x8xi8>) -> tensor<1x8xi32> {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x8xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<1x8xi32>) -> tensor<1x8xi32>
  %f = tensor.collapse_shape %x [[0], [1, 2, 3]] : tensor<1x2x2x4xi8> into tensor<1x16xi8>
  %r = linalg.matmul {accel.name = "dense"} ins(%f, %w : tensor<1x16xi8>, tensor<16x8xi8>) outs(%z : tensor<1x8xi32>) -> tensor<1x8xi32>
  return %r : tensor<1x8xi32>
}

// Chains of elementwise ops become one op with the name of the last.
// CHECK-LABEL: func @chain
// CHECK: linalg.generic {{.*}} attrs = {accel.name = "clip"}
// CHECK: arith.addi
// CHECK-NEXT: arith.shrsi
// CHECK-NEXT: arith.maxsi
// CHECK-NEXT: linalg.yield
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @chain(%a: tensor<4x8xi32>, %b: tensor<8xi32>) -> tensor<4x8xi32> {
  %c0 = arith.constant 0 : i32
  %c5 = arith.constant 5 : i32
  %e = tensor.empty() : tensor<4x8xi32>
  %0 = linalg.generic {accel.name = "bias", indexing_maps = [#id, #col, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a, %b : tensor<4x8xi32>, tensor<8xi32>) outs(%e : tensor<4x8xi32>) {
  ^bb0(%x: i32, %y: i32, %o: i32):
    %v = arith.addi %x, %y : i32
    linalg.yield %v : i32
  } -> tensor<4x8xi32>
  %1 = linalg.generic {accel.name = "shift", indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%0 : tensor<4x8xi32>) outs(%e : tensor<4x8xi32>) {
  ^bb0(%x: i32, %o: i32):
    %v = arith.shrsi %x, %c5 : i32
    linalg.yield %v : i32
  } -> tensor<4x8xi32>
  %2 = linalg.generic {accel.name = "clip", indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%1 : tensor<4x8xi32>) outs(%e : tensor<4x8xi32>) {
  ^bb0(%x: i32, %o: i32):
    %v = arith.maxsi %x, %c0 : i32
    linalg.yield %v : i32
  } -> tensor<4x8xi32>
  return %2 : tensor<4x8xi32>
}

// A result with two readers is computed once: nothing is fused.
// CHECK-LABEL: func @two_readers
// CHECK-COUNT-3: linalg.generic
// CHECK: return
func.func @two_readers(%a: tensor<4x8xi32>) -> (tensor<4x8xi32>, tensor<4x8xi32>) {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x8xi32>
  %0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%a : tensor<4x8xi32>) outs(%e : tensor<4x8xi32>) {
  ^bb0(%x: i32, %o: i32):
    %v = arith.addi %x, %x : i32
    linalg.yield %v : i32
  } -> tensor<4x8xi32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%0 : tensor<4x8xi32>) outs(%e : tensor<4x8xi32>) {
  ^bb0(%x: i32, %o: i32):
    %v = arith.subi %c0, %x : i32
    linalg.yield %v : i32
  } -> tensor<4x8xi32>
  %2 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%0 : tensor<4x8xi32>) outs(%e : tensor<4x8xi32>) {
  ^bb0(%x: i32, %o: i32):
    %v = arith.muli %x, %x : i32
    linalg.yield %v : i32
  } -> tensor<4x8xi32>
  return %1, %2 : tensor<4x8xi32>, tensor<4x8xi32>
}

// A contraction is not fused into what follows: it accumulates first.
// CHECK-LABEL: func @contraction_and_epilogue
// CHECK-COUNT-2: linalg.generic
// CHECK: return
func.func @contraction_and_epilogue(%a: tensor<4x8xi32>, %b: tensor<8x4xi32>) -> tensor<4x4xi32> {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x4xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<4x4xi32>) -> tensor<4x4xi32>
  %r = linalg.matmul ins(%a, %b : tensor<4x8xi32>, tensor<8x4xi32>) outs(%z : tensor<4x4xi32>) -> tensor<4x4xi32>
  %s = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%r : tensor<4x4xi32>) outs(%e : tensor<4x4xi32>) {
  ^bb0(%x: i32, %o: i32):
    %v = arith.maxsi %x, %c0 : i32
    linalg.yield %v : i32
  } -> tensor<4x4xi32>
  return %s : tensor<4x4xi32>
}
