// RUN: accel-opt %s --accel-apply-mapping -split-input-file -verify-diagnostics

func.func @no_target(%a: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error @below {{is to be applied but its module has no target}}
  %0 = accel.group {
    accel.yield %a : tensor<4xi32>
  } -> tensor<4xi32>
  return %0 : tensor<4xi32>
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @not_linalg(%a: tensor<4xi32>) -> tensor<4xi32> {
  %0 = accel.group {
    // expected-error @below {{has a mapping but only linalg ops are mapped}}
    %1 = arith.addi %a, %a {accel.mapping = #accel.mapping<[compute "MAC"], shared = 0>} : tensor<4xi32>
    accel.yield %1 : tensor<4xi32>
  } -> tensor<4xi32>
  return %0 : tensor<4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @dynamic(%a: tensor<?xi32>) -> tensor<?xi32> {
  %0 = accel.group {
    // expected-error @below {{has a mapping but a dynamic shape; mapped ops must have static shapes}}
    %1 = linalg.copy {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", compute "MAC"], shared = 0>}
      ins(%a : tensor<?xi32>) outs(%a : tensor<?xi32>) -> tensor<?xi32>
    accel.yield %1 : tensor<?xi32>
  } -> tensor<?xi32>
  return %0 : tensor<?xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @no_sum(%a: tensor<4xi32>, %e: tensor<8xi32>) -> tensor<8xi32> {
  %0 = accel.group {
    // expected-error @below {{has a mapping but indexes operand 0 by d0 floordiv 2, which is no sum of multiples of loops}}
    %1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i floordiv 2)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%a : tensor<4xi32>) outs(%e : tensor<8xi32>)
        attrs = {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", compute "MAC"], shared = 0>} {
    ^bb0(%x: i32, %o: i32):
      linalg.yield %x : i32
    } -> tensor<8xi32>
    accel.yield %1 : tensor<8xi32>
  } -> tensor<8xi32>
  return %0 : tensor<8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @rank(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping has a loop over rank 3 but the op has 3 ranks}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 3 by 1, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @inner_tile(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping has a loop over rank 0 by 3 but the tile must divide the 4 of the loop above}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 4, for 0 by 3, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @large_tile(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping has a loop over rank 0 by 16 but the tile must divide the 8 of the loop above}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 16, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @fanout(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping names fan-out "rows" which target "test" does not have}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", par 0 by 4 over "rows", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @level(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping keeps operands in "Cache" which is no memory of target "test"}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Cache", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @operand(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping keeps operand 3 but the op has 3 operands}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2, 3] in "Main", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @outermost_below_loop(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping keeps operands in "Main" below a loop but the outermost memory must stand above all loops}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Main", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @order(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping keeps operand 0 in "Buffer" below a keep that is not further out}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", keep [0] in "Register", keep [0] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @no_keep(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping has no keep of operand 1 but every tensor needs one}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 2] in "Main", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @external(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping first keeps operand 1 in "Buffer" but it comes from outside the group's mapped ops and must first be kept in "Main"}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 2] in "Main", keep [1] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @first_shares(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping shares 1 loops with the op before but is the first of its group}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 1, compute "MAC"], shared = 1>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @result_on_chip(%a: tensor<8x6xi32>, %b: tensor<6x4xi32>, %c: tensor<8x4xi32>) -> tensor<8x4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping first keeps its result in "Buffer" but it is used outside the group's mapped ops and must first be kept in "Main"}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", keep [2] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x6xi32>, tensor<6x4xi32>) outs(%c : tensor<8x4xi32>) -> tensor<8x4xi32>
    // expected-note @below {{used here}}
    accel.yield %1 : tensor<8x4xi32>
  } -> tensor<8x4xi32>
  return %0 : tensor<8x4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @window(%a: tensor<10xi32>, %w: tensor<3xi32>, %e: tensor<8xi32>) -> tensor<8xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping has a loop over rank 0 by 3 but the tile must divide the 8 of a rank that is part of a sum}}
    %1 = linalg.conv_1d {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 3, compute "MAC"], shared = 0>}
      ins(%a, %w : tensor<10xi32>, tensor<3xi32>) outs(%e : tensor<8xi32>) -> tensor<8xi32>
    accel.yield %1 : tensor<8xi32>
  } -> tensor<8xi32>
  return %0 : tensor<8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @scalar(%a: tensor<4xi32>, %s: i32) -> tensor<4xi32> {
  %0 = accel.group {
    // expected-error @below {{mapping keeps operand 0 which is a scalar but only tensors are kept}}
    %1 = linalg.fill {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", compute "MAC"], shared = 0>}
      ins(%s : i32) outs(%a : tensor<4xi32>) -> tensor<4xi32>
    accel.yield %1 : tensor<4xi32>
  } -> tensor<4xi32>
  return %0 : tensor<4xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @too_many_shared(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-error @below {{mapping shares 2 loops with the op before which has 1}}
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 1, for 1 by 1, keep [0] in "Buffer", compute "MAC"], shared = 2>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @trips(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-error @below {{mapping shares loop 0 with the op before but has 4 temporal trips where that has 8 temporal}}
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 2, keep [0] in "Buffer", compute "MAC"], shared = 1>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @kinds(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", par 0 by 2 over "cores", keep [2] in "Register", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-error @below {{mapping shares loop 0 with the op before but has 4 temporal trips where that has 4 spatial}}
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 2, keep [0] in "Register", compute "MAC"], shared = 1>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @exchange_level(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    // expected-note @below {{producer}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-error @below {{mapping first keeps operand 0 in "Register" but its producer keeps it in "Buffer"}}
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 1, keep [0] in "Register", compute "MAC"], shared = 1>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @exchange_place(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    // expected-note @below {{producer}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-error @below {{mapping reads operand 0 in "Buffer" below 1 loops, its producer makes it below 1, and they share 0; both must stand below the same shared loops}}
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 0 by 1, keep [0] in "Buffer", compute "MAC"], shared = 0>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @exchange_dimension(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    // expected-note @below {{producer}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 0 by 1, keep [2] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-error @below {{mapping shares loop 0 with the producer of operand 0 but they do not walk the same dimension of it in equal tiles}}
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 2 by 1, keep [0] in "Buffer", compute "MAC"], shared = 1>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @exchange_sum(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    // expected-note @below {{producer}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", for 2 by 1, keep [2] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-error @below {{mapping shares loop 0 with the producer of operand 0 but they do not walk the same dimension of it in equal tiles}}
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", for 2 by 1, keep [0] in "Buffer", compute "MAC"], shared = 1>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @fetched_early(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", keep [2] in "Buffer", for 0 by 1, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-error @below {{mapping keeps operand 0 in "Register" below 0 loops but shares 1 with its producer, whose results come later}}
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", keep [0] in "Buffer", keep [0] in "Register", for 0 by 1, compute "MAC"], shared = 1>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @written_late(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    // expected-error @below {{mapping keeps its result in "Register" below 0 loops but shares 1 with a reader, which comes before the write-back}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", keep [2] in "Buffer", keep [2] in "Register", for 0 by 1, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [1, 2] in "Main", keep [0] in "Buffer", for 0 by 1, compute "MAC"], shared = 1>}
      ins(%1, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @barrier_in_run(%a: tensor<8x8xi32>, %b: tensor<8x8xi32>) -> tensor<8x8xi32> {
  %zero = arith.constant 0 : i32
  %i = arith.constant 0 : index
  %empty = tensor.empty() : tensor<8x8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8x8xi32>) -> tensor<8x8xi32>
  %0 = accel.group {
    // expected-error @below {{shares loops with an op that needs its whole result}}
    %1 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 1, compute "MAC"], shared = 0>}
      ins(%a, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    // expected-note @below {{needed here}}
    %t = tensor.insert %zero into %1[%i, %i] : tensor<8x8xi32>
    %2 = linalg.matmul {accel.mapping = #accel.mapping<[keep [0, 1, 2] in "Main", for 0 by 1, compute "MAC"], shared = 1>}
      ins(%t, %b : tensor<8x8xi32>, tensor<8x8xi32>) outs(%init : tensor<8x8xi32>) -> tensor<8x8xi32>
    accel.yield %2 : tensor<8x8xi32>
  } -> tensor<8x8xi32>
  return %0 : tensor<8x8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func @no_combiner(%a: tensor<8x8xi32>) -> tensor<8xi32> {
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<8xi32>
  %init = linalg.fill ins(%zero : i32) outs(%empty : tensor<8xi32>) -> tensor<8xi32>
  %0 = accel.group {
    // expected-error @below {{mapping spreads the reduction over rank 1 across fan-out "cores" but the op does not combine its results by one operation with a neutral element}}
    %1 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m)>], iterator_types = ["parallel", "reduction"]}
        ins(%a : tensor<8x8xi32>) outs(%init : tensor<8xi32>)
        attrs = {accel.mapping = #accel.mapping<[keep [0, 1] in "Main", par 1 by 2 over "cores", keep [1] in "Register", compute "MAC"], shared = 0>} {
    ^bb0(%x: i32, %o: i32):
      %s = arith.subi %x, %o : i32
      linalg.yield %s : i32
    } -> tensor<8xi32>
    accel.yield %1 : tensor<8xi32>
  } -> tensor<8xi32>
  return %0 : tensor<8xi32>
}
}

// -----

#target = #accel.target<"test", [
  #accel.memory<"Main", keep = [external], may_keep = [all]>,
  #accel.memory<"Buffer", may_keep = [all]>,
  #accel.fanout<"cores", n = 4>,
  #accel.memory<"Register", may_keep = [all]>,
  #accel.compute<"MAC">
]>
module attributes {dlti.target_system_spec = #dlti.target_system_spec<
  "NPU" = #dlti.target_device_spec<"accel.target" = #target>>} {
func.func private @log(tensor<4xi32>)

func.func @effect_on_chip(%a: tensor<4xi32>) {
  %0 = accel.group {
    // expected-error @below {{mapping first keeps its result in "Buffer" but it is used outside the group's mapped ops and must first be kept in "Main"}}
    %1 = linalg.copy {accel.mapping = #accel.mapping<[keep [0] in "Main", keep [1] in "Buffer", compute "MAC"], shared = 0>}
      ins(%a : tensor<4xi32>) outs(%a : tensor<4xi32>) -> tensor<4xi32>
    // expected-note @below {{used here}}
    func.call @log(%1) : (tensor<4xi32>) -> ()
    accel.yield %a : tensor<4xi32>
  } -> tensor<4xi32>
  return
}
}
