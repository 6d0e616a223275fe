// RUN: accel-opt %s --accel-attach-target=target=vta --accel-unroll \
// RUN:   --convert-linalg-to-accel --accel-allocate --accel-insert-tokens \
// RUN:   --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python %S/Inputs/compare.py residual %t.prog | FileCheck %s
// CHECK-DAG: c: 256 values are exact
// CHECK-DAG: d: 256 values are exact

// The accumulator is read after another tile was computed from it: that one
// must be a copy. The last op then works in place.
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
func.func @residual(
    %a: !square {accel.name = "a", accel.shape = array<i64: 16, 16>, accel.layout = #square},
    %b: memref<1x16x16xi8> {accel.name = "b", accel.shape = array<i64: 16, 16>, accel.layout = affine_map<(c, n) -> (0, n, c)>})
    -> (!square {accel.name = "c", accel.shape = array<i64: 16, 16>, accel.layout = #square},
        !square {accel.name = "d", accel.shape = array<i64: 16, 16>, accel.layout = #square}) {
  %zero = arith.constant 0 : i32
  %c = memref.alloc() : !square
  %d = memref.alloc() : !square
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
  %shifted = memref.alloc() : !acc
  %narrow = memref.alloc() : !out
  %sum = memref.alloc() : !out
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%acc : !acc) outs(%shifted : !acc) {
  ^bb0(%v: i32, %s: i32):
    %c7 = arith.constant 7 : i32
    %0 = arith.shrsi %v, %c7 : i32
    linalg.yield %0 : i32
  }
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%acc, %shifted : !acc, !acc) outs(%sum : !out) {
  ^bb0(%v: i32, %w: i32, %s: i8):
    %c6 = arith.constant 6 : i32
    %c1000 = arith.constant 1000 : i32
    %low = arith.constant -128 : i32
    %high = arith.constant 127 : i32
    %0 = arith.subi %v, %c1000 : i32
    %1 = arith.addi %w, %0 : i32
    %2 = arith.shrsi %1, %c6 : i32
    %3 = arith.minsi %2, %high : i32
    %4 = arith.maxsi %3, %low : i32
    %5 = arith.trunci %4 : i32 to i8
    linalg.yield %5 : i8
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%shifted : !acc) outs(%narrow : !out) {
  ^bb0(%v: i32, %s: i8):
    %low = arith.constant -128 : i32
    %high = arith.constant 127 : i32
    %0 = arith.minsi %v, %high : i32
    %1 = arith.maxsi %0, %low : i32
    %2 = arith.trunci %1 : i32 to i8
    linalg.yield %2 : i8
  }
  memref.copy %sum, %c : !out to !square
  memref.copy %narrow, %d : !out to !square
  return %c, %d : !square, !square
}
