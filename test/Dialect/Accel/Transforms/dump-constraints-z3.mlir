// Another solver's verdict: what Gecode calls the least number of invocations can be reached, and one less cannot.
// REQUIRES: z3
// RUN: split-file %s %t
// RUN: accel-opt %t/stem.mlir --accel-attach-target=target=vta --accel-dump-constraints=solve=true -o /dev/null 2>&1 | FileCheck %s --check-prefix=STEM
// RUN: accel-opt %t/stem.mlir --accel-attach-target=target=vta --accel-dump-constraints="format=smt max-micro-ops=98" -o /dev/null | mlir-translate --export-smtlib | z3 -in | FileCheck %s --check-prefix=SAT
// RUN: accel-opt %t/stem.mlir --accel-attach-target=target=vta --accel-dump-constraints="format=smt max-micro-ops=97" -o /dev/null | mlir-translate --export-smtlib | z3 -in | FileCheck %s --check-prefix=UNSAT
// RUN: accel-opt %t/depthwise.mlir --accel-attach-target=target=vta --accel-dump-constraints=solve=true -o /dev/null 2>&1 | FileCheck %s --check-prefix=DEPTHWISE
// RUN: accel-opt %t/depthwise.mlir --accel-attach-target=target=vta --accel-dump-constraints="format=smt max-micro-ops=6" -o /dev/null | mlir-translate --export-smtlib | z3 -in | FileCheck %s --check-prefix=SAT
// RUN: accel-opt %t/depthwise.mlir --accel-attach-target=target=vta --accel-dump-constraints="format=smt max-micro-ops=5" -o /dev/null | mlir-translate --export-smtlib | z3 -in | FileCheck %s --check-prefix=UNSAT

// STEM: cost: 98 micro-ops
// A channel fits no lane: 6 channels, whose 16 pixels and 9 taps take one invocation each with roles swapped (9 of 16),
// or two halves.
// DEPTHWISE: cost: 6 micro-ops
// SAT: {{^}}sat
// UNSAT: {{^}}unsat

//--- stem.mlir
func.func @stem(%image: tensor<1x9x9x3xi8>, %filter: tensor<3x3x3x16xi8>, %init: tensor<1x7x7x16xi32>) -> tensor<1x7x7x16xi32> {
  %0 = linalg.conv_2d_nhwc_hwcf {accel.name = "stem"} ins(%image, %filter : tensor<1x9x9x3xi8>, tensor<3x3x3x16xi8>)
      outs(%init : tensor<1x7x7x16xi32>) -> tensor<1x7x7x16xi32>
  return %0 : tensor<1x7x7x16xi32>
}
//--- depthwise.mlir
func.func @depthwise(%image: tensor<1x6x6x6xi8>, %filter: tensor<3x3x6xi8>, %init: tensor<1x4x4x6xi32>) -> tensor<1x4x4x6xi32> {
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {accel.name = "depthwise"} ins(%image, %filter : tensor<1x6x6x6xi8>, tensor<3x3x6xi8>)
      outs(%init : tensor<1x4x4x6xi32>) -> tensor<1x4x4x6xi32>
  return %0 : tensor<1x4x4x6xi32>
}
