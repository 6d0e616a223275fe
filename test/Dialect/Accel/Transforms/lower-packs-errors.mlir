// RUN: accel-opt %s --accel-lower-packs -split-input-file -verify-diagnostics

func.func @dynamic_tile(%a: tensor<32xi8>, %e: tensor<?x?xi8>, %t: index) -> tensor<?x?xi8> {
  // expected-error @below {{cannot be lowered: a pack and an unpack need static tiles}}
  %p = linalg.pack %a inner_dims_pos = [0] inner_tiles = [%t] into %e : tensor<32xi8> -> tensor<?x?xi8>
  return %p : tensor<?x?xi8>
}
