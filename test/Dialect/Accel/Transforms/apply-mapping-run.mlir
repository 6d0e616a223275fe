// RUN: %python %S/run-equal.py %s
// RUN: %python %S/run-equal.py %s --pass-before canonicalize --pass-before cse --pass-after canonicalize --pass-after cse

// Mapped groups whose results must not depend on the mapping.

#target = #accel.target<"test", [
  #accel.memory<"MainMemory", keep = [external], may_keep = [all]>,
  #accel.memory<"GlobalBuffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"LocalBuffer", may_keep = [all]>,
  #accel.fanout<"columns", n = 16>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>

module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {

// The sum over rank 2 is split above the keep of the result, which comes back
// from main memory for the second half.
func.func @partial_sums(%a: tensor<8x16xi32>, %b: tensor<16x12xi32>) -> tensor<8x12xi32> {
  %0 = accel.group {
    %zero = arith.constant 0 : i32
    %empty = tensor.empty() : tensor<8x12xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x12xi32>) -> tensor<8x12xi32>
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory",
        for 2 by 8, for 0 by 4, keep [2] in "GlobalBuffer", keep [0] in "GlobalBuffer",
        for 1 by 6, for 2 by 4, keep [2] in "LocalBuffer", keep [1] in "LocalBuffer",
        for 0 by 1, for 2 by 1, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x16xi32>, tensor<16x12xi32>) outs(%init : tensor<8x12xi32>) -> tensor<8x12xi32>
    accel.yield %1 : tensor<8x12xi32>
  } -> tensor<8x12xi32>
  return %0 : tensor<8x12xi32>
}

// The same with a start value that is data, and with results in main memory.
func.func @accumulates_on_data(%a: tensor<8x16xi32>, %b: tensor<16x12xi32>, %c: tensor<8x12xi32>)
    -> (tensor<8x12xi32>, tensor<8x12xi32>) {
  %0:2 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory",
        for 2 by 8, for 0 by 4, keep [2] in "GlobalBuffer", for 1 by 6, keep [1] in "LocalBuffer",
        compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x16xi32>, tensor<16x12xi32>) outs(%c : tensor<8x12xi32>) -> tensor<8x12xi32>
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory",
        for 2 by 8, for 0 by 4, keep [1] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x16xi32>, tensor<16x12xi32>) outs(%c : tensor<8x12xi32>) -> tensor<8x12xi32>
    accel.yield %1, %2 : tensor<8x12xi32>, tensor<8x12xi32>
  } -> tensor<8x12xi32>, tensor<8x12xi32>
  return %0#0, %0#1 : tensor<8x12xi32>, tensor<8x12xi32>
}

// Two matmuls exchange rows through the global buffer.
func.func @fused_matmuls(%a: tensor<8x16xf32>, %b: tensor<16x12xf32>, %c: tensor<12x10xf32>) -> tensor<8x10xf32> {
  %zero = arith.constant 0.0 : f32
  %empty0 = tensor.empty() : tensor<8x12xf32>
  %init0 = linalg.fill ins(%zero : f32) outs(%empty0 : tensor<8x12xf32>) -> tensor<8x12xf32>
  %empty1 = tensor.empty() : tensor<8x10xf32>
  %init1 = linalg.fill ins(%zero : f32) outs(%empty1 : tensor<8x10xf32>) -> tensor<8x10xf32>
  %0 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", keep [1] in "GlobalBuffer",
        for 0 by 2, keep [2] in "GlobalBuffer", keep [0] in "LocalBuffer",
        for 2 by 4, keep [2] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x16xf32>, tensor<16x12xf32>) outs(%init0 : tensor<8x12xf32>) -> tensor<8x12xf32>
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory",
        for 0 by 2, keep [0] in "GlobalBuffer", for 1 by 5, keep [2] in "GlobalBuffer", for 2 by 3,
        keep [0, 1] in "LocalBuffer", compute "MAC"], shared = 1>}
      ins(%1, %c : tensor<8x12xf32>, tensor<12x10xf32>) outs(%init1 : tensor<8x10xf32>) -> tensor<8x10xf32>
    accel.yield %2 : tensor<8x10xf32>
  } -> tensor<8x10xf32>
  return %0 : tensor<8x10xf32>
}

