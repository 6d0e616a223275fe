// RUN: accel-opt %s --accel-attach-target=target=vta --accel-prepare-linalg -canonicalize -cse --accel-pack-operands | FileCheck %s
// RUN: accel-opt %s --accel-attach-target=target=vta --accel-prepare-linalg -canonicalize -cse --accel-pack-operands=embedding=fixed | FileCheck %s --check-prefix=FIXED
// RUN: accel-opt %s --accel-attach-target=target=vta --accel-prepare-linalg -canonicalize -cse --accel-pack-operands --accel-outline-device | FileCheck %s --check-prefix=DEVICE

#id2 = affine_map<(m, n) -> (m, n)>
#id4 = affine_map<(n, k, p, q) -> (n, k, p, q)>

// Three input channels fill 3 of 16 lanes; with the 3 taps of a row of the
// window they are 9. The host unrolls the columns; rows stay a window, which
// the loads slide along.
// CHECK-LABEL: func @stem
// CHECK: %[[P:.*]] = tensor.pad %arg0
// CHECK: %[[U:.*]] = linalg.generic {{.*}} ins(%[[P]] : tensor<1x3x10x10xi8>) outs({{.*}} : tensor<1x8x10x3x3xi8>)
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[U]] {{\[}}[0], [1], [2], [3, 4]] : {{.*}} into tensor<1x8x10x9xi8>
// CHECK: %[[W:.*]] = tensor.collapse_shape {{.*}} into tensor<16x3x9xi8>
// CHECK: linalg.pack %[[C]] {{.*}} -> tensor<1x1x8x10x1x16xi8>
// CHECK: linalg.pack %[[W]] {{.*}} -> tensor<1x1x3x16x16xi8>
// CHECK: accel.lanes = ["", "", "", "", "", "", "", "lane_out", "lane_in"]

// The fixed scheme leaves 13 lanes empty, and takes a step for every tap.
// FIXED-LABEL: func @stem
// FIXED: linalg.pack %arg0 {{.*}} -> tensor<1x1x8x8x1x16xi8>
// FIXED: linalg.pack %arg1 {{.*}} -> tensor<1x1x3x3x16x16xi8>

// The device's argument says from where each value of the image comes; the
// weights stand once, so they have a layout.
// DEVICE-LABEL: func @stem_device
// DEVICE-SAME: %arg0: tensor<1x1x8x10x1x16xi8> {accel.gather = {{.*}}, accel.name = "x", accel.shape = array<i64: 1, 3, 8, 8>}
// DEVICE-SAME: %arg1: tensor<1x1x3x16x16xi8> {accel.layout = {{.*}}, accel.name = "w", accel.shape = array<i64: 16, 3, 3, 3>}
func.func @stem(%x: tensor<1x3x8x8xi8> {accel.name = "x"}, %w: tensor<16x3x3x3xi8> {accel.name = "w"}) -> tensor<1x16x8x8xi8> {
  %z8 = arith.constant 0 : i8
  %p = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z8 : i8
  } : tensor<1x3x8x8xi8> to tensor<1x3x10x10xi8>
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<1x16x8x8xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<1x16x8x8xi32>) -> tensor<1x16x8x8xi32>
  %c = linalg.conv_2d_nchw_fchw ins(%p, %w : tensor<1x3x10x10xi8>, tensor<16x3x3x3xi8>) outs(%f : tensor<1x16x8x8xi32>) -> tensor<1x16x8x8xi32>
  %e8 = tensor.empty() : tensor<1x16x8x8xi8>
  %t = linalg.generic {indexing_maps = [#id4, #id4], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%c : tensor<1x16x8x8xi32>) outs(%e8 : tensor<1x16x8x8xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<1x16x8x8xi8>
  return %t : tensor<1x16x8x8xi8>
}

// 3 columns would be padded to 16, 32 rows are two blocks as they are: the
// operands are swapped, and stay in the order of the function's arguments.
// CHECK-LABEL: func @narrow
// CHECK-DAG: linalg.pack %arg1 {{.*}} -> tensor<3x1x1x16xi8>
// CHECK-DAG: linalg.pack %arg0 {{.*}} -> tensor<2x1x16x16xi8>
// DEVICE-LABEL: func @narrow_device
// DEVICE-SAME: %arg0: tensor<2x1x16x16xi8> {{.*}} %arg1: tensor<3x1x1x16xi8>
func.func @narrow(%x: tensor<32x16xi8>, %w: tensor<16x3xi8>) -> tensor<32x3xi8> {
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<32x3xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<32x3xi32>) -> tensor<32x3xi32>
  %c = linalg.matmul ins(%x, %w : tensor<32x16xi8>, tensor<16x3xi8>) outs(%f : tensor<32x3xi32>) -> tensor<32x3xi32>
  %e8 = tensor.empty() : tensor<32x3xi8>
  %t = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
    ins(%c : tensor<32x3xi32>) outs(%e8 : tensor<32x3xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<32x3xi8>
  return %t : tensor<32x3xi8>
}

// Between two ops of the device nothing is swapped or unrolled: the tensor
// would have to go to the host and back.
// CHECK-LABEL: func @chain
// CHECK: linalg.pack %arg0 {{.*}} -> tensor<32x1x1x16xi8>
// CHECK-NOT: tensor.collapse_shape
// DEVICE-LABEL: func @chain
// DEVICE: call @chain_device
// DEVICE-NOT: call
// DEVICE: return
func.func @chain(%x: tensor<32x16xi8>, %w: tensor<16x3xi8>, %v: tensor<3x16xi8>) -> tensor<32x16xi8> {
  %z = arith.constant 0 : i32
  %e = tensor.empty() : tensor<32x3xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<32x3xi32>) -> tensor<32x3xi32>
  %c = linalg.matmul ins(%x, %w : tensor<32x16xi8>, tensor<16x3xi8>) outs(%f : tensor<32x3xi32>) -> tensor<32x3xi32>
  %e8 = tensor.empty() : tensor<32x3xi8>
  %t = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
    ins(%c : tensor<32x3xi32>) outs(%e8 : tensor<32x3xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<32x3xi8>
  %d = tensor.empty() : tensor<32x16xi32>
  %g = linalg.fill ins(%z : i32) outs(%d : tensor<32x16xi32>) -> tensor<32x16xi32>
  %h = linalg.matmul ins(%t, %v : tensor<32x3xi8>, tensor<3x16xi8>) outs(%g : tensor<32x16xi32>) -> tensor<32x16xi32>
  %d8 = tensor.empty() : tensor<32x16xi8>
  %s = linalg.generic {indexing_maps = [#id2, #id2], iterator_types = ["parallel", "parallel"]}
    ins(%h : tensor<32x16xi32>) outs(%d8 : tensor<32x16xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<32x16xi8>
  return %s : tensor<32x16xi8>
}
