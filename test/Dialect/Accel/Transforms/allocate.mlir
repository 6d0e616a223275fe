// RUN: accel-opt %s --accel-allocate --split-input-file | FileCheck %s

#t = #accel.target<"toy", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 32768.0>, #accel.memory<"INP", keep = [input], size_bits = 8192.0>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
// Tiles that follow each other take turns in the places that fit, here three;
// one that lives throughout keeps its own. INP holds 64 elements of 1x16 i8.
// CHECK-LABEL: func @turns
// CHECK: accel.load %{{.*}} base = 0 :
// CHECK: accel.load %{{.*}} base = 16 :
// CHECK: accel.load %{{.*}} base = 32 :
// CHECK: accel.load %{{.*}} base = 48 :
// CHECK: accel.load %{{.*}} base = 16 :
// CHECK: accel.load %{{.*}} base = 0 :
func.func @turns(%m: memref<16x1x16xi8>) {
  %keep = memref.alloc() : memref<16x1x16xi8, #accel.mem<"INP">>
  %a = memref.alloc() : memref<16x1x16xi8, #accel.mem<"INP">>
  %b = memref.alloc() : memref<16x1x16xi8, #accel.mem<"INP">>
  %c = memref.alloc() : memref<16x1x16xi8, #accel.mem<"INP">>
  %d = memref.alloc() : memref<16x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %keep : memref<16x1x16xi8> to memref<16x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %a : memref<16x1x16xi8> to memref<16x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %b : memref<16x1x16xi8> to memref<16x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %c : memref<16x1x16xi8> to memref<16x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %d : memref<16x1x16xi8> to memref<16x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %keep : memref<16x1x16xi8> to memref<16x1x16xi8, #accel.mem<"INP">>
  return
}
// Four places are enough: the fifth tile takes the first one's.
// CHECK-LABEL: func @four
// CHECK: accel.load %{{.*}} base = 24 :
// CHECK: accel.load %{{.*}} base = 0 :
func.func @four(%m: memref<8x1x16xi8>) {
  %a = memref.alloc() : memref<8x1x16xi8, #accel.mem<"INP">>
  %b = memref.alloc() : memref<8x1x16xi8, #accel.mem<"INP">>
  %c = memref.alloc() : memref<8x1x16xi8, #accel.mem<"INP">>
  %d = memref.alloc() : memref<8x1x16xi8, #accel.mem<"INP">>
  %e = memref.alloc() : memref<8x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %a : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %b : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %c : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %d : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %e : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  return
}
}

// -----

#t = #accel.target<"toy", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 32768.0>, #accel.memory<"INP", keep = [input], size_bits = 8192.0>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
// Two of 48 elements do not fit beside each other in 64: they follow in time.
// CHECK-LABEL: func @single
// CHECK-COUNT-2: accel.load %{{.*}} base = 0 :
func.func @single(%m: memref<48x1x16xi8>) {
  %a = memref.alloc() : memref<48x1x16xi8, #accel.mem<"INP">>
  %b = memref.alloc() : memref<48x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %a : memref<48x1x16xi8> to memref<48x1x16xi8, #accel.mem<"INP">>
  accel.load %m to %b : memref<48x1x16xi8> to memref<48x1x16xi8, #accel.mem<"INP">>
  return
}
}

// -----

#t = #accel.target<"toy", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 32768.0>, #accel.memory<"INP", keep = [input], size_bits = 8192.0>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
// The operand's address is that of its view; what a reset does not read has
// none.
// CHECK-LABEL: func @views
// CHECK: reset bases = [0, 0, 0]
// CHECK: accel.alu max {{.*}} bases = [20]
func.func @views() {
  %inp = memref.alloc() : memref<1x16xi8, #accel.mem<"INP">>
  %wgt = memref.alloc() : memref<16x16xi8, #accel.mem<"WGT">>
  %acc = memref.alloc() : memref<32x1x16xi32, #accel.mem<"ACC">>
  %part = memref.subview %acc[20, 0, 0] [4, 1, 16] [1, 1, 1]
      : memref<32x1x16xi32, #accel.mem<"ACC">> to memref<4x1x16xi32, strided<[16, 16, 1], offset: 320>, #accel.mem<"ACC">>
  accel.gemm ins(%inp, %wgt) outs(%acc) nest = [32]
      maps = [affine_map<(i) -> ()>, affine_map<(i) -> ()>, affine_map<(i) -> (i)>] reset
      : memref<1x16xi8, #accel.mem<"INP">>, memref<16x16xi8, #accel.mem<"WGT">>, memref<32x1x16xi32, #accel.mem<"ACC">>
  accel.alu max outs(%part) imm = 0 nest = [4] maps = [affine_map<(i) -> (i)>]
      : memref<4x1x16xi32, strided<[16, 16, 1], offset: 320>, #accel.mem<"ACC">>
  return
}
}
