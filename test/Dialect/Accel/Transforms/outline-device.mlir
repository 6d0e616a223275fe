// RUN: accel-opt %s --accel-attach-target=target=vta --accel-prepare-linalg -canonicalize -cse --accel-pack-operands=embedding=fixed --accel-outline-device -canonicalize -cse 2>%t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.err

#id = affine_map<(m, n) -> (m, n)>

// The packed ops become a device function; its arguments and results say how
// they are packed and what they are called.
// CHECK-LABEL: func @dense
// CHECK-SAME: attributes {accel.host}
// CHECK: %[[P:.*]] = linalg.pack %arg0
// CHECK-NOT: linalg.pack
// CHECK: %[[R:.*]] = call @dense_device(%[[P]])
// CHECK: linalg.unpack %[[R]]
// CHECK-LABEL: func @dense_device
// CHECK-SAME: (%arg0: tensor<4x1x1x16xi8> {accel.layout = #{{.*}}, accel.name = "x", accel.shape = array<i64: 4, 2>})
// CHECK-SAME: -> (tensor<4x1x1x16xi8> {accel.layout = #{{.*}}, accel.name = "y", accel.shape = array<i64: 4, 3>})
// CHECK-SAME: attributes {accel.device}
// The constant weights K x N are data of the device, packed N x K and filled up
// with zeros.
// CHECK: arith.constant dense<"0x01040000000000000000000000000000020500000000000000000000000000000306000000000000000000000000000000000000{{0*}}"> : tensor<1x1x16x16xi8>
// CHECK: accel.name = "mm"
// CHECK: accel.name = "y"
func.func @dense(%x: tensor<4x2xi8> {accel.name = "x"}) -> tensor<4x3xi8> {
  %w = arith.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8>
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<4x3xi32>
  %e8 = tensor.empty() : tensor<4x3xi8>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<4x3xi32>) -> tensor<4x3xi32>
  %r = linalg.matmul {accel.name = "mm"} ins(%x, %w : tensor<4x2xi8>, tensor<2x3xi8>) outs(%z : tensor<4x3xi32>) -> tensor<4x3xi32>
  %q = linalg.generic {accel.name = "y", indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%r : tensor<4x3xi32>) outs(%e8 : tensor<4x3xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<4x3xi8>
  return %q : tensor<4x3xi8>
}

// A host op between device ops: two calls.
// CHECK-LABEL: func @host_between
// CHECK: %[[A:.*]] = call @host_between_device0(
// CHECK: %[[U:.*]] = linalg.unpack %[[A]]
// CHECK: %[[D:.*]] = linalg.generic {{.*}} ins(%[[U]] : {{.*}} attrs = {accel.host}
// CHECK: arith.divsi
// CHECK: %[[P:.*]] = linalg.pack %[[D]]
// CHECK: call @host_between_device1({{.*}}%[[P]]
// CHECK-LABEL: func @host_between_device0(
// CHECK-LABEL: func @host_between_device1(
// REMARK: remark: stays on the host: the vector unit reads i32 accumulators only
func.func @host_between(%x: tensor<4x16xi8>, %w: tensor<16x16xi8>) -> tensor<4x16xi8> {
  %c0 = arith.constant 0 : i32
  %c3 = arith.constant 3 : i8
  %e = tensor.empty() : tensor<4x16xi32>
  %e8 = tensor.empty() : tensor<4x16xi8>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<4x16xi32>) -> tensor<4x16xi32>
  %r = linalg.matmul ins(%x, %w : tensor<4x16xi8>, tensor<16x16xi8>) outs(%z : tensor<4x16xi32>) -> tensor<4x16xi32>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%r : tensor<4x16xi32>) outs(%e8 : tensor<4x16xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<4x16xi8>
  %h = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%q : tensor<4x16xi8>) outs(%e8 : tensor<4x16xi8>) {
  ^bb0(%i: i8, %o: i8):
    %u = arith.divsi %i, %c3 : i8
    linalg.yield %u : i8
  } -> tensor<4x16xi8>
  %s = linalg.matmul ins(%h, %w : tensor<4x16xi8>, tensor<16x16xi8>) outs(%z : tensor<4x16xi32>) -> tensor<4x16xi32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%s : tensor<4x16xi32>) outs(%e8 : tensor<4x16xi8>) {
  ^bb0(%i: i32, %o: i8):
    %u = arith.trunci %i : i32 to i8
    linalg.yield %u : i8
  } -> tensor<4x16xi8>
  return %t : tensor<4x16xi8>
}
