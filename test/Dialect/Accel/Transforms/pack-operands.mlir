// RUN: accel-opt %s --accel-attach-target=target=vta --accel-prepare-linalg -canonicalize -cse --accel-pack-operands -verify-diagnostics | FileCheck %s

#id = affine_map<(n, y, x, c) -> (n, y, x, c)>
#ch = affine_map<(n, y, x, c) -> (c)>

// 1x16x16 lanes: channels of input and output go in blocks of 16, one pack for
// each tensor that comes in, one unpack for the one that goes out, and none
// between the convolution and its epilogue.
// CHECK-LABEL: func @conv_and_epilogue
// CHECK-SAME: (%[[X:.*]]: tensor<1x8x8x16xi8>, %[[W:.*]]: tensor<3x3x16x32xi8>, %[[B:.*]]: tensor<32xi32>)
// CHECK: %[[PX:.*]] = linalg.pack %[[X]] {{.*}} inner_dims_pos = [0, 3] inner_tiles = [1, 16] {{.*}} -> tensor<1x1x8x8x1x16xi8>
// CHECK: %[[PW:.*]] = linalg.pack %[[W]] {{.*}} inner_dims_pos = [3, 2] inner_tiles = [16, 16] {{.*}} -> tensor<2x1x3x3x16x16xi8>
// CHECK: %[[Z:.*]] = linalg.fill {{.*}} -> tensor<1x2x6x6x1x16xi32>
// CHECK: %[[C:.*]] = linalg.generic {{.*}} ins(%[[PX]], %[[PW]] : {{.*}}) outs(%[[Z]] : tensor<1x2x6x6x1x16xi32>) attrs = {accel.lanes = ["", "", "", "", "", "", "", "", "lane_out", "lane_in"], accel.name = "conv"}
// CHECK-NOT: linalg.unpack
// CHECK: %[[PB:.*]] = linalg.pack %[[B]] {{.*}} inner_tiles = [16] {{.*}} -> tensor<2x16xi32>
// CHECK: %[[EB:.*]] = tensor.expand_shape %[[PB]] {{.*}} into tensor<2x1x16xi32>
// CHECK-NOT: linalg.pack
// CHECK: %[[Q:.*]] = linalg.generic {{.*}} ins(%[[C]], %[[EB]] : {{.*}}) outs({{.*}} : tensor<1x2x6x6x1x16xi8>)
// CHECK: %[[U:.*]] = linalg.unpack %[[Q]] {{.*}} -> tensor<1x6x6x32xi8>
// CHECK: return %[[U]]
func.func @conv_and_epilogue(%x: tensor<1x8x8x16xi8>, %w: tensor<3x3x16x32xi8>, %b: tensor<32xi32>) -> tensor<1x6x6x32xi8> {
  %c0 = arith.constant 0 : i32
  %c5 = arith.constant 5 : i32
  %e = tensor.empty() : tensor<1x6x6x32xi32>
  %e8 = tensor.empty() : tensor<1x6x6x32xi8>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<1x6x6x32xi32>) -> tensor<1x6x6x32xi32>
  %r = linalg.conv_2d_nhwc_hwcf {accel.name = "conv"} ins(%x, %w : tensor<1x8x8x16xi8>, tensor<3x3x16x32xi8>) outs(%z : tensor<1x6x6x32xi32>) -> tensor<1x6x6x32xi32>
  %q = linalg.generic {accel.name = "requantise", indexing_maps = [#id, #ch, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%r, %b : tensor<1x6x6x32xi32>, tensor<32xi32>) outs(%e8 : tensor<1x6x6x32xi8>) {
  ^bb0(%i: i32, %j: i32, %o: i8):
    %s = arith.addi %i, %j : i32
    %t = arith.shrsi %s, %c5 : i32
    %u = arith.trunci %t : i32 to i8
    linalg.yield %u : i8
  } -> tensor<1x6x6x32xi8>
  return %q : tensor<1x6x6x32xi8>
}

