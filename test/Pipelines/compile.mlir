// RUN: accel-opt %s --accel-compile="target=vta report=%t.json" | FileCheck %s
// RUN: %python %S/Inputs/check-report.py %t.json --units=ALU,GEMM
// RUN: accel-opt %s --accel-compile="target=vta objective=latency threads=1" | FileCheck %s

// Without fusion, accumulators would have to go through memory in full width.
// RUN: not accel-opt %s --accel-compile="target=vta fuse=false" -o %t.none 2>&1 | FileCheck %s --check-prefix=UNFUSED
// RUN: not ls %t.none
// UNFUSED: error: no mapping fits: {{.*}} mapping of

#id = affine_map<(m, n) -> (m, n)>

// What is left on the host is the packing and the call; on the device stand
// instructions with addresses, tokens and flags, and nothing else that computes.
// CHECK-LABEL: func @layer(
// CHECK-SAME: memref<32x32xi8>, %{{.*}}: memref<32x32xi8>) -> memref<32x32xi8>
// CHECK-NOT: accel.gemm
// CHECK: call @layer_device
// CHECK-LABEL: func @layer_device(
// CHECK-SAME: accel.layout = {{.*}}accel.shape = array<i64: 32, 32>
// CHECK-NOT: linalg.generic
// CHECK-DAG: accel.load async {{.*}} base = {{[0-9]+}}
// CHECK-DAG: accel.gemm async {{.*}} reset bases = [{{[0-9]+, [0-9]+, [0-9]+}}]
// CHECK: accel.gemm async [{{.*}}] {{.*}} sync = <pop_prev
// CHECK: accel.alu async {{.*}}shr
// CHECK: accel.store async [{{.*}}] {{.*}} sync = <pop_prev
// CHECK: accel.wait [
// CHECK-NOT: linalg.generic
func.func @layer(%a: tensor<32x32xi8>, %b: tensor<32x32xi8>) -> tensor<32x32xi8> {
  %c0 = arith.constant 0 : i32
  %c5 = arith.constant 5 : i32
  %e = tensor.empty() : tensor<32x32xi32>
  %z = linalg.fill ins(%c0 : i32) outs(%e : tensor<32x32xi32>) -> tensor<32x32xi32>
  %r = linalg.matmul ins(%a, %b : tensor<32x32xi8>, tensor<32x32xi8>) outs(%z : tensor<32x32xi32>) -> tensor<32x32xi32>
  %e8 = tensor.empty() : tensor<32x32xi8>
  %q = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%r : tensor<32x32xi32>) outs(%e8 : tensor<32x32xi8>) {
  ^bb0(%i: i32, %o: i8):
    %s = arith.shrsi %i, %c5 : i32
    %u = arith.trunci %s : i32 to i8
    linalg.yield %u : i8
  } -> tensor<32x32xi8>
  return %q : tensor<32x32xi8>
}
