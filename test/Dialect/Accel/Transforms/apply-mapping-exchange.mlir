// RUN: %python %S/run-equal.py %s

// Tensors that are exchanged on chip and seen padded, strided or reshaped by
// their readers, and groups with ops between the mapped ones.

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

// Both readers compute on the exchanged tensor itself: its buffer has room for
// the padding of both.
func.func @padded_exchange(%x: tensor<1x2x6x6xi32>, %w: tensor<3x2x3x3xi32>, %v: tensor<2x3x3x3xi32>,
                           %u: tensor<2x3x1x1xi32>) -> (tensor<1x2x6x6xi32>, tensor<1x2x3x3xi32>) {
  %zero = arith.constant 0 : i32
  %0:2 = accel.group {
    %padded = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
    ^bb0(%a: index, %b: index, %c: index, %d: index):
      tensor.yield %zero : i32
    } : tensor<1x2x6x6xi32> to tensor<1x2x8x8xi32>
    %e0 = tensor.empty() : tensor<1x3x6x6xi32>
    %i0 = linalg.fill ins(%zero : i32) outs(%e0 : tensor<1x3x6x6xi32>) -> tensor<1x3x6x6xi32>
    %1 = linalg.conv_2d_nchw_fchw {
        accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", keep [2] in "GlobalBuffer",
          keep [0] in "LocalBuffer", for 2 by 3, keep [2] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%padded, %w : tensor<1x2x8x8xi32>, tensor<3x2x3x3xi32>) outs(%i0 : tensor<1x3x6x6xi32>) -> tensor<1x3x6x6xi32>
    %again = tensor.pad %1 low[0, 0, 1, 1] high[0, 0, 1, 1] {
    ^bb0(%a: index, %b: index, %c: index, %d: index):
      tensor.yield %zero : i32
    } : tensor<1x3x6x6xi32> to tensor<1x3x8x8xi32>
    %e1 = tensor.empty() : tensor<1x2x6x6xi32>
    %i1 = linalg.fill ins(%zero : i32) outs(%e1 : tensor<1x2x6x6xi32>) -> tensor<1x2x6x6xi32>
    %2 = linalg.conv_2d_nchw_fchw {
        accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory", keep [0] in "GlobalBuffer",
          for 1 by 1, for 2 by 2, keep [2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%again, %v : tensor<1x3x8x8xi32>, tensor<2x3x3x3xi32>) outs(%i1 : tensor<1x2x6x6xi32>) -> tensor<1x2x6x6xi32>
    %e2 = tensor.empty() : tensor<1x2x3x3xi32>
    %i2 = linalg.fill ins(%zero : i32) outs(%e2 : tensor<1x2x3x3xi32>) -> tensor<1x2x3x3xi32>
    %3 = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>,
        accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory", keep [0] in "GlobalBuffer",
          for 2 by 1, keep [0] in "LocalBuffer", keep [2] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%1, %u : tensor<1x3x6x6xi32>, tensor<2x3x1x1xi32>) outs(%i2 : tensor<1x2x3x3xi32>) -> tensor<1x2x3x3xi32>
    accel.yield %2, %3 : tensor<1x2x6x6xi32>, tensor<1x2x3x3xi32>
  } -> tensor<1x2x6x6xi32>, tensor<1x2x3x3xi32>
  return %0#0, %0#1 : tensor<1x2x6x6xi32>, tensor<1x2x3x3xi32>
}

