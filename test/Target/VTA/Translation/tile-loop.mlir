// RUN: accel-opt %s --accel-attach-target=target=vta --accel-unroll \
// RUN:   --convert-linalg-to-accel --accel-allocate --accel-insert-tokens \
// RUN:   --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python %S/Inputs/compare.py tile_loop %t.prog | FileCheck %s
// CHECK: c: 4096 values are exact

// 64x64x64 in tiles of 32x2x2 elements: tiles of one allocation are filled and
// used in turn, the accumulator is reset at the first visit and leaves at the
// last.
#inp = affine_map<(m, n, c, b, k, ci) -> (m, c, b, ci)>
#wgt = affine_map<(m, n, c, b, k, ci) -> (n, c, k, ci)>
#acc = affine_map<(m, n, c, b, k, ci) -> (m, n, b, k)>
#id = affine_map<(m, n, b, k) -> (m, n, b, k)>
!dram = memref<64x4x1x16xi8>
!inp = memref<32x2x1x16xi8, #accel.mem<"INP">>
!wgt = memref<2x2x16x16xi8, #accel.mem<"WGT">>
!acc = memref<32x2x1x16xi32, #accel.mem<"ACC">>
!out = memref<32x2x1x16xi8, #accel.mem<"ACC">>
func.func @tiles(
    %a: !dram {accel.name = "a", accel.shape = array<i64: 64, 64>, accel.layout = affine_map<(m, c) -> (m, c floordiv 16, 0, c mod 16)>},
    %b: memref<4x4x16x16xi8> {accel.name = "b", accel.shape = array<i64: 64, 64>, accel.layout = affine_map<(c, n) -> (n floordiv 16, c floordiv 16, n mod 16, c mod 16)>})
    -> (!dram {accel.name = "c", accel.shape = array<i64: 64, 64>, accel.layout = affine_map<(m, n) -> (m, n floordiv 16, 0, n mod 16)>}) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0 : i32
  %c9 = arith.constant 9 : i32
  %low = arith.constant -128 : i32
  %high = arith.constant 127 : i32
  %c = memref.alloc() : !dram
  %inp = memref.alloc() : !inp
  %wgt = memref.alloc() : !wgt
  %acc = memref.alloc() : !acc
  %out = memref.alloc() : !out
  scf.for %m = %c0 to %c64 step %c32 {
    scf.for %n = %c0 to %c4 step %c2 {
      scf.for %k = %c0 to %c4 step %c2 {
        %first = arith.cmpi eq, %k, %c0 : index
        scf.if %first {
          linalg.fill ins(%zero : i32) outs(%acc : !acc)
        }
        %at = memref.subview %a[%m, %k, 0, 0] [32, 2, 1, 16] [1, 1, 1, 1] : !dram to memref<32x2x1x16xi8, strided<[64, 16, 16, 1], offset: ?>>
        %bt = memref.subview %b[%n, %k, 0, 0] [2, 2, 16, 16] [1, 1, 1, 1] : memref<4x4x16x16xi8> to memref<2x2x16x16xi8, strided<[1024, 256, 16, 1], offset: ?>>
        memref.copy %at, %inp : memref<32x2x1x16xi8, strided<[64, 16, 16, 1], offset: ?>> to !inp
        memref.copy %bt, %wgt : memref<2x2x16x16xi8, strided<[1024, 256, 16, 1], offset: ?>> to !wgt
        linalg.generic {indexing_maps = [#inp, #wgt, #acc], iterator_types = ["parallel", "parallel", "reduction", "parallel", "parallel", "reduction"]}
          ins(%inp, %wgt : !inp, !wgt) outs(%acc : !acc) {
        ^bb0(%x: i8, %w: i8, %s: i32):
          %xe = arith.extsi %x : i8 to i32
          %we = arith.extsi %w : i8 to i32
          %p = arith.muli %we, %xe : i32
          %t = arith.addi %p, %s : i32
          linalg.yield %t : i32
        }
      }
      linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%acc : !acc) outs(%out : !out) {
      ^bb0(%x: i32, %s: i8):
        %0 = arith.shrsi %x, %c9 : i32
        %1 = arith.minsi %0, %high : i32
        %2 = arith.maxsi %1, %low : i32
        %3 = arith.trunci %2 : i32 to i8
        linalg.yield %3 : i8
      }
      %ct = memref.subview %c[%m, %n, 0, 0] [32, 2, 1, 16] [1, 1, 1, 1] : !dram to memref<32x2x1x16xi8, strided<[64, 16, 16, 1], offset: ?>>
      memref.copy %out, %ct : !out to memref<32x2x1x16xi8, strided<[64, 16, 16, 1], offset: ?>>
    }
  }
  memref.dealloc %inp : !inp
  memref.dealloc %wgt : !wgt
  memref.dealloc %acc : !acc
  memref.dealloc %out : !out
  return %c : !dram
}
