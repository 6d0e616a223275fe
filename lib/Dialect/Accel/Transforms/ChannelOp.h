//===- ChannelOp.h - Ops that keep channels apart ---------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Poolings, depthwise and grouped convolutions compute every channel, or every
// small group of channels, by itself. No rank of theirs fits two lanes of a
// matrix instruction, but the same channels can sit on the lanes of its input
// and of its output, with a weight that is zero off the (block) diagonal.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_CHANNELOP_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_CHANNELOP_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::accel {

/// A sum, maximum or minimum of i8 values over windows or whole ranks.
struct Pooling {
  /// The operand that is pooled; another one only shapes the window.
  unsigned input = 0;
  bool isSum = false;
};

/// `op` as a pooling: a sum of sign-extended i8 into i32 that starts from
/// zeros, or a signed max or min of i8 that starts from a constant.
std::optional<Pooling> matchPooling(linalg::GenericOp op);

/// A multiply-accumulate in which all operands have a rank in common.
struct ChannelProduct {
  unsigned input = 0, weight = 1;
  /// The rank in all operands, and those of the channels in a group: of the
  /// input, of the output; -1 for one channel.
  int64_t group = -1, inner = -1, outer = -1;
  /// Channels in a group.
  int64_t inputs = 1, outputs = 1;
  /// Groups are taken together such that their channels fill whole blocks of
  /// both sides, or all of them: so many units, and blocks of a unit.
  int64_t groupsPerUnit = 1, units = 1, inputBlocks = 1, outputBlocks = 1;
  double invocations = 0;
};

/// `op`, which a matrix instruction can compute, as a product by channels on
/// lanes of `block` channels: every index of the weight is one rank, and the
/// channels of a group lie together.
std::optional<ChannelProduct> matchChannelProduct(linalg::GenericOp op,
                                                  int64_t block);

/// True if everything that reads `op` first joins the channels of its groups to
/// one dimension.
bool joinsChannels(linalg::GenericOp op, const ChannelProduct &product);

/// What `op`, an extreme, starts from so that any i8 wins: the least, or the
/// greatest for a minimum.
int64_t leastValue(linalg::GenericOp op);

/// True if what `pad` adds loses against every value, and no window lies
/// outside of what is padded.
bool isPaddingLeast(linalg::GenericOp op, const Pooling &pooling,
                    tensor::PadOp pad);

/// True if zeros may stand in place of the values that `pad` adds before
/// `op` pools the result: no window lies outside of what is padded, whose
/// values, by what computes them, have the sign of zero or better.
bool isPaddingNeutral(linalg::GenericOp op, const Pooling &pooling,
                      tensor::PadOp pad);

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_CHANNELOP_H
