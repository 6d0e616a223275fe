// RUN: accel-opt %s --accel-apply-mapping -canonicalize -cse | FileCheck %s
// RUN: %python %S/run-equal.py %s

// A padded int8 convolution in blocks of 16 channels, fused with bias, relu,
// shift and clip. Output channels and rows are the shared loops; the sums stay
// in ACC between the two ops.

#vta = #accel.target<"vta", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all]>,
  #accel.memory<"ACC", may_keep = [output, all], size_bits = 1048576.0>,
  #accel.memory<"INP", may_keep = [input], size_bits = 262144.0>,
  #accel.memory<"WGT", may_keep = [weight], size_bits = 2097152.0>,
  #accel.fanout<"columns", n = 16>,
  #accel.fanout<"rows", n = 16>,
  #accel.compute<"GEMM">
]>

#inp = affine_map<(n, ko, y, x, co, r, s, ni, ki, ci) -> (n, co, y + r, x + s, ni, ci)>
#wgt = affine_map<(n, ko, y, x, co, r, s, ni, ki, ci) -> (ko, co, r, s, ki, ci)>
#acc = affine_map<(n, ko, y, x, co, r, s, ni, ki, ci) -> (n, ko, y, x, ni, ki)>
#id = affine_map<(n, ko, y, x, ni, ki) -> (n, ko, y, x, ni, ki)>
#bias = affine_map<(n, ko, y, x, ni, ki) -> (ko, ki)>

#conv = #accel.mapping<[keep [0, 1] in "MainMemory",
  for 1 by 1, for 2 by 4, keep [2] in "ACC",
  for 4 by 1, keep [0] in "INP", keep [1] in "WGT",
  for 2 by 1, for 3 by 1, for 5 by 1, for 6 by 1,
  par 8 by 1 over "columns", par 9 by 1 over "rows", compute "GEMM"], shared = 0>
#post = #accel.mapping<[keep [1, 2] in "MainMemory",
  for 1 by 1, for 2 by 4, keep [0] in "ACC", keep [1] in "ACC", keep [2] in "ACC",
  compute "GEMM"], shared = 2>

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #vta>>} {

