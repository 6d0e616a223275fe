//===- Operators.cpp - DeepBench's operators as linalg --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cmath>
#include <sstream>

using namespace accel;
using namespace accel::bench;
using llvm::formatv;

static constexpr char kDeepBench[] = {
#include "DeepBenchData.inc"
};

std::vector<Operator> bench::deepBenchOperators() {
  std::vector<Operator> operators;
  std::istringstream file(std::string(kDeepBench, sizeof(kDeepBench)));
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string kind, id;
    fields >> kind >> id;
    Operator op;
    op.id = kind;
    op.id.append("-").append(id);
    if (kind == "gemm") {
      op.isGemm = true;
      fields >> op.k >> op.n >> op.c;
    } else if (kind == "conv") {
      fields >> op.n >> op.c >> op.h >> op.w >> op.k >> op.r >> op.s >>
          op.padH >> op.padW >> op.strideH >> op.strideW;
    } else {
      continue;
    }
    operators.push_back(op);
  }
  return operators;
}

int64_t Operator::shift() const {
  // The standard deviation of a product of two uniform 8-bit values is 5461;
  // 40 puts three of them at the clip.
  double deviation = 5461 * std::sqrt(double(c * r * s));
  return std::clamp<int64_t>(std::lround(std::log2(deviation / 40)), 1, 15);
}

std::vector<int64_t> Operator::inputShape() const {
  return isGemm ? std::vector<int64_t>{n, c} : std::vector<int64_t>{n, c, h, w};
}
std::vector<int64_t> Operator::weightShape() const {
  return isGemm ? std::vector<int64_t>{c, k} : std::vector<int64_t>{k, c, r, s};
}
std::vector<int64_t> Operator::outputShape() const {
  return isGemm ? std::vector<int64_t>{n, k}
                : std::vector<int64_t>{n, k, outH(), outW()};
}

static std::string tensorType(llvm::ArrayRef<int64_t> shape,
                              llvm::StringRef element) {
  std::string text = "tensor<";
  for (int64_t extent : shape)
    text += std::to_string(extent) + "x";
  return text + element.str() + ">";
}

/// The accumulators %acc shifted, clipped and cut to 8 bits, and the end of the
/// function.
static std::string epilogue(const Operator &op) {
  size_t rank = op.outputShape().size();
  std::string dims, iterators;
  for (size_t dim = 0; dim < rank; ++dim) {
    dims += (dim ? ", d" : "d") + std::to_string(dim);
    iterators += dim ? ", \"parallel\"" : "\"parallel\"";
  }
  std::string map = "affine_map<(" + dims + ") -> (" + dims + ")>";
  std::string wide = tensorType(op.outputShape(), "i32");
  std::string narrow = tensorType(op.outputShape(), "i8");
  return formatv(R"(  %low = tensor.empty() : {0}
  %result = linalg.generic {{indexing_maps = [{1}, {1}], iterator_types = [{2}]}
      ins(%acc : {3}) outs(%low : {0}) {{
  ^bb0(%a: i32, %b: i8):
    %shift = arith.constant {4} : i32
    %min = arith.constant -128 : i32
    %max = arith.constant 127 : i32
    %0 = arith.shrsi %a, %shift : i32
    %1 = arith.maxsi %0, %min : i32
    %2 = arith.minsi %1, %max : i32
    %3 = arith.trunci %2 : i32 to i8
    linalg.yield %3 : i8
  } -> {0}
  return %result : {0}
}
)",
                 narrow, map, iterators, wide, op.shift())
      .str();
}

std::string Operator::linalgText() const {
  std::string in = tensorType(inputShape(), "i8");
  std::string wgt = tensorType(weightShape(), "i8");
  std::string acc = tensorType(outputShape(), "i32");
  std::string text = formatv(R"(func.func @main(%x: {0}, %w: {1}) -> {2} {{
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : {3}
  %init = linalg.fill ins(%zero : i32) outs(%empty : {3}) -> {3}
)",
                             in, wgt, tensorType(outputShape(), "i8"), acc)
                         .str();
  if (isGemm) {
    text += formatv("  %acc = linalg.matmul ins(%x, %w : {0}, {1}) "
                    "outs(%init : {2}) -> {2}\n",
                    in, wgt, acc)
                .str();
    return text + epilogue(*this);
  }
  std::string source = "%x";
  if (padH != 0 || padW != 0) {
    std::string padded = tensorType({n, c, h + 2 * padH, w + 2 * padW}, "i8");
    text += formatv(R"(  %pad = arith.constant 0 : i8
  %padded = tensor.pad %x low[0, 0, {0}, {1}] high[0, 0, {0}, {1}] {{
  ^bb0(%i: index, %j: index, %p: index, %q: index):
    tensor.yield %pad : i8
  } : {2} to {3}
)",
                    padH, padW, in, padded)
                .str();
    source = "%padded";
    in = padded;
  }
  text += formatv("  %acc = linalg.conv_2d_nchw_fchw {{strides = dense<[{0}, "
                  "{1}]> : tensor<2xi64>, dilations = dense<1> : "
                  "tensor<2xi64>} ins({2}, %w : {3}, {4}) outs(%init : {5}) "
                  "-> {5}\n",
                  strideH, strideW, source, in, wgt, acc)
              .str();
  return text + epilogue(*this);
}

