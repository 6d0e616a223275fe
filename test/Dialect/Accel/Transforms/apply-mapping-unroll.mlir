// RUN: accel-opt %s --accel-apply-mapping --transform-interpreter -canonicalize -cse | FileCheck %s

// Offsets and sizes are affine in the loops' iteration numbers: once the loops
// are unrolled, all of them are constants, also where tiles are partly padding.

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.compute<"MAC">
]>

module attributes {transform.with_named_sequence, dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {

// CHECK-LABEL: func @windows
//   CHECK-NOT:   scf.for
//   CHECK-NOT:   affine.
//       CHECK:   %[[IN:.+]] = bufferization.to_buffer %arg0
//       CHECK:   linalg.fill ins(%c0_i32 : i32) outs(%[[FIRST:.+]] : memref<4x3xi32, #accel.mem<"Buffer">>)
//       CHECK:   %[[FROM:.+]] = memref.subview %[[IN]][0, 0] [3, 3]
//       CHECK:   %[[TO:.+]] = memref.subview %[[FIRST]][1, 0] [3, 3]
//       CHECK:   memref.copy %[[FROM]], %[[TO]]
//       CHECK:   linalg.fill ins(%c0_i32 : i32) outs(%[[SECOND:.+]] : memref<4x3xi32, #accel.mem<"Buffer">>)
//       CHECK:   %[[FROM2:.+]] = memref.subview %[[IN]][1, 0] [3, 3]
//       CHECK:   %[[TO2:.+]] = memref.subview %[[SECOND]][0, 0] [3, 3]
//       CHECK:   memref.copy %[[FROM2]], %[[TO2]]
//   CHECK-NOT:   affine.
//       CHECK:   bufferization.to_tensor
func.func @windows(%x: tensor<4x3xi32>, %w: tensor<3xi32>) -> tensor<4x3xi32> {
  %zero = arith.constant 0 : i32
  %padded = tensor.pad %x low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : i32
  } : tensor<4x3xi32> to tensor<6x3xi32>
  %empty = tensor.empty() : tensor<4x3xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<4x3xi32>) -> tensor<4x3xi32>
  %0 = accel.group {
    %1 = linalg.generic {indexing_maps = [affine_map<(y, x, r) -> (y + r, x)>, affine_map<(y, x, r) -> (r)>, affine_map<(y, x, r) -> (y, x)>],
        iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%padded, %w : tensor<6x3xi32>, tensor<3xi32>) outs(%init : tensor<4x3xi32>)
        attrs = {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 2, keep [0] in "Buffer",
          compute "MAC"], shared = 0>} {
    ^bb0(%a: i32, %b: i32, %o: i32):
      %p = arith.muli %a, %b : i32
      %s = arith.addi %p, %o : i32
      linalg.yield %s : i32
    } -> tensor<4x3xi32>
    accel.yield %1 : tensor<4x3xi32>
  } -> tensor<4x3xi32>
  return %0 : tensor<4x3xi32>
}

transform.named_sequence @__transform_main(%module: !transform.any_op) {
  %loops = transform.structured.match ops{["scf.for"]} in %module : (!transform.any_op) -> !transform.any_op
  transform.loop.unroll %loops {factor = 2} : !transform.any_op
  transform.yield
}
}
