// RUN: accel-opt %s | accel-opt | FileCheck %s
// RUN: accel-opt %s -emit-bytecode | accel-opt | FileCheck %s
// RUN: %python %S/Inputs/check-examples.py %s %source/include/accel/Dialect/Accel/IR/AccelAttrs.td %source/include/accel/Dialect/Accel/IR/AccelOps.td

// The examples of the dialect's documentation, each with what it needs around
// it to be valid.

#acc_keeps = #accel.tensors<[output, all for "ALU"]>

#glb = #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"],
  may_keep = [all], size_bits = 1073741824.0,
  read_j_per_bit = 1.88e-12, write_j_per_bit = 2.36e-12,
  read_bits_per_s = 1.6384e13, write_bits_per_s = 8.192e12,
  ports = separate>

#cols = #accel.fanout<"reuse_input", n = 128, may_reuse = [input],
                      reuse = [input], min_usage = 1.0>

#mac = #accel.compute<"MAC", takes = any, tensors = 3, j_per_op = 8.4e-14,
                      ops_per_s = 1.05e9>

#toy = #accel.target<"toy", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all],
                read_j_per_bit = 1.0, write_j_per_bit = 1.0>,
  #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"],
                may_keep = [all], size_bits = 32768.0>,
  #accel.compute<"MAC", j_per_op = 1.0, ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #toy>>} {}

#m = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 32,
                     keep [0] in "GlobalBuffer", for 1 by 1,
                     keep [2] in "GlobalBuffer", for 2 by 1,
                     keep [1] in "GlobalBuffer", for 0 by 1,
                     compute "MAC"], shared = 0>

#c = #accel.cost<energy_j = 1.5e-06, latency_s = 2.0e-05, ops = 262144.0>

#s = #accel.sync<pop_prev, push_next>

// CHECK: module attributes {dlti.target_system_spec = {{.*}}#accel.target<"toy", [
// CHECK-LABEL: @attributes
// CHECK-SAME: compute = #accel.compute<"MAC", tensors = 3
// CHECK-SAME: cost = #accel.cost<energy_j = 1.5e-06, latency_s = 2.0e-05, ops = 262144.0>
// CHECK-SAME: fanout = #accel.fanout<"reuse_input", n = 128
// CHECK-SAME: mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 32
// CHECK-SAME: memory = #accel.memory<"GlobalBuffer", keep = [not_in "MainMemory"]
// CHECK-SAME: sync = #accel.sync<pop_prev, push_next>
// CHECK-SAME: tensors = #accel.tensors<[output, all for "ALU"]>
func.func private @attributes() attributes {
  compute = #mac, cost = #c, fanout = #cols, mapping = #m, memory = #glb,
  sync = #s, tensors = #acc_keeps}

// CHECK-LABEL: @tile(memref<14x14x16xi8, #accel.mem<"INP">>)
func.func private @tile(memref<14x14x16xi8, #accel.mem<"INP">>)

#copied = #accel.mapping<[keep [0, 1] in "MainMemory", compute "MAC"], shared = 0>

// CHECK-LABEL: @group
// CHECK: accel.group cost =
func.func @group(%a: tensor<4x4xi8>, %b: tensor<4x4xi8>) -> tensor<4x4xi8> {
  %1 = accel.group cost = #accel.cost<energy_j = 1.0, latency_s = 1.0, ops = 16.0> {
    %2 = linalg.copy {accel.mapping = #copied} ins(%a : tensor<4x4xi8>)
           outs(%b : tensor<4x4xi8>) -> tensor<4x4xi8>
    accel.yield %2 : tensor<4x4xi8>
  } -> tensor<4x4xi8>
  return %1 : tensor<4x4xi8>
}

// CHECK-LABEL: @load
// CHECK: accel.load async
func.func @load(%d: !accel.token, %image: memref<8x8x1x16xi8>,
                %tile: memref<10x10x1x16xi8, #accel.mem<"INP">>) {
  %t = accel.load async [%d] %image to %tile pad = [1, 1, 1, 1]
      : memref<8x8x1x16xi8> to memref<10x10x1x16xi8, #accel.mem<"INP">>
  return
}

// CHECK-LABEL: @store
// CHECK: accel.store async
func.func @store(%d: !accel.token, %acc: memref<8x8x1x16xi32, #accel.mem<"ACC">>,
                 %result: memref<8x8x1x16xi8>) {
  %t = accel.store async [%d] %acc to %result
      : memref<8x8x1x16xi32, #accel.mem<"ACC">> to memref<8x8x1x16xi8>
  return
}

// CHECK-LABEL: @gemm
// CHECK: accel.gemm async
func.func @gemm(%d: !accel.token, %inp: memref<10x10x1x16xi8, #accel.mem<"INP">>,
                %wgt: memref<3x3x16x16xi8, #accel.mem<"WGT">>,
                %acc: memref<8x8x1x16xi32, #accel.mem<"ACC">>) {
  %t = accel.gemm async [%d] ins(%inp, %wgt) outs(%acc) nest = [3, 3, 8, 8]
      maps = [affine_map<(r, s, y, x) -> (y + r, x + s)>,
              affine_map<(r, s, y, x) -> (r, s)>,
              affine_map<(r, s, y, x) -> (y, x)>]
      : memref<10x10x1x16xi8, #accel.mem<"INP">>,
        memref<3x3x16x16xi8, #accel.mem<"WGT">>,
        memref<8x8x1x16xi32, #accel.mem<"ACC">>
  return
}

// CHECK-LABEL: @alu
// CHECK: accel.alu async
func.func @alu(%d: !accel.token, %acc: memref<8x8x1x16xi32, #accel.mem<"ACC">>) {
  %t = accel.alu async [%d] max outs(%acc) imm = 0 nest = [8, 8]
      maps = [affine_map<(y, x) -> (y, x)>]
      : memref<8x8x1x16xi32, #accel.mem<"ACC">>
  return
}

// CHECK-LABEL: @wait
// CHECK: accel.wait async
func.func @wait(%a: !accel.token, %b: !accel.token) {
  %t = accel.wait async [%a, %b]
  accel.wait [%t]
  return
}

// CHECK: func.func private @spread() attributes {accel.over = #accel.over<"columns">}
func.func private @spread() attributes {accel.over = #accel.over<"columns">}

#t = #accel.tile<fill "T0" for "T1" as input, box = 900>
// CHECK: func.func private @filled() attributes {accel.tile = #accel.tile<fill "T0" for "T1" as input, box = 900>}
func.func private @filled() attributes {accel.tile = #t}
