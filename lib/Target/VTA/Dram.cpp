//===- Dram.cpp - Off-chip memory of the simulator ------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Dram.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>
#include <cstring>

using namespace accel::vta;

void Dram::addRegion(int64_t base, int64_t size) {
  if (size <= 0)
    return;
  Region merged{base, base + size};
  auto first = llvm::find_if(
      regions, [&](const Region &region) { return region.end >= base; });
  auto last = first;
  for (; last != regions.end() && last->begin <= merged.end; ++last) {
    merged.begin = std::min(merged.begin, last->begin);
    merged.end = std::max(merged.end, last->end);
  }
  regions.insert(regions.erase(first, last), merged);
  size_t needed = static_cast<size_t>((merged.end - 1) / kPageBytes + 1);
  if (pages.size() < needed)
    pages.resize(needed);
}

bool Dram::contains(int64_t base, int64_t size) const {
  auto after = llvm::upper_bound(regions, base,
                                 [](int64_t address, const Region &region) {
                                   return address < region.begin;
                                 });
  if (after == regions.begin())
    return false;
  const Region &region = *std::prev(after);
  return base <= region.end && size <= region.end - base;
}

std::string Dram::describeNear(int64_t address) const {
  if (regions.empty())
    return "no memory is declared";
  auto after =
      llvm::upper_bound(regions, address, [](int64_t at, const Region &region) {
        return at < region.begin;
      });
  const Region &near = after == regions.begin() ? *after : *std::prev(after);
  return ("the nearest memory is 0x" + llvm::Twine::utohexstr(near.begin) +
          " to 0x" + llvm::Twine::utohexstr(near.end - 1))
      .str();
}

void Dram::read(int64_t base, uint8_t *to, int64_t size) const {
  while (size > 0) {
    int64_t offset = base % kPageBytes;
    int64_t part = std::min(size, kPageBytes - offset);
    const std::vector<uint8_t> &page = pages[base / kPageBytes];
    if (page.empty())
      std::memset(to, 0, part);
    else
      std::memcpy(to, page.data() + offset, part);
    base += part;
    to += part;
    size -= part;
  }
}

void Dram::write(int64_t base, const uint8_t *from, int64_t size) {
  while (size > 0) {
    int64_t offset = base % kPageBytes;
    int64_t part = std::min(size, kPageBytes - offset);
    std::vector<uint8_t> &page = pages[base / kPageBytes];
    if (page.empty())
      page.resize(kPageBytes, 0);
    std::memcpy(page.data() + offset, from, part);
    base += part;
    from += part;
    size -= part;
  }
}

std::vector<uint8_t> Dram::image(int64_t base, int64_t size) const {
  std::vector<uint8_t> bytes(size);
  read(base, bytes.data(), size);
  return bytes;
}
