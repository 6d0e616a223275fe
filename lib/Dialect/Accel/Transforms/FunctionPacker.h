//===- FunctionPacker.h - Packs the ops of one function ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The way from a function of linalg ops to packed ops: PackOperands.cpp walks
// and keeps the books, one file each knows contractions, elementwise chains and
// ops that work channel by channel.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_FUNCTIONPACKER_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_FUNCTIONPACKER_H

#include "ChannelOp.h"
#include "EmbeddingChoice.h"
#include "PackedLayout.h"
#include "PlainForm.h"

#include "accel/Analysis/FunctionEinsums.h"

#include "llvm/ADT/SetVector.h"

namespace mlir::accel {

/// The dimension of the operand that `rank` indexes alone, or -1.
int64_t dimOfRank(AffineMap map, int64_t rank);

/// `map` in terms of groups: dimensions in the layout's order, then the
/// element.
AffineMap packMap(AffineMap map, const PackedLayout &layout, unsigned numDims,
                  ArrayRef<AffineExpr> element);

/// The first rank of the output that also stands alone in `input`, and is
/// neither in `weight` nor `without`; -1 if there is none.
int64_t findBatch(AffineMap input, std::optional<AffineMap> weight,
                  AffineMap output, int64_t without);

/// Channels on the lane of columns, the batch on that of rows: the layout of
/// what a contraction makes.
PackedLayout channelLayout(int64_t rank, int64_t batch, int64_t channel,
                           int64_t rows, int64_t columns);

class FunctionPacker {
public:
  FunctionPacker(FunctionEinsums &program, const MatrixTarget &target,
                 EmbeddingScheme scheme)
      : program(program), target(target), scheme(scheme),
        builder(program.func.getContext()) {}

  /// An op that stays on the host, and whether only packing it has shown that.
  struct HostOp {
    Operation *op;
    std::string why;
    bool isLate = false;
  };

  /// Packs what an instruction can run; the rest gets `accel.host`. If an op is
  /// late, others were packed as if it were on the device, and the function is
  /// of no use.
  SmallVector<HostOp> run();

private:
  // Rewrite an op; give the reason if no instruction can run it.
  std::string pack(linalg::GenericOp op, unsigned einsum);
  std::string packContraction(linalg::GenericOp op, unsigned einsum);
  /// Packs `plain`, which stands for `op`, into at least `blocks` elements
  /// along the lanes.
  std::string packPlain(linalg::GenericOp op, const PlainContraction &plain,
                        const LaneBlocks &blocks);
  std::string packElementwise(linalg::GenericOp op);
  std::string packChannelProduct(linalg::GenericOp op,
                                 const ChannelProduct &product);
  std::string packPooling(linalg::GenericOp op, const Pooling &pooling);

  /// Accumulators that hold the i8 values of `packed`.
  Value widen(Location loc, Value packed);
  /// Sums i8 `inputs[0]` times i8 `inputs[1]` into zeroed i32 of `shape`;
  /// further inputs only bound loops. The last three dimensions of `maps`,
  /// which `iterators` leave out, are lanes m, n and k.
  linalg::GenericOp multiply(Location loc, ValueRange inputs,
                             ArrayRef<int64_t> shape, ArrayRef<AffineMap> maps,
                             ArrayRef<utils::IteratorType> iterators);
  /// The matrix that leaves every channel as it is.
  Value identity(Location loc);
  /// `windows` with a value that loses against any other where `pad` put one.
  /// `loops` are the ranks of `op` that index the dimensions of `windows`.
  Value lowerBorders(linalg::GenericOp op, const Pooling &pooling,
                     tensor::PadOp pad, Value windows, ArrayRef<int64_t> loops);
  /// The max or min, as `op` says, of `windows`, accumulators whose first
  /// dimensions are a window: i8 of `type`.
  Value reduceWindows(linalg::GenericOp op, Value windows,
                      RankedTensorType type);

  bool isOnHost(Value value) const;
  bool isPackedAs(Value value, const PackedLayout &layout) const;
  bool meetsDeviceOps(Operation *op) const;
  PackedLayout layoutOfOperand(linalg::GenericOp op, OpOperand &operand,
                               ::accel::Role role, ArrayRef<int64_t> laneRanks,
                               const LaneBlocks &blocks);
  Value getPacked(Location loc, Value value, const PackedLayout &layout);
  Value packOnHost(Location loc, Value value, const PackedLayout &layout);
  linalg::GenericOp rebuild(linalg::GenericOp op, ArrayRef<Value> inputs,
                            Value init, ArrayRef<AffineMap> maps,
                            ArrayRef<utils::IteratorType> iterators,
                            ArrayRef<std::string> lanes);
  void setLanes(Operation *op, ArrayRef<std::string> lanes);
  /// Records that `packed` holds the result of `op`, which is to go.
  void finish(Operation *op, Value packed, const PackedLayout &layout);
  void unpackForHost();

  FunctionEinsums &program;
  const MatrixTarget &target;
  EmbeddingScheme scheme;
  OpBuilder builder;
  struct Packed {
    Value value;
    PackedLayout layout;
  };
  DenseMap<Value, Packed> packedOf;
  DenseMap<Value, SmallVector<Packed, 1>> hostPacks;
  /// Why ops stay on the host.
  DenseMap<Operation *, std::string> hostOps;
  llvm::SetVector<Operation *> replaced;
};

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_FUNCTIONPACKER_H
