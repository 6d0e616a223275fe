// The six layers of DOSA's comparison on Gemmini: unit stride, no padding, batch 1.

func.func @conv3x3_56_64_64(%i: tensor<1x64x58x58xi8>, %w: tensor<64x64x3x3xi8>)
    -> tensor<1x64x56x56xi8> {
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<1x64x56x56xi8>
  %init = linalg.fill ins(%zero : i8) outs(%empty : tensor<1x64x56x56xi8>) -> tensor<1x64x56x56xi8>
  %o = linalg.conv_2d_nchw_fchw
      ins(%i, %w : tensor<1x64x58x58xi8>, tensor<64x64x3x3xi8>)
      outs(%init : tensor<1x64x56x56xi8>) -> tensor<1x64x56x56xi8>
  return %o : tensor<1x64x56x56xi8>
}

func.func @conv1x1_56_64_256(%i: tensor<1x64x56x56xi8>, %w: tensor<256x64x1x1xi8>)
    -> tensor<1x256x56x56xi8> {
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<1x256x56x56xi8>
  %init = linalg.fill ins(%zero : i8) outs(%empty : tensor<1x256x56x56xi8>) -> tensor<1x256x56x56xi8>
  %o = linalg.conv_2d_nchw_fchw
      ins(%i, %w : tensor<1x64x56x56xi8>, tensor<256x64x1x1xi8>)
      outs(%init : tensor<1x256x56x56xi8>) -> tensor<1x256x56x56xi8>
  return %o : tensor<1x256x56x56xi8>
}

func.func @conv3x3_28_128_128(%i: tensor<1x128x30x30xi8>, %w: tensor<128x128x3x3xi8>)
    -> tensor<1x128x28x28xi8> {
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<1x128x28x28xi8>
  %init = linalg.fill ins(%zero : i8) outs(%empty : tensor<1x128x28x28xi8>) -> tensor<1x128x28x28xi8>
  %o = linalg.conv_2d_nchw_fchw
      ins(%i, %w : tensor<1x128x30x30xi8>, tensor<128x128x3x3xi8>)
      outs(%init : tensor<1x128x28x28xi8>) -> tensor<1x128x28x28xi8>
  return %o : tensor<1x128x28x28xi8>
}

func.func @conv1x1_14_1024_256(%i: tensor<1x1024x14x14xi8>, %w: tensor<256x1024x1x1xi8>)
    -> tensor<1x256x14x14xi8> {
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<1x256x14x14xi8>
  %init = linalg.fill ins(%zero : i8) outs(%empty : tensor<1x256x14x14xi8>) -> tensor<1x256x14x14xi8>
  %o = linalg.conv_2d_nchw_fchw
      ins(%i, %w : tensor<1x1024x14x14xi8>, tensor<256x1024x1x1xi8>)
      outs(%init : tensor<1x256x14x14xi8>) -> tensor<1x256x14x14xi8>
  return %o : tensor<1x256x14x14xi8>
}

func.func @conv3x3_14_256_256(%i: tensor<1x256x16x16xi8>, %w: tensor<256x256x3x3xi8>)
    -> tensor<1x256x14x14xi8> {
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<1x256x14x14xi8>
  %init = linalg.fill ins(%zero : i8) outs(%empty : tensor<1x256x14x14xi8>) -> tensor<1x256x14x14xi8>
  %o = linalg.conv_2d_nchw_fchw
      ins(%i, %w : tensor<1x256x16x16xi8>, tensor<256x256x3x3xi8>)
      outs(%init : tensor<1x256x14x14xi8>) -> tensor<1x256x14x14xi8>
  return %o : tensor<1x256x14x14xi8>
}

func.func @gemm_512_768_3072(%i: tensor<512x768xi8>, %w: tensor<768x3072xi8>) -> tensor<512x3072xi8> {
  %zero = arith.constant 0 : i8
  %empty = tensor.empty() : tensor<512x3072xi8>
  %init = linalg.fill ins(%zero : i8) outs(%empty : tensor<512x3072xi8>) -> tensor<512x3072xi8>
  %o = linalg.matmul ins(%i, %w : tensor<512x768xi8>, tensor<768x3072xi8>)
      outs(%init : tensor<512x3072xi8>) -> tensor<512x3072xi8>
  return %o : tensor<512x3072xi8>
}
