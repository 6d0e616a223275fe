// RUN: %python %S/run-equal.py %s

// Instances that add up, last tiles that are smaller, ops that know where they
// are.

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

// The sum is spread over cores and columns above keeps of the result, with
// temporal loops over the same rank around them.
func.func @sum_over_instances(%a: tensor<4x48xi32>, %b: tensor<48x6xi32>, %c: tensor<4x6xi32>)
    -> (tensor<4x6xi32>, tensor<4x6xi32>, tensor<4x6xi32>) {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<4x6xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<4x6xi32>) -> tensor<4x6xi32>
  %0:3 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory",
        for 2 by 24, keep [0, 2] in "GlobalBuffer", for 1 by 3, par 2 by 12 over "cores", for 2 by 6,
        keep [2] in "LocalBuffer", keep [1] in "LocalBuffer", par 2 by 3 over "columns", for 2 by 1,
        keep [2] in "Register", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<4x48xi32>, tensor<48x6xi32>) outs(%c : tensor<4x6xi32>) -> tensor<4x6xi32>
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory",
        par 2 by 12 over "cores", for 0 by 2, keep [2] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<4x48xi32>, tensor<48x6xi32>) outs(%init : tensor<4x6xi32>) -> tensor<4x6xi32>
    %3 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory",
        keep [2] in "GlobalBuffer", par 2 by 12 over "cores", keep [1] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<4x48xi32>, tensor<48x6xi32>) outs(%c : tensor<4x6xi32>) -> tensor<4x6xi32>
    accel.yield %1, %2, %3 : tensor<4x6xi32>, tensor<4x6xi32>, tensor<4x6xi32>
  } -> tensor<4x6xi32>, tensor<4x6xi32>, tensor<4x6xi32>
  return %0#0, %0#1, %0#2 : tensor<4x6xi32>, tensor<4x6xi32>, tensor<4x6xi32>
}

// The greatest element, found by instances.
func.func @maximum_over_instances(%a: tensor<4x48xf32>) -> tensor<4xf32> {
  %least = arith.constant 0xFF800000 : f32
  %empty = tensor.empty() : tensor<4xf32>
  %init = linalg.fill ins(%least : f32) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  %0 = accel.group {
    %1 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>],
        iterator_types = ["parallel", "reduction"]} ins(%a : tensor<4x48xf32>) outs(%init : tensor<4xf32>)
        attrs = {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", par 1 by 12 over "cores", for 1 by 3,
          keep [1] in "LocalBuffer", compute "MAC"], shared = 0>} {
    ^bb0(%x: f32, %o: f32):
      %s = arith.maximumf %x, %o : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    accel.yield %1 : tensor<4xf32>
  } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Tiles that do not divide: the last one is smaller, and the loops inside it
// are shorter. The results of the first op are exchanged in such tiles.
func.func @smaller_last_tiles(%a: tensor<7x11xi32>, %b: tensor<11x5xi32>, %c: tensor<5x9xi32>) -> tensor<7x9xi32> {
  %zero = arith.constant 0 : i32
  %e0 = tensor.empty() : tensor<7x5xi32>
  %i0 = linalg.fill ins(%zero : i32) outs(%e0 : tensor<7x5xi32>) -> tensor<7x5xi32>
  %e1 = tensor.empty() : tensor<7x9xi32>
  %i1 = linalg.fill ins(%zero : i32) outs(%e1 : tensor<7x9xi32>) -> tensor<7x9xi32>
  %0 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", for 0 by 4, keep [2] in "GlobalBuffer",
        for 2 by 6, keep [0] in "GlobalBuffer", for 0 by 2, for 1 by 2, keep [2] in "LocalBuffer", for 2 by 3,
        keep [1] in "LocalBuffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<7x11xi32>, tensor<11x5xi32>) outs(%i0 : tensor<7x5xi32>) -> tensor<7x5xi32>
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "MainMemory", for 0 by 4, keep [0] in "GlobalBuffer",
        for 1 by 4, keep [2] in "GlobalBuffer", par 1 by 1 over "cores", for 0 by 1, keep [0] in "LocalBuffer",
        keep [1] in "LocalBuffer", keep [2] in "LocalBuffer", compute "MAC"], shared = 1>}
      ins(%1, %c : tensor<7x5xi32>, tensor<5x9xi32>) outs(%i1 : tensor<7x9xi32>) -> tensor<7x9xi32>
    accel.yield %2 : tensor<7x9xi32>
  } -> tensor<7x9xi32>
  return %0 : tensor<7x9xi32>
}

