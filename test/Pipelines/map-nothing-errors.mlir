// RUN: accel-opt %s --accel-map=target=simple -split-input-file -verify-diagnostics

// The only op has a dynamic shape: an error at the op, since nothing remains.
func.func @dynamic(%a: tensor<?x64xi8>, %b: tensor<64x64xi8>, %e: tensor<?x64xi8>) -> tensor<?x64xi8> {
  // expected-error @below {{cannot be mapped: it has dynamic shape tensor<?x64xi8>, only static shapes are mapped; the module has nothing else to map}}
  %r = linalg.matmul ins(%a, %b : tensor<?x64xi8>, tensor<64x64xi8>) outs(%e : tensor<?x64xi8>) -> tensor<?x64xi8>
  return %r : tensor<?x64xi8>
}

// -----

func.func @no_linalg(%a: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{cannot be mapped: it is no linalg op; the module has nothing else to map}}
  %r = tensor.insert_slice %a into %a[0] [8] [1] : tensor<8xf32> into tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

// expected-error @below {{module has no linalg op on static tensors to map}}
module {}

// -----

// expected-error @below {{module has no linalg op on static tensors to map}}
module {
  func.func private @elsewhere(tensor<8xf32>)
}
