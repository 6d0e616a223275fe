func.func @crop(%a: tensor<1x4x12x12xf32>, %w: tensor<8x4x3x3xf32>, %v: tensor<4x8x3x3xf32>) -> tensor<1x4x6x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x8x10x10xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x8x10x10xf32>) -> tensor<1x8x10x10xf32>
  %t = linalg.conv_2d_nchw_fchw ins(%a, %w : tensor<1x4x12x12xf32>, tensor<8x4x3x3xf32>) outs(%f : tensor<1x8x10x10xf32>) -> tensor<1x8x10x10xf32>
  %s = tensor.pad %t low[0, 0, -1, 0] high[0, 0, -1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x8x10x10xf32> to tensor<1x8x8x10xf32>
  %e2 = tensor.empty() : tensor<1x4x6x8xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x4x6x8xf32>) -> tensor<1x4x6x8xf32>
  %u = linalg.conv_2d_nchw_fchw ins(%s, %v : tensor<1x8x8x10xf32>, tensor<4x8x3x3xf32>) outs(%f2 : tensor<1x4x6x8xf32>) -> tensor<1x4x6x8xf32>
  return %u : tensor<1x4x6x8xf32>
}
func.func @croppad(%a: tensor<1x4x12x12xf32>, %w: tensor<8x4x3x3xf32>, %v: tensor<4x8x3x3xf32>) -> tensor<1x4x8x10xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x8x10x10xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x8x10x10xf32>) -> tensor<1x8x10x10xf32>
  %t = linalg.conv_2d_nchw_fchw ins(%a, %w : tensor<1x4x12x12xf32>, tensor<8x4x3x3xf32>) outs(%f : tensor<1x8x10x10xf32>) -> tensor<1x8x10x10xf32>
  %s = tensor.pad %t low[0, 0, -1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x8x10x10xf32> to tensor<1x8x10x12xf32>
  %e2 = tensor.empty() : tensor<1x4x8x10xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<1x4x8x10xf32>) -> tensor<1x4x8x10xf32>
  %u = linalg.conv_2d_nchw_fchw ins(%s, %v : tensor<1x8x10x12xf32>, tensor<4x8x3x3xf32>) outs(%f2 : tensor<1x4x8x10xf32>) -> tensor<1x4x8x10xf32>
  return %u : tensor<1x4x8x10xf32>
}
