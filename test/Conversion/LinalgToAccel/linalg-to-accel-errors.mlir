// RUN: accel-opt %s --convert-linalg-to-accel --split-input-file --verify-diagnostics

!acc = memref<4x1x16xi32, #accel.mem<"ACC">>
func.func @float_body(%x: memref<4x1x16xi32>, %y: memref<4x1x16xi8>) {
  %a = memref.alloc() : !acc
  %o = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  memref.copy %x, %a : memref<4x1x16xi32> to !acc
  // expected-error @below {{the ALU cannot do arith.divsi: it adds, subtracts, shifts and compares i32 values}}
  linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : !acc) outs(%o : memref<4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %c3 = arith.constant 3 : i32
    // expected-note @below {{in this body}}
    %0 = arith.divsi %v, %c3 : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  }
  memref.copy %o, %y : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8>
  return
}

// -----

!acc = memref<4x1x16xi32, #accel.mem<"ACC">>
func.func @large_bound(%x: memref<4x1x16xi32>, %y: memref<4x1x16xi8>) {
  %a = memref.alloc() : !acc
  %o = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  memref.copy %x, %a : memref<4x1x16xi32> to !acc
  // expected-error @below {{the ALU cannot do arith.minsi: the constant 40000 is no immediate, -32768 to 32767}}
  linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%a : !acc) outs(%o : memref<4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %c = arith.constant 40000 : i32
    // expected-note @below {{in this body}}
    %0 = arith.minsi %v, %c : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  }
  memref.copy %o, %y : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8>
  return
}

// -----

func.func @store_i32(%y: memref<4x1x16xi32>) {
  %zero = arith.constant 0 : i32
  %a = memref.alloc() : memref<4x1x16xi32, #accel.mem<"ACC">>
  linalg.fill ins(%zero : i32) outs(%a : memref<4x1x16xi32, #accel.mem<"ACC">>)
  // expected-error @below {{a store takes the low 8 bits of the accumulator, found a copy of 'i32'}}
  memref.copy %a, %y : memref<4x1x16xi32, #accel.mem<"ACC">> to memref<4x1x16xi32>
  return
}

// -----

func.func @store_input(%x: memref<4x1x16xi8>, %y: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  memref.copy %x, %a : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  // expected-error @below {{only "ACC" can be stored, found a copy from "INP"}}
  memref.copy %a, %y : memref<4x1x16xi8, #accel.mem<"INP">> to memref<4x1x16xi8>
  return
}

// -----

func.func @between_tiles(%x: memref<4x1x16xi8>, %y: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  %b = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  memref.copy %x, %a : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  // expected-error @below {{no instruction copies from "INP" to "ACC"}}
  memref.copy %a, %b : memref<4x1x16xi8, #accel.mem<"INP">> to memref<4x1x16xi8, #accel.mem<"ACC">>
  memref.copy %b, %y : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8>
  return
}

// -----

func.func @no_instruction(%x: memref<4x1x16xi8>) {
  %c0 = arith.constant 0 : index
  %v = arith.constant 0 : i8
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  // expected-error @below {{no instruction does what memref.store does on chip: instructions copy, contract, and combine integers element by element}}
  memref.store %v, %a[%c0, %c0, %c0] : memref<4x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @cut_elements(%x: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  %part = memref.subview %a[0, 0, 0] [4, 1, 8] [1, 1, 1] : memref<4x1x16xi8, #accel.mem<"INP">> to memref<4x1x8xi8, strided<[16, 16, 1]>, #accel.mem<"INP">>
  %from = memref.subview %x[0, 0, 0] [4, 1, 8] [1, 1, 1] : memref<4x1x16xi8> to memref<4x1x8xi8, strided<[16, 16, 1]>>
  // expected-error @below {{operand 1 of an instruction needs whole elements in its last two dimensions, found 'memref<4x1x8xi8, strided<[16, 16, 1]>, #accel.mem<"INP">>' of 'memref<4x1x16xi8, #accel.mem<"INP">>'}}
  memref.copy %from, %part : memref<4x1x8xi8, strided<[16, 16, 1]>> to memref<4x1x8xi8, strided<[16, 16, 1]>, #accel.mem<"INP">>
  return
}

// -----

func.func @wrong_levels(%y: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  %b = memref.alloc() : memref<16x16xi8, #accel.mem<"INP">>
  %c = memref.alloc() : memref<4x1x16xi32, #accel.mem<"ACC">>
  // expected-error @below {{the matrix instruction reads "INP" and "WGT" and adds to "ACC", found operand 1 of type 'memref<16x16xi8, #accel.mem<"INP">>'}}
  linalg.generic {indexing_maps = [affine_map<(m, b, n, k) -> (m, b, k)>, affine_map<(m, b, n, k) -> (n, k)>, affine_map<(m, b, n, k) -> (m, b, n)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%a, %b : memref<4x1x16xi8, #accel.mem<"INP">>, memref<16x16xi8, #accel.mem<"INP">>) outs(%c : memref<4x1x16xi32, #accel.mem<"ACC">>) {
  ^bb0(%x: i8, %w: i8, %s: i32):
    %xe = arith.extsi %x : i8 to i32
    %we = arith.extsi %w : i8 to i32
    %p = arith.muli %xe, %we : i32
    %t = arith.addi %s, %p : i32
    linalg.yield %t : i32
  }
  return
}

// -----

func.func @transposed_weight(%y: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  %b = memref.alloc() : memref<16x16xi8, #accel.mem<"WGT">>
  %c = memref.alloc() : memref<4x1x16xi32, #accel.mem<"ACC">>
  // expected-error @below {{the last two dimensions of a contraction's operands need to be (m, c), (n, c) and (m, n)}}
  linalg.generic {indexing_maps = [affine_map<(m, b, n, k) -> (m, b, k)>, affine_map<(m, b, n, k) -> (k, n)>, affine_map<(m, b, n, k) -> (m, b, n)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
    ins(%a, %b : memref<4x1x16xi8, #accel.mem<"INP">>, memref<16x16xi8, #accel.mem<"WGT">>) outs(%c : memref<4x1x16xi32, #accel.mem<"ACC">>) {
  ^bb0(%x: i8, %w: i8, %s: i32):
    %xe = arith.extsi %x : i8 to i32
    %we = arith.extsi %w : i8 to i32
    %p = arith.muli %xe, %we : i32
    %t = arith.addi %s, %p : i32
    linalg.yield %t : i32
  }
  return
}

// -----

func.func @host_operand(%x: memref<4x1x16xi32>, %y: memref<4x1x16xi8>) {
  %o = memref.alloc() : memref<4x1x16xi8, #accel.mem<"ACC">>
  // expected-error @below {{the ALU computes on "ACC" only, found operand 0 of type 'memref<4x1x16xi32>'}}
  linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (m, b, k)>], iterator_types = ["parallel", "parallel", "parallel"]}
    ins(%x : memref<4x1x16xi32>) outs(%o : memref<4x1x16xi8, #accel.mem<"ACC">>) {
  ^bb0(%v: i32, %s: i8):
    %1 = arith.trunci %v : i32 to i8
    linalg.yield %1 : i8
  }
  memref.copy %o, %y : memref<4x1x16xi8, #accel.mem<"ACC">> to memref<4x1x16xi8>
  return
}
