// RUN: accel-opt %s --accel-attach-target=target=vta --accel-unroll \
// RUN:   --convert-linalg-to-accel --accel-allocate --accel-insert-tokens \
// RUN:   --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python %S/Inputs/compare.py matmul_wrapped %t.prog | FileCheck %s
// CHECK: c: 256 values are exact

// A store takes the low 8 bits, which is what a truncation is.
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
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%acc : !acc) outs(%narrow : !out) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.trunci %v : i32 to i8
    linalg.yield %0 : i8
  }
  memref.copy %narrow, %c : !out to !square
  return %c : !square
}
