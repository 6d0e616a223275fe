//===- Geometry.cpp - Shape of a VTA core ---------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Geometry.h"
#include "Diagnostics.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <tuple>
#include <utility>

using namespace accel::vta;

namespace {

constexpr int64_t kMaxLanes = 256;
/// What 16-bit buffer addresses reach.
constexpr int64_t kMaxDepth = 65536;
/// Keeps a corrupt geometry from costing memory.
constexpr int64_t kMaxBufferBytes = int64_t(1) << 26;

llvm::Error requireBits(llvm::StringRef what, unsigned found,
                        unsigned allowed) {
  if (found <= allowed)
    return llvm::Error::success();
  return makeError(llvm::Twine("the geometry cannot be encoded: ") + what +
                   " takes " + llvm::Twine(found) + " bits but at most " +
                   llvm::Twine(allowed) + " are there");
}

} // namespace

llvm::StringRef accel::vta::bufferName(Buffer buffer) {
  switch (buffer) {
  case Buffer::Uop:
    return "uop";
  case Buffer::Wgt:
    return "wgt";
  case Buffer::Inp:
    return "inp";
  case Buffer::Acc:
    return "acc";
  case Buffer::Out:
    return "out";
  }
  llvm_unreachable("unknown buffer");
}

llvm::Expected<Geometry> Geometry::standard(int64_t batch, int64_t blockIn,
                                            int64_t blockOut) {
  Geometry geometry;
  const Geometry reference;
  geometry.batch = batch;
  geometry.blockIn = blockIn;
  geometry.blockOut = blockOut;
  // The lanes must be sane before bytes can be divided by them.
  if (llvm::Error error = geometry.verify())
    return std::move(error);
  // The default depths fill the instruction formats, so that a smaller element
  // cannot buy more of them.
  auto scaled = [&](Buffer buffer) {
    int64_t depth = reference.depth(buffer) * reference.elementBytes(buffer) /
                    geometry.elementBytes(buffer);
    return std::clamp<int64_t>(depth, 1, reference.depth(buffer));
  };
  int64_t wgtDepth = scaled(Buffer::Wgt);
  int64_t inpDepth = scaled(Buffer::Inp);
  int64_t accDepth = scaled(Buffer::Acc);
  geometry.wgtDepth = wgtDepth;
  geometry.inpDepth = inpDepth;
  geometry.accDepth = accDepth;
  if (llvm::Error error = geometry.verify())
    return std::move(error);
  return geometry;
}

llvm::Error Geometry::verify() const {
  struct Number {
    llvm::StringRef name;
    int64_t value;
    int64_t maximum;
  };
  const Number numbers[] = {
      {"batch", batch, kMaxLanes},        {"block_in", blockIn, kMaxLanes},
      {"block_out", blockOut, kMaxLanes}, {"uop_depth", uopDepth, kMaxDepth},
      {"wgt_depth", wgtDepth, kMaxDepth}, {"inp_depth", inpDepth, kMaxDepth},
      {"acc_depth", accDepth, kMaxDepth}};
  for (const Number &number : numbers) {
    if (number.value < 1 || number.value > number.maximum ||
        !llvm::isPowerOf2_64(number.value))
      return makeError("geometry has " + number.name + " " +
                       llvm::Twine(number.value) +
                       " but a power of two from 1 to " +
                       llvm::Twine(number.maximum) + " is required");
  }
  unsigned a = accBits(), i = inpBits(), w = wgtBits(), u = uopBits();
  if (llvm::Error error = requireBits(
          "the index factors of GEMM, 2(A+I+W) with A, I, W = log2 of the acc, "
          "inp and wgt depths,",
          2 * (a + i + w), 64))
    return error;
  if (llvm::Error error = requireBits(
          "the index factors of ALU with operation and immediate, 4A+20 with "
          "A = log2 of the acc depth,",
          4 * a + 20, 64))
    return error;
  if (llvm::Error error = requireBits(
          "a micro-op, A+max(A,I)+W with A, I, W = log2 of the acc, inp and "
          "wgt depths,",
          a + std::max(a, i) + w, 32))
    return error;
  if (llvm::Error error = requireBits(
          "the micro-op window with the loop counts, 8+2U+29 with U = log2 of "
          "the uop depth,",
          8 + 2 * u + 29, 64))
    return error;
  for (Buffer buffer : kAllBuffers)
    if (depth(buffer) * elementBytes(buffer) > kMaxBufferBytes)
      return makeError("geometry has a " + bufferName(buffer) + " buffer of " +
                       llvm::Twine(depth(buffer) * elementBytes(buffer)) +
                       " bytes but at most " + llvm::Twine(kMaxBufferBytes) +
                       " are supported");
  return llvm::Error::success();
}

int64_t Geometry::depth(Buffer buffer) const {
  switch (buffer) {
  case Buffer::Uop:
    return uopDepth;
  case Buffer::Wgt:
    return wgtDepth;
  case Buffer::Inp:
    return inpDepth;
  case Buffer::Acc:
  case Buffer::Out:
    return accDepth;
  }
  llvm_unreachable("unknown buffer");
}

int64_t Geometry::elementBytes(Buffer buffer) const {
  switch (buffer) {
  case Buffer::Uop:
    return 4;
  case Buffer::Wgt:
    return blockOut * blockIn;
  case Buffer::Inp:
    return batch * blockIn;
  case Buffer::Acc:
    return batch * blockOut * 4;
  case Buffer::Out:
    return batch * blockOut;
  }
  llvm_unreachable("unknown buffer");
}

unsigned Geometry::uopBits() const { return llvm::Log2_64(uopDepth); }
unsigned Geometry::wgtBits() const { return llvm::Log2_64(wgtDepth); }
unsigned Geometry::inpBits() const { return llvm::Log2_64(inpDepth); }
unsigned Geometry::accBits() const { return llvm::Log2_64(accDepth); }

std::string Geometry::str() const {
  return (llvm::Twine(batch) + "x" + llvm::Twine(blockIn) + "x" +
          llvm::Twine(blockOut))
      .str();
}

bool accel::vta::operator==(const Geometry &lhs, const Geometry &rhs) {
  auto tie = [](const Geometry &g) {
    return std::make_tuple(g.batch, g.blockIn, g.blockOut, g.uopDepth,
                           g.wgtDepth, g.inpDepth, g.accDepth);
  };
  return tie(lhs) == tie(rhs);
}