// The second matmul sums over what the fused loop walks: its result stays
// outside that loop, or comes back in every iteration.
func.func @fused_over_sum(%a: tensor<8x16xi32>, %b: tensor<16x12xi32>, %c: tensor<12x10xi32>)
    -> (tensor<8x10xi32>, tensor<8x10xi32>) {
  %zero = arith.constant 0 : i32
  %empty0 = tensor.empty() : tensor<8x12xi32>
  %init0 = linalg.fill ins(%zero : i32) outs(%empty0 : tensor<8x12xi32>) -> tensor<8x12xi32>
  %empty1 = tensor.empty() : tensor<8x10xi32>
  %init1 = linalg.fill ins(%zero : i32) outs(%empty1 : tensor<8x10xi32>) -> tensor<8x10xi32>
  %0:2 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory",
        for 1 by 3, keep [2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x16xi32>, tensor<16x12xi32>) outs(%init0 : tensor<8x12xi32>) -> tensor<8x12xi32>
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory", keep [2] in "GlobalBuffer",
        for 2 by 3, keep [0] in "GlobalBuffer", for 0 by 4, keep [2] in "LocalBuffer", compute "MAC"], shared = 1>}
      ins(%1, %c : tensor<8x12xi32>, tensor<12x10xi32>) outs(%init1 : tensor<8x10xi32>) -> tensor<8x10xi32>
    %3 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory",
        for 1 by 3, for 0 by 4, keep [2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x16xi32>, tensor<16x12xi32>) outs(%init0 : tensor<8x12xi32>) -> tensor<8x12xi32>
    %4 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory",
        for 2 by 3, for 0 by 4, keep [0] in "GlobalBuffer", keep [2] in "GlobalBuffer", compute "MAC"], shared = 2>}
      ins(%3, %c : tensor<8x12xi32>, tensor<12x10xi32>) outs(%init1 : tensor<8x10xi32>) -> tensor<8x10xi32>
    accel.yield %2, %4 : tensor<8x10xi32>, tensor<8x10xi32>
  } -> tensor<8x10xi32>, tensor<8x10xi32>
  return %0#0, %0#1 : tensor<8x10xi32>, tensor<8x10xi32>
}

// Cores and lanes: spatial loops above and below keeps.
func.func @spatial(%a: tensor<8x16xi32>, %b: tensor<16x12xi32>) -> tensor<8x12xi32> {
  %0 = accel.group {
    %zero = arith.constant 0 : i32
    %empty = tensor.empty() : tensor<8x12xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x12xi32>) -> tensor<8x12xi32>
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory",
        keep [0] in "GlobalBuffer", for 2 by 8, par 0 by 2 over "cores", keep [1] in "LocalBuffer",
        keep [2] in "LocalBuffer", par 1 by 1 over "columns", keep [1] in "Register", for 0 by 1,
        compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x16xi32>, tensor<16x12xi32>) outs(%init : tensor<8x12xi32>) -> tensor<8x12xi32>
    accel.yield %1 : tensor<8x12xi32>
  } -> tensor<8x12xi32>
  return %0 : tensor<8x12xi32>
}

