// RUN: accel-opt %s --accel-insert-tokens --split-input-file --verify-diagnostics

func.func @no_address(%m: memref<4x16x16xi8>) {
  %a = memref.alloc() : memref<4x16x16xi8, #accel.mem<"WGT">>
  // expected-error @below {{tokens need the addresses of on-chip tiles: run accel-allocate before}}
  accel.load %m to %a : memref<4x16x16xi8> to memref<4x16x16xi8, #accel.mem<"WGT">>
  return
}

// -----

func.func @twice(%m: memref<4x16x16xi8>) {
  %a = memref.alloc() : memref<4x16x16xi8, #accel.mem<"WGT">>
  // expected-error @below {{has tokens already}}
  %t = accel.load async %m to %a base = 0 : memref<4x16x16xi8> to memref<4x16x16xi8, #accel.mem<"WGT">>
  return
}

// -----

func.func @elements(%m: memref<4x16x16xi8>, %n: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x16x16xi8, #accel.mem<"WGT">>
  %b = memref.alloc() : memref<4x1x16xi8, #accel.mem<"WGT">>
  // expected-error @below {{elements of one level need to be of one size, found 256 and 16 values}}
  accel.load %m to %a base = 0 : memref<4x16x16xi8> to memref<4x16x16xi8, #accel.mem<"WGT">>
  accel.load %n to %b base = 4 : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"WGT">>
  return
}

// -----

func.func @in_a_loop(%m: memref<4x16x16xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<4x16x16xi8, #accel.mem<"WGT">>
  scf.for %i = %c0 to %c1 step %c1 {
    // expected-error @below {{tokens need straight-line instructions, found one inside scf.for}}
    accel.load %m to %a base = 0 : memref<4x16x16xi8> to memref<4x16x16xi8, #accel.mem<"WGT">>
  }
  return
}