EinsumGraph Operator::einsum() const {
  EinsumGraphBuilder builder;
  builder.tensor("x", {n, c, h, w})
      .tensor("w", {k, c, r, s})
      .tensor("y", {n, k, outH(), outW()});
  std::string row = formatv("{0}*p + r - {1}", strideH, padH);
  std::string column = formatv("{0}*q + s - {1}", strideW, padW);
  builder
      .einsum("y", {{"n", n},
                    {"k", k},
                    {"p", outH()},
                    {"q", outW()},
                    {"c", c},
                    {"r", r},
                    {"s", s}})
      .input("x", "n, c, " + row + ", " + column)
      .input("w", "k, c, r, s")
      .output("y", "n, k, p, q");
  return llvm::cantFail(builder.take());
}

/// Adds one image's product to `sums`, [k].
static void addProduct(const Operator &op, const int8_t *input,
                       const int8_t *weight, uint32_t *sums) {
  for (int64_t ch = 0; ch < op.c; ++ch)
    for (int64_t out = 0; out < op.k; ++out)
      sums[out] += uint32_t(input[ch] * weight[ch * op.k + out]);
}

/// Adds what one input channel of an image, [h][w], and its filter, [r][s],
/// give to `sums`, [outH][outW].
static void addChannel(const Operator &op, const int8_t *input,
                       const int8_t *filter, uint32_t *sums) {
  for (int64_t dy = 0; dy < op.r; ++dy)
    for (int64_t dx = 0; dx < op.s; ++dx)
      for (int64_t p = 0; p < op.outH(); ++p) {
        int64_t y = p * op.strideH + dy - op.padH;
        if (y < 0 || y >= op.h)
          continue;
        // Columns whose input is inside.
        int64_t left = std::max<int64_t>(0, op.padW - dx);
        int64_t begin = (left + op.strideW - 1) / op.strideW;
        int64_t right = op.w - 1 + op.padW - dx;
        int64_t end =
            right < 0 ? 0 : std::min(op.outW(), right / op.strideW + 1);
        const int8_t *row = input + y * op.w + dx - op.padW;
        for (int64_t q = begin; q < end; ++q)
          sums[p * op.outW() + q] +=
              uint32_t(row[q * op.strideW] * filter[dy * op.s + dx]);
      }
}

std::vector<int8_t> Operator::compute(const std::vector<int8_t> &input,
                                      const std::vector<int8_t> &weight) const {
  // Sums wrap at 32 bits. In the order of the output.
  std::vector<uint32_t> sums(outputs(), 0);
  for (int64_t image = 0; image < n; ++image) {
    if (isGemm) {
      addProduct(*this, input.data() + image * c, weight.data(),
                 sums.data() + image * k);
      continue;
    }
    for (int64_t out = 0; out < k; ++out)
      for (int64_t ch = 0; ch < c; ++ch)
        addChannel(*this, input.data() + (image * c + ch) * h * w,
                   weight.data() + (out * c + ch) * r * s,
                   sums.data() + (image * k + out) * outH() * outW());
  }
  std::vector<int8_t> output;
  output.reserve(outputs());
  for (uint32_t sum : sums)
    output.push_back(int8_t(std::clamp(int32_t(sum) >> shift(), -128, 127)));
  return output;
}

Operator Operator::scaledDown(int64_t most) const {
  Operator small = *this;
  while (small.macs() > most) {
    int64_t *largest = &small.c;
    for (int64_t *extent : {&small.n, &small.k, &small.h, &small.w})
      if (*extent > *largest)
        largest = extent;
    *largest = (*largest + 1) / 2;
  }
  small.h = std::max(small.h, r - 2 * padH);
  small.w = std::max(small.w, s - 2 * padW);
  return small;
}
