// RUN: accel-opt %s --accel-allocate --split-input-file --verify-diagnostics

#t = #accel.target<"toy", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 32768.0>, #accel.memory<"INP", keep = [input], size_bits = 8192.0>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @too_large(%m: memref<65x1x16xi8>) {
  // expected-error @below {{tile 'memref<65x1x16xi8, #accel.mem<"INP">>' needs 65 elements in "INP" but the level holds 64}}
  %a = memref.alloc() : memref<65x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %a : memref<65x1x16xi8> to memref<65x1x16xi8, #accel.mem<"INP">>
  return
}
}

// -----

#t = #accel.target<"toy", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 32768.0>, #accel.memory<"INP", keep = [input], size_bits = 8192.0>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @too_many(%m: memref<40x1x16xi8>) {
  %a = memref.alloc() : memref<40x1x16xi8, #accel.mem<"INP">>
  // expected-error @below {{tile 'memref<40x1x16xi8, #accel.mem<"INP">>' and those that live with it need 80 elements in "INP" but the level holds 64}}
  %b = memref.alloc() : memref<40x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %a : memref<40x1x16xi8> to memref<40x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %b : memref<40x1x16xi8> to memref<40x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %a : memref<40x1x16xi8> to memref<40x1x16xi8, #accel.mem<"INP">>
  return
}
}

// -----

#t = #accel.target<"toy", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 32768.0>, #accel.memory<"INP", keep = [input], size_bits = 8192.0>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
// expected-error @below {{target "toy" has no memory level "WGT"}}
func.func @no_level(%m: memref<4x16x16xi8>) {
  %a = memref.alloc() : memref<4x16x16xi8, #accel.mem<"WGT">>
  accel.load %m to %a : memref<4x16x16xi8> to memref<4x16x16xi8, #accel.mem<"WGT">>
  return
}
}

// -----

// expected-error @below {{on-chip addresses need a target on the module}}
func.func @no_target(%m: memref<4x16x16xi8>) {
  %a = memref.alloc() : memref<4x16x16xi8, #accel.mem<"WGT">>
  accel.load %m to %a : memref<4x16x16xi8> to memref<4x16x16xi8, #accel.mem<"WGT">>
  return
}

// -----

func.func @in_a_loop(%m: memref<4x16x16xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = memref.alloc() : memref<4x16x16xi8, #accel.mem<"WGT">>
  scf.for %i = %c0 to %c1 step %c1 {
    // expected-error @below {{addresses need straight-line instructions, found one inside scf.for}}
    accel.load %m to %a : memref<4x16x16xi8> to memref<4x16x16xi8, #accel.mem<"WGT">>
  }
  return
}
