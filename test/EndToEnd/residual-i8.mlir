// Two convolutions whose i8 results are added, and a third operand that comes
// from the host: the i8 values get into the accumulators through the matrix
// unit. One program does it all.
//
// RUN: %python %S/compile-and-compare.py %s | FileCheck %s
// CHECK: equal

#id = affine_map<(n, h, w, c) -> (n, h, w, c)>

func.func @f(%a: tensor<1x6x6x16xi8>, %b: tensor<3x3x16x24xi8>, %d: tensor<1x1x16x24xi8>) -> tensor<1x6x6x24xi8> {
  %z = arith.constant 0 : i32
  %z8 = arith.constant 0 : i8
  %lo = arith.constant -128 : i32
  %hi = arith.constant 127 : i32
  %sh = arith.constant 8 : i32
  %p = tensor.pad %a low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %z8 : i8
  } : tensor<1x6x6x16xi8> to tensor<1x8x8x16xi8>
  %e = tensor.empty() : tensor<1x6x6x24xi32>
  %e8 = tensor.empty() : tensor<1x6x6x24xi8>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<1x6x6x24xi32>) -> tensor<1x6x6x24xi32>
  %c0 = linalg.conv_2d_nhwc_hwcf ins(%p, %b : tensor<1x8x8x16xi8>, tensor<3x3x16x24xi8>) outs(%f : tensor<1x6x6x24xi32>) -> tensor<1x6x6x24xi32>
  %q0 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c0 : tensor<1x6x6x24xi32>) outs(%e8 : tensor<1x6x6x24xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %sh : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<1x6x6x24xi8>
  %c1 = linalg.conv_2d_nhwc_hwcf ins(%a, %d : tensor<1x6x6x16xi8>, tensor<1x1x16x24xi8>) outs(%f : tensor<1x6x6x24xi32>) -> tensor<1x6x6x24xi32>
  %q1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%c1 : tensor<1x6x6x24xi32>) outs(%e8 : tensor<1x6x6x24xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %sh : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<1x6x6x24xi8>
  %s = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%q0, %q1 : tensor<1x6x6x24xi8>, tensor<1x6x6x24xi8>) outs(%e8 : tensor<1x6x6x24xi8>) {
  ^bb0(%x: i8, %y: i8, %o: i8):
    %0 = arith.extsi %x : i8 to i32
    %1 = arith.extsi %y : i8 to i32
    %2 = arith.addi %0, %1 : i32
    %3 = arith.maxsi %2, %z : i32
    %4 = arith.minsi %3, %hi : i32
    %5 = arith.trunci %4 : i32 to i8
    linalg.yield %5 : i8
  } -> tensor<1x6x6x24xi8>
  return %s : tensor<1x6x6x24xi8>
}
