// RUN: accel-opt %s --accel-order-loads | FileCheck %s

!dram = memref<16x1x16xi8>
!inp = memref<16x1x16xi8, #accel.mem<"INP">>
!wgt = memref<1x16x16xi8, #accel.mem<"WGT">>
!acc = memref<16x1x16xi32, #accel.mem<"ACC">>

// The second weights need not wait for the store, as the second input must;
// they stay behind the gemm that uses the first ones. A second load into a tile
// stays behind the first.
// CHECK-LABEL: func @weights_first
// CHECK: accel.store
// CHECK: %[[W:.*]] = memref.alloc() : memref<1x16x16xi8
// CHECK-NEXT: accel.load %{{.*}} to %[[W]]
// CHECK: accel.load %[[Y:.*]] to %[[T:.*]] : memref<16x1x16xi8>
// CHECK-NEXT: accel.load %{{.*}} to %[[T]] : memref<16x1x16xi8>
// CHECK-NEXT: accel.gemm
func.func @weights_first(%x: !dram, %w: memref<1x16x16xi8>, %v: memref<1x16x16xi8>) {
  %a = memref.alloc() : !inp
  %b = memref.alloc() : !wgt
  %acc = memref.alloc() : !acc
  %y = memref.alloc() : !dram
  accel.load %x to %a : !dram to !inp
  accel.load %w to %b : memref<1x16x16xi8> to !wgt
  accel.gemm ins(%a, %b) outs(%acc) nest = [16]
      maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>] : !inp, !wgt, !acc
  accel.store %acc to %y : !acc to !dram
  %c = memref.alloc() : !inp
  accel.load %y to %c : !dram to !inp
  accel.load %x to %c : !dram to !inp
  %d = memref.alloc() : !wgt
  accel.load %v to %d : memref<1x16x16xi8> to !wgt
  accel.gemm ins(%c, %d) outs(%acc) nest = [16]
      maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>] : !inp, !wgt, !acc
  return
}
