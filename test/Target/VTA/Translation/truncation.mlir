// RUN: accel-opt %s --accel-attach-target=target=vta --accel-unroll \
// RUN:   --convert-linalg-to-accel --accel-allocate --accel-insert-tokens \
// RUN:   --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python %S/Inputs/compare.py wrap_twice %t.prog | FileCheck %s
// CHECK: c: 256 values are exact

// A truncation that is read on chip wraps, by shifts.
#inp = affine_map<(m, c, b, k, ci) -> (m, b, ci)>
#wgt = affine_map<(m, c, b, k, ci) -> (c, k, ci)>
#acc = affine_map<(m, c, b, k, ci) -> (m, b, k)>
#id = affine_map<(m, b, k) -> (m, b, k)>
#square = affine_map<(m, n) -> (m, 0, n)>
!inp = memref<16x1x16xi8, #accel.mem<"INP">>
!wgt = memref<1x16x16xi8, #accel.mem<"WGT">>
!acc = memref<16x1x16xi32, #accel.mem<"ACC">>
!out = memref<16x1x16xi8, #accel.mem<"ACC">>
!square = memref<16x1x16xi8>
func.func @wrap(
    %a: !square {accel.name = "a", accel.shape = array<i64: 16, 16>, accel.layout = #square},
    %b: memref<1x16x16xi8> {accel.name = "b", accel.shape = array<i64: 16, 16>, accel.layout = affine_map<(c, n) -> (0, n, c)>})
    -> (!square {accel.name = "c", accel.shape = array<i64: 16, 16>, accel.layout = #square}) {
  %zero = arith.constant 0 : i32
  %c = memref.alloc() : !square
  %inp = memref.alloc() : !inp
  %wgt = memref.alloc() : !wgt
  %acc = memref.alloc() : !acc
  memref.copy %a, %inp : memref<16x1x16xi8> to !inp
  memref.copy %b, %wgt : memref<1x16x16xi8> to !wgt
  linalg.fill ins(%zero : i32) outs(%acc : !acc)
  linalg.generic {indexing_maps = [#inp, #wgt, #acc], iterator_types = ["parallel", "reduction", "parallel", "parallel", "reduction"]}
    ins(%inp, %wgt : !inp, !wgt) outs(%acc : !acc) {
  ^bb0(%i: i8, %j: i8, %s: i32):
    %ie = arith.extsi %i : i8 to i32
    %je = arith.extsi %j : i8 to i32
    %p = arith.muli %ie, %je : i32
    %t = arith.addi %s, %p : i32
    linalg.yield %t : i32
  }
  %narrow = memref.alloc() : !out
  %out = memref.alloc() : !out
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%acc : !acc) outs(%narrow : !out) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.trunci %v : i32 to i8
    linalg.yield %0 : i8
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%narrow : !out) outs(%out : !out) {
  ^bb0(%v: i8, %s: i8):
    %c4 = arith.constant 4 : i32
    %c3 = arith.constant 3 : i32
    %0 = arith.extsi %v : i8 to i32
    %1 = arith.muli %0, %c4 : i32
    %2 = arith.shrsi %1, %c3 : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  }
  memref.copy %out, %c : !out to !square
  return %c : !square
}
