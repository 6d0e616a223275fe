// RUN: accel-opt %s --accel-count-transfers | FileCheck %s

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.fanout<"cores", n = 4, may_reuse = [input]>,
  #accel.memory<"Buffer", may_keep = [all], bits_output = 24.0, buffering = 2>,
  #accel.compute<"MAC">
]>

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {

// What all cores read is read once; what they write is not reduced on the way.
// CHECK-LABEL: func @multicast
//       CHECK: scf.forall (%[[CORE:.+]]) in (4)
//       CHECK:   %[[BITS:.+]] = arith.constant 256 : i64
//       CHECK:   call @accel_hold(%{{.*}}, %[[BITS]])
//       CHECK:   call @accel_add
//       CHECK:   call @accel_add
//       CHECK:   %[[FIRST:.+]] = arith.cmpi eq, %[[CORE]], %c0
//       CHECK:   scf.if %[[FIRST]] {
//       CHECK:     call @accel_add
//       CHECK:   memref.copy
//   CHECK-NOT:   scf.if
//       CHECK:   call @accel_add
//       CHECK:   call @accel_add
//       CHECK:   memref.copy
//       CHECK:   %[[FREED:.+]] = arith.constant -256 : i64
//       CHECK:   call @accel_add(%{{.*}}, %[[FREED]])
//       CHECK:   memref.dealloc
func.func @multicast(%a: memref<4xi32>, %b: memref<4x4xi32>) {
  scf.forall (%core) in (4) {
    %tile = memref.alloc() {accel.tile = #accel.tile<hold "A" for "T" as input>} : memref<4xi32, #accel.mem<"Buffer">>
    memref.copy %a, %tile {accel.tile = #accel.tile<fill "A" for "T" as input>} : memref<4xi32> to memref<4xi32, #accel.mem<"Buffer">>
    %row = memref.subview %b[%core, 0] [1, 4] [1, 1] : memref<4x4xi32> to memref<4xi32, strided<[1], offset: ?>>
    memref.copy %tile, %row {accel.tile = #accel.tile<write_back "T" for "T" as output>} : memref<4xi32, #accel.mem<"Buffer">> to memref<4xi32, strided<[1], offset: ?>>
    memref.dealloc %tile : memref<4xi32, #accel.mem<"Buffer">>
  } {mapping = [#accel.over<"cores">]}
  return
}

// CHECK: memref.global "private" @accel_counters : memref<7xi64> = dense<0>
// CHECK: func.func private @accel_add
// CHECK: func.func private @accel_hold
// CHECK: func.func @accel_counts() -> tensor<7xi64> attributes {accel.counters = ["multicast|Buffer|held_bits", "multicast|Buffer|peak_bits",
// CHECK-SAME: "multicast|T|A|Main|Buffer|fills", "multicast|T|A|Main|Buffer|copied", "multicast|T|A|Main|Buffer|reads",
// CHECK-SAME: "multicast|T|T|Main|Buffer|evictions", "multicast|T|T|Main|Buffer|updates"
}
