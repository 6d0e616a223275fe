// 35 columns fill a lane of 16 badly and 1,500 rows well, so the operands are
// swapped; 94 blocks of rows have no divisor but 2 and 47, so one block of
// zeros is added. What it gives is cut off again.
//
// RUN: accel-opt %s --accel-attach-target=target=vta --accel-prepare-linalg -canonicalize -cse --accel-pack-operands | FileCheck %s --check-prefix=PACKED
// PACKED: linalg.pack {{.*}} tensor<1520x512xi8> -> tensor<95x32x16x16xi8>
// PACKED: linalg.unpack {{.*}} -> tensor<1520x35xi8>
// PACKED: tensor.extract_slice {{.*}} tensor<1520x35xi8> to tensor<1500x35xi8>
//
// RUN: %python %S/compile-and-compare.py %s | FileCheck %s
// CHECK: equal

func.func @f(%a: tensor<1500x512xi8>, %b: tensor<512x35xi8>) -> tensor<1500x35xi8> {
  %z = arith.constant 0 : i32
  %s = arith.constant 9 : i32
  %e = tensor.empty() : tensor<1500x35xi32>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<1500x35xi32>) -> tensor<1500x35xi32>
  %c = linalg.matmul ins(%a, %b : tensor<1500x512xi8>, tensor<512x35xi8>) outs(%f : tensor<1500x35xi32>) -> tensor<1500x35xi32>
  %o = tensor.empty() : tensor<1500x35xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%c : tensor<1500x35xi32>) outs(%o : tensor<1500x35xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %s : i32
    %lo = arith.constant -128 : i32
    %hi = arith.constant 127 : i32
    %1 = arith.maxsi %0, %lo : i32
    %2 = arith.minsi %1, %hi : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<1500x35xi8>
  return %r : tensor<1500x35xi8>
}
