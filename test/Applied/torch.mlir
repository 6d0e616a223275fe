// RUN: %python -m accel.applied %s --map "target=simple target-set=GlobalBuffer.size_bits=8192,MainMemory.read_j_per_bit=10,MainMemory.write_j_per_bit=10"
// RUN: %python -m accel.applied %s --map "target=gemmini target-set=Scratchpad.size_bits=16384"
// RUN: accel-opt %s --accel-print-einsums -o /dev/null 2>&1 | FileCheck %s

// Modules in the style of torch-mlir's linalg backend: a seed that nobody reads,
// constants of f64 that are cast, assertions inside of bodies, padding with
// dynamic-looking amounts, elementwise generics with unit dimensions, and a
// lookup in a table, which is no Einsum.

#scalar = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
#column = affine_map<(d0, d1) -> (d0, 0)>
#sum = affine_map<(d0, d1) -> (d0)>
#id1 = affine_map<(d0) -> (d0)>
#nchw = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#channel = affine_map<(d0, d1, d2, d3) -> (d1)>

ml_program.global private mutable @global_seed(dense<0> : tensor<i64>) : tensor<i64>

// CHECK: function embedding
// CHECK: barrier linalg.generic: reads a tensor at indices that it computes
func.func @embedding(%words: tensor<4xi64>, %w: tensor<8x6xf32>, %b: tensor<6xf32>) -> tensor<4x6xf32> {
  %table = arith.constant dense<[[1.0, 2.0, 0.0, -1.0, 3.0, 1.0, 0.0, 2.0], [0.0, 1.0, 1.0, 2.0, -2.0, 1.0, 1.0, 0.0],
                                 [2.0, 0.0, 1.0, 1.0, 0.0, -1.0, 2.0, 1.0]]> : tensor<3x8xf32>
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : i64
  %c0_i64 = arith.constant 0 : i64
  %zero = arith.constant 0.000000e+00 : f32
  %tiny = arith.constant 5.000000e-01 : f64
  // Indices may be negative in the data of this test; the table has three rows.
  %i0 = tensor.empty() : tensor<4xi64>
  %safe = linalg.generic {indexing_maps = [#id1, #id1], iterator_types = ["parallel"]} ins(%words : tensor<4xi64>) outs(%i0 : tensor<4xi64>) {
  ^bb0(%in: i64, %out: i64):
    %abs = math.absi %in : i64
    %less = arith.cmpi slt, %abs, %c3 : i64
    cf.assert %less, "index must be smaller than dim size"
    linalg.yield %abs : i64
  } -> tensor<4xi64>
  %e = tensor.empty() : tensor<4x8xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, #scalar], iterator_types = ["parallel", "parallel"]}
      ins(%safe : tensor<4xi64>) outs(%e : tensor<4x8xf32>) {
  ^bb0(%in: i64, %out: f32):
    %i = arith.index_cast %in : i64 to index
    %j = linalg.index 1 : index
    %extracted = tensor.extract %table[%i, %j] : tensor<3x8xf32>
    linalg.yield %extracted : f32
  } -> tensor<4x8xf32>
  %e1 = tensor.empty() : tensor<4x6xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x6xf32>) -> tensor<4x6xf32>
  %mm = linalg.matmul ins(%rows, %w : tensor<4x8xf32>, tensor<8x6xf32>) outs(%f1 : tensor<4x6xf32>) -> tensor<4x6xf32>
  %biased = linalg.generic {indexing_maps = [#scalar, #row, #scalar], iterator_types = ["parallel", "parallel"]}
      ins(%mm, %b : tensor<4x6xf32>, tensor<6xf32>) outs(%e1 : tensor<4x6xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %cst = arith.truncf %tiny : f64 to f32
    %m = arith.mulf %in_0, %cst : f32
    %a = arith.addf %in, %m : f32
    linalg.yield %a : f32
  } -> tensor<4x6xf32>
  return %biased : tensor<4x6xf32>
}

// CHECK: function normalise: {{.*}} 0 barriers
func.func @normalise(%x: tensor<6x8xf32>) -> tensor<6x8xf32> {
  %zero = arith.constant 0.000000e+00 : f32
  %n = arith.constant 8 : i64
  %eps = arith.constant 1.000000e-05 : f64
  %e = tensor.empty() : tensor<6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<6xf32>) -> tensor<6xf32>
  %total = linalg.generic {indexing_maps = [#scalar, #sum], iterator_types = ["parallel", "reduction"]} ins(%x : tensor<6x8xf32>) outs(%f : tensor<6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %in : f32
    %a = arith.addf %s, %out : f32
    linalg.yield %a : f32
  } -> tensor<6xf32>
  %wide = tensor.expand_shape %total [[0, 1]] output_shape [6, 1] : tensor<6xf32> into tensor<6x1xf32>
  %e1 = tensor.empty() : tensor<6x1xf32>
  %scale = linalg.generic {indexing_maps = [#column, #scalar], iterator_types = ["parallel", "parallel"]} ins(%wide : tensor<6x1xf32>) outs(%e1 : tensor<6x1xf32>) {
  ^bb0(%in: f32, %out: f32):
    %k = arith.sitofp %n : i64 to f32
    %d = arith.divf %in, %k : f32
    %c = arith.truncf %eps : f64 to f32
    %p = arith.addf %d, %c : f32
    %r = math.rsqrt %p : f32
    linalg.yield %r : f32
  } -> tensor<6x1xf32>
  %e2 = tensor.empty() : tensor<6x8xf32>
  %y = linalg.generic {indexing_maps = [#scalar, #column, #scalar], iterator_types = ["parallel", "parallel"]} ins(%x, %scale : tensor<6x8xf32>, tensor<6x1xf32>) outs(%e2 : tensor<6x8xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %m = arith.mulf %in, %in_0 : f32
    linalg.yield %m : f32
  } -> tensor<6x8xf32>
  return %y : tensor<6x8xf32>
}

// CHECK: function block: {{.*}} 0 barriers
func.func @block(%x: tensor<1x2x6x6xf32>) -> tensor<1x3x6x6xf32> {
  %w = arith.constant dense<5.000000e-01> : tensor<3x2x3x3xf32>
  %b = arith.constant dense<[1.000000e+00, -1.000000e+00, 2.000000e+00]> : tensor<3xf32>
  %zero = arith.constant 0.000000e+00 : f32
  %padded = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x2x6x6xf32> to tensor<1x2x8x8xf32>
  %e = tensor.empty() : tensor<1x3x6x6xf32>
  %bias = linalg.broadcast ins(%b : tensor<3xf32>) outs(%e : tensor<1x3x6x6xf32>) dimensions = [0, 2, 3]
  %c = linalg.conv_2d_nchw_fchw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
      ins(%padded, %w : tensor<1x2x8x8xf32>, tensor<3x2x3x3xf32>) outs(%bias : tensor<1x3x6x6xf32>) -> tensor<1x3x6x6xf32>
  %r = linalg.generic {indexing_maps = [#nchw, #nchw], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%c : tensor<1x3x6x6xf32>) outs(%e : tensor<1x3x6x6xf32>) {
  ^bb0(%in: f32, %out: f32):
    %p = arith.cmpf ugt, %in, %zero : f32
    %s = arith.select %p, %in, %zero : f32
    linalg.yield %s : f32
  } -> tensor<1x3x6x6xf32>
  return %r : tensor<1x3x6x6xf32>
}