// Between two convolutions nothing is unpacked, and a border of zeros moves
// behind the pack.
// CHECK-LABEL: func @two_layers
// CHECK: accel.name = "conv0"
// CHECK: %[[Q:.*]] = linalg.generic {{.*}}"requantise0"
// CHECK: %[[P:.*]] = tensor.pad %{{.*}} low[0, 0, 1, 1, 0, 0] high[0, 0, 1, 1, 0, 0]
// CHECK: } : tensor<1x1x4x4x1x16xi8> to tensor<1x1x6x6x1x16xi8>
// CHECK: linalg.generic {{.*}} ins(%[[P]], {{.*}}accel.name = "conv1"
// CHECK-COUNT-1: linalg.unpack
// CHECK-NOT: linalg.unpack
// CHECK: return
func.func @two_layers(%x: tensor<1x4x4x16xi8>, %w: tensor<1x1x16x16xi8>, %v: tensor<3x3x16x16xi8>) -> tensor<1x4x4x16xi8> {
  %c0 = arith.constant 0 : i32
  %c0_i8 = arith.constant 0 : i8
  %e = tensor.empty() : tensor<1x4x4x16xi32>
  %e8 = tensor.empty() : tensor<1x4x4x16xi8>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  %r = linalg.conv_2d_nhwc_hwcf {accel.name = "conv0"} ins(%x, %w : tensor<1x4x4x16xi8>, tensor<1x1x16x16xi8>) outs(%z : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  %q = linalg.generic {accel.name = "requantise0", indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%r : tensor<1x4x4x16xi32>) outs(%e8 : tensor<1x4x4x16xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<1x4x4x16xi8>
  %p = tensor.pad %q low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %c0_i8 : i8
  } : tensor<1x4x4x16xi8> to tensor<1x6x6x16xi8>
  %s = linalg.conv_2d_nhwc_hwcf {accel.name = "conv1"} ins(%p, %v : tensor<1x6x6x16xi8>, tensor<3x3x16x16xi8>) outs(%z : tensor<1x4x4x16xi32>) -> tensor<1x4x4x16xi32>
  %t = linalg.generic {accel.name = "requantise1", indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%s : tensor<1x4x4x16xi32>) outs(%e8 : tensor<1x4x4x16xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<1x4x4x16xi8>
  return %t : tensor<1x4x4x16xi8>
}

// What no instruction can run stays on the host, visibly.
// CHECK-LABEL: func @float_op
// CHECK-NOT: linalg.pack
// CHECK: linalg.generic {{.*}} attrs = {accel.host}
func.func @float_op(%a: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %e = tensor.empty() : tensor<4x16xf32>
  // expected-remark @below {{stays on the host: the vector unit reads i32 accumulators only}}
  %r = linalg.exp ins(%a : tensor<4x16xf32>) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %r : tensor<4x16xf32>
}

func.func @wide_contraction(%a: tensor<4x16xi32>, %b: tensor<16x16xi32>) -> tensor<4x16xi32> {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x16xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<4x16xi32>) -> tensor<4x16xi32>
  // expected-remark @below {{stays on the host: a matrix instruction multiplies i8 by i8 into i32}}
  %r = linalg.matmul ins(%a, %b : tensor<4x16xi32>, tensor<16x16xi32>) outs(%z : tensor<4x16xi32>) -> tensor<4x16xi32>
  return %r : tensor<4x16xi32>
}

func.func @starts_elsewhere(%a: tensor<4x16xi8>, %b: tensor<16x16xi8>, %z: tensor<4x16xi32>) -> tensor<4x16xi32> {
  // expected-remark @below {{stays on the host: it does not start from zeros}}
  %r = linalg.matmul ins(%a, %b : tensor<4x16xi8>, tensor<16x16xi8>) outs(%z : tensor<4x16xi32>) -> tensor<4x16xi32>
  return %r : tensor<4x16xi32>
}

// A store writes 8 bits: an accumulator that is needed in memory leaves in four
// bytes, each shifted down by one more, and the host puts them together.
// CHECK-LABEL: func @wide_result
// CHECK: %[[R:.*]] = linalg.generic {{.*}}"lane_out", "lane_in"]
// CHECK: %[[B0:.*]] = linalg.generic {{.*}} ins(%[[R]] : tensor<{{.*}}xi32>) outs(%{{.*}} : tensor<{{.*}}xi8>)
// CHECK: %[[S1:.*]] = linalg.generic {{.*}} ins(%[[R]] : tensor<{{.*}}xi32>) outs(%{{.*}} : tensor<{{.*}}xi32>) {{.*}}accel.on_chip
// CHECK: linalg.generic {{.*}} ins(%[[S1]] : {{.*}}) outs(%{{.*}} : tensor<{{.*}}xi8>)
// CHECK-COUNT-3: linalg.unpack
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<4x16xi32>) attrs = {accel.host}
func.func @wide_result(%a: tensor<4x16xi8>, %b: tensor<16x16xi8>) -> tensor<4x16xi32> {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x16xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<4x16xi32>) -> tensor<4x16xi32>
  %r = linalg.matmul ins(%a, %b : tensor<4x16xi8>, tensor<16x16xi8>) outs(%z : tensor<4x16xi32>) -> tensor<4x16xi32>
  return %r : tensor<4x16xi32>
}

// Accumulators are read as they lie: a chain may exchange dimensions, and then
// makes its result in that order, but not read one in two orders.
// CHECK-LABEL: func @turned
// CHECK: %[[R:.*]] = linalg.generic {{.*}}"lane_out", "lane_in"]
// CHECK-NOT: linalg.unpack
// CHECK: linalg.generic {{.*}} ins(%[[R]] : tensor<{{.*}}xi32>) outs(%{{.*}} : tensor<{{.*}}xi8>)
// CHECK: linalg.unpack {{.*}} -> tensor<32x4xi8>
func.func @turned(%a: tensor<4x16xi8>, %b: tensor<16x32xi8>) -> tensor<32x4xi8> {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x32xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<4x32xi32>) -> tensor<4x32xi32>
  %r = linalg.matmul ins(%a, %b : tensor<4x16xi8>, tensor<16x32xi8>) outs(%z : tensor<4x32xi32>) -> tensor<4x32xi32>
  %o = tensor.empty() : tensor<32x4xi8>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%r : tensor<4x32xi32>) outs(%o : tensor<32x4xi8>) {
  ^bb0(%x: i32, %y: i8):
    %t = arith.trunci %x : i32 to i8
    linalg.yield %t : i8
  } -> tensor<32x4xi8>
  return %q : tensor<32x4xi8>
}

func.func @in_two_orders(%a: tensor<32x16xi8>, %b: tensor<16x32xi8>) -> tensor<32x32xi8> {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<32x32xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<32x32xi32>) -> tensor<32x32xi32>
  %r = linalg.matmul ins(%a, %b : tensor<32x16xi8>, tensor<16x32xi8>) outs(%z : tensor<32x32xi32>) -> tensor<32x32xi32>
  %o = tensor.empty() : tensor<32x32xi8>
  // expected-remark @below {{stays on the host: the device has its i32 operand in another order}}
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%r, %r : tensor<32x32xi32>, tensor<32x32xi32>) outs(%o : tensor<32x32xi8>) {
  ^bb0(%x: i32, %v: i32, %y: i8):
    %s = arith.addi %x, %v : i32
    %t = arith.trunci %s : i32 to i8
    linalg.yield %t : i8
  } -> tensor<32x32xi8>
  return %q : tensor<32x32xi8>
}
