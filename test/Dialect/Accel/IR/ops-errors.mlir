// RUN: accel-opt %s -split-input-file -verify-diagnostics

func.func @yield_gives_too_few() {
  %r = accel.group {
    // expected-error @below {{gives 0 values but the group has 1 results}}
    accel.yield
  } -> tensor<4xi8>
  return
}

// -----

func.func @yield_of_another_type(%a: tensor<4xi8>) {
  %r = accel.group {
    // expected-error @below {{gives 'tensor<4xi8>' for result 0 of type 'tensor<4xi32>'}}
    accel.yield %a : tensor<4xi8>
  } -> tensor<4xi32>
  return
}

// -----

func.func @group_without_yield() {
  // expected-error @below {{must end with an accel.yield}}
  "accel.group"() ({
    "llvm.unreachable"() : () -> ()
  }) : () -> ()
  return
}

// -----

func.func @group_with_arguments() {
  // expected-error @below {{should have no arguments}}
  "accel.group"() ({
  ^bb0(%a: index):
    accel.yield
  }) : () -> ()
  return
}

// -----

func.func @group_of_scalars(%a: i32) {
  %r = accel.group {
    // expected-error @below {{operand #0 must be variadic of ranked tensor of any type values}}
    accel.yield %a : i32
  } -> tensor<1xi32>
  return
}

// -----

func.func @yield_outside_a_group() {
  // expected-error @below {{expects parent op 'accel.group'}}
  accel.yield
}

// -----

func.func @load_from_chip(%m: memref<8x1x16xi8, #accel.mem<"ACC">>, %b: memref<8x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{needs its source in the outermost memory, found 'memref<8x1x16xi8, #accel.mem<"ACC">>'}}
  accel.load %m to %b : memref<8x1x16xi8, #accel.mem<"ACC">> to memref<8x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_to_outermost(%m: memref<8x1x16xi8>, %b: memref<8x1x16xi8>) {
  // expected-error @below {{needs its destination in an #accel.mem memory space, found 'memref<8x1x16xi8>'}}
  accel.load %m to %b : memref<8x1x16xi8> to memref<8x1x16xi8>
  return
}

// -----

func.func @load_to_foreign_memory_space(%m: memref<8x1x16xi8>, %b: memref<8x1x16xi8, 3>) {
  // expected-error @below {{needs its destination in an #accel.mem memory space, found 'memref<8x1x16xi8, 3>'}}
  accel.load %m to %b : memref<8x1x16xi8> to memref<8x1x16xi8, 3>
  return
}

// -----

func.func @load_converts(%m: memref<8x1x16xi8>, %b: memref<8x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{moves 'i8' to 'i32'}}
  accel.load %m to %b : memref<8x1x16xi8> to memref<8x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

func.func @load_dynamic(%m: memref<?x1x16xi8>, %b: memref<8x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{needs static shapes, found 'memref<?x1x16xi8>'}}
  accel.load %m to %b : memref<?x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_without_columns(%m: memref<1x16xi8>, %b: memref<1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{needs two memrefs of [rows,] columns and a two-dimensional element, found 'memref<1x16xi8>' and 'memref<1x16xi8, #accel.mem<"INP">>'}}
  accel.load %m to %b : memref<1x16xi8> to memref<1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_of_another_rank(%m: memref<8x1x16xi8>, %b: memref<1x8x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{needs two memrefs of [rows,] columns}}
  accel.load %m to %b : memref<8x1x16xi8> to memref<1x8x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_with_two_paddings(%m: memref<8x1x16xi8>, %b: memref<10x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{needs four paddings that are not negative: top, bottom, left, right}}
  accel.load %m to %b pad = [1, 1] : memref<8x1x16xi8> to memref<10x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_with_negative_padding(%m: memref<8x1x16xi8>, %b: memref<7x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{needs four paddings that are not negative: top, bottom, left, right}}
  accel.load %m to %b pad = [0, 0, 0, -1] : memref<8x1x16xi8> to memref<7x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_other_elements(%m: memref<8x16x1xi8>, %b: memref<8x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{moves elements of different shapes, 'memref<8x16x1xi8>' and 'memref<8x1x16xi8, #accel.mem<"INP">>'}}
  accel.load %m to %b : memref<8x16x1xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_too_few_columns(%m: memref<8x1x16xi8>, %b: memref<10x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{fills 1x9 elements but 'memref<10x1x16xi8, #accel.mem<"INP">>' has 1x10}}
  accel.load %m to %b pad = [0, 0, 1, 0] : memref<8x1x16xi8> to memref<10x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_too_many_rows(%m: memref<2x8x1x16xi8>, %b: memref<2x8x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{fills 3x8 elements but 'memref<2x8x1x16xi8, #accel.mem<"INP">>' has 2x8}}
  accel.load %m to %b pad = [0, 1, 0, 0] : memref<2x8x1x16xi8> to memref<2x8x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_gives_no_token(%m: memref<8x1x16xi8>, %b: memref<8x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{cannot name an operation with no results}}
  %t = accel.load %m to %b : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @load_depends_on_data(%d: index, %m: memref<8x1x16xi8>, %b: memref<8x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{use of value '%d' expects different type than prior uses: '!accel.token' vs 'index'}}
  accel.load [%d] %m to %b : memref<8x1x16xi8> to memref<8x1x16xi8, #accel.mem<"INP">>
  // expected-note @-3 {{prior use here}}
  return
}