// Two readers see zeros around the tensor, each at other ends; the fused loop is
// over channels.
func.func @two_paddings(%x: tensor<4x6xi32>, %b: tensor<4x6xi32>) -> (tensor<4x6xi32>, tensor<4x6xi32>) {
  %zero = arith.constant 0 : i32
  %least = arith.constant -1000 : i32
  %window = tensor.empty() : tensor<3xi32>
  %empty = tensor.empty() : tensor<4x6xi32>
  %i0 = linalg.fill ins(%zero : i32) outs(%empty : tensor<4x6xi32>) -> tensor<4x6xi32>
  %i1 = linalg.fill ins(%least : i32) outs(%empty : tensor<4x6xi32>) -> tensor<4x6xi32>
  %0:2 = accel.group {
    %1 = linalg.mul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", for 0 by 2,
        keep [2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%x, %b : tensor<4x6xi32>, tensor<4x6xi32>) outs(%empty : tensor<4x6xi32>) -> tensor<4x6xi32>
    %p0 = tensor.pad %1 low[0, 1] high[0, 1] {
    ^bb0(%i: index, %j: index):
      tensor.yield %zero : i32
    } : tensor<4x6xi32> to tensor<4x8xi32>
    %2 = linalg.generic {indexing_maps = [affine_map<(c, x, r) -> (c, x + r)>, affine_map<(c, x, r) -> (r)>, affine_map<(c, x, r) -> (c, x)>],
        iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%p0, %window : tensor<4x8xi32>, tensor<3xi32>) outs(%i0 : tensor<4x6xi32>)
        attrs = {accel.mapping = #accel.mapping<[keep [2] in "MainMemory", for 0 by 2, keep [0] in "GlobalBuffer",
          for 1 by 2, keep [2] in "GlobalBuffer", compute "MAC"], shared = 1>} {
    ^bb0(%a: i32, %w: i32, %o: i32):
      %s = arith.addi %a, %o : i32
      linalg.yield %s : i32
    } -> tensor<4x6xi32>
    %p1 = tensor.pad %1 low[0, 0] high[0, 2] {
    ^bb0(%i: index, %j: index):
      tensor.yield %zero : i32
    } : tensor<4x6xi32> to tensor<4x8xi32>
    %3 = linalg.generic {indexing_maps = [affine_map<(c, x, r) -> (c, x + r)>, affine_map<(c, x, r) -> (r)>, affine_map<(c, x, r) -> (c, x)>],
        iterator_types = ["parallel", "parallel", "reduction"]}
        ins(%p1, %window : tensor<4x8xi32>, tensor<3xi32>) outs(%i1 : tensor<4x6xi32>)
        attrs = {accel.mapping = #accel.mapping<[keep [2] in "MainMemory", for 0 by 2, keep [0] in "GlobalBuffer",
          for 1 by 2, keep [2] in "GlobalBuffer", compute "MAC"], shared = 1>} {
    ^bb0(%a: i32, %w: i32, %o: i32):
      %s = arith.maxsi %a, %o : i32
      linalg.yield %s : i32
    } -> tensor<4x6xi32>
    accel.yield %2, %3 : tensor<4x6xi32>, tensor<4x6xi32>
  } -> tensor<4x6xi32>, tensor<4x6xi32>
  return %0#0, %0#1 : tensor<4x6xi32>, tensor<4x6xi32>
}

// A 1x1 reader with stride 2 walks the rows of its producer in equal steps.
func.func @fused_stride(%a: tensor<8x6xi32>, %b: tensor<8x6xi32>) -> tensor<4x6xi32> {
  %e0 = tensor.empty() : tensor<8x6xi32>
  %e1 = tensor.empty() : tensor<4x6xi32>
  %0 = accel.group {
    %1 = linalg.mul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", for 0 by 4,
        keep [2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<8x6xi32>) outs(%e0 : tensor<8x6xi32>) -> tensor<8x6xi32>
    %2 = linalg.generic {indexing_maps = [affine_map<(y, x) -> (y * 2, x)>, affine_map<(y, x) -> (y, x)>],
        iterator_types = ["parallel", "parallel"]}
        ins(%1 : tensor<8x6xi32>) outs(%e1 : tensor<4x6xi32>)
        attrs = {accel.mapping = #accel.mapping<[keep [1] in "MainMemory", for 0 by 2, keep [0] in "GlobalBuffer",
          keep [1] in "LocalBuffer", for 1 by 3, compute "MAC"], shared = 1>} {
    ^bb0(%x: i32, %o: i32):
      linalg.yield %x : i32
    } -> tensor<4x6xi32>
    accel.yield %2 : tensor<4x6xi32>
  } -> tensor<4x6xi32>
  return %0 : tensor<4x6xi32>
}

// Reshapes between ops of one group, with a fused loop over the dimension that
// they leave alone, and one that makes a row of a whole result in main memory.
func.func @reshaped_exchange(%a: tensor<6x4xi32>, %b: tensor<4x8xi32>, %c: tensor<6x1x2x4xi32>, %d: tensor<48x5xi32>)
    -> (tensor<6x1x2x4xi32>, tensor<1x5xi32>) {
  %zero = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<6x8xi32>
  %i0 = linalg.fill ins(%zero : i32) outs(%e0 : tensor<6x8xi32>) -> tensor<6x8xi32>
  %e1 = tensor.empty() : tensor<6x1x2x4xi32>
  %e2 = tensor.empty() : tensor<1x5xi32>
  %i2 = linalg.fill ins(%zero : i32) outs(%e2 : tensor<1x5xi32>) -> tensor<1x5xi32>
  %0:2 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", for 0 by 2,
        keep [2] in "GlobalBuffer", for 2 by 2, keep [2] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<6x4xi32>, tensor<4x8xi32>) outs(%i0 : tensor<6x8xi32>) -> tensor<6x8xi32>
    %wide = tensor.expand_shape %1 [[0, 1], [2, 3]] output_shape [6, 1, 2, 4] : tensor<6x8xi32> into tensor<6x1x2x4xi32>
    %2 = linalg.add {accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory", for 0 by 2, keep [0] in "GlobalBuffer",
        for 3 by 2, keep [0, 1, 2] in "LocalBuffer", compute "MAC"], shared = 1>}
      ins(%wide, %c : tensor<6x1x2x4xi32>, tensor<6x1x2x4xi32>) outs(%e1 : tensor<6x1x2x4xi32>) -> tensor<6x1x2x4xi32>
    %flat = tensor.collapse_shape %2 [[0, 1, 2, 3]] : tensor<6x1x2x4xi32> into tensor<48xi32>
    %row = tensor.expand_shape %flat [[0, 1]] output_shape [1, 48] : tensor<48xi32> into tensor<1x48xi32>
    %3 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 2 by 6,
        keep [0] in "GlobalBuffer", keep [1] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%row, %d : tensor<1x48xi32>, tensor<48x5xi32>) outs(%i2 : tensor<1x5xi32>) -> tensor<1x5xi32>
    accel.yield %2, %3 : tensor<6x1x2x4xi32>, tensor<1x5xi32>
  } -> tensor<6x1x2x4xi32>, tensor<1x5xi32>
  return %0#0, %0#1 : tensor<6x1x2x4xi32>, tensor<1x5xi32>
}

