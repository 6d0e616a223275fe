// A layer with constant weights: every file of a program folder, few instructions.
func.func @layer(%x: tensor<8x32xi8> {accel.name = "x"}) -> tensor<8x16xi8> {
  %w = arith.constant dense<3> : tensor<32x16xi8>
  %zero = arith.constant 0 : i32
  %acc = tensor.empty() : tensor<8x16xi32>
  %init = linalg.fill ins(%zero : i32) outs(%acc : tensor<8x16xi32>) -> tensor<8x16xi32>
  %y = linalg.matmul {accel.name = "y"} ins(%x, %w : tensor<8x32xi8>, tensor<32x16xi8>) outs(%init : tensor<8x16xi32>) -> tensor<8x16xi32>
  %low = tensor.empty() : tensor<8x16xi8>
  %q = linalg.generic {accel.name = "q",
      indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%y : tensor<8x16xi32>) outs(%low : tensor<8x16xi8>) {
  ^bb0(%a: i32, %b: i8):
    %five = arith.constant 5 : i32
    %min = arith.constant -128 : i32
    %max = arith.constant 127 : i32
    %0 = arith.shrsi %a, %five : i32
    %1 = arith.maxsi %0, %min : i32
    %2 = arith.minsi %1, %max : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<8x16xi8>
  return %q : tensor<8x16xi8>
}