// -----

func.func @store_from_outermost(%a: memref<8x1x16xi32>, %m: memref<8x1x16xi8>) {
  // expected-error @below {{needs its source in an #accel.mem memory space, found 'memref<8x1x16xi32>'}}
  accel.store %a to %m : memref<8x1x16xi32> to memref<8x1x16xi8>
  return
}

// -----

func.func @store_to_chip(%a: memref<8x1x16xi32, #accel.mem<"ACC">>, %m: memref<8x1x16xi8, #accel.mem<"INP">>) {
  // expected-error @below {{needs its destination in the outermost memory, found 'memref<8x1x16xi8, #accel.mem<"INP">>'}}
  accel.store %a to %m : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<8x1x16xi8, #accel.mem<"INP">>
  return
}

// -----

func.func @store_widens(%a: memref<8x1x16xi8, #accel.mem<"ACC">>, %m: memref<8x1x16xi32>) {
  // expected-error @below {{truncates integers, found 'i8' to 'i32'}}
  accel.store %a to %m : memref<8x1x16xi8, #accel.mem<"ACC">> to memref<8x1x16xi32>
  return
}

// -----

func.func @store_floats(%a: memref<8x1x16xf32, #accel.mem<"ACC">>, %m: memref<8x1x16xf32>) {
  // expected-error @below {{truncates integers, found 'f32' to 'f32'}}
  accel.store %a to %m : memref<8x1x16xf32, #accel.mem<"ACC">> to memref<8x1x16xf32>
  return
}

// -----

