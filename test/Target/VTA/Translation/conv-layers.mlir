// RUN: accel-opt %s --accel-attach-target=target=vta --accel-unroll \
// RUN:   --convert-linalg-to-accel --accel-allocate --accel-insert-tokens \
// RUN:   --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python %S/Inputs/compare.py conv_layers %t.prog | FileCheck %s
// CHECK: out: 1024 values are exact

// Two 3x3 convolutions through DRAM; rows in tiles of 4, borders zero-filled.
#inp = affine_map<(n, y, x, m, k, r, s, c, ci) -> (c, y + r, x + s, m, ci)>
#wgt = affine_map<(n, y, x, m, k, r, s, c, ci) -> (n, c, r, s, k, ci)>
#acc = affine_map<(n, y, x, m, k, r, s, c, ci) -> (n, y, x, m, k)>
#id = affine_map<(n, y, x, m, k) -> (n, y, x, m, k)>
#chan = affine_map<(n, y, x, m, k) -> (n, m, k)>
!dram = memref<1x8x8x1x16xi8>
!inp = memref<1x6x10x1x16xi8, #accel.mem<"INP">>
!wgt = memref<1x1x3x3x16x16xi8, #accel.mem<"WGT">>
!acc = memref<1x4x8x1x16xi32, #accel.mem<"ACC">>
!out = memref<1x4x8x1x16xi8, #accel.mem<"ACC">>
memref.global "private" constant @bias : memref<1x1x16xi32> = dense<[[[1, -2, 3, -4, 5, -6, 7, -8, 900, -1000, 11, -12, 13, -14, 15, -16]]]>
func.func @conv(%image: !dram {accel.name = "image", accel.shape = array<i64: 8, 8, 16>, accel.layout = affine_map<(y, x, c) -> (0, y, x, 0, c)>},
    %w1: memref<1x1x3x3x16x16xi8> {accel.name = "w1", accel.shape = array<i64: 3, 3, 16, 16>, accel.layout = affine_map<(r, s, c, k) -> (0, 0, r, s, k, c)>},
    %w2: memref<1x1x3x3x16x16xi8> {accel.name = "w2", accel.shape = array<i64: 3, 3, 16, 16>, accel.layout = affine_map<(r, s, c, k) -> (0, 0, r, s, k, c)>})
    -> (!dram {accel.name = "out", accel.shape = array<i64: 8, 8, 16>, accel.layout = affine_map<(y, x, c) -> (0, y, x, 0, c)>}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c0_i32 = arith.constant 0 : i32
  %c0_i8 = arith.constant 0 : i8
  %c8 = arith.constant 8 : i32
  %c127 = arith.constant 127 : i32
  %bias = memref.get_global @bias : memref<1x1x16xi32>
  %mid = memref.alloc() : !dram
  %out = memref.alloc() : !dram
  %bt = memref.alloc() : memref<1x1x16xi32, #accel.mem<"ACC">>
  memref.copy %bias, %bt : memref<1x1x16xi32> to memref<1x1x16xi32, #accel.mem<"ACC">>
  %wt1 = memref.alloc() : !wgt
  memref.copy %w1, %wt1 : memref<1x1x3x3x16x16xi8> to !wgt
  %t1 = memref.alloc() : !inp
  %acc1 = memref.alloc() : !acc
  %o1 = memref.alloc() : !out
  scf.for %y = %c0 to %c2 step %c1 {
    %lo = affine.max affine_map<(y) -> (y * 4 - 1, 0)>(%y)
    %hi = affine.min affine_map<(y) -> (y * 4 + 5, 8)>(%y)
    %rows = affine.apply affine_map<(l, h) -> (h - l)>(%lo, %hi)
    %to = affine.apply affine_map<(y, l) -> (l - y * 4 + 1)>(%y, %lo)
    %from = memref.subview %image[0, %lo, 0, 0, 0] [1, %rows, 8, 1, 16] [1, 1, 1, 1, 1] : !dram to memref<1x?x8x1x16xi8, strided<[1024, 128, 16, 16, 1], offset: ?>>
    %inner = memref.subview %t1[0, %to, 1, 0, 0] [1, %rows, 8, 1, 16] [1, 1, 1, 1, 1] : !inp to memref<1x?x8x1x16xi8, strided<[960, 160, 16, 16, 1], offset: ?>, #accel.mem<"INP">>
    linalg.fill ins(%c0_i8 : i8) outs(%t1 : !inp)
    memref.copy %from, %inner : memref<1x?x8x1x16xi8, strided<[1024, 128, 16, 16, 1], offset: ?>> to memref<1x?x8x1x16xi8, strided<[960, 160, 16, 16, 1], offset: ?>, #accel.mem<"INP">>
    linalg.fill ins(%c0_i32 : i32) outs(%acc1 : !acc)
    linalg.generic {indexing_maps = [#inp, #wgt, #acc], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction", "reduction"]}
      ins(%t1, %wt1 : !inp, !wgt) outs(%acc1 : !acc) {
    ^bb0(%x: i8, %w: i8, %s: i32):
      %xe = arith.extsi %x : i8 to i32
      %we = arith.extsi %w : i8 to i32
      %p = arith.muli %xe, %we : i32
      %t = arith.addi %s, %p : i32
      linalg.yield %t : i32
    }
    linalg.generic {indexing_maps = [#id, #chan, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%acc1, %bt : !acc, memref<1x1x16xi32, #accel.mem<"ACC">>) outs(%acc1 : !acc) {
    ^bb0(%x: i32, %b: i32, %s: i32):
      %0 = arith.addi %x, %b : i32
      linalg.yield %0 : i32
    }
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%acc1 : !acc) outs(%o1 : !out) {
    ^bb0(%x: i32, %s: i8):
      %1 = arith.shrsi %x, %c8 : i32
      %2 = arith.minsi %1, %c127 : i32
      %3 = arith.maxsi %2, %c0_i32 : i32
      %4 = arith.trunci %3 : i32 to i8
      linalg.yield %4 : i8
    }
    %y4 = affine.apply affine_map<(y) -> (y * 4)>(%y)
    %dest = memref.subview %mid[0, %y4, 0, 0, 0] [1, 4, 8, 1, 16] [1, 1, 1, 1, 1] : !dram to memref<1x4x8x1x16xi8, strided<[1024, 128, 16, 16, 1], offset: ?>>
    memref.copy %o1, %dest : !out to memref<1x4x8x1x16xi8, strided<[1024, 128, 16, 16, 1], offset: ?>>
  }
  %wt2 = memref.alloc() : !wgt
  memref.copy %w2, %wt2 : memref<1x1x3x3x16x16xi8> to !wgt
  %t2 = memref.alloc() : !inp
  %acc2 = memref.alloc() : !acc
  %o2 = memref.alloc() : !out
  scf.for %y = %c0 to %c2 step %c1 {
    %lo = affine.max affine_map<(y) -> (y * 4 - 1, 0)>(%y)
    %hi = affine.min affine_map<(y) -> (y * 4 + 5, 8)>(%y)
    %rows = affine.apply affine_map<(l, h) -> (h - l)>(%lo, %hi)
    %to = affine.apply affine_map<(y, l) -> (l - y * 4 + 1)>(%y, %lo)
    %from = memref.subview %mid[0, %lo, 0, 0, 0] [1, %rows, 8, 1, 16] [1, 1, 1, 1, 1] : !dram to memref<1x?x8x1x16xi8, strided<[1024, 128, 16, 16, 1], offset: ?>>
    %inner = memref.subview %t2[0, %to, 1, 0, 0] [1, %rows, 8, 1, 16] [1, 1, 1, 1, 1] : !inp to memref<1x?x8x1x16xi8, strided<[960, 160, 16, 16, 1], offset: ?>, #accel.mem<"INP">>
    linalg.fill ins(%c0_i8 : i8) outs(%t2 : !inp)
    memref.copy %from, %inner : memref<1x?x8x1x16xi8, strided<[1024, 128, 16, 16, 1], offset: ?>> to memref<1x?x8x1x16xi8, strided<[960, 160, 16, 16, 1], offset: ?>, #accel.mem<"INP">>
    linalg.fill ins(%c0_i32 : i32) outs(%acc2 : !acc)
    linalg.generic {indexing_maps = [#inp, #wgt, #acc], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction", "reduction"]}
      ins(%t2, %wt2 : !inp, !wgt) outs(%acc2 : !acc) {
    ^bb0(%x: i8, %w: i8, %s: i32):
      %xe = arith.extsi %x : i8 to i32
      %we = arith.extsi %w : i8 to i32
      %p = arith.muli %xe, %we : i32
      %t = arith.addi %s, %p : i32
      linalg.yield %t : i32
    }
    linalg.generic {indexing_maps = [#id, #chan, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%acc2, %bt : !acc, memref<1x1x16xi32, #accel.mem<"ACC">>) outs(%acc2 : !acc) {
    ^bb0(%x: i32, %b: i32, %s: i32):
      %0 = arith.addi %x, %b : i32
      linalg.yield %0 : i32
    }
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%acc2 : !acc) outs(%o2 : !out) {
    ^bb0(%x: i32, %s: i8):
      %1 = arith.shrsi %x, %c8 : i32
      %2 = arith.minsi %1, %c127 : i32
      %3 = arith.maxsi %2, %c0_i32 : i32
      %4 = arith.trunci %3 : i32 to i8
      linalg.yield %4 : i8
    }
    %y4 = affine.apply affine_map<(y) -> (y * 4)>(%y)
    %dest = memref.subview %out[0, %y4, 0, 0, 0] [1, 4, 8, 1, 16] [1, 1, 1, 1, 1] : !dram to memref<1x4x8x1x16xi8, strided<[1024, 128, 16, 16, 1], offset: ?>>
    memref.copy %o2, %dest : !out to memref<1x4x8x1x16xi8, strided<[1024, 128, 16, 16, 1], offset: ?>>
  }
  return %out : !dram
}
