// RUN: accel-opt %s --accel-unroll --split-input-file | FileCheck %s

// Border tiles get the static shape of their own.
// CHECK-LABEL: func @clamped_tiles
// CHECK-NOT: scf.for
// CHECK: %[[A:.*]] = memref.subview %{{.*}}[0, 0] [5, 16] [1, 1]
// CHECK-SAME: memref<5x16xi8, strided<[16, 1]>>
// CHECK: memref.copy %[[A]]
// CHECK: %[[B:.*]] = memref.subview %{{.*}}[3, 0] [5, 16] [1, 1]
// CHECK-SAME: memref<5x16xi8, strided<[16, 1], offset: 48>>
// CHECK: memref.copy %[[B]]
func.func @clamped_tiles(%image: memref<8x16xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %tile = memref.alloc() : memref<6x16xi8, #accel.mem<"INP">>
  scf.for %y = %c0 to %c2 step %c1 {
    %low = affine.max affine_map<(y) -> (y * 4 - 1, 0)>(%y)
    %high = affine.min affine_map<(y) -> (y * 4 + 5, 8)>(%y)
    %rows = arith.subi %high, %low : index
    %from = memref.subview %image[%low, 0] [%rows, 16] [1, 1] : memref<8x16xi8> to memref<?x16xi8, strided<[16, 1], offset: ?>>
    %to = memref.subview %tile[0, 0] [%rows, 16] [1, 1] : memref<6x16xi8, #accel.mem<"INP">> to memref<?x16xi8, strided<[16, 1]>, #accel.mem<"INP">>
    memref.copy %from, %to : memref<?x16xi8, strided<[16, 1], offset: ?>> to memref<?x16xi8, strided<[16, 1]>, #accel.mem<"INP">>
  }
  return
}

// -----

// Conditions on loop indices are decided, carried values are followed.
// CHECK-LABEL: func @first_visit
// CHECK-COUNT-1: linalg.fill
// CHECK-NOT: linalg.fill
// CHECK: return
func.func @first_visit(%image: memref<8x1x16xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0 : i32
  %tile = memref.alloc() : memref<8x1x16xi32, #accel.mem<"ACC">>
  %last = scf.for %k = %c0 to %c4 step %c1 iter_args(%sum = %c0) -> (index) {
    %next = arith.addi %sum, %k : index
    %first = arith.cmpi eq, %next, %c0 : index
    scf.if %first {
      linalg.fill ins(%zero : i32) outs(%tile : memref<8x1x16xi32, #accel.mem<"ACC">>)
    }
    scf.yield %next : index
  }
  return
}

// -----

// A loop without on-chip work stays.
// CHECK-LABEL: func @host_loop
// CHECK: scf.for
func.func @host_loop(%image: memref<8x16xi8>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i8
  scf.for %y = %c0 to %n step %c1 {
    memref.store %zero, %image[%y, %c0] : memref<8x16xi8>
  }
  return
}

// -----

// CHECK-LABEL: func @instances
// CHECK: memref.subview %{{.*}}[0, 8]
// CHECK: memref.subview %{{.*}}[4, 0]
// CHECK: memref.subview %{{.*}}[4, 8]
func.func @instances(%image: memref<8x16xi8>) {
  scf.forall (%i, %j) = (0, 0) to (8, 16) step (4, 8) {
    %tile = memref.alloc() : memref<4x8xi8, #accel.mem<"INP">>
    %from = memref.subview %image[%i, %j] [4, 8] [1, 1] : memref<8x16xi8> to memref<4x8xi8, strided<[16, 1], offset: ?>>
    memref.copy %from, %tile : memref<4x8xi8, strided<[16, 1], offset: ?>> to memref<4x8xi8, #accel.mem<"INP">>
  }
  return
}
