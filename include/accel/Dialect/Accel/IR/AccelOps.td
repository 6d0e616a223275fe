//===- AccelOps.td - Types and operations of accel ----------*- tablegen -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_OPS_TD
#define ACCEL_OPS_TD

include "accel/Dialect/Accel/IR/AccelAttrs.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

class Accel_Type<string name, string typeMnemonic>
    : TypeDef<Accel_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def Accel_TokenType : Accel_Type<"Token", "token"> {
  let summary = "completion of an asynchronous instruction";
  let description = [{
    An instruction that is `async` gives a token when it is done and starts
    after the tokens in its brackets. Tokens carried by loops express double
    buffering.
  }];
}

class Accel_Op<string mnemonic, list<Trait> traits = []>
    : Op<Accel_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

def Accel_GroupOp : Accel_Op<"group", [
    SingleBlock, NoRegionArguments, RecursiveMemoryEffects]> {
  let summary = "ops that run as one fused LoopTree";
  let description = [{
    Holds the linalg ops of one fusion group in program order, each with its
    `accel.mapping`. The region sees the values around it; its results are the
    tensors that later ops read. `cost` is the sum over the ops.

    ```mlir
    %1 = accel.group cost = #accel.cost<energy_j = 1.0, latency_s = 1.0, ops = 16.0> {
      %2 = linalg.copy {accel.mapping = #copied} ins(%a : tensor<4x4xi8>)
             outs(%b : tensor<4x4xi8>) -> tensor<4x4xi8>
      accel.yield %2 : tensor<4x4xi8>
    } -> tensor<4x4xi8>
    ```
  }];
  let arguments = (ins OptionalAttr<Accel_CostAttr>:$cost);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`cost` `=` $cost^)? $body attr-dict-with-keyword
    (`->` type($outputs)^)?
  }];
  let hasRegionVerifier = 1;
}

