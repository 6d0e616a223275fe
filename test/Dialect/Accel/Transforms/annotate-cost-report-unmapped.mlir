// RUN: accel-opt %s --accel-annotate-cost="report=%t.json" -o /dev/null && FileCheck %s < %t.json
// RUN: not accel-opt %s --accel-annotate-cost="report=%t.folder/none.json" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NOFILE

// NOFILE: error: report: {{.*}}none.json

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 3.0>,
  #accel.compute<"MAC", ops_per_s = 2.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {

// 224 + 64 bits read, 112 written at 3 J; 56 operations.
// CHECK: "energy_j": 624,
// CHECK-NEXT: "latency_s": 28,
// CHECK-NEXT: "name": "C"
// CHECK: "status": "unmapped"
// CHECK-NOT: usage
func.func @forward(%a: tensor<7x4xi8>, %b: tensor<4x2xi8>) -> tensor<7x2xi8> {
  %e = tensor.empty() : tensor<7x2xi8>
  %r = linalg.matmul {accel.name = "C"} ins(%a, %b : tensor<7x4xi8>, tensor<4x2xi8>) outs(%e : tensor<7x2xi8>) -> tensor<7x2xi8>
  return %r : tensor<7x2xi8>
}
}
