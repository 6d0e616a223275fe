// RUN: accel-opt %s --accel-map="target=simple target-set=GlobalBuffer.size_bits=256" -split-input-file -verify-diagnostics

// What is wrong with a pinned mapping is said at its op.
func.func @tile(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "tile#0": tile 3 of rank d0 does not divide 8}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 3, for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}

// -----

// Also where the search would have a say in the other op.
func.func @capacity(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping: einsum "A" needs 512 bits in "GlobalBuffer" but the level holds 256 (kept then: %arg1)}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", keep [1] in "GlobalBuffer", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  %s = linalg.matmul {accel.name = "B"} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}

// -----

func.func @exchange(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-note @below {{does not agree with this op}}
  %r = linalg.matmul {accel.name = "A", accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", for 0 by 1, keep [2] in "GlobalBuffer", for 1 by 1, for 2 by 1, compute "MAC"], shared = 0>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  // expected-error @below {{accel.mapping: shared loop 0 of einsums "A" and "B" has 8 and 4 iterations, expected equal counts}}
  %s = linalg.matmul {accel.name = "B", accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory", for 0 by 2, keep [0] in "GlobalBuffer", for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 1>} ins(%r, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %s : tensor<8x8xi8>
}

// -----

func.func @imperfect(%a: tensor<8x8xi8>, %b: tensor<8x8xi8>) -> tensor<8x8xi8> {
  %e = tensor.empty() : tensor<8x8xi8>
  // expected-error @below {{accel.mapping is imperfect but the search is not: it needs imperfect=true}}
  %r = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 3, for 0 by 1, for 1 by 1, for 2 by 1, compute "MAC"], shared = 0, imperfect>} ins(%a, %b : tensor<8x8xi8>, tensor<8x8xi8>) outs(%e : tensor<8x8xi8>) -> tensor<8x8xi8>
  return %r : tensor<8x8xi8>
}