// Indices with constants, backwards, and read by the body.
func.func @odd_indices(%a: tensor<9xi32>, %b: tensor<12xi32>) -> tensor<6xi32> {
  %e = tensor.empty() : tensor<6xi32>
  %0 = accel.group {
    %scale = arith.constant 3 : i32
    %1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i + 3)>, affine_map<(i) -> (i * -2 + 11)>,
        affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%a, %b : tensor<9xi32>, tensor<12xi32>) outs(%e : tensor<6xi32>)
        attrs = {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "MainMemory", for 0 by 3,
          keep [0] in "GlobalBuffer", keep [1] in "GlobalBuffer", for 0 by 1, keep [2] in "LocalBuffer",
          keep [1] in "LocalBuffer", compute "MAC"], shared = 0>} {
    ^bb0(%x: i32, %y: i32, %o: i32):
      %i = linalg.index 0 : index
      %j = arith.index_cast %i : index to i32
      %k = arith.muli %j, %scale : i32
      %s = arith.subi %x, %y : i32
      %t = arith.addi %s, %k : i32
      linalg.yield %t : i32
    } -> tensor<6xi32>
    accel.yield %1 : tensor<6xi32>
  } -> tensor<6xi32>
  return %0 : tensor<6xi32>
}

// A copy moves a tensor on chip; its reader works there.
func.func @copied(%a: tensor<6x4xi32>) -> tensor<6x4xi32> {
  %e = tensor.empty() : tensor<6x4xi32>
  %0 = accel.group {
    %1 = linalg.copy {accel.mapping = #accel.mapping<[keep [0] in "MainMemory", for 0 by 2,
        keep [1] in "GlobalBuffer", compute "MAC"], shared = 0>}
      ins(%a : tensor<6x4xi32>) outs(%e : tensor<6x4xi32>) -> tensor<6x4xi32>
    %2 = linalg.mul {accel.mapping = #accel.mapping<[keep [2] in "MainMemory", for 0 by 2,
        keep [0, 1] in "GlobalBuffer", compute "MAC"], shared = 1>}
      ins(%1, %1 : tensor<6x4xi32>, tensor<6x4xi32>) outs(%e : tensor<6x4xi32>) -> tensor<6x4xi32>
    accel.yield %2 : tensor<6x4xi32>
  } -> tensor<6x4xi32>
  return %0 : tensor<6x4xi32>
}

// Named ops with scalars and windows, and a start value made in the group.
func.func @named_ops(%x: tensor<1x3x8x8xi8>, %w: tensor<4x3x3x3xi8>, %b: tensor<4xi32>) -> tensor<1x4x3x3xi32> {
  %zp = arith.constant 3 : i32
  %none = arith.constant 0 : i32
  %least = arith.constant -100000 : i32
  %e0 = tensor.empty() : tensor<1x4x6x6xi32>
  %e1 = tensor.empty() : tensor<1x4x3x3xi32>
  %window = tensor.empty() : tensor<2x2xi32>
  %0 = accel.group {
    %start = linalg.broadcast ins(%b : tensor<4xi32>) outs(%e0 : tensor<1x4x6x6xi32>) dimensions = [0, 2, 3]
    %1 = linalg.conv_2d_nchw_fchw_q {accel.mapping = #accel.mapping<[keep [0, 1] in "MainMemory", keep [4] in "GlobalBuffer",
        for 1 by 2, keep [1] in "LocalBuffer", for 4 by 1, keep [4] in "LocalBuffer", keep [0] in "LocalBuffer",
        compute "MAC"], shared = 0>}
      ins(%x, %w, %zp, %none : tensor<1x3x8x8xi8>, tensor<4x3x3x3xi8>, i32, i32)
      outs(%start : tensor<1x4x6x6xi32>) -> tensor<1x4x6x6xi32>
    %init = linalg.fill ins(%least : i32) outs(%e1 : tensor<1x4x3x3xi32>) -> tensor<1x4x3x3xi32>
    %2 = linalg.pooling_nchw_max {strides = dense<2> : tensor<2xi64>,
        accel.mapping = #accel.mapping<[keep [2] in "MainMemory", keep [0] in "GlobalBuffer",
        for 1 by 1, for 2 by 1, keep [0] in "LocalBuffer", keep [2] in "LocalBuffer", for 4 by 1, keep [0] in "Register",
        compute "MAC"], shared = 0>}
      ins(%1, %window : tensor<1x4x6x6xi32>, tensor<2x2xi32>) outs(%init : tensor<1x4x3x3xi32>) -> tensor<1x4x3x3xi32>
    accel.yield %2 : tensor<1x4x3x3xi32>
  } -> tensor<1x4x3x3xi32>
  return %0 : tensor<1x4x3x3xi32>
}
}
