// RUN: not accel-opt %s --accel-dump-constraints 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: error: module has no target
// RUN: not accel-opt %s --accel-attach-target=target=simple --accel-dump-constraints 2>&1 | FileCheck %s --check-prefix=MATRIX
// MATRIX: error: target "simple" has no compute unit with a matrix shape to embed into
// RUN: not accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints=format=xml 2>&1 | FileCheck %s --check-prefix=FORMAT
// FORMAT: error: format is "xml" but must be text or smt
// RUN: not accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints=output=%t.none/x 2>&1 | FileCheck %s --check-prefix=OUTPUT
// OUTPUT: error: cannot write "{{.*}}.none/x": {{.*}}No such file
// RUN: accel-opt %s --accel-attach-target=target=vta --accel-dump-constraints -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// REMARK: [[@LINE+6]]:8: remark: has no embedding problem: einsum "f#0" has 3 inputs but instruction "gemm" takes 2

#in = affine_map<(m, n, k) -> (m, k)>
#other = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @f(%a: tensor<4x4xi8>, %b: tensor<4x4xi8>, %c: tensor<4x4xi32>) -> tensor<4x4xi32> {
  %0 = linalg.generic {indexing_maps = [#in, #other, #other, #out], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b, %b : tensor<4x4xi8>, tensor<4x4xi8>, tensor<4x4xi8>) outs(%c : tensor<4x4xi32>) {
  ^bb0(%i: i8, %j: i8, %k: i8, %sum: i32):
    %x = arith.muli %i, %j : i8
    %y = arith.muli %x, %k : i8
    %z = arith.extsi %y : i8 to i32
    %s = arith.addi %sum, %z : i32
    linalg.yield %s : i32
  } -> tensor<4x4xi32>
  return %0 : tensor<4x4xi32>
}
