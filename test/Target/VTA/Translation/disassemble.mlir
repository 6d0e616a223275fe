// RUN: accel-opt %s --accel-attach-target=target=vta --accel-insert-tokens --accel-insert-sync -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: accel-translate --vta-to-accel %t.prog | FileCheck %s

// Every tensor with its layout, then what the instructions became: the four
// parts of a nest by hand. The image starts at the first page, the weights at the
// next multiple of their element.
// CHECK: // VTA 0.0.2, geometry 1x16x16, entry layer
// CHECK-NEXT: tensor x input 8x16xi8 at 4096 size 128 layout (d0, d1) -> (d0 * 16 + d1)
// CHECK-NEXT: tensor arg1 input 2x16x16xi8 at 4352 size 512
// CHECK-NEXT: tensor result0 output 8x1x16xi8 at 4864 size 128

// CHECK: load inp sram 8 dram 0x100 y 1 x 8 stride 8
// CHECK-NEXT: load wgt sram 0 dram 0x11 y 1 x 2 stride 2 [push next]
// CHECK-NEXT: load uop sram 0 dram [[UOPS:0x[0-9a-f]+]] y 1 x 1 stride 1
// CHECK-NEXT: reset uop [0, 1) iter 1,8 dst 0,1
// CHECK-NEXT: load uop sram 2
// Two weights onto eight accumulators: the loops are the instruction's own.
// CHECK-NEXT: gemm uop [2, 3) iter 2,8 dst 0,1 src 0,1 wgt 1,0 [pop prev]
// CHECK-NEXT: shr uop [0, 1) iter 1,8 dst 0,1 src 0,0 imm 3 [push next]
// CHECK-NEXT: store out sram 0 dram 0x130 y 1 x 8 stride 8 [pop prev, push prev]
// CHECK-NEXT: load uop nothing [pop next]
// CHECK-NEXT: finish
func.func @layer(%x: memref<8x1x16xi8> {accel.name = "x", accel.shape = array<i64: 8, 16>, accel.layout = affine_map<(m, c) -> (m, 0, c)>}, %w: memref<2x16x16xi8>) -> memref<8x1x16xi8> {
  %inp = memref.alloc() : memref<8x1x16xi8, #accel.mem<"INP">>
  %wgt = memref.alloc() : memref<2x16x16xi8, #accel.mem<"WGT">>
  %acc = memref.alloc() : memref<8x1x16xi32, #accel.mem<"ACC">>
  %y = memref.alloc() : memref<8x1x16xi8>
  accel.load %x to %inp base = 8 : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  accel.load %w to %wgt base = 0 : memref<2x16x16xi8> to memref<2x16x16xi8, #accel.mem<"WGT">>
  accel.gemm ins(%inp, %wgt) outs(%acc) nest = [8] maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (0)>, affine_map<(i) -> (i)>] reset bases = [0, 0, 0]
      : memref<8x1x16xi8, #accel.mem<"INP">>, memref<2x16x16xi8, #accel.mem<"WGT">>, memref<8x1x16xi32, #accel.mem<"ACC">>
  accel.gemm ins(%inp, %wgt) outs(%acc) nest = [8, 2] maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>] bases = [8, 0, 0]
      : memref<8x1x16xi8, #accel.mem<"INP">>, memref<2x16x16xi8, #accel.mem<"WGT">>, memref<8x1x16xi32, #accel.mem<"ACC">>
  accel.alu shr outs(%acc) imm = 3 nest = [8] maps = [affine_map<(i) -> (i)>] bases = [0] : memref<8x1x16xi32, #accel.mem<"ACC">>
  accel.store %acc to %y base = 0 : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<8x1x16xi8>
  return %y : memref<8x1x16xi8>
}
