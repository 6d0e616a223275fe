func.func @chain(%a: tensor<64x64xi8>, %b: tensor<64x64xi8>, %c: tensor<64x64xi8>) -> tensor<64x64xi8> {
  %e = tensor.empty() : tensor<64x64xi8>
  %r = linalg.matmul {accel.name = "M0"} ins(%a, %b : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  %s = linalg.matmul {accel.name = "M1"} ins(%r, %c : tensor<64x64xi8>, tensor<64x64xi8>) outs(%e : tensor<64x64xi8>) -> tensor<64x64xi8>
  return %s : tensor<64x64xi8>
}
