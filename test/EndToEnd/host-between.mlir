// A division, which no instruction does, between two layers: it stays on the host,
// and each layer becomes a program of its own.
//
// RUN: accel-opt %s --accel-compile="target=vta" 2>%t.err -o - | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK <%t.err
//
// REMARK: remark: stays on the host: the vector unit reads i32 accumulators only
//
// CHECK-LABEL: func.func @f(
// CHECK: call @f_device0
// CHECK: arith.divsi
// CHECK: call @f_device1
// CHECK-LABEL: func.func @f_device0
// CHECK: accel.gemm
// CHECK-LABEL: func.func @f_device1
// CHECK: accel.gemm

func.func @f(%a: tensor<16x32xi8>, %b: tensor<32x32xi8>) -> tensor<16x32xi8> {
  %z = arith.constant 0 : i32
  %s = arith.constant 8 : i32
  %t = arith.constant 3 : i8
  %e = tensor.empty() : tensor<16x32xi32>
  %o = tensor.empty() : tensor<16x32xi8>
  %f = linalg.fill ins(%z : i32) outs(%e : tensor<16x32xi32>) -> tensor<16x32xi32>
  %c = linalg.matmul ins(%a, %b : tensor<16x32xi8>, tensor<32x32xi8>) outs(%f : tensor<16x32xi32>) -> tensor<16x32xi32>
  %q = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%c : tensor<16x32xi32>) outs(%o : tensor<16x32xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %s : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  } -> tensor<16x32xi8>
  %h = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%q : tensor<16x32xi8>) outs(%o : tensor<16x32xi8>) {
  ^bb0(%x: i8, %y: i8):
    %1 = arith.divsi %x, %t : i8
    linalg.yield %1 : i8
  } -> tensor<16x32xi8>
  %c2 = linalg.matmul ins(%h, %b : tensor<16x32xi8>, tensor<32x32xi8>) outs(%f : tensor<16x32xi32>) -> tensor<16x32xi32>
  %q2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%c2 : tensor<16x32xi32>) outs(%o : tensor<16x32xi8>) {
  ^bb0(%x: i32, %y: i8):
    %0 = arith.shrsi %x, %s : i32
    %1 = arith.trunci %0 : i32 to i8
    linalg.yield %1 : i8
  } -> tensor<16x32xi8>
  return %q2 : tensor<16x32xi8>
}
