// DEFINE: %{case} =
// DEFINE: %{check} = accel-opt %t/%{case}.mlir --accel-unroll --convert-linalg-to-accel \
// DEFINE:   --accel-allocate --accel-insert-tokens --accel-insert-sync -o %t/out.mlir && \
// DEFINE:   accel-translate --accel-to-vta %t/out.mlir -o %t/%{case} && \
// DEFINE:   %python %S/Inputs/compare.py tile_loop %t/%{case} | FileCheck %s

// RUN: %python %S/Inputs/geometries.py %t
// REDEFINE: %{case} = 1x16x16
// RUN: %{check}
// REDEFINE: %{case} = 2x16x16
// RUN: %{check}
// REDEFINE: %{case} = 4x16x16
// RUN: %{check}
// REDEFINE: %{case} = 16x16x16
// RUN: %{check}
// REDEFINE: %{case} = 1x32x32
// RUN: %{check}

// CHECK: c: 4096 values are exact
