// RUN: accel-opt %s | FileCheck %s
// RUN: accel-opt %s | accel-opt | FileCheck %s
// RUN: accel-opt %s -mlir-print-op-generic | accel-opt | FileCheck %s
// RUN: accel-opt %s -emit-bytecode | accel-opt | FileCheck %s

// CHECK-LABEL: func @group_without_results
func.func @group_without_results() {
  // CHECK: accel.group {
  // CHECK-NEXT: accel.yield
  // CHECK-NEXT: }
  accel.group {
    accel.yield
  }
  return
}

// CHECK-LABEL: func @group_with_cost_and_attributes
// CHECK-SAME: (%[[A:.*]]: tensor<4xi8>, %[[B:.*]]: tensor<2xi8>)
func.func @group_with_cost_and_attributes(%a: tensor<4xi8>, %b: tensor<2xi8>) -> tensor<2xi8> {
  // CHECK: %[[G:.*]]:2 = accel.group cost = <energy_j = 1.0, latency_s = 2.0, ops = 3.0> {
  // CHECK-NEXT: accel.yield %[[A]], %[[B]] : tensor<4xi8>, tensor<2xi8>
  // CHECK-NEXT: } attributes {note = "kept"} -> tensor<4xi8>, tensor<2xi8>
  %g:2 = accel.group cost = <energy_j = 1.0, latency_s = 2.0, ops = 3.0> {
    accel.yield %a, %b : tensor<4xi8>, tensor<2xi8>
  } attributes {note = "kept"} -> tensor<4xi8>, tensor<2xi8>
  // CHECK: return %[[G]]#1
  return %g#1 : tensor<2xi8>
}

// CHECK-LABEL: func @load
func.func @load(%d: !accel.token, %m: memref<8x1x16xi8>, %rows: memref<2x8x1x16xi8>) {
  %b = memref.alloc() : memref<8x1x16xi8, #accel.mem<"INP">>
  %p = memref.alloc() : memref<5x11x1x16xi8, #accel.mem<"INP">>
  // CHECK: accel.load %{{.*}} to %{{.*}} : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %b : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  // CHECK: %[[T:.*]] = accel.load async [%{{.*}}] %{{.*}} to %{{.*}} pad = [1, 2, 3, 0] base = 48 sync = <pop_next, push_next> : memref<2x8x1x16xi8> to memref<5x11x1x16xi8, #accel.mem<"INP">>
  %t = accel.load async [%d] %rows to %p pad = [1, 2, 3, 0] base = 48 sync = <pop_next, push_next>
    : memref<2x8x1x16xi8> to memref<5x11x1x16xi8, #accel.mem<"INP">>
  // CHECK: accel.load [%[[T]], %{{.*}}] %{{.*}} to
  accel.load [%t, %d] %m to %b : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  return
}

// CHECK-LABEL: func @load_strided_rows
func.func @load_strided_rows(%m: memref<2x8x1x16xi8, strided<[512, 16, 16, 1], offset: 64>>) {
  %b = memref.alloc() : memref<2x8x1x16xi8, #accel.mem<"INP">>
  // CHECK: accel.load %{{.*}} to %{{.*}} : memref<2x8x1x16xi8, strided<[512, 16, 16, 1], offset: 64>> to
  accel.load %m to %b : memref<2x8x1x16xi8, strided<[512, 16, 16, 1], offset: 64>>
    to memref<2x8x1x16xi8, #accel.mem<"INP">>
  return
}

// CHECK-LABEL: func @store
func.func @store(%d: !accel.token, %m: memref<8x1x16xi8>) {
  %a = memref.alloc() : memref<8x1x16xi32, #accel.mem<"ACC">>
  // CHECK: %{{.*}} = accel.store async [%{{.*}}] %{{.*}} to %{{.*}} base = 0 sync = <pop_prev> : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<8x1x16xi8>
  %t = accel.store async [%d] %a to %m base = 0 sync = <pop_prev>
    : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<8x1x16xi8>
  return
}

