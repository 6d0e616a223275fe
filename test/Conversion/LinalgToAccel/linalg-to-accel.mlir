// RUN: accel-opt %s --convert-linalg-to-accel --split-input-file | FileCheck %s

// Rows of a tile that are apart in memory: one load per plane, the zero border
// comes from padding. Dimensions that are contiguous on both sides are one.
// CHECK-LABEL: func @loads
// CHECK: accel.load %{{.*}} pad = [1, 1, 1, 1] : memref<8x8x1x16xi8, strided<[128, 16, 16, 1]>> to memref<10x10x1x16xi8, strided<[160, 16, 16, 1]>, #accel.mem<"INP">>
// CHECK: accel.load %{{.*}} pad = [1, 1, 1, 1] : memref<8x8x1x16xi8, strided<[128, 16, 16, 1], offset: 1024>> to memref<10x10x1x16xi8, strided<[160, 16, 16, 1], offset: 1600>, #accel.mem<"INP">>
// CHECK: accel.load %{{.*}} : memref<18x16x16xi8, strided<[256, 16, 1]>> to memref<18x16x16xi8, strided<[256, 16, 1]>, #accel.mem<"WGT">>
// CHECK-NOT: accel.load
func.func @loads(%x: memref<2x8x8x1x16xi8>, %w: memref<2x3x3x16x16xi8>, %y: memref<8x8x1x16xi8>) {
  %zero8 = arith.constant 0 : i8
  %zero = arith.constant 0 : i32
  %a = memref.alloc() : memref<2x10x10x1x16xi8, #accel.mem<"INP">>
  %b = memref.alloc() : memref<2x3x3x16x16xi8, #accel.mem<"WGT">>
  %c = memref.alloc() : memref<8x8x1x16xi32, #accel.mem<"ACC">>
  %o = memref.alloc() : memref<8x8x1x16xi8, #accel.mem<"ACC">>
  %inner = memref.subview %a[0, 1, 1, 0, 0] [2, 8, 8, 1, 16] [1, 1, 1, 1, 1] : memref<2x10x10x1x16xi8, #accel.mem<"INP">> to memref<2x8x8x1x16xi8, strided<[1600, 160, 16, 16, 1], offset: 176>, #accel.mem<"INP">>
  linalg.fill ins(%zero8 : i8) outs(%a : memref<2x10x10x1x16xi8, #accel.mem<"INP">>)
  memref.copy %x, %inner : memref<2x8x8x1x16xi8> to memref<2x8x8x1x16xi8, strided<[1600, 160, 16, 16, 1], offset: 176>, #accel.mem<"INP">>
  memref.copy %w, %b : memref<2x3x3x16x16xi8> to memref<2x3x3x16x16xi8, #accel.mem<"WGT">>
  // CHECK: accel.gemm {{.*}} reset
  linalg.fill ins(%zero : i32) outs(%c : memref<8x8x1x16xi32, #accel.mem<"ACC">>)
  // CHECK: accel.gemm ins({{.*}}) outs({{.*}}) nest = [8, 8, 2, 3, 3]
  // CHECK-NOT: reset
  linalg.generic {indexing_maps = [affine_map<(y, x, m, n, c, r, s, k) -> (c, y + r, x + s, m, k)>, affine_map<(y, x, m, n, c, r, s, k) -> (c, r, s, n, k)>, affine_map<(y, x, m, n, c, r, s, k) -> (y, x, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction", "reduction"]}
    ins(%a, %b : memref<2x10x10x1x16xi8, #accel.mem<"INP">>, memref<2x3x3x16x16xi8, #accel.mem<"WGT">>) outs(%c : memref<8x8x1x16xi32, #accel.mem<"ACC">>) {
  ^bb0(%i: i8, %j: i8, %s: i32):
    %ie = arith.extsi %i : i8 to i32
    %je = arith.extsi %j : i8 to i32
    %p = arith.muli %ie, %je : i32
    %t = arith.addi %s, %p : i32
    linalg.yield %t : i32
  }
  // In place, and nothing to do: the store truncates.
  // CHECK-NEXT: memref.reinterpret_cast
  // CHECK-NEXT: memref.reinterpret_cast
  // CHECK-NEXT: accel.store %{{.*}} : memref<64x1x16xi32, strided<[16, 16, 1]>, #accel.mem<"ACC">> to memref<64x1x16xi8, strided<[16, 16, 1]>>
  linalg.generic {indexing_maps = [affine_map<(y, x, m, n) -> (y, x, m, n)>, affine_map<(y, x, m, n) -> (y, x, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%c : memref<8x8x1x16xi32, #accel.mem<"ACC">>) outs(%o : memref<8x8x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.trunci %v : i32 to i8
    linalg.yield %0 : i8
  }
  memref.copy %o, %y : memref<8x8x1x16xi8, #accel.mem<"ACC">> to memref<8x8x1x16xi8>
  return
}

// -----

// A border that no padding makes: zeros come from a constant.
// CHECK: memref.global "private" constant @accel_zeros_48_1_16_i8 : memref<48x1x16xi8> = dense<0>
// CHECK-LABEL: func @zeros
// CHECK: accel.load %{{.*}} : memref<1x48x1x16xi8, strided<[0, 16, 16, 1]>> to
// CHECK: accel.load %{{.*}} : memref<16x1x16xi8{{.*}}offset: 512
func.func @zeros(%x: memref<16x1x16xi8>, %w: memref<1x16x16xi8>, %y: memref<48x1x16xi8>) {
  %zero8 = arith.constant 0 : i8
  %a = memref.alloc() : memref<48x1x16xi8, #accel.mem<"INP">>
  %b = memref.alloc() : memref<1x16x16xi8, #accel.mem<"WGT">>
  %c = memref.alloc() : memref<48x1x16xi32, #accel.mem<"ACC">>
  %inner = memref.subview %a[32, 0, 0] [16, 1, 16] [1, 1, 1] : memref<48x1x16xi8, #accel.mem<"INP">> to memref<16x1x16xi8, strided<[16, 16, 1], offset: 512>, #accel.mem<"INP">>
  linalg.fill ins(%zero8 : i8) outs(%a : memref<48x1x16xi8, #accel.mem<"INP">>)
  memref.copy %x, %inner : memref<16x1x16xi8> to memref<16x1x16xi8, strided<[16, 16, 1], offset: 512>, #accel.mem<"INP">>
  linalg.generic {indexing_maps = [affine_map<(m, b, n, k) -> (m, b, k)>, affine_map<(m, b, n, k) -> (0, n, k)>, affine_map<(m, b, n, k) -> (m, b, n)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%a, %b : memref<48x1x16xi8, #accel.mem<"INP">>, memref<1x16x16xi8, #accel.mem<"WGT">>) outs(%c : memref<48x1x16xi32, #accel.mem<"ACC">>) {
  ^bb0(%i: i8, %j: i8, %s: i32):
    %ie = arith.extsi %i : i8 to i32
    %je = arith.extsi %j : i8 to i32
    %p = arith.muli %ie, %je : i32
    %t = arith.addi %s, %p : i32
    linalg.yield %t : i32
  }
  return
}

// -----

// Clipping that cannot change anything is left out; a large shift takes two
// instructions; what only memory reads need not be in range.
// CHECK-LABEL: func @chain
// CHECK: accel.alu add outs(%{{.*}}) imm = -5
// CHECK-NEXT: accel.alu shr outs(%{{.*}}) imm = 15
// CHECK-NEXT: accel.alu shr outs(%{{.*}}) imm = 9
// CHECK-NEXT: accel.alu min outs(%{{.*}}) imm = 50
// CHECK-NEXT: memref.reinterpret_cast
// CHECK-NEXT: accel.store
func.func @chain(%x: memref<1x4x1x16xi32>, %y: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<1x4x1x16xi32, #accel.mem<"ACC">>
  %o = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  memref.copy %x, %a : memref<1x4x1x16xi32> to memref<1x4x1x16xi32, #accel.mem<"ACC">>
  linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (0, m, b, k)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : memref<1x4x1x16xi32, #accel.mem<"ACC">>) outs(%o : memref<4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %c5 = arith.constant 5 : i32
    %c24 = arith.constant 24 : i32
    %c50 = arith.constant 50 : i32
    %low = arith.constant -128 : i32
    %0 = arith.subi %v, %c5 : i32
    %1 = arith.shrsi %0, %c24 : i32
    %2 = arith.minsi %1, %c50 : i32
    %3 = arith.maxsi %2, %low : i32
    %4 = arith.trunci %3 : i32 to i8
    linalg.yield %4 : i8
  }
  memref.copy %o, %y : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8>
  return
}

// -----

// Two halves of an accumulator become a tile each: both work in place, in their
// part of it, because nobody reads it again.
// CHECK-LABEL: func @halves
// CHECK: %[[A:.*]] = memref.alloc() : memref<8x1x16xi32, #accel.mem<"ACC">>
// CHECK-NOT: memref.alloc
// CHECK: %[[FIRST:.*]] = memref.reinterpret_cast %[[A]] to offset: [0], sizes: [4, 1, 16]
// CHECK-NEXT: accel.alu shr outs(%[[FIRST]]) imm = 3
// CHECK: %[[SECOND:.*]] = memref.reinterpret_cast %[[A]] to offset: [64], sizes: [4, 1, 16]
// CHECK-NEXT: accel.alu shr outs(%[[SECOND]]) imm = 3
// CHECK-NOT: reset
func.func @halves(%x: memref<8x1x16xi32>, %y: memref<8x1x16xi8>) {
  %a = memref.alloc() : memref<8x1x16xi32, #accel.mem<"ACC">>
  memref.copy %x, %a : memref<8x1x16xi32> to memref<8x1x16xi32, #accel.mem<"ACC">>
  %a0 = memref.subview %a[0, 0, 0] [4, 1, 16] [1, 1, 1] : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<4x1x16xi32, strided<[16, 16, 1]>, #accel.mem<"ACC">>
  %a1 = memref.subview %a[4, 0, 0] [4, 1, 16] [1, 1, 1] : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<4x1x16xi32, strided<[16, 16, 1], offset: 64>, #accel.mem<"ACC">>
  %y0 = memref.subview %y[0, 0, 0] [4, 1, 16] [1, 1, 1] : memref<8x1x16xi8> to memref<4x1x16xi8, strided<[16, 16, 1]>>
  %y1 = memref.subview %y[4, 0, 0] [4, 1, 16] [1, 1, 1] : memref<8x1x16xi8> to memref<4x1x16xi8, strided<[16, 16, 1], offset: 64>>
  %c3 = arith.constant 3 : i32
  %o0 = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a0 : memref<4x1x16xi32, strided<[16, 16, 1]>, #accel.mem<"ACC">>) outs(%o0 : memref<4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.shrsi %v, %c3 : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  }
  memref.copy %o0, %y0 : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8, strided<[16, 16, 1]>>
  %o1 = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a1 : memref<4x1x16xi32, strided<[16, 16, 1], offset: 64>, #accel.mem<"ACC">>) outs(%o1 : memref<4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.shrsi %v, %c3 : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  }
  memref.copy %o1, %y1 : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8, strided<[16, 16, 1], offset: 64>>
  return
}

// -----

// Two columns of each of four rows: the results stand in place, too, in pieces
// of two, and are stored row by row.
// CHECK-LABEL: func @columns
// CHECK: %[[A:.*]] = memref.alloc() : memref<4x8x1x16xi32, #accel.mem<"ACC">>
// CHECK-NOT: memref.alloc
// CHECK-NOT: reset
// CHECK: %[[PART:.*]] = memref.reinterpret_cast %[[A]] to offset: [48], sizes: [4, 2, 1, 16], strides: [128, 16, 16, 1]
// CHECK-NEXT: accel.alu shr outs(%[[PART]]) imm = 3
// CHECK-COUNT-4: accel.store
// CHECK-NOT: accel.store
func.func @columns(%x: memref<4x8x1x16xi32>, %y: memref<4x2x1x16xi8>) {
  %a = memref.alloc() : memref<4x8x1x16xi32, #accel.mem<"ACC">>
  memref.copy %x, %a : memref<4x8x1x16xi32> to memref<4x8x1x16xi32, #accel.mem<"ACC">>
  %part = memref.subview %a[0, 3, 0, 0] [4, 2, 1, 16] [1, 1, 1, 1] : memref<4x8x1x16xi32, #accel.mem<"ACC">> to memref<4x2x1x16xi32, strided<[128, 16, 16, 1], offset: 48>, #accel.mem<"ACC">>
  %c3 = arith.constant 3 : i32
  %o = memref.alloc() : memref<4x2x1x16xi8, #accel.mem<"ACC">>
  linalg.generic {indexing_maps = [affine_map<(p, q, b, k) -> (p, q, b, k)>, affine_map<(p, q, b, k) -> (p, q, b, k)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%part : memref<4x2x1x16xi32, strided<[128, 16, 16, 1], offset: 48>, #accel.mem<"ACC">>) outs(%o : memref<4x2x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.shrsi %v, %c3 : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  }
  memref.copy %o, %y : memref<4x2x1x16xi8, #accel.mem<"ACC">> to memref<4x2x1x16xi8>
  return
}

// -----

// The result is transposed: it has the elements of what it is made of in
// another order, each in its own place.
// CHECK-LABEL: func @transposed
// CHECK: memref.alloc() : memref<4x8x1x16xi32, #accel.mem<"ACC">>
// CHECK-NOT: memref.alloc
// CHECK: accel.alu shr
// CHECK-COUNT-4: accel.store
func.func @transposed(%x: memref<4x8x1x16xi32>, %y: memref<8x4x1x16xi8>) {
  %a = memref.alloc() : memref<4x8x1x16xi32, #accel.mem<"ACC">>
  memref.copy %x, %a : memref<4x8x1x16xi32> to memref<4x8x1x16xi32, #accel.mem<"ACC">>
  %c3 = arith.constant 3 : i32
  %o = memref.alloc() : memref<8x4x1x16xi8, #accel.mem<"ACC">>
  linalg.generic {indexing_maps = [affine_map<(p, q, b, k) -> (p, q, b, k)>, affine_map<(p, q, b, k) -> (q, p, b, k)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
    ins(%a : memref<4x8x1x16xi32, #accel.mem<"ACC">>) outs(%o : memref<8x4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.shrsi %v, %c3 : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  }
  memref.copy %o, %y : memref<8x4x1x16xi8, #accel.mem<"ACC">> to memref<8x4x1x16xi8>
  return
}

// -----

// The first half is read again after its result exists: that one is a copy.
// CHECK-LABEL: func @read_again
// CHECK: accel.gemm {{.*}} reset
// CHECK-NEXT: memref.reinterpret_cast
// CHECK-NEXT: accel.alu add ins
// CHECK: accel.alu shr
func.func @read_again(%x: memref<8x1x16xi32>, %y: memref<4x1x16xi8>, %z: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<8x1x16xi32, #accel.mem<"ACC">>
  memref.copy %x, %a : memref<8x1x16xi32> to memref<8x1x16xi32, #accel.mem<"ACC">>
  %a0 = memref.subview %a[0, 0, 0] [4, 1, 16] [1, 1, 1] : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<4x1x16xi32, strided<[16, 16, 1]>, #accel.mem<"ACC">>
  %a1 = memref.subview %a[3, 0, 0] [4, 1, 16] [1, 1, 1] : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<4x1x16xi32, strided<[16, 16, 1], offset: 48>, #accel.mem<"ACC">>
  %c3 = arith.constant 3 : i32
  %o0 = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a0 : memref<4x1x16xi32, strided<[16, 16, 1]>, #accel.mem<"ACC">>) outs(%o0 : memref<4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.shrsi %v, %c3 : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  }
  %o1 = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a1 : memref<4x1x16xi32, strided<[16, 16, 1], offset: 48>, #accel.mem<"ACC">>) outs(%o1 : memref<4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %0 = arith.shrsi %v, %c3 : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  }
  memref.copy %o0, %y : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8>
  memref.copy %o1, %z : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8>
  return
}
