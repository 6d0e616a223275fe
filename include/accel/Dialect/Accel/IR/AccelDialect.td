//===- AccelDialect.td - The accel dialect ------------------*- tablegen -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_DIALECT_TD
#define ACCEL_DIALECT_TD

include "mlir/IR/DialectBase.td"

def Accel_Dialect : Dialect {
  let name = "accel";
  let cppNamespace = "::mlir::accel";
  let summary = "Accelerator descriptions, mappings, and matrix instructions";
  let description = [{
    The dialect holds what upstream MLIR has no word for, and nothing else:

    - `#accel.target`: a tensor accelerator as a list of memories, fan-outs and
      compute units;
    - `#accel.mapping` and `#accel.cost`: a decision of the mapper on an op, and
      what the model predicts for it;
    - `#accel.mem`: the memory space of an on-chip buffer;
    - `accel.group`: ops that the mapper decided to run as one fused tree;
    - `accel.load`, `accel.gemm`, `accel.alu`, `accel.store`, `accel.wait`:
      instructions of a decoupled access-execute accelerator, ordered by
      `!accel.token`.

    Until instructions exist, `linalg`, `scf`, `tensor` and `memref` carry the
    computation.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let dependentDialects = ["::mlir::DLTIDialect"];
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
}

#endif // ACCEL_DIALECT_TD