// CHECK-LABEL: func @gemm
func.func @gemm(%d: !accel.token) {
  %i = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  %w = memref.alloc() : memref<2x16x16xi8, #accel.mem<"WGT">>
  %a = memref.alloc() : memref<2x1x16xi32, #accel.mem<"ACC">>
  // CHECK: accel.gemm ins(%{{.*}}, %{{.*}}) outs(%{{.*}}) nest = [2] maps = [#{{.*}}, #{{.*}}, #{{.*}}] reset : memref<4x1x16xi8, #accel.mem<"INP">>, memref<2x16x16xi8, #accel.mem<"WGT">>, memref<2x1x16xi32, #accel.mem<"ACC">>
  accel.gemm ins(%i, %w) outs(%a) nest = [2]
    maps = [affine_map<(x) -> (0)>, affine_map<(x) -> (0)>, affine_map<(x) -> (x)>] reset
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<2x16x16xi8, #accel.mem<"WGT">>, memref<2x1x16xi32, #accel.mem<"ACC">>
  // CHECK: accel.gemm async [%{{.*}}] ins(%{{.*}}, %{{.*}}) outs(%{{.*}}) nest = [2, 2] maps = [{{.*}}] bases = [0, 4, 8] sync = <push_prev> :
  %t = accel.gemm async [%d] ins(%i, %w) outs(%a) nest = [2, 2]
    maps = [affine_map<(x, r) -> (x + r * 2)>, affine_map<(x, r) -> (r)>, affine_map<(x, r) -> (x)>]
    bases = [0, 4, 8] sync = <push_prev>
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<2x16x16xi8, #accel.mem<"WGT">>, memref<2x1x16xi32, #accel.mem<"ACC">>
  return
}

// CHECK-LABEL: func @alu
func.func @alu(%d: !accel.token) {
  %a = memref.alloc() : memref<8x1x16xi32, #accel.mem<"ACC">>
  %b = memref.alloc() : memref<1x16xi32, #accel.mem<"ACC">>
  // CHECK: accel.alu max outs(%{{.*}}) imm = -3 nest = [8] maps = [#{{.*}}] : memref<8x1x16xi32, #accel.mem<"ACC">>
  accel.alu max outs(%a) imm = -3 nest = [8] maps = [affine_map<(x) -> (x)>]
    : memref<8x1x16xi32, #accel.mem<"ACC">>
  // CHECK: %{{.*}} = accel.alu async [%{{.*}}] add ins(%{{.*}}) outs(%{{.*}}) nest = [8] maps = [#{{.*}}, #{{.*}}] bases = [0, 8] sync = <pop_next> : memref<8x1x16xi32, #accel.mem<"ACC">>, memref<1x16xi32, #accel.mem<"ACC">>
  %t = accel.alu async [%d] add ins(%b) outs(%a) nest = [8]
    maps = [affine_map<(x) -> (x)>, affine_map<(x) -> ()>] bases = [0, 8] sync = <pop_next>
    : memref<8x1x16xi32, #accel.mem<"ACC">>, memref<1x16xi32, #accel.mem<"ACC">>
  // CHECK: accel.alu shr
  accel.alu shr outs(%a) imm = 4 nest = [8] maps = [affine_map<(x) -> (x)>] : memref<8x1x16xi32, #accel.mem<"ACC">>
  // CHECK: accel.alu min
  accel.alu min outs(%a) imm = 127 nest = [8] maps = [affine_map<(x) -> (x)>] : memref<8x1x16xi32, #accel.mem<"ACC">>
  return
}

// CHECK-LABEL: func @wait
// CHECK-SAME: (%[[A:.*]]: !accel.token, %[[B:.*]]: !accel.token)
func.func @wait(%a: !accel.token, %b: !accel.token) {
  // CHECK: %[[T:.*]] = accel.wait async [%[[A]], %[[B]]] sync = <pop_prev, push_next>
  %t = accel.wait async [%a, %b] sync = <pop_prev, push_next>
  // CHECK: %[[N:.*]] = accel.wait async
  %n = accel.wait async
  // CHECK: accel.wait [%[[T]], %[[N]]]
  accel.wait [%t, %n]
  return
}

// Double buffering: the token of the compute that last read a tile travels to
// the load that overwrites it.
// CHECK-LABEL: func @loop_carried_tokens
func.func @loop_carried_tokens(%m: memref<8x1x16xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %b = memref.alloc() : memref<8x1x16xi8, #accel.mem<"INP">>
  %start = accel.wait async
  // CHECK: scf.for {{.*}} iter_args(%[[D:.*]] = %{{.*}}) -> (!accel.token)
  %end = scf.for %i = %c0 to %c4 step %c1 iter_args(%d = %start) -> (!accel.token) {
    // CHECK: %[[L:.*]] = accel.load async [%[[D]]]
    %l = accel.load async [%d] %m to %b : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
    scf.yield %l : !accel.token
  }
  accel.wait [%end]
  return
}
