// RUN: accel-opt %s --accel-print-einsums -o %t 2>&1 | FileCheck %s

#id = affine_map<(i) -> (i)>

// Every function makes tensor "made", and something that is no Einsum uses it:
// so it lives in the outermost memory.

// CHECK: function dynamic_shape: 1 Einsum, 2 tensors, 1 barrier
// CHECK: tensor made: 8 of 32 bits, external
// CHECK: barrier linalg.exp: has dynamic shape tensor<?xf32>, only static shapes are mapped
func.func @dynamic_shape(%a: tensor<8xf32>, %d: tensor<?xf32>) -> tensor<?xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %m = linalg.exp {accel.name = "made"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %x = linalg.exp ins(%d : tensor<?xf32>) outs(%d : tensor<?xf32>) -> tensor<?xf32>
  return %x : tensor<?xf32>
}

// CHECK: function two_results: 1 Einsum, 2 tensors, 1 barrier
// CHECK: tensor made: 8 of 32 bits, external
// CHECK: barrier linalg.generic: has 2 results, not one
func.func @two_results(%a: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %m = linalg.exp {accel.name = "made"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %s:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
    ins(%m : tensor<8xf32>) outs(%e, %e : tensor<8xf32>, tensor<8xf32>) {
  ^bb0(%p: f32, %o: f32, %q: f32):
    linalg.yield %p, %p : f32, f32
  } -> (tensor<8xf32>, tensor<8xf32>)
  return %s#0 : tensor<8xf32>
}

// CHECK: function quotient: 1 Einsum, 2 tensors, 1 barrier
// CHECK: tensor made: 8 of 32 bits, external
// CHECK: barrier linalg.generic: has an index that is no sum of loops
func.func @quotient(%a: tensor<8xf32>) -> tensor<16xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %m = linalg.exp {accel.name = "made"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %e2 = tensor.empty() : tensor<16xf32>
  %h = linalg.generic {indexing_maps = [affine_map<(i) -> (i floordiv 2)>, #id], iterator_types = ["parallel"]}
    ins(%m : tensor<8xf32>) outs(%e2 : tensor<16xf32>) {
  ^bb0(%p: f32, %o: f32):
    linalg.yield %p : f32
  } -> tensor<16xf32>
  return %h : tensor<16xf32>
}

// CHECK: function unknown_op: 2 Einsums, 4 tensors, 1 barrier
// CHECK-NEXT: made: made[d0] = %arg0[d0]
// CHECK-NEXT: used: used[d0] = linalg.softmax#0[d0]
// CHECK: tensor made: 8 of 32 bits, external
// CHECK: barrier linalg.softmax: stands for several linalg ops, and accel-decompose-aggregates has not split it
func.func @unknown_op(%a: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %m = linalg.exp {accel.name = "made"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %s = linalg.softmax dimension(0) ins(%m : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %n = linalg.exp {accel.name = "used"} ins(%s : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %n : tensor<8xf32>
}

// What a region reads from around it leaves the chip, too.
// CHECK: function captured_by_a_region: 1 Einsum, 2 tensors, 1 barrier
// CHECK: tensor made: 8 of 32 bits, external
// CHECK: barrier tensor.generate: is no linalg op
func.func @captured_by_a_region(%a: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %m = linalg.exp {accel.name = "made"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %g = tensor.generate {
  ^bb0(%i: index):
    %v = tensor.extract %m[%i] : tensor<8xf32>
    tensor.yield %v : f32
  } : tensor<8xf32>
  return %g : tensor<8xf32>
}

// CHECK: function control_flow: 1 Einsum, 2 tensors, 1 barrier
// CHECK: tensor made: 8 of 32 bits, external
// CHECK: barrier scf.if: is no linalg op
func.func @control_flow(%a: tensor<8xf32>, %c: i1) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %m = linalg.exp {accel.name = "made"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %r = scf.if %c -> tensor<8xf32> {
    scf.yield %m : tensor<8xf32>
  } else {
    scf.yield %a : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// CHECK: function reads_nothing: 0 Einsums, 0 tensors, 1 barrier
// CHECK: barrier linalg.generic: reads no tensor
func.func @reads_nothing() -> tensor<8xi32> {
  %e = tensor.empty() : tensor<8xi32>
  %r = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%e : tensor<8xi32>) {
  ^bb0(%o: i32):
    %i = linalg.index 0 : index
    %v = arith.index_cast %i : index to i32
    linalg.yield %v : i32
  } -> tensor<8xi32>
  return %r : tensor<8xi32>
}

// CHECK: function on_buffers: 0 Einsums, 0 tensors, 1 barrier
// CHECK: barrier linalg.copy: does not work on tensors
func.func @on_buffers(%a: memref<8xf32>, %b: memref<8xf32>) {
  linalg.copy ins(%a : memref<8xf32>) outs(%b : memref<8xf32>)
  return
}

// CHECK: function without_loops: 0 Einsums, 0 tensors, 1 barrier
// CHECK: barrier linalg.exp: has no loops
func.func @without_loops(%a: tensor<f32>) -> tensor<f32> {
  %r = linalg.exp ins(%a : tensor<f32>) outs(%a : tensor<f32>) -> tensor<f32>
  return %r : tensor<f32>
}

// CHECK: function complex_numbers: 0 Einsums, 0 tensors, 1 barrier
// CHECK: barrier linalg.copy: has elements that are no numbers
func.func @complex_numbers(%a: tensor<8xcomplex<f32>>) -> tensor<8xcomplex<f32>> {
  %r = linalg.copy ins(%a : tensor<8xcomplex<f32>>) outs(%a : tensor<8xcomplex<f32>>) -> tensor<8xcomplex<f32>>
  return %r : tensor<8xcomplex<f32>>
}

// CHECK: function host_op: 0 Einsums, 0 tensors, 1 barrier
// CHECK: barrier linalg.copy: stays on the host
func.func @host_op(%a: tensor<8xf32>) -> tensor<8xf32> {
  %r = linalg.copy {accel.host} ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// CHECK: function empty_tensor: 0 Einsums, 0 tensors, 1 barrier
// CHECK: barrier linalg.exp: has an empty tensor
func.func @empty_tensor(%a: tensor<0x4xf32>) -> tensor<0x4xf32> {
  %r = linalg.exp ins(%a : tensor<0x4xf32>) outs(%a : tensor<0x4xf32>) -> tensor<0x4xf32>
  return %r : tensor<0x4xf32>
}

// Only the entry block is mapped, and what other blocks read leaves the chip,
// though an op of the entry block reads it, too.
// CHECK: function branch: 2 Einsums, 3 tensors, 1 barrier
// CHECK: tensor made: 8 of 32 bits, external
// CHECK: barrier linalg.exp: stands behind a branch
func.func @branch(%a: tensor<8xf32>) -> tensor<8xf32> {
  %e = tensor.empty() : tensor<8xf32>
  %m = linalg.exp {accel.name = "made"} ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %n = linalg.exp ins(%m : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  cf.br ^next
^next:
  %r = linalg.exp ins(%m : tensor<8xf32>) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// Default names have no separators, whatever the function is called.
// CHECK: function main, or so: 1 Einsum
// CHECK-NEXT: main__or_so#0: main__or_so#0[d0] = %arg0[d0]
func.func @"main, or so"(%a: tensor<8xf32>) -> tensor<8xf32> {
  %r = linalg.exp ins(%a : tensor<8xf32>) outs(%a : tensor<8xf32>) -> tensor<8xf32>
  return %r : tensor<8xf32>
}
