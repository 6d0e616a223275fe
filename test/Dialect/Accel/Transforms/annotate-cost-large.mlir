// RUN: accel-opt %s --accel-attach-target=target=simple --accel-annotate-cost="report=%t.json" | FileCheck %s
// RUN: FileCheck %s --check-prefix=REPORT < %t.json

// Products beyond 2^63 do not wrap: (3 * 2^20)^3 = 27 * 2^60 operations, and
// 3 * 9 * 2^40 values of 8 bits that are moved at least, at 1 J each.
// CHECK: accel.cost = #accel.cost<energy_j = 31129118118896467968.0, latency_s = 31128880624384868352.0, ops = 31128880624384868352.0>
// REPORT: "computes": 3.112888062438486{{[0-9]*}}e+19
func.func @large(%a: tensor<3145728x3145728xi8>, %b: tensor<3145728x3145728xi8>) -> tensor<3145728x3145728xi8> {
  %e = tensor.empty() : tensor<3145728x3145728xi8>
  %r = linalg.matmul ins(%a, %b : tensor<3145728x3145728xi8>, tensor<3145728x3145728xi8>) outs(%e : tensor<3145728x3145728xi8>) -> tensor<3145728x3145728xi8>
  return %r : tensor<3145728x3145728xi8>
}
