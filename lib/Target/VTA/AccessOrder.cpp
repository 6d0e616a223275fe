//===- AccessOrder.cpp - Who touched what, and when -----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AccessOrder.h"

using namespace accel::vta;

namespace {

constexpr int64_t kPageBytes = int64_t(1) << 14;

} // namespace

void DramOrder::watch(int64_t base, int64_t size) {
  for (int64_t page = base / kPageBytes; page * kPageBytes < base + size;
       ++page)
    pages.try_emplace(page);
}

template <typename Visit>
std::optional<Conflict> DramOrder::forEachGranule(int64_t base, int64_t size,
                                                  Visit visit) {
  int64_t end = base + size;
  while (base < end) {
    int64_t page = base / kPageBytes;
    int64_t pageEnd = std::min(end, (page + 1) * kPageBytes);
    auto it = pages.find(page);
    if (it == pages.end()) {
      base = pageEnd;
      continue;
    }
    if (it->second.empty())
      it->second.resize(kPageBytes / granuleBytes);
    for (; base < pageEnd; base += granuleBytes)
      if (std::optional<Conflict> conflict =
              visit(it->second[base % kPageBytes / granuleBytes]))
        return conflict;
  }
  return std::nullopt;
}

std::optional<Conflict> DramOrder::read(int64_t base, int64_t size, Queue queue,
                                        const VectorClock &clock) {
  return forEachGranule(
      base, size, [&](Granule &granule) -> std::optional<Conflict> {
        (queue == Queue::Load ? granule.loadReadTime
                              : granule.computeReadTime) = clock[queue];
        if (granule.storeTime > clock[Queue::Store])
          return Conflict{Queue::Store, granule.storeTime, true};
        return std::nullopt;
      });
}

std::optional<Conflict> DramOrder::write(int64_t base, int64_t size,
                                         const VectorClock &clock) {
  return forEachGranule(
      base, size, [&](Granule &granule) -> std::optional<Conflict> {
        granule.storeTime = clock[Queue::Store];
        if (granule.loadReadTime > clock[Queue::Load])
          return Conflict{Queue::Load, granule.loadReadTime, false};
        if (granule.computeReadTime > clock[Queue::Compute])
          return Conflict{Queue::Compute, granule.computeReadTime, false};
        return std::nullopt;
      });
}
