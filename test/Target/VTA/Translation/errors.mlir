// RUN: split-file %s %t
// RUN: not accel-translate --accel-to-vta %t/host-op.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=HOST
// RUN: not accel-translate --accel-to-vta %t/no-target.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not accel-translate --accel-to-vta %t/no-matrix.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=MATRIX
// RUN: not accel-translate --accel-to-vta %t/geometry.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=GEOMETRY
// RUN: not accel-translate --accel-to-vta %t/no-sync.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=SYNC
// RUN: not accel-translate --accel-to-vta %t/element.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=ELEMENT
// RUN: not accel-translate --accel-to-vta %t/immediate.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=IMMEDIATE
// RUN: not accel-translate --accel-to-vta %t/address.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=ADDRESS
// RUN: not accel-translate --accel-to-vta %t/types.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=TYPES
// RUN: not accel-translate --accel-to-vta %t/layout.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=LAYOUT
// RUN: not accel-translate --accel-to-vta %t/nothing.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=NOTHING
// RUN: not accel-translate --accel-to-vta %t/nothing.mlir 2>&1 | FileCheck %s --check-prefix=FOLDER
// RUN: not accel-translate --accel-to-vta %t/none.mlir -o %t/prog 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not accel-translate --vta-to-accel %t/none 2>&1 | FileCheck %s --check-prefix=NOPROGRAM
// Nothing was written.
// RUN: not ls %t/prog

// HOST: host-op.mlir:[[#]]:3: error: memref.store stays on the host: a VTA program consists of accel instructions only
// TARGET: error: a VTA program needs a target on the module
// MATRIX: error: a VTA program needs a target with a matrix unit, found "plain"
// GEOMETRY: error: {{.*}}cannot be encoded
// SYNC: no-sync.mlir:[[#]]:3: error: 'accel.load' op has no dependency flags: run accel-insert-sync before
// ELEMENT: error: an element of "inp" is 1x16xi8 but the operand's is 1x8xi8
// IMMEDIATE: error: 'accel.alu' op has the immediate 40000 but VTA allows -32768 to 32767
// ADDRESS: error: 'accel.load' op has no address: run accel-allocate before
// TYPES: error: a tensor of a VTA program needs i8 or i32 values, found 'f32'
// LAYOUT: error: "accel.layout" needs to map the 2 dimensions of "accel.shape" to the 3 of 'memref<4x1x16xi8>', found affine_map<(d0, d1) -> (d0, d1)>
// NOTHING: error: {{.*}}has no function with accel instructions
// FOLDER: accel-translate: error: a program folder needs a name, -o <folder>
// MISSING: accel-translate: error: {{.*}}none.mlir
// NOPROGRAM: accel-translate: error: {{.*}}none

//--- host-op.mlir
#vta = #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 1048576.0>, #accel.memory<"INP", keep = [input], size_bits = 262144.0>, #accel.memory<"WGT", keep = [weight], size_bits = 2097152.0>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {
func.func @f(%x: memref<4x1x16xi8>) {
  %c0 = arith.constant 0 : index
  %v = arith.constant 0 : i8
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  accel.load %x to %a base = 0 sync = <> : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  memref.store %v, %x[%c0, %c0, %c0] : memref<4x1x16xi8>
  return
}
}
//--- no-target.mlir
func.func @f(%x: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  accel.load %x to %a base = 0 sync = <> : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  return
}
//--- no-matrix.mlir
#t = #accel.target<"plain", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.compute<"MAC">]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {
func.func @f(%x: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  accel.load %x to %a base = 0 sync = <> : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  return
}
}
//--- geometry.mlir
#vta = #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 1048576.0>, #accel.memory<"INP", keep = [input], size_bits = 262144.0>, #accel.memory<"WGT", keep = [weight], size_bits = 4194304.0>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {
func.func @f(%x: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  accel.load %x to %a base = 0 sync = <> : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  return
}
}
//--- no-sync.mlir
#vta = #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 1048576.0>, #accel.memory<"INP", keep = [input], size_bits = 262144.0>, #accel.memory<"WGT", keep = [weight], size_bits = 2097152.0>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {
func.func @f(%x: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  accel.load %x to %a base = 0 : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  return
}
}
//--- element.mlir
#vta = #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 1048576.0>, #accel.memory<"INP", keep = [input], size_bits = 262144.0>, #accel.memory<"WGT", keep = [weight], size_bits = 2097152.0>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {
func.func @f(%x: memref<4x1x8xi8>) {
  %a = memref.alloc() : memref<4x1x8xi8, #accel.mem<"INP">>
  accel.load %x to %a base = 0 sync = <> : memref<4x1x8xi8> to memref<4x1x8xi8, #accel.mem<"INP">>
  return
}
}
//--- immediate.mlir
#vta = #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 1048576.0>, #accel.memory<"INP", keep = [input], size_bits = 262144.0>, #accel.memory<"WGT", keep = [weight], size_bits = 2097152.0>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {
func.func @f() {
  %a = memref.alloc() : memref<4x1x16xi32, #accel.mem<"ACC">>
  accel.alu max outs(%a) imm = 40000 nest = [4] maps = [affine_map<(i) -> (i)>] bases = [0] sync = <> : memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}
}
//--- address.mlir
#vta = #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 1048576.0>, #accel.memory<"INP", keep = [input], size_bits = 262144.0>, #accel.memory<"WGT", keep = [weight], size_bits = 2097152.0>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {
func.func @f(%x: memref<4x1x16xi8>) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  accel.load %x to %a sync = <> : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  return
}
}
//--- types.mlir
#vta = #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 1048576.0>, #accel.memory<"INP", keep = [input], size_bits = 262144.0>, #accel.memory<"WGT", keep = [weight], size_bits = 2097152.0>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {
func.func @f(%x: memref<4x1x16xf32>) {
  %a = memref.alloc() : memref<4x1x16xi32, #accel.mem<"ACC">>
  accel.alu max outs(%a) imm = 4 nest = [4] maps = [affine_map<(i) -> (i)>] bases = [0] sync = <> : memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}
}
//--- layout.mlir
#vta = #accel.target<"vta", [#accel.memory<"MainMemory", keep = [external], may_keep = [all]>, #accel.memory<"ACC", keep = [output], size_bits = 1048576.0>, #accel.memory<"INP", keep = [input], size_bits = 262144.0>, #accel.memory<"WGT", keep = [weight], size_bits = 2097152.0>, #accel.compute<"GEMM", matrix = [1, 16, 16]>]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {
func.func @f(%x: memref<4x1x16xi8> {accel.layout = affine_map<(i, j) -> (i, j)>, accel.shape = array<i64: 4, 16>}) {
  %a = memref.alloc() : memref<4x1x16xi8, #accel.mem<"INP">>
  accel.load %x to %a base = 0 sync = <> : memref<4x1x16xi8> to memref<4x1x16xi8, #accel.mem<"INP">>
  return
}
}
//--- nothing.mlir
func.func @f() {
  return
}
