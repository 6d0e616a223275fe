func.func @residual(%a: tensor<64x64xi8>, %b: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %e = tensor.empty() : tensor<64x64xi8>
  %t = linalg.add ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  %u = linalg.matmul ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  %v = linalg.matmul ins(%u, %t : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %v : tensor<64x64xi8>
}
