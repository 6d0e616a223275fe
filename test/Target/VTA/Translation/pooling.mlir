// RUN: accel-opt %s --accel-attach-target=target=vta --accel-unroll \
// RUN:   --convert-linalg-to-accel --accel-allocate --accel-insert-tokens \
// RUN:   --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python %S/Inputs/compare.py pooling %t.prog | FileCheck %s
// CHECK: y: 256 values are exact

// Maximum over 2x2 windows, in the accumulator.
#in = affine_map<(y, x, r, s, b, k) -> (y * 2 + r, x * 2 + s, b, k)>
#window = affine_map<(y, x, r, s, b, k) -> (r, s)>
#out = affine_map<(y, x, r, s, b, k) -> (y, x, b, k)>
#id = affine_map<(y, x, b, k) -> (y, x, b, k)>
!in = memref<8x8x1x16xi32, #accel.mem<"ACC">>
!max = memref<4x4x1x16xi32, #accel.mem<"ACC">>
!out = memref<4x4x1x16xi8, #accel.mem<"ACC">>
func.func @pool(
    %x: memref<8x8x1x16xi32> {accel.name = "x", accel.shape = array<i64: 8, 8, 16>, accel.layout = affine_map<(y, x, k) -> (y, x, 0, k)>})
    -> (memref<4x4x1x16xi8> {accel.name = "y", accel.shape = array<i64: 4, 4, 16>, accel.layout = affine_map<(y, x, k) -> (y, x, 0, k)>}) {
  %least = arith.constant -32768 : i32
  %in = memref.alloc() : !in
  %window = memref.alloc() : memref<2x2xi32>
  %max = memref.alloc() : !max
  %narrow = memref.alloc() : !out
  %y = memref.alloc() : memref<4x4x1x16xi8>
  memref.copy %x, %in : memref<8x8x1x16xi32> to !in
  linalg.fill ins(%least : i32) outs(%max : !max)
  linalg.generic {indexing_maps = [#in, #window, #out], iterator_types = ["parallel", "parallel", "reduction", "reduction", "parallel", "parallel"]}
    ins(%in, %window : !in, memref<2x2xi32>) outs(%max : !max) {
  ^bb0(%v: i32, %w: i32, %m: i32):
    %0 = arith.maxsi %v, %m : i32
    linalg.yield %0 : i32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%max : !max) outs(%narrow : !out) {
  ^bb0(%v: i32, %s: i8):
    %c3 = arith.constant 3 : i32
    %low = arith.constant -128 : i32
    %high = arith.constant 127 : i32
    %0 = arith.shrsi %v, %c3 : i32
    %1 = arith.minsi %0, %high : i32
    %2 = arith.maxsi %1, %low : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  }
  memref.copy %narrow, %y : !out to memref<4x4x1x16xi8>
  return %y : memref<4x4x1x16xi8>
}
