// RUN: accel-opt %s --accel-insert-tokens --split-input-file | FileCheck %s

!dram = memref<16x1x16xi8>
!inp = memref<16x1x16xi8, #accel.mem<"INP">>
!wgt = memref<1x16x16xi8, #accel.mem<"WGT">>
!acc = memref<16x1x16xi32, #accel.mem<"ACC">>

// The gemm waits for the last load only: loads run in order. The third load
// takes the place of the first and waits for the gemm that reads it (WAR); the
// second gemm needs no token for the weights again.
// CHECK-LABEL: func @loads_and_gemms
// CHECK: %[[W:.*]] = accel.load async %{{.*}} base = 0
// CHECK: %[[A:.*]] = accel.load async %{{.*}} base = 0
// CHECK: %[[R:.*]] = accel.gemm async ins
// CHECK: %[[G:.*]] = accel.gemm async [%[[A]]] ins
// CHECK: %[[B:.*]] = accel.load async [%[[G]]] %{{.*}} base = 0
// CHECK: %[[H:.*]] = accel.gemm async [%[[B]]] ins
// CHECK: accel.wait [%[[H]]]
func.func @loads_and_gemms(%x: !dram, %w: memref<1x16x16xi8>) {
  %a = memref.alloc() : !inp
  %b = memref.alloc() : !inp
  %wgt = memref.alloc() : !wgt
  %acc = memref.alloc() : !acc
  accel.load %w to %wgt base = 0 : memref<1x16x16xi8> to !wgt
  accel.load %x to %a base = 0 : !dram to !inp
  accel.gemm ins(%a, %wgt) outs(%acc) nest = [16]
      maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>] reset bases = [0, 0, 0] : !inp, !wgt, !acc
  accel.gemm ins(%a, %wgt) outs(%acc) nest = [16]
      maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>] bases = [0, 0, 0] : !inp, !wgt, !acc
  accel.load %x to %b base = 0 : !dram to !inp
  accel.gemm ins(%b, %wgt) outs(%acc) nest = [16]
      maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>] bases = [0, 0, 0] : !inp, !wgt, !acc
  return
}

// -----

!dram = memref<16x1x16xi8>
!inp = memref<16x1x16xi8, #accel.mem<"INP">>
!wgt = memref<1x16x16xi8, #accel.mem<"WGT">>
!acc = memref<16x1x16xi32, #accel.mem<"ACC">>

// What was stored is loaded again: the token goes through the compute queue.
// A load of the other half of the tensor does not wait.
// CHECK-LABEL: func @through_memory
// CHECK: %[[U:.*]] = accel.alu async
// CHECK: %[[S:.*]] = accel.store async [%[[U]]]
// CHECK-NEXT: memref.reinterpret_cast
// CHECK-NEXT: memref.reinterpret_cast
// CHECK-NEXT: accel.load async %
// CHECK: %[[R:.*]] = accel.wait async [%[[S]]]
// CHECK-NEXT: %[[L:.*]] = accel.load async [%[[R]]]
// CHECK-NEXT: accel.wait [%[[L]], %[[R]]]
func.func @through_memory(%x: memref<32x1x16xi8>) {
  %a = memref.alloc() : !inp
  %acc = memref.alloc() : !acc
  %first = memref.reinterpret_cast %x to offset: [0], sizes: [16, 1, 16], strides: [16, 16, 1] : memref<32x1x16xi8> to memref<16x1x16xi8, strided<[16, 16, 1]>>
  accel.alu max outs(%acc) imm = 0 nest = [16] maps = [affine_map<(i) -> (i)>] bases = [0] : !acc
  accel.store %acc to %first base = 0 : !acc to memref<16x1x16xi8, strided<[16, 16, 1]>>
  %second = memref.reinterpret_cast %x to offset: [256], sizes: [16, 1, 16], strides: [16, 16, 1] : memref<32x1x16xi8> to memref<16x1x16xi8, strided<[16, 16, 1], offset: 256>>
  %again = memref.reinterpret_cast %x to offset: [240], sizes: [16, 1, 16], strides: [16, 16, 1] : memref<32x1x16xi8> to memref<16x1x16xi8, strided<[16, 16, 1], offset: 240>>
  accel.load %second to %a base = 16 : memref<16x1x16xi8, strided<[16, 16, 1], offset: 256>> to !inp
  accel.load %again to %a base = 0 : memref<16x1x16xi8, strided<[16, 16, 1], offset: 240>> to !inp
  return
}

// -----

!dram = memref<16x1x16xi8>
!acc = memref<16x1x16xi32, #accel.mem<"ACC">>

// The store must have read the accumulator before it changes (WAR); an
// operation elsewhere goes on.
// CHECK-LABEL: func @store_before_overwrite
// CHECK: %[[U:.*]] = accel.alu async max
// CHECK: %[[S:.*]] = accel.store async [%[[U]]]
// CHECK: accel.alu async min outs(%{{.*}} bases = [16]
// CHECK: %[[N:.*]] = accel.alu async [%[[S]]] min outs(%{{.*}} bases = [15]
func.func @store_before_overwrite(%x: !dram) {
  %acc = memref.alloc() : !acc
  accel.alu max outs(%acc) imm = 0 nest = [16] maps = [affine_map<(i) -> (i)>] bases = [0] : !acc
  accel.store %acc to %x base = 0 : !acc to !dram
  accel.alu min outs(%acc) imm = 1 nest = [16] maps = [affine_map<(i) -> (i)>] bases = [16] : !acc
  accel.alu min outs(%acc) imm = 2 nest = [16] maps = [affine_map<(i) -> (i)>] bases = [15] : !acc
  return
}