func.func @store_too_much(%a: memref<8x1x16xi32, #accel.mem<"ACC">>, %m: memref<4x1x16xi8>) {
  // expected-error @below {{fills 1x8 elements but 'memref<4x1x16xi8>' has 1x4}}
  accel.store %a to %m : memref<8x1x16xi32, #accel.mem<"ACC">> to memref<4x1x16xi8>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @gemm_with_two_maps(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs three maps, found 2}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #x]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @gemm_with_an_empty_loop(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{has a loop of 0 iterations but needs at least 1}}
  accel.gemm ins(%i, %w) outs(%a) nest = [0] maps = [#x, #x, #x]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @gemm_off_chip(%i: memref<4x1x16xi8>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs its input in an #accel.mem memory space, found 'memref<4x1x16xi8>'}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #x, #x]
    : memref<4x1x16xi8>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @gemm_dynamic(%i: memref<?x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs a static input that ends in a two-dimensional element, found 'memref<?x1x16xi8, #accel.mem<"INP">>'}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #x, #x]
    : memref<?x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
#xy = affine_map<(x, y) -> (x)>
func.func @gemm_map_of_another_nest(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{has a map with 2 dimensions for a nest of 1}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #xy, #x]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
#xx = affine_map<(x) -> (x, x)>
func.func @gemm_map_with_two_results(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{has a map with 2 results for the 1 element indices of its accumulator}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #x, #xx]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
#minus = affine_map<(x) -> (3 - x)>
func.func @gemm_walks_backwards(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs maps that are sums of loops with coefficients that are not negative, found affine_map<(d0) -> (-d0 + 3)>}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#minus, #x, #x]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
#half = affine_map<(x) -> (x floordiv 2)>
func.func @gemm_divides(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs maps that are sums of loops with coefficients that are not negative, found affine_map<(d0) -> (d0 floordiv 2)>}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#half, #x, #x]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
#far = affine_map<(x) -> (x * 2 + 1)>
func.func @gemm_reaches_too_far(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{reaches index 7 of dimension 0 of its weight which has 4}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #far, #x]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @gemm_elements_do_not_fit(%i: memref<4x1x8xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs elements BATCH x BLOCK_IN, BLOCK_OUT x BLOCK_IN and BATCH x BLOCK_OUT, found 'memref<4x1x8xi8, #accel.mem<"INP">>'}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #x, #x]
    : memref<4x1x8xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @gemm_with_two_bases(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs one base for each of its 3 buffers, found 2}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #x, #x] bases = [0, 0]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @gemm_at_a_negative_address(%i: memref<4x1x16xi8, #accel.mem<"INP">>, %w: memref<4x16x16xi8, #accel.mem<"WGT">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{has base -1 but needs at least 0}}
  accel.gemm ins(%i, %w) outs(%a) nest = [4] maps = [#x, #x, #x] bases = [0, -1, 0]
    : memref<4x1x16xi8, #accel.mem<"INP">>, memref<4x16x16xi8, #accel.mem<"WGT">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @alu_without_second_operand(%a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs either a source or an immediate}}
  accel.alu add outs(%a) nest = [4] maps = [#x] : memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @alu_with_source_and_immediate(%a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs either a source or an immediate}}
  accel.alu add ins(%a) outs(%a) imm = 1 nest = [4] maps = [#x, #x] : memref<4x1x16xi32, #accel.mem<"ACC">>, memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @alu_with_too_many_maps(%a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs 1 maps, found 2}}
  accel.alu add outs(%a) imm = 1 nest = [4] maps = [#x, #x] : memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @alu_with_a_negative_loop(%a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{has a loop of -4 iterations but needs at least 1}}
  accel.alu add outs(%a) imm = 1 nest = [-4] maps = [#x] : memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @alu_destination_too_small(%a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{reaches index 4 of dimension 0 of its destination which has 4}}
  accel.alu add outs(%a) imm = 1 nest = [5] maps = [#x] : memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @alu_source_off_chip(%s: memref<4x1x16xi32>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs its source in an #accel.mem memory space, found 'memref<4x1x16xi32>'}}
  accel.alu add ins(%s) outs(%a) nest = [4] maps = [#x, #x] : memref<4x1x16xi32, #accel.mem<"ACC">>, memref<4x1x16xi32>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @alu_combines_other_elements(%s: memref<4x1x16xi8, #accel.mem<"ACC">>, %a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{combines different elements, 'memref<4x1x16xi32, #accel.mem<"ACC">>' and 'memref<4x1x16xi8, #accel.mem<"ACC">>'}}
  accel.alu add ins(%s) outs(%a) nest = [4] maps = [#x, #x] : memref<4x1x16xi32, #accel.mem<"ACC">>, memref<4x1x16xi8, #accel.mem<"ACC">>
  return
}

// -----

#x = affine_map<(x) -> (x)>
func.func @alu_with_two_bases(%a: memref<4x1x16xi32, #accel.mem<"ACC">>) {
  // expected-error @below {{needs one base for each of its 1 buffers, found 2}}
  accel.alu add outs(%a) imm = 1 nest = [4] maps = [#x] bases = [0, 0] : memref<4x1x16xi32, #accel.mem<"ACC">>
  return
}

// -----

func.func @mapping_of_another_kind(%a: tensor<4xi8>) {
  // expected-error @below {{has "accel.mapping" = "fast" where an #accel.mapping is needed}}
  %0 = linalg.copy {accel.mapping = "fast"} ins(%a : tensor<4xi8>) outs(%a : tensor<4xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @cost_of_another_kind(%a: tensor<4xi8>) {
  // expected-error @below {{has "accel.cost" = 1.000000e+00 : f64 where an #accel.cost is needed}}
  %0 = linalg.copy {accel.cost = 1.0} ins(%a : tensor<4xi8>) outs(%a : tensor<4xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @name_of_another_kind(%a: tensor<4xi8>) {
  // expected-error @below {{has "accel.name" = 1 : i64 where a string is needed}}
  %0 = linalg.copy {accel.name = 1} ins(%a : tensor<4xi8>) outs(%a : tensor<4xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @name_with_a_separator(%a: tensor<4xi8>) {
  // expected-error @below {{has "accel.name" = "a, b" where a name is needed that is not empty, does not begin with '%' and has no white space, ',', '|' or '//'}}
  %0 = linalg.copy {accel.name = "a, b"} ins(%a : tensor<4xi8>) outs(%a : tensor<4xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @name_of_an_argument(%a: tensor<4xi8>) {
  // expected-error @below {{has "accel.name" = "%arg0" where a name is needed}}
  %0 = linalg.copy {accel.name = "%arg0"} ins(%a : tensor<4xi8>) outs(%a : tensor<4xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @empty_name(%a: tensor<4xi8>) {
  // expected-error @below {{has "accel.name" = "" where a name is needed}}
  %0 = linalg.copy {accel.name = ""} ins(%a : tensor<4xi8>) outs(%a : tensor<4xi8>) -> tensor<4xi8>
  return
}

// -----

// expected-error @below {{has "accel.persistent" = true on argument 1 where a unit attribute is needed}}
func.func @persistent_of_another_kind(%a: tensor<4xi8>, %b: tensor<4xi8> {accel.persistent = true}) {
  return
}
