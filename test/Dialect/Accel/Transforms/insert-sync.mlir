// RUN: accel-opt %s --accel-insert-sync | FileCheck %s

!dram = memref<16x1x16xi8>
!inp = memref<16x1x16xi8, #accel.mem<"INP">>
!acc = memref<16x1x16xi32, #accel.mem<"ACC">>

// A wait for an instruction before one that was waited for takes no token:
// %u would pop a second time what only one push gives.
// CHECK-LABEL: func @flags
// CHECK: accel.load {{.*}} base = 0 sync = <> :
// CHECK: accel.load {{.*}} base = 16 sync = <push_next>
// CHECK: accel.alu {{.*}} max {{.*}} sync = <pop_prev>
// CHECK: accel.alu {{.*}} min {{.*}} sync = <push_next>
// CHECK: accel.store {{.*}} sync = <pop_prev, push_prev>
// CHECK: accel.wait async {{.*}} sync = <pop_next, push_prev>
// CHECK: accel.load {{.*}} sync = <pop_next, push_next>
// CHECK: accel.wait {{.*}} sync = <pop_prev>
func.func @flags(%x: !dram) {
  %inp = memref.alloc() : !inp
  %acc = memref.alloc() : !acc
  %a = accel.load async %x to %inp base = 0 : !dram to !inp
  %b = accel.load async %x to %inp base = 16 : !dram to !inp
  %t = accel.alu async [%b] max outs(%acc) imm = 0 nest = [16] maps = [affine_map<(i) -> (i)>] bases = [0] : !acc
  %u = accel.alu async [%a] min outs(%acc) imm = 0 nest = [16] maps = [affine_map<(i) -> (i)>] bases = [0] : !acc
  %s = accel.store async [%t, %u] %acc to %x base = 0 : !acc to !dram
  %r = accel.wait async [%s]
  %c = accel.load async [%r] %x to %inp base = 0 : !dram to !inp
  accel.wait [%c, %s]
  return
}
