//===- Passes.td - Conversions to the accel dialect ---------*- tablegen -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_CONVERSION_PASSES_TD
#define ACCEL_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertLinalgToAccel : Pass<"convert-linalg-to-accel", "::mlir::ModuleOp"> {
  let summary = "Turns copies and linalg ops on on-chip tiles into instructions";
  let description = [{
    Works on straight-line functions (`accel-unroll`) on memrefs, in which
    on-chip tiles are `memref.alloc` in the `#accel.mem` levels that the target
    has for inputs, weights and accumulators of its matrix unit ("INP", "WGT" and
    "ACC" without a target), and the last two dimensions of a tile are one
    element.

    - A copy into a tile becomes `accel.load`, one per block of rows; where the
      tile was zero-filled before, the load pads. A copy out of "ACC" becomes
      `accel.store`.
    - A contraction of an INP and a WGT tile into an ACC tile becomes one
      `accel.gemm` over the loops outside of the element.
    - A zero fill of an ACC tile becomes `accel.gemm` with `reset`, of another
      tile a load of zeros.
    - An elementwise or pooling op on ACC tiles, whose body is a chain of
      `addi`, `subi`, `maxsi`, `minsi`, `shli`, `shrsi` with constants or with
      the value of another tile, becomes a sequence of `accel.alu`. It works in
      place where its input is dead afterwards. `trunci` to i8 costs nothing if
      the value only goes to memory or was clipped to 8 bits, and is computed by
      shifts otherwise.

    Every full overwrite of a tile starts a new tile, so that an allocation that
    loops share does not order them. i8 tiles in ACC become i32: accumulators
    have 32 bits. Instructions are in program order and not yet `async`.
  }];
  let dependentDialects = [
    "::mlir::accel::AccelDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::memref::MemRefDialect"];
}

#endif // ACCEL_CONVERSION_PASSES_TD
