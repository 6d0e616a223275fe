//===- Program.cpp - A VTA program as data --------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Program.h"
#include "Diagnostics.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cstring>

using namespace accel::vta;

namespace {

constexpr size_t kMaxRank = 16;

/// Bytes that padding may take per byte of elements. One element padded to a
/// weight block takes 1024; a limit keeps a corrupt size from costing memory.
constexpr int64_t kMaxPaddingFactor = 4096;

llvm::Error tensorError(const TensorRecord &tensor,
                        const llvm::Twine &message) {
  return makeError("tensor \"" + tensor.name + "\": " + message);
}

llvm::Error verifyRange(const llvm::Twine &what, int64_t base, int64_t size,
                        int64_t limit) {
  if (base >= 0 && size >= 0 && base <= limit && size <= limit - base)
    return llvm::Error::success();
  return makeError(what + " takes " + llvm::Twine(size) + " bytes at " +
                   llvm::Twine(base) + " but there are " + llvm::Twine(limit));
}

llvm::Error verifyGather(const TensorRecord &tensor) {
  if (tensor.role != Role::Input)
    return tensorError(tensor, "is gathered but only inputs may be");
  if (tensor.packedShape.size() > kMaxRank)
    return tensorError(
        tensor, "packed rank " + llvm::Twine(tensor.packedShape.size()) +
                    " but at most " + llvm::Twine(kMaxRank) + " is allowed");
  int64_t elements = 1;
  for (int64_t extent : tensor.shape)
    if (extent < 1 || llvm::MulOverflow(elements, extent, elements) ||
        elements > kMaxDramBytes)
      return tensorError(tensor, "the shape has more elements than memory has "
                                 "bytes");
  int64_t bytes = elementTypeBytes(tensor.elementType);
  for (int64_t extent : tensor.packedShape)
    if (extent < 1 || llvm::MulOverflow(bytes, extent, bytes) ||
        bytes > tensor.size)
      return tensorError(tensor, "the packed shape's elements do not fit the " +
                                     llvm::Twine(tensor.size) +
                                     " bytes it has");
  if (bytes != tensor.size)
    return tensorError(tensor, "the packed shape has " + llvm::Twine(bytes) +
                                   " bytes but the tensor has " +
                                   llvm::Twine(tensor.size));
  if (tensor.gather.size() != tensor.shape.size())
    return tensorError(tensor, "has " + llvm::Twine(tensor.gather.size()) +
                                   " maps to gather by but the shape has " +
                                   llvm::Twine(tensor.shape.size()) +
                                   " dimensions");
  for (const Layout &map : tensor.gather)
    if (map.numDims() != tensor.packedShape.size())
      return tensorError(tensor, "a map to gather by has " +
                                     llvm::Twine(map.numDims()) +
                                     " dimensions but the packed shape has " +
                                     llvm::Twine(tensor.packedShape.size()));
  return llvm::Error::success();
}

llvm::Error verifyTensor(const TensorRecord &tensor, const Program &program) {
  if (tensor.shape.size() > kMaxRank)
    return tensorError(tensor, "rank " + llvm::Twine(tensor.shape.size()) +
                                   " but at most " + llvm::Twine(kMaxRank) +
                                   " is allowed");
  if (llvm::Error error =
          verifyRange("tensor \"" + tensor.name + "\"", tensor.dramBase,
                      tensor.size, program.dramBytes))
    return error;
  if (tensor.isGathered())
    return verifyGather(tensor);
  int64_t bytes = elementTypeBytes(tensor.elementType);
  for (int64_t extent : tensor.shape)
    if (extent < 1 || llvm::MulOverflow(bytes, extent, bytes) ||
        bytes > tensor.size)
      return tensorError(tensor, "the shape's elements do not fit the " +
                                     llvm::Twine(tensor.size) +
                                     " bytes it has");
  if (bytes > tensor.size)
    return tensorError(tensor, "an element does not fit the " +
                                   llvm::Twine(tensor.size) + " bytes it has");
  if (tensor.size / kMaxPaddingFactor > bytes)
    return tensorError(tensor, "takes " + llvm::Twine(tensor.size) +
                                   " bytes for " + llvm::Twine(bytes) +
                                   " bytes of elements but at most " +
                                   llvm::Twine(kMaxPaddingFactor) +
                                   " times as many are allowed");
  if (tensor.layout.numDims() != tensor.shape.size())
    return tensorError(tensor, "the layout has " +
                                   llvm::Twine(tensor.layout.numDims()) +
                                   " dimensions but the shape has " +
                                   llvm::Twine(tensor.shape.size()));
  if (tensor.role == Role::Constant)
    if (llvm::Error error = verifyRange(
            "the image of tensor \"" + tensor.name + "\"", tensor.fileOffset,
            tensor.size, static_cast<int64_t>(program.constants.size())))
      return error;

  auto bounds = tensor.layout.bounds(tensor.shape);
  int64_t lastOffset = tensor.size - elementTypeBytes(tensor.elementType);
  if (bounds && bounds->first >= 0 && bounds->second <= lastOffset)
    return llvm::Error::success();
  return visitElements(tensor, [](int64_t, int64_t) {});
}

struct Range {
  int64_t begin;
  int64_t end;
  std::string what;
  bool isScratch;
};

/// Memory may be used twice by scratch tensors only.
llvm::Error verifyDisjoint(std::vector<Range> ranges) {
  llvm::sort(ranges, [](const Range &lhs, const Range &rhs) {
    return std::make_pair(lhs.begin, lhs.end) <
           std::make_pair(rhs.begin, rhs.end);
  });
  // The ranges seen so far that reach furthest: of all, and of those that are
  // not scratch.
  const Range *furthest = nullptr;
  const Range *furthestFixed = nullptr;
  for (const Range &range : ranges) {
    const Range *other = range.isScratch ? furthestFixed : furthest;
    if (other && range.begin < other->end)
      return makeError(range.what + " at " + llvm::Twine(range.begin) +
                       " overlaps " + other->what + ", which ends at " +
                       llvm::Twine(other->end));
    if (!furthest || range.end > furthest->end)
      furthest = &range;
    if (!range.isScratch && (!furthestFixed || range.end > furthestFixed->end))
      furthestFixed = &range;
  }
  return llvm::Error::success();
}

} // namespace

