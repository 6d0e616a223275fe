// RUN: accel-opt %s --accel-unroll --split-input-file --verify-diagnostics

func.func @bounds(%image: memref<8x16xi8>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // expected-error @below {{loop around on-chip work needs constant bounds: instructions have constant addresses}}
  scf.for %y = %c0 to %n step %c1 {
    %tile = memref.alloc() : memref<8x16xi8, #accel.mem<"INP">>
    memref.copy %image, %tile : memref<8x16xi8> to memref<8x16xi8, #accel.mem<"INP">>
  }
  return
}

// -----

func.func @condition(%image: memref<8x16xi8>, %c: i1) {
  %tile = memref.alloc() : memref<8x16xi8, #accel.mem<"INP">>
  // expected-error @below {{condition around on-chip work needs to be constant: instructions do not branch}}
  scf.if %c {
    memref.copy %image, %tile : memref<8x16xi8> to memref<8x16xi8, #accel.mem<"INP">>
  }
  return
}

// -----

func.func @other_loop(%image: memref<8x16xi8>) {
  %tile = memref.alloc() : memref<8x16xi8, #accel.mem<"INP">>
  // expected-error @below {{loop around on-chip work needs to be an scf.for or scf.forall, found affine.for}}
  affine.for %i = 0 to 4 {
    memref.copy %image, %tile : memref<8x16xi8> to memref<8x16xi8, #accel.mem<"INP">>
  }
  return
}
