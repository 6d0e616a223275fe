// RUN: accel-opt %s --accel-map="target=simple target-set=GlobalBuffer.size_bits=32768,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10 objective=energy" | FileCheck %s

// An op that has a mapping keeps it, though a better one exists (10059776 J):
// everything comes from and goes to the outermost memory.
// reads of both inputs 2 x 64^3 x 8 bits, writes of the output 64^3 x 8, reads of
// partial sums (64^3 - 64^2) x 8; 10 J each; 1 J per operation
// = 10 x 8 x (4 x 262144 - 4096) + 262144 = 83820544 J
// CHECK-LABEL: func @pinned
// CHECK: linalg.matmul {accel.cost = #accel.cost<energy_j = 83820544.0, {{.*}}>, accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 2 by 1, for 1 by 1, for 0 by 1, compute "MAC"], shared = 0>}
func.func @pinned(%a: tensor<64x64xi8>, %b: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %e = tensor.empty() : tensor<64x64xi8>
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 2 by 1, for 1 by 1, for 0 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %r : tensor<64x64xi8>
}

// The other op of the function is still searched, around it.
// CHECK-LABEL: func @one_of_two
// CHECK: accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 2 by 1, for 1 by 1, for 0 by 1, compute "MAC"], shared = 0>, accel.name = "M0"}
// CHECK: accel.cost = #accel.cost<energy_j = 10059776.0, {{.*}}accel.name = "M1"}
func.func @one_of_two(%a: tensor<64x64xi8>, %b: tensor<64x64xi8>, %c: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %e = tensor.empty() : tensor<64x64xi8>
  %r = linalg.matmul {accel.name = "M0", accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 2 by 1, for 1 by 1, for 0 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  %s = linalg.matmul {accel.name = "M1"} ins(%r, %c : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %s : tensor<64x64xi8>
}
