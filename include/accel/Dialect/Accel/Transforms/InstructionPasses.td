//===- InstructionPasses.td - Passes on accel instructions --*- tablegen -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_DIALECT_ACCEL_TRANSFORMS_INSTRUCTIONPASSES_TD
#define ACCEL_DIALECT_ACCEL_TRANSFORMS_INSTRUCTIONPASSES_TD

include "mlir/Pass/PassBase.td"

def AccelUnroll : Pass<"accel-unroll", "::mlir::func::FuncOp"> {
  let summary = "Unrolls loops around on-chip work into straight-line code";
  let description = [{
    Instructions have constant addresses, so loops that use `#accel.mem` buffers
    are executed at compile time: `scf.for` and `scf.forall` are unrolled,
    `scf.if` on loop indices is decided, index arithmetic is folded, and views
    get static offsets. Loops without on-chip work stay. Linear in the number of
    ops that result.

    Fails on an on-chip loop whose bounds, or an on-chip `scf.if` whose
    condition, are not constant.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect"];
}

def AccelOrderLoads : Pass<"accel-order-loads", "::mlir::func::FuncOp"> {
  let summary = "Moves loads that need not wait before those that do";
  let description = [{
    The load queue runs in order: a load of what a store of the program writes
    holds up the weights behind it. Loads of tensors that are never stored move
    before such a load, as far as the last `accel.gemm` that uses loaded values,
    so that no tile has to live longer than one step more. Linear in the number
    of instructions.
  }];
  let dependentDialects = ["::mlir::accel::AccelDialect"];
  let statistics = [Statistic<"numMoved", "moved", "Loads moved forward">];
}

def AccelAllocate : Pass<"accel-allocate", "::mlir::func::FuncOp"> {
  let summary = "Gives on-chip tiles their addresses";
  let description = [{
    Assigns element addresses to the `#accel.mem` tiles of straight-line
    instructions, and writes them into `base` and `bases`: the address of the
    first element of every on-chip operand, in elements of its buffer. Tiles
    that live at the same time do not overlap. A tile takes the lowest address
    that is free and that the three tiles of its size before it do not hold,
    even if these are dead: so tiles take turns in four places, and the next ones
    can be filled while the last one is used. Where four do not fit, three or two
    do; else dead tiles are reused at once; where even this does not fit, tiles
    are placed again by decreasing size. A heuristic: a placement may exist that
    it misses.

    Sizes come from the module's target: a level holds `size_bits`, an element
    takes the bits of its values.
  }];
  let dependentDialects = ["::mlir::accel::AccelDialect"];
  let statistics = [
    Statistic<"numTiles", "tiles", "Tiles placed">,
    Statistic<"numSingle", "single-buffered",
              "Tiles that reuse the place of the tile before">
  ];
}

def AccelInsertTokens : Pass<"accel-insert-tokens", "::mlir::func::FuncOp"> {
  let summary = "Makes instructions asynchronous, ordered by tokens";
  let description = [{
    Every instruction becomes `async` and depends on the tokens of those that
    must be done before it starts: the last writers of what it reads (RAW), and
    the last readers (WAR) and writers (WAW) of what it writes, element by
    element, in on-chip buffers (by their addresses, see `accel-allocate`) and
    in the outermost memory. Instructions of one queue run in order and need no
    tokens between them; a dependency that follows from others is left out, so
    that an instruction has at most one per other queue. The load and the store
    queue exchange no tokens: between them goes an `accel.wait async`, which
    runs in the compute queue. A blocking `accel.wait` before the return waits
    for the last instruction of every queue.
  }];
  let dependentDialects = ["::mlir::accel::AccelDialect"];
  let statistics = [
    Statistic<"numTokens", "tokens", "Dependencies between queues">,
    Statistic<"numRelays", "relays", "Waits that relay a token">
  ];
}

def AccelInsertSync : Pass<"accel-insert-sync", "::mlir::func::FuncOp"> {
  let summary = "Turns tokens into the dependency flags of instructions";
  let description = [{
    A token between neighbouring queues becomes `push` at its producer and `pop`
    at its consumer. Flags carry no identity: the n-th pop takes the n-th push.
    The pass proves that this pairs every consumer with its own producer, that
    no instruction needs two tokens of one neighbour, and that no more than 255
    tokens can be outstanding, and fails where the tokens do not allow it.
  }];
  let dependentDialects = ["::mlir::accel::AccelDialect"];
}

#endif // ACCEL_DIALECT_ACCEL_TRANSFORMS_INSTRUCTIONPASSES_TD