def Accel_YieldOp : Accel_Op<"yield", [
    Pure, Terminator, ReturnLike, HasParent<"::mlir::accel::GroupOp">]> {
  let summary = "gives the results of a group";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

//===----------------------------------------------------------------------===//
// Matrix instructions
//===----------------------------------------------------------------------===//

class Accel_InstructionOp<string mnemonic, list<Trait> traits = []>
    : Accel_Op<mnemonic, traits> {
  code asyncAccessors = [{
    /// Queue on which the instruction runs, in order with the others there.
    ::mlir::accel::Queue getQueue();
  }];
}

def Accel_LoadOp : Accel_InstructionOp<"load"> {
  let summary = "copies a block of rows into an on-chip buffer";
  let description = [{
    The last dimensions of both memrefs are one element of the buffer (for
    example 1x16 values); the ones before are columns and, if any, rows. Rows of
    the source may be apart by any stride, the destination is dense. `pad` adds
    zero elements: rows above and below, columns left and right.

    ```
    for y, x in rows, columns of source:
      dest[y + top, x + left] = source[y, x]
    ```

    ```mlir
    %t = accel.load async [%d] %image to %tile pad = [1, 1, 1, 1]
        : memref<8x8x1x16xi8> to memref<10x10x1x16xi8, #accel.mem<"INP">>
    ```
  }];
  let arguments = (ins
    Variadic<Accel_TokenType>:$asyncDependencies,
    Arg<AnyMemRef, "", [MemRead]>:$source,
    Arg<AnyMemRef, "", [MemWrite]>:$dest,
    DefaultValuedOptionalAttr<DenseI64ArrayAttr, "{}">:$pad,
    OptionalAttr<I64Attr>:$base,
    OptionalAttr<Accel_SyncAttr>:$sync);
  let results = (outs Optional<Accel_TokenType>:$asyncToken);
  let assemblyFormat = [{
    custom<AsyncDependencies>(type($asyncToken), $asyncDependencies)
    $source `to` $dest (`pad` `=` $pad^)? (`base` `=` $base^)?
    (`sync` `=` $sync^)? attr-dict `:` type($source) `to` type($dest)
  }];
  let extraClassDeclaration = asyncAccessors;
  let hasVerifier = 1;
}

def Accel_StoreOp : Accel_InstructionOp<"store"> {
  let summary = "copies a block of rows out of the accumulator";
  let description = [{
    Takes the low bits of every accumulator value, as wide as the destination's
    element type. Shapes are as for `accel.load`; there is no padding.

    ```mlir
    %t = accel.store async [%d] %acc to %result
        : memref<8x8x1x16xi32, #accel.mem<"ACC">> to memref<8x8x1x16xi8>
    ```
  }];
  let arguments = (ins
    Variadic<Accel_TokenType>:$asyncDependencies,
    Arg<AnyMemRef, "", [MemRead]>:$source,
    Arg<AnyMemRef, "", [MemWrite]>:$dest,
    OptionalAttr<I64Attr>:$base,
    OptionalAttr<Accel_SyncAttr>:$sync);
  let results = (outs Optional<Accel_TokenType>:$asyncToken);
  let assemblyFormat = [{
    custom<AsyncDependencies>(type($asyncToken), $asyncDependencies)
    $source `to` $dest (`base` `=` $base^)? (`sync` `=` $sync^)?
    attr-dict `:` type($source) `to` type($dest)
  }];
  let extraClassDeclaration = asyncAccessors;
  let hasVerifier = 1;
}

def Accel_GemmOp : Accel_InstructionOp<"gemm"> {
  let summary = "multiplies blocks and accumulates, over a loop nest";
  let description = [{
    For every point of the nest, an input element (BATCH x BLOCK_IN) times the
    transpose of a weight element (BLOCK_OUT x BLOCK_IN) is added to an
    accumulator element (BATCH x BLOCK_OUT). The maps give the elements' indices
    from the nest's. With `reset`, the accumulator elements become zero instead
    and the other operands are not read.

    ```
    for p in nest:
      acc[acc_map(p)][b][o] += sum over c of
        inp[inp_map(p)][b][c] * wgt[wgt_map(p)][o][c]
    ```

    ```mlir
    %t = accel.gemm async [%d] ins(%inp, %wgt) outs(%acc) nest = [3, 3, 8, 8]
        maps = [affine_map<(r, s, y, x) -> (y + r, x + s)>,
                affine_map<(r, s, y, x) -> (r, s)>,
                affine_map<(r, s, y, x) -> (y, x)>]
        : memref<10x10x1x16xi8, #accel.mem<"INP">>,
          memref<3x3x16x16xi8, #accel.mem<"WGT">>,
          memref<8x8x1x16xi32, #accel.mem<"ACC">>
    ```
  }];
  let arguments = (ins
    Variadic<Accel_TokenType>:$asyncDependencies,
    Arg<AnyMemRef, "", [MemRead]>:$inp,
    Arg<AnyMemRef, "", [MemRead]>:$wgt,
    Arg<AnyMemRef, "", [MemRead, MemWrite]>:$acc,
    DenseI64ArrayAttr:$nest,
    AffineMapArrayAttr:$maps,
    UnitAttr:$reset,
    OptionalAttr<DenseI64ArrayAttr>:$bases,
    OptionalAttr<Accel_SyncAttr>:$sync);
  let results = (outs Optional<Accel_TokenType>:$asyncToken);
  let assemblyFormat = [{
    custom<AsyncDependencies>(type($asyncToken), $asyncDependencies)
    `ins` `(` $inp `,` $wgt `)` `outs` `(` $acc `)` `nest` `=` $nest
    `maps` `=` $maps (`reset` $reset^)? (`bases` `=` $bases^)?
    (`sync` `=` $sync^)? attr-dict
    `:` type($inp) `,` type($wgt) `,` type($acc)
  }];
  let extraClassDeclaration = asyncAccessors;
  let hasVerifier = 1;
}

def Accel_AluOp : Accel_InstructionOp<"alu", [AttrSizedOperandSegments]> {
  let summary = "combines accumulator elements, over a loop nest";
  let description = [{
    For every point of the nest, `dst` becomes `dst op src` with an element of
    another (or the same) accumulator buffer, or `dst op imm` with a constant.
    `shr` shifts right arithmetically, left where the amount is negative. The
    maps are those of `dst` and, if there is a source, `src`.

    ```
    for p in nest:
      dst[dst_map(p)] = dst[dst_map(p)] op (src[src_map(p)] or imm)
    ```

    ```mlir
    %t = accel.alu async [%d] max outs(%acc) imm = 0 nest = [8, 8]
        maps = [affine_map<(y, x) -> (y, x)>]
        : memref<8x8x1x16xi32, #accel.mem<"ACC">>
    ```
  }];
  let arguments = (ins
    Variadic<Accel_TokenType>:$asyncDependencies,
    Accel_AluKindAttr:$kind,
    Arg<Optional<AnyMemRef>, "", [MemRead]>:$src,
    Arg<AnyMemRef, "", [MemRead, MemWrite]>:$dst,
    OptionalAttr<I64Attr>:$imm,
    DenseI64ArrayAttr:$nest,
    AffineMapArrayAttr:$maps,
    OptionalAttr<DenseI64ArrayAttr>:$bases,
    OptionalAttr<Accel_SyncAttr>:$sync);
  let results = (outs Optional<Accel_TokenType>:$asyncToken);
  let assemblyFormat = [{
    custom<AsyncDependencies>(type($asyncToken), $asyncDependencies)
    $kind (`ins` `(` $src^ `)`)? `outs` `(` $dst `)` (`imm` `=` $imm^)?
    `nest` `=` $nest `maps` `=` $maps (`bases` `=` $bases^)?
    (`sync` `=` $sync^)? attr-dict `:` type($dst) (`,` type($src)^)?
  }];
  let extraClassDeclaration = asyncAccessors;
  let hasVerifier = 1;
}

def Accel_WaitOp : Accel_InstructionOp<"wait"> {
  let summary = "joins tokens";
  let description = [{
    With `async`, gives one token for all in the brackets; without, blocks until
    they are there. As an instruction it does nothing, in the compute queue: so
    it relays tokens between the load and the store queue, which have no
    direct way.

    ```mlir
    %t = accel.wait async [%a, %b]
    accel.wait [%t]
    ```
  }];
  let arguments = (ins
    Variadic<Accel_TokenType>:$asyncDependencies,
    OptionalAttr<Accel_SyncAttr>:$sync);
  let results = (outs Optional<Accel_TokenType>:$asyncToken);
  let assemblyFormat = [{
    custom<AsyncDependencies>(type($asyncToken), $asyncDependencies)
    (`sync` `=` $sync^)? attr-dict
  }];
  let extraClassDeclaration = asyncAccessors;
}

#endif // ACCEL_OPS_TD
