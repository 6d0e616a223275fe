// RUN: accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints="format=smt max-micro-ops=3" -o /dev/null | FileCheck %s
// What is printed is a module that MLIR reads, and turns into SMT-LIB.
// RUN: accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints="format=smt output=%t.mlir" -o /dev/null
// RUN: mlir-translate --export-smtlib %t.mlir | FileCheck %s --check-prefix=SMTLIB

// CHECK:      smt.solver() : () -> () {
// CHECK-NEXT:   %[[SWAP:.*]] = smt.declare_fun "swap" : !smt.bool
// CHECK-NEXT:   %[[TILE:.*]] = smt.declare_fun "tile_d0" : !smt.int
// CHECK-NEXT:   smt.declare_fun "strided_d0" : !smt.bool
// CHECK-NEXT:   %[[GROUPS:.*]] = smt.declare_fun "groups_d0" : !smt.int
// CHECK:        %[[PRODUCT:.*]] = smt.int.mul %{{.*}}, %[[GROUPS]]
// CHECK-NEXT:   %[[MOST:.*]] = smt.int.constant 3
// CHECK-NEXT:   %[[LEQ:.*]] = smt.int.cmp le %[[PRODUCT]], %[[MOST]]
// CHECK-NEXT:   smt.assert %[[LEQ]]
// CHECK-NEXT:   smt.check sat {

// SMTLIB: (declare-const swap Bool)
// SMTLIB: (check-sat)

func.func @small(%a: tensor<3x5xi8>, %b: tensor<5x4xi8>, %c: tensor<3x4xi32>) -> tensor<3x4xi32> {
  %0 = linalg.matmul {accel.name = "y"} ins(%a, %b : tensor<3x5xi8>, tensor<5x4xi8>) outs(%c : tensor<3x4xi32>) -> tensor<3x4xi32>
  return %0 : tensor<3x4xi32>
}