// A reshape of padded rows.
func.func @reshaped_padding(%a: tensor<5x8xi32>, %b: tensor<5x8xi32>) -> tensor<7x2x4xi32> {
  %zero = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<5x8xi32>
  %e1 = tensor.empty() : tensor<7x2x4xi32>
  %0 = accel.group {
    %1 = linalg.mul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", keep [2] in "GlobalBuffer",
        for 1 by 4, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<5x8xi32>, tensor<5x8xi32>) outs(%e0 : tensor<5x8xi32>) -> tensor<5x8xi32>
    %p = tensor.pad %1 low[1, 0] high[1, 0] {
    ^bb0(%i: index, %j: index):
      tensor.yield %zero : i32
    } : tensor<5x8xi32> to tensor<7x8xi32>
    %w = tensor.expand_shape %p [[0], [1, 2]] output_shape [7, 2, 4] : tensor<7x8xi32> into tensor<7x2x4xi32>
    %2 = linalg.mul {accel.mapping = #accel.mapping<[keep [2] in "MainMemory", keep [0] in "GlobalBuffer",
        keep [1] in "GlobalBuffer", for 0 by 1, keep [1] in "LocalBuffer", keep [2] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%w, %w : tensor<7x2x4xi32>, tensor<7x2x4xi32>) outs(%e1 : tensor<7x2x4xi32>) -> tensor<7x2x4xi32>
    accel.yield %2 : tensor<7x2x4xi32>
  } -> tensor<7x2x4xi32>
  return %0 : tensor<7x2x4xi32>
}

// An op between mapped ones that no mapping knows.
func.func @barriers(%a: tensor<6x8xi32>, %b: tensor<6x8xi32>) -> (tensor<6x8xi32>, tensor<3x8xi32>) {
  %e0 = tensor.empty() : tensor<6x8xi32>
  %e1 = tensor.empty() : tensor<3x8xi32>
  %first = arith.constant 0 : index
  %0:2 = accel.group {
    %1 = linalg.mul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 2,
        keep [0, 1, 2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<6x8xi32>, tensor<6x8xi32>) outs(%e0 : tensor<6x8xi32>) -> tensor<6x8xi32>
    %half = tensor.extract_slice %1[0, 0] [3, 8] [2, 1] : tensor<6x8xi32> to tensor<3x8xi32>
    %one = arith.constant 1 : i32
    %filled = tensor.insert %one into %1[%first, %first] : tensor<6x8xi32>
    %2 = linalg.add {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 1 by 2,
        keep [0, 1, 2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%half, %half : tensor<3x8xi32>, tensor<3x8xi32>) outs(%e1 : tensor<3x8xi32>) -> tensor<3x8xi32>
    %3 = linalg.add {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 1 by 2,
        keep [0, 1, 2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%1, %filled : tensor<6x8xi32>, tensor<6x8xi32>) outs(%e0 : tensor<6x8xi32>) -> tensor<6x8xi32>
    accel.yield %3, %2 : tensor<6x8xi32>, tensor<3x8xi32>
  } -> tensor<6x8xi32>, tensor<3x8xi32>
  return %0#0, %0#1 : tensor<6x8xi32>, tensor<3x8xi32>
}

// One group reads what another one makes, padded on the way.
func.func @two_groups(%a: tensor<5x8xi32>, %b: tensor<5x8xi32>) -> tensor<7x8xi32> {
  %zero = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<5x8xi32>
  %e1 = tensor.empty() : tensor<7x8xi32>
  %0 = accel.group {
    %1 = linalg.mul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 1,
        keep [0, 1, 2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<5x8xi32>, tensor<5x8xi32>) outs(%e0 : tensor<5x8xi32>) -> tensor<5x8xi32>
    accel.yield %1 : tensor<5x8xi32>
  } -> tensor<5x8xi32>
  %p = tensor.pad %0 low[1, 0] high[1, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : i32
  } : tensor<5x8xi32> to tensor<7x8xi32>
  %2 = accel.group {
    %3 = linalg.add {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 1 by 2, for 0 by 1,
        keep [0] in "GlobalBuffer", keep [1, 2] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%p, %p : tensor<7x8xi32>, tensor<7x8xi32>) outs(%e1 : tensor<7x8xi32>) -> tensor<7x8xi32>
    accel.yield %3 : tensor<7x8xi32>
  } -> tensor<7x8xi32>
  return %2 : tensor<7x8xi32>
}
}
