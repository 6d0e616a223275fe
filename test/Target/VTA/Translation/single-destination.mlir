// RUN: accel-opt %s --accel-attach-target=target=vta --accel-unroll \
// RUN:   --convert-linalg-to-accel --accel-allocate --accel-insert-tokens \
// RUN:   --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python %S/Inputs/compare.py dense %t.prog | FileCheck %s
// CHECK: y: 16 values are exact

// One accumulator element takes 32 products: an instruction each, because the
// pipeline forwards nothing. The constant takes three immediates.
#inp = affine_map<(c, b, k, ci) -> (c, b, ci)>
#wgt = affine_map<(c, b, k, ci) -> (c, k, ci)>
#acc = affine_map<(c, b, k, ci) -> (b, k)>
#id = affine_map<(b, k) -> (b, k)>
func.func @dense(
    %x: memref<32x1x16xi8> {accel.name = "x", accel.shape = array<i64: 512>, accel.layout = affine_map<(c) -> (c floordiv 16, 0, c mod 16)>},
    %w: memref<32x16x16xi8> {accel.name = "w", accel.shape = array<i64: 512, 16>, accel.layout = affine_map<(c, n) -> (c floordiv 16, n, c mod 16)>})
    -> (memref<1x16xi8> {accel.name = "y", accel.shape = array<i64: 16>, accel.layout = affine_map<(n) -> (0, n)>}) {
  %zero = arith.constant 0 : i32
  %y = memref.alloc() : memref<1x16xi8>
  %inp = memref.alloc() : memref<32x1x16xi8, #accel.mem<"INP">>
  %wgt = memref.alloc() : memref<32x16x16xi8, #accel.mem<"WGT">>
  %acc = memref.alloc() : memref<1x16xi32, #accel.mem<"ACC">>
  %out = memref.alloc() : memref<1x16xi8, #accel.mem<"ACC">>
  memref.copy %x, %inp : memref<32x1x16xi8> to memref<32x1x16xi8, #accel.mem<"INP">>
  memref.copy %w, %wgt : memref<32x16x16xi8> to memref<32x16x16xi8, #accel.mem<"WGT">>
  linalg.fill ins(%zero : i32) outs(%acc : memref<1x16xi32, #accel.mem<"ACC">>)
  linalg.generic {indexing_maps = [#inp, #wgt, #acc], iterator_types = ["reduction", "parallel", "parallel", "reduction"]}
    ins(%inp, %wgt : memref<32x1x16xi8, #accel.mem<"INP">>, memref<32x16x16xi8, #accel.mem<"WGT">>) outs(%acc : memref<1x16xi32, #accel.mem<"ACC">>) {
  ^bb0(%i: i8, %j: i8, %s: i32):
    %ie = arith.extsi %i : i8 to i32
    %je = arith.extsi %j : i8 to i32
    %p = arith.muli %ie, %je : i32
    %t = arith.addi %s, %p : i32
    linalg.yield %t : i32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%acc : memref<1x16xi32, #accel.mem<"ACC">>) outs(%out : memref<1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %offset = arith.constant 70000 : i32
    %c10 = arith.constant 10 : i32
    %low = arith.constant -128 : i32
    %high = arith.constant 127 : i32
    %0 = arith.addi %v, %offset : i32
    %1 = arith.shrsi %0, %c10 : i32
    %2 = arith.minsi %1, %high : i32
    %3 = arith.maxsi %2, %low : i32
    %4 = arith.trunci %3 : i32 to i8
    linalg.yield %4 : i8
  }
  memref.copy %out, %y : memref<1x16xi8, #accel.mem<"ACC">> to memref<1x16xi8>
  return %y : memref<1x16xi8>
}
