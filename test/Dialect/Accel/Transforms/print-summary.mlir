// RUN: accel-opt %s --accel-print-summary -o %t.mlir 2>&1 | FileCheck %s --match-full-lines --strict-whitespace

#t = #accel.target<"toy", [
  #accel.memory<"Main", keep = [external], may_keep = [all], read_j_per_bit = 1.0e-12, write_j_per_bit = 1.0e-12, read_bits_per_s = 1.0e9, write_bits_per_s = 1.0e9, ports = separate>,
  #accel.memory<"Buffer", may_keep = [all], size_bits = 4096.0>,
  #accel.compute<"MAC", j_per_op = 1.0e-12, ops_per_s = 2.0e9>
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<"NPU" = #dlti.target_device_spec<"accel.target" = #t>>} {

// A reads 512 + 512 bits and keeps its result on chip; B reads 512 and writes
// 512: 1.02 nJ each, and 0.512 nJ for the operations. A reads for 1.02 us, B for
// 512 ns; both compute for 256 ns. Three tensors of 512 bits are in the buffer.
//      CHECK:function mapped on toy
// CHECK-NEXT:  op     operations   energy     time  bound by  result in
// CHECK-NEXT:  A             512  1.54 nJ  1.02 us  Main      Buffer
// CHECK-NEXT:  B             512  1.54 nJ   512 ns  Main      Main
// CHECK-NEXT:  total      1.02 k  3.07 nJ  1.54 us
// CHECK-NEXT:  EDP 4.72 fJ s; peak use: Buffer 37.5 %
func.func @mapped(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "Main", keep [0, 1, 2] in "Buffer", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [1, 2] in "Main", keep [0, 1, 2] in "Buffer", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}

// A copy within the outermost memory is free.
// CHECK-NEXT:function unmapped on toy (not mapped: lower bounds)
// CHECK-NEXT:  op          operations  energy  time  bound by  result in
// CHECK-NEXT:  unmapped#0           0     0 J   0 s  ?         ?
// CHECK-NEXT:  total                0     0 J   0 s
func.func @unmapped(%a: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  %r = linalg.copy ins(%a : tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
}
