// RUN: accel-opt %s --accel-attach-target=target=vta --accel-unroll \
// RUN:   --convert-linalg-to-accel --accel-allocate --accel-insert-tokens \
// RUN:   --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python %S/Inputs/compare.py matmul %t.prog | FileCheck %s
// CHECK: c: 256 values are exact

// 16x32x16: a 16x1x16 input block per c, accumulated.
#inp = affine_map<(m, c, r, n, k) -> (m, c, r, k)>
#wgt = affine_map<(m, c, r, n, k) -> (c, n, k)>
#acc = affine_map<(m, c, r, n, k) -> (m, r, n)>
#id = affine_map<(m, r, n) -> (m, r, n)>
#bias = affine_map<(m, r, n) -> (r, n)>
func.func @matmul(%a: memref<16x2x1x16xi8> {accel.name = "a", accel.shape = array<i64: 16, 32>, accel.layout = affine_map<(m, k) -> (m, k floordiv 16, 0, k mod 16)>},
                  %b: memref<2x16x16xi8> {accel.name = "b", accel.shape = array<i64: 32, 16>, accel.layout = affine_map<(k, n) -> (k floordiv 16, n, k mod 16)>},
                  %bias: memref<1x16xi32> {accel.name = "bias", accel.shape = array<i64: 16>, accel.layout = affine_map<(n) -> (0, n)>})
    -> (memref<16x1x16xi8> {accel.name = "c", accel.shape = array<i64: 16, 16>, accel.layout = affine_map<(m, n) -> (m, 0, n)>}) {
  %c0_i32 = arith.constant 0 : i32
  %c5 = arith.constant 5 : i32
  %c127 = arith.constant 127 : i32
  %cm128 = arith.constant -128 : i32
  %inp = memref.alloc() : memref<16x2x1x16xi8, #accel.mem<"INP">>
  %wgt = memref.alloc() : memref<2x16x16xi8, #accel.mem<"WGT">>
  %acc = memref.alloc() : memref<16x1x16xi32, #accel.mem<"ACC">>
  %bt = memref.alloc() : memref<1x16xi32, #accel.mem<"ACC">>
  %o = memref.alloc() : memref<16x1x16xi8, #accel.mem<"ACC">>
  %out = memref.alloc() : memref<16x1x16xi8>
  memref.copy %a, %inp : memref<16x2x1x16xi8> to memref<16x2x1x16xi8, #accel.mem<"INP">>
  memref.copy %b, %wgt : memref<2x16x16xi8> to memref<2x16x16xi8, #accel.mem<"WGT">>
  linalg.fill ins(%c0_i32 : i32) outs(%acc : memref<16x1x16xi32, #accel.mem<"ACC">>)
  linalg.generic {indexing_maps = [#inp, #wgt, #acc], iterator_types = ["parallel", "reduction", "parallel", "parallel", "reduction"]}
    ins(%inp, %wgt : memref<16x2x1x16xi8, #accel.mem<"INP">>, memref<2x16x16xi8, #accel.mem<"WGT">>) outs(%acc : memref<16x1x16xi32, #accel.mem<"ACC">>) {
  ^bb0(%x: i8, %w: i8, %s: i32):
    %xe = arith.extsi %x : i8 to i32
    %we = arith.extsi %w : i8 to i32
    %p = arith.muli %xe, %we : i32
    %t = arith.addi %s, %p : i32
    linalg.yield %t : i32
  }
  memref.copy %bias, %bt : memref<1x16xi32> to memref<1x16xi32, #accel.mem<"ACC">>
  linalg.generic {indexing_maps = [#id, #bias, #id], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%acc, %bt : memref<16x1x16xi32, #accel.mem<"ACC">>, memref<1x16xi32, #accel.mem<"ACC">>) outs(%o : memref<16x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%x: i32, %y: i32, %s: i8):
    %c0 = arith.constant 0 : i32
    %0 = arith.addi %x, %y : i32
    %1 = arith.maxsi %0, %c0 : i32
    %2 = arith.shrsi %1, %c5 : i32
    %3 = arith.minsi %2, %c127 : i32
    %4 = arith.maxsi %3, %cm128 : i32
    %5 = arith.trunci %4 : i32 to i8
    linalg.yield %5 : i8
  }
  memref.copy %o, %out : memref<16x1x16xi8, #accel.mem<"ACC">> to memref<16x1x16xi8>
  memref.dealloc %o : memref<16x1x16xi8, #accel.mem<"ACC">>
  return %out : memref<16x1x16xi8>
}