// A strided convolution with padding on one side more than on the other, rows
// and columns in tiles, so that tiles at the border are partly padding.
func.func @strided_convolution(%x: tensor<1x9x11x3xi32>, %w: tensor<3x3x3x4xi32>) -> tensor<1x5x6x4xi32> {
  %0 = accel.group {
    %zero = arith.constant 0 : i32
    %padded = tensor.pad %x low[0, 1, 2, 0] high[0, 1, 0, 0] {
    ^bb0(%a: index, %b: index, %c: index, %d: index):
      tensor.yield %zero : i32
    } : tensor<1x9x11x3xi32> to tensor<1x11x13x3xi32>
    %empty = tensor.empty() : tensor<1x5x6x4xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<1x5x6x4xi32>) -> tensor<1x5x6x4xi32>
    %1 = linalg.conv_2d_nhwc_hwcf {strides = dense<2> : tensor<2xi64>,
        accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", keep [1] in "GlobalBuffer",
        for 1 by 1, for 2 by 2, keep [0] in "GlobalBuffer", for 6 by 1, keep [0] in "LocalBuffer",
        keep [2] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%padded, %w : tensor<1x11x13x3xi32>, tensor<3x3x3x4xi32>) outs(%init : tensor<1x5x6x4xi32>) -> tensor<1x5x6x4xi32>
    accel.yield %1 : tensor<1x5x6x4xi32>
  } -> tensor<1x5x6x4xi32>
  return %0 : tensor<1x5x6x4xi32>
}

// Padding wider than the window: some tiles are nothing but padding. The same
// once more from main memory itself.
func.func @wide_padding(%x: tensor<1x2x4x4xi32>, %w: tensor<3x2x3x3xi32>) -> (tensor<1x3x10x10xi32>, tensor<1x3x10x10xi32>) {
  %0:2 = accel.group {
    %zero = arith.constant 0 : i32
    %padded = tensor.pad %x low[0, 0, 4, 4] high[0, 0, 4, 4] {
    ^bb0(%a: index, %b: index, %c: index, %d: index):
      %inner = arith.constant 7 : i32
      tensor.yield %inner : i32
    } : tensor<1x2x4x4xi32> to tensor<1x2x12x12xi32>
    %empty = tensor.empty() : tensor<1x3x10x10xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<1x3x10x10xi32>) -> tensor<1x3x10x10xi32>
    %1 = linalg.conv_2d_nchw_fchw {
        accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", keep [1] in "GlobalBuffer",
        for 2 by 1, for 3 by 1, keep [0] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%padded, %w : tensor<1x2x12x12xi32>, tensor<3x2x3x3xi32>) outs(%init : tensor<1x3x10x10xi32>) -> tensor<1x3x10x10xi32>
    %2 = linalg.conv_2d_nchw_fchw {
        accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 2 by 5, keep [1] in "GlobalBuffer",
        compute "MAC"], shared = 0>}
      ins(%padded, %w : tensor<1x2x12x12xi32>, tensor<3x2x3x3xi32>) outs(%init : tensor<1x3x10x10xi32>) -> tensor<1x3x10x10xi32>
    accel.yield %1, %2 : tensor<1x3x10x10xi32>, tensor<1x3x10x10xi32>
  } -> tensor<1x3x10x10xi32>, tensor<1x3x10x10xi32>
  return %0#0, %0#1 : tensor<1x3x10x10xi32>, tensor<1x3x10x10xi32>
}

// A residual: the first result is read twice, the second time after an op that
// does not touch it.
func.func @residual(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>, %c: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %0 = accel.group {
    %zero = arith.constant 0 : i32
    %empty = tensor.empty() : tensor<8x8xi32>
    %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory",
        for 0 by 2, keep [2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1] in "MainMemory",
        for 0 by 2, keep [0] in "GlobalBuffer", for 1 by 4, keep [2] in "GlobalBuffer", compute "MAC"], shared = 1>}
      ins(%1, %c : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    %3 = linalg.add {accel.mapping = #accel.mapping<[keep [2] in "MainMemory",
        for 0 by 2, keep [1] in "GlobalBuffer", for 1 by 4, keep [0] in "GlobalBuffer", keep [2] in "GlobalBuffer",
        compute "MAC"], shared = 2>}
      ins(%2, %1 : tensor<8x8xi32>, tensor<8x8xi32>) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %3 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}