// CHECK-LABEL: func @conv_relu
//  CHECK-SAME:   %[[IMAGE:.+]]: tensor<1x2x8x8x1x16xi8>, %[[WEIGHT:.+]]: tensor<2x2x3x3x16x16xi8>, %[[BIAS:.+]]: tensor<2x16xi32>
//   CHECK-DAG:   %[[IMG:.+]] = bufferization.to_buffer %[[IMAGE]] read_only : tensor<1x2x8x8x1x16xi8> to memref<1x2x8x8x1x16xi8>
//   CHECK-DAG:   %[[WGT:.+]] = bufferization.to_buffer %[[WEIGHT]] read_only
//   CHECK-DAG:   %[[OFF:.+]] = bufferization.to_buffer %[[BIAS]] read_only
//   CHECK-DAG:   %[[OUT:.+]] = memref.alloc() : memref<1x2x8x8x1x16xi8>
//       CHECK:   scf.for %[[K:.+]] = %c0 to %c2 step %c1
//       CHECK:     scf.for %[[Y:.+]] = %c0 to %c2 step %c1
//       CHECK:       %[[ACC:.+]] = memref.alloc() {{.*}} : memref<1x1x4x8x1x16xi32, #accel.mem<"ACC">>
//  CHECK-NEXT:       linalg.fill ins(%c0_i32 : i32) outs(%[[ACC]]
//       CHECK:       scf.for %[[C:.+]] = %c0 to %c2 step %c1
//       CHECK:         %[[INP:.+]] = memref.alloc() {{.*}} : memref<1x1x6x10x1x16xi8, #accel.mem<"INP">>
//       CHECK:         linalg.fill ins(%c0_i8 : i8) outs(%[[INP]]
//       CHECK:         memref.subview %[[IMG]][0, %[[C]],
//       CHECK:         memref.copy
//       CHECK:         memref.alloc() {{.*}} : memref<1x1x3x3x16x16xi8, #accel.mem<"WGT">>
//       CHECK:         memref.subview %[[WGT]][%[[K]], %[[C]], 0, 0, 0, 0]
//       CHECK:         memref.copy
//       CHECK:         linalg.generic
//  CHECK-SAME:           ins(%[[INP]], %{{.*}} outs(%[[ACC]]
//   CHECK-NOT:           accel.mapping
//       CHECK:         memref.dealloc
//       CHECK:         memref.dealloc
//       CHECK:       }
//   CHECK-NOT:       memref.copy %[[ACC]]
//       CHECK:       memref.alloc() {{.*}} : memref<1x16xi32, #accel.mem<"ACC">>
//       CHECK:       memref.copy
//       CHECK:       %[[RES:.+]] = memref.alloc() {{.*}} : memref<1x1x4x8x1x16xi8, #accel.mem<"ACC">>
//   CHECK-NOT:       memref.copy
//       CHECK:       linalg.generic
//  CHECK-SAME:         ins(%[[ACC]], %{{.*}} outs(%[[RES]]
//       CHECK:       %[[ROW:.+]] = affine.apply
//       CHECK:       %[[PART:.+]] = memref.subview %[[OUT]][0, %[[K]], %[[ROW]], 0, 0, 0] [1, 1, 4, 8, 1, 16]
//       CHECK:       memref.copy %[[RES]], %[[PART]]
//       CHECK:       memref.dealloc %[[RES]]
//       CHECK:       memref.dealloc %[[ACC]]
//       CHECK:   bufferization.to_tensor %[[OUT]] restrict writable
//   CHECK-NOT:   accel.group
func.func @conv_relu(%image: tensor<1x2x8x8x1x16xi8>, %weight: tensor<2x2x3x3x16x16xi8>,
                     %bias: tensor<2x16xi32>) -> tensor<1x2x8x8x1x16xi8> {
  %zero8 = arith.constant 0 : i8
  %zero = arith.constant 0 : i32
  %shift = arith.constant 10 : i32
  %most = arith.constant 127 : i32
  %0 = accel.group {
    %padded = tensor.pad %image low[0, 0, 1, 1, 0, 0] high[0, 0, 1, 1, 0, 0] {
    ^bb0(%a: index, %b: index, %c: index, %d: index, %e: index, %f: index):
      tensor.yield %zero8 : i8
    } : tensor<1x2x8x8x1x16xi8> to tensor<1x2x10x10x1x16xi8>
    %empty = tensor.empty() : tensor<1x2x8x8x1x16xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<1x2x8x8x1x16xi32>) -> tensor<1x2x8x8x1x16xi32>
    %sum = linalg.generic {indexing_maps = [#inp, #wgt, #acc],
        iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction", "parallel", "parallel", "reduction"]}
        ins(%padded, %weight : tensor<1x2x10x10x1x16xi8>, tensor<2x2x3x3x16x16xi8>)
        outs(%init : tensor<1x2x8x8x1x16xi32>) attrs = {accel.mapping = #conv} {
    ^bb0(%i: i8, %w: i8, %o: i32):
      %1 = arith.extsi %i : i8 to i32
      %2 = arith.extsi %w : i8 to i32
      %3 = arith.muli %1, %2 : i32
      %4 = arith.addi %o, %3 : i32
      linalg.yield %4 : i32
    } -> tensor<1x2x8x8x1x16xi32>
    %out = tensor.empty() : tensor<1x2x8x8x1x16xi8>
    %result = linalg.generic {indexing_maps = [#id, #bias, #id],
        iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "parallel"]}
        ins(%sum, %bias : tensor<1x2x8x8x1x16xi32>, tensor<2x16xi32>)
        outs(%out : tensor<1x2x8x8x1x16xi8>) attrs = {accel.mapping = #post} {
    ^bb0(%x: i32, %y: i32, %z: i8):
      %1 = arith.addi %x, %y : i32
      %2 = arith.shrsi %1, %shift : i32
      %3 = arith.maxsi %2, %zero : i32
      %4 = arith.minsi %3, %most : i32
      %5 = arith.trunci %4 : i32 to i8
      linalg.yield %5 : i8
    } -> tensor<1x2x8x8x1x16xi8>
    accel.yield %result : tensor<1x2x8x8x1x16xi8>
  } -> tensor<1x2x8x8x1x16xi8>
  return %0 : tensor<1x2x8x8x1x16xi8>
}
}
