// RUN: accel-opt %s --accel-compile=target=vta -o %t.mlir
// RUN: accel-translate --accel-to-vta %t.mlir -o %t.prog
// RUN: %python -c "import numpy as n; r = n.random.default_rng(4); [n.save('%t.' + k, r.integers(-128, 128, s, dtype=n.int8)) for k, s in (('a.npy', (3, 16, 32)), ('b.npy', (3, 32, 16)))]"

// Three runs at once, each compared with the model.
// RUN: accel-sim %t.prog --input arg0=%t.a.npy --input arg1=%t.b.npy \
// RUN:   --check-reference %s | FileCheck %s
// CHECK: 3 runs

// A model that shifts by less is another one.
// RUN: sed 's/constant 7/constant 6/' %s > %t.other.mlir
// RUN: not accel-sim %t.prog --input arg0=%t.a.npy --input arg1=%t.b.npy \
// RUN:   --check-reference %t.other.mlir 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: accel-sim: error: output 0 of run 0 differs from the reference at value

// RUN: not accel-sim %t.prog --input arg0=%t.a.npy --input arg1=%t.b.npy \
// RUN:   --timing-only --check-reference %s 2>&1 | FileCheck %s --check-prefix=TIMING
// TIMING: accel-sim: error: --check-reference needs a program folder and its data

// RUN: not accel-sim %t.prog --input arg0=%t.a.npy --input arg1=%t.b.npy \
// RUN:   --check-reference %t.none.mlir 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: accel-sim: error: {{.*}}none.mlir

func.func @matmul(%a: tensor<16x32xi8>, %b: tensor<32x16xi8>) -> tensor<16x16xi8> {
  %c0 = arith.constant 0 : i32
  %e = tensor.empty() : tensor<16x16xi32>
  %f = linalg.fill ins(%c0 : i32) outs(%e : tensor<16x16xi32>) -> tensor<16x16xi32>
  %m = linalg.matmul ins(%a, %b : tensor<16x32xi8>, tensor<32x16xi8>) outs(%f : tensor<16x16xi32>) -> tensor<16x16xi32>
  %o = tensor.empty() : tensor<16x16xi8>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%m : tensor<16x16xi32>) outs(%o : tensor<16x16xi8>) {
  ^bb0(%v: i32, %s: i8):
    %shift = arith.constant 7 : i32
    %high = arith.constant 127 : i32
    %low = arith.constant -128 : i32
    %0 = arith.shrsi %v, %shift : i32
    %1 = arith.minsi %0, %high : i32
    %2 = arith.maxsi %1, %low : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> tensor<16x16xi8>
  return %r : tensor<16x16xi8>
}