llvm::StringRef accel::vta::roleName(Role role) {
  switch (role) {
  case Role::Input:
    return "input";
  case Role::Output:
    return "output";
  case Role::Constant:
    return "constant";
  case Role::Scratch:
    return "scratch";
  }
  llvm_unreachable("unknown role");
}

llvm::StringRef accel::vta::elementTypeName(ElementType type) {
  return type == ElementType::I8 ? "i8" : "i32";
}

int64_t accel::vta::elementTypeBytes(ElementType type) {
  return type == ElementType::I8 ? 1 : 4;
}

int64_t TensorRecord::numElements() const {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

const TensorRecord *Program::find(llvm::StringRef name) const {
  auto it = llvm::find_if(
      tensors, [&](const TensorRecord &tensor) { return tensor.name == name; });
  return it == tensors.end() ? nullptr : &*it;
}

llvm::Error Program::verify() const {
  if (llvm::Error error = geometry.verify())
    return error;
  if (dramBytes < 0 || dramBytes > kMaxDramBytes)
    return makeError("dram_bytes is " + llvm::Twine(dramBytes) + " but 0 to " +
                     llvm::Twine(kMaxDramBytes) + " are allowed");
  std::vector<Range> ranges;
  if (!microOps.empty()) {
    if (llvm::Error error =
            verifyRange("the micro-ops", uopsDramBase, uopsSize(), dramBytes))
      return error;
    ranges.push_back(
        {uopsDramBase, uopsDramBase + uopsSize(), "the micro-ops", false});
  }
  llvm::StringSet<> names;
  for (const TensorRecord &tensor : tensors) {
    if (tensor.name.empty())
      return makeError("a tensor has no name");
    if (!names.insert(tensor.name).second)
      return tensorError(tensor, "the name is used twice");
    if (llvm::Error error = verifyTensor(tensor, *this))
      return error;
    ranges.push_back({tensor.dramBase, tensor.dramBase + tensor.size,
                      "tensor \"" + tensor.name + "\"",
                      tensor.role == Role::Scratch});
  }
  return verifyDisjoint(std::move(ranges));
}

/// The next index of a row-major walk over `shape`.
static void stepIndex(std::vector<int64_t> &index,
                      llvm::ArrayRef<int64_t> shape) {
  for (size_t dim = index.size(); dim-- > 0;) {
    if (++index[dim] < shape[dim])
      return;
    index[dim] = 0;
  }
}

static llvm::Error
visitGathered(const TensorRecord &tensor,
              llvm::function_ref<void(int64_t, int64_t)> visit) {
  int64_t width = elementTypeBytes(tensor.elementType);
  std::vector<int64_t> index(tensor.packedShape.size(), 0);
  for (int64_t offset = 0; offset < tensor.size; offset += width) {
    int64_t position = 0;
    for (auto [map, extent] : llvm::zip(tensor.gather, tensor.shape)) {
      std::optional<int64_t> at = map.evaluate(index);
      if (!at)
        return tensorError(tensor, "the map to gather byte " +
                                       llvm::Twine(offset) +
                                       " by leaves 64 bits");
      // Outside in one dimension is outside.
      position = position < 0 || *at < 0 || *at >= extent
                     ? -1
                     : position * extent + *at;
    }
    if (position >= 0)
      visit(position, offset);
    stepIndex(index, tensor.packedShape);
  }
  return llvm::Error::success();
}

llvm::Error
accel::vta::visitElements(const TensorRecord &tensor,
                          llvm::function_ref<void(int64_t, int64_t)> visit) {
  if (tensor.isGathered())
    return visitGathered(tensor, visit);
  int64_t count = tensor.numElements();
  int64_t lastOffset = tensor.size - elementTypeBytes(tensor.elementType);
  std::vector<int64_t> index(tensor.shape.size(), 0);
  for (int64_t position = 0; position < count; ++position) {
    std::optional<int64_t> offset = tensor.layout.evaluate(index);
    if (!offset || *offset < 0 || *offset > lastOffset)
      return tensorError(
          tensor,
          "the layout maps element " + llvm::Twine(position) + " to byte " +
              (offset ? llvm::Twine(*offset) : llvm::Twine("beyond 64 bits")) +
              " but the tensor holds " + llvm::Twine(tensor.size) + " bytes");
    visit(position, *offset);
    stepIndex(index, tensor.shape);
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<uint8_t>>
accel::vta::pack(const TensorRecord &tensor, llvm::ArrayRef<uint8_t> elements) {
  int64_t width = elementTypeBytes(tensor.elementType);
  if (static_cast<int64_t>(elements.size()) != tensor.numElements() * width)
    return tensorError(tensor, "got " + llvm::Twine(elements.size()) +
                                   " bytes of elements but its shape has " +
                                   llvm::Twine(tensor.numElements() * width));
  std::vector<uint8_t> image(tensor.size, 0);
  llvm::BitVector taken(tensor.size);
  bool collides = false;
  auto place = [&](int64_t position, int64_t offset) {
    for (int64_t byte = offset; byte < offset + width; ++byte) {
      collides |= taken.test(byte);
      taken.set(byte);
    }
    std::memcpy(image.data() + offset, elements.data() + position * width,
                width);
  };
  if (llvm::Error error = visitElements(tensor, place))
    return std::move(error);
  if (collides)
    return tensorError(tensor, "the layout puts two elements on one byte");
  return image;
}

llvm::Expected<std::vector<uint8_t>>
accel::vta::unpack(const TensorRecord &tensor, llvm::ArrayRef<uint8_t> image) {
  int64_t width = elementTypeBytes(tensor.elementType);
  if (static_cast<int64_t>(image.size()) != tensor.size)
    return tensorError(tensor, "the image has " + llvm::Twine(image.size()) +
                                   " bytes but the tensor has " +
                                   llvm::Twine(tensor.size));
  std::vector<uint8_t> elements(tensor.numElements() * width);
  auto take = [&](int64_t position, int64_t offset) {
    std::memcpy(elements.data() + position * width, image.data() + offset,
                width);
  };
  if (llvm::Error error = visitElements(tensor, take))
    return std::move(error);
  return elements;
}
