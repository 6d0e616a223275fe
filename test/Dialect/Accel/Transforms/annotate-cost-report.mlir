// RUN: accel-opt %s --accel-annotate-cost="report=%t.json" -o /dev/null && FileCheck %s < %t.json
// RUN: accel-opt %s --accel-annotate-cost --accel-print-mapping -o /dev/null 2>&1 | FileCheck %s --check-prefix=TREE

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0, write_j_per_bit = 1.0>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 512.0>,
  #accel.compute<"MAC", ops_per_s = 1.0>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {

// Seven rows in tiles of four pad to eight, so B (4x2 bytes) is read as for eight
// rows: 2 tiles of 64 bits. A and C are moved as they are: 7x4 and 7x2 bytes.
// CHECK: "engine": "none",
// CHECK: "%arg0": {
// CHECK-NEXT: "fill_bits": 224,
// CHECK-NEXT: "read_bits": 448,
// CHECK-NEXT: "write_bits": 224
// CHECK: "%arg1": {
// CHECK-NEXT: "fill_bits": 128,
// CHECK: "energy_j": 464
// CHECK: "latency_s": 56
// CHECK: "mapping": "keep %arg0,%arg1,C in Main\nfor d0 by 4
// CHECK: "name": "imperfect"
// CHECK: "Buffer": 256
// CHECK: "status": "feasible"
// CHECK: "Buffer": 0.5
// TREE-LABEL: function imperfect
// TREE: for d0 by 4 {{ *}}// 2 iterations
func.func @imperfect(%a: tensor<7x4xi8>, %b: tensor<4x2xi8>) -> tensor<7x2xi8> {
  %e = tensor.empty() : tensor<7x2xi8>
  %r = linalg.matmul {accel.name = "C", accel.mapping = #accel.mapping<[
      keep [0, 1, 2] in "Main", for 0 by 4, keep [0, 1, 2] in "Buffer",
      for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0, imperfect>}
    ins(%a, %b : tensor<7x4xi8>, tensor<4x2xi8>) outs(%e : tensor<7x2xi8>) -> tensor<7x2xi8>
  return %r : tensor<7x2xi8>
}
}
