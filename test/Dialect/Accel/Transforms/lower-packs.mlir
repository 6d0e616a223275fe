// RUN: accel-opt %s --accel-lower-packs -canonicalize -cse | FileCheck %s

// 40 channels in blocks of 16 are 3 blocks, of which the last is padded.
// CHECK-LABEL: func @pack
// CHECK-NOT: linalg.pack
// CHECK: %[[P:.*]] = tensor.pad %arg0 low[0, 0] high[0, 8]
// CHECK: %[[E:.*]] = tensor.expand_shape %[[P]] {{.*}} into tensor<4x3x16xi8>
// CHECK: linalg.transpose ins(%[[E]] : tensor<4x3x16xi8>) outs({{.*}} : tensor<3x4x16xi8>) permutation = [1, 0, 2]
func.func @pack(%a: tensor<4x40xi8>) -> tensor<3x4x16xi8> {
  %c0 = arith.constant 0 : i8
  %e = tensor.empty() : tensor<3x4x16xi8>
  %p = linalg.pack %a padding_value(%c0 : i8) outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [16] into %e : tensor<4x40xi8> -> tensor<3x4x16xi8>
  return %p : tensor<3x4x16xi8>
}

// CHECK-LABEL: func @unpack
// CHECK-NOT: linalg.unpack
// CHECK: linalg.transpose {{.*}} permutation = [1, 0, 2]
// CHECK: tensor.collapse_shape {{.*}} tensor<4x3x16xi8> into tensor<4x48xi8>
// CHECK: tensor.extract_slice {{.*}}[0, 0] [4, 40] [1, 1]
func.func @unpack(%a: tensor<3x4x16xi8>) -> tensor<4x40xi8> {
  %e = tensor.empty() : tensor<4x40xi8>
  %p = linalg.unpack %a outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [16] into %e : tensor<3x4x16xi8> -> tensor<4x40xi8>
  return %p : tensor<4x40xi8>
}
