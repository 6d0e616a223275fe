//===- AccessOrder.h - Who touched what, and when -------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Race detection by vector clocks. An event is (queue, time): the time of an
// instruction is its 1-based position in its queue. Entry q of a clock is the
// latest event of queue q that happened before. Because queues are in order,
// it is enough to keep the latest access of each queue to an element.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_ACCESSORDER_H
#define ACCEL_LIB_TARGET_VTA_ACCESSORDER_H

#include "Schedule.h"
#include "llvm/ADT/DenseMap.h"
#include <algorithm>
#include <memory>
#include <optional>

namespace accel::vta {

struct VectorClock {
  std::array<uint32_t, kNumQueues> time = {};

  uint32_t &operator[](Queue queue) { return time[indexOf(queue)]; }
  uint32_t operator[](Queue queue) const { return time[indexOf(queue)]; }

  void merge(const VectorClock &other) {
    for (size_t i = 0; i < kNumQueues; ++i)
      time[i] = std::max(time[i], other.time[i]);
  }
};

/// An earlier access that is not ordered before the present one.
struct Conflict {
  Queue queue;
  uint32_t time;
  bool isWrite;
};

/// Accesses to the elements of one on-chip buffer, which one queue writes and
/// one queue reads.
class BufferOrder {
public:
  BufferOrder(int64_t depth, Queue writer, Queue reader)
      : writer(writer), reader(reader), writeTime(depth, 0),
        readTime(depth, 0) {}

  bool isDefined(int64_t element) const { return writeTime[element] != 0; }

  /// Notes a read; false if it races with the last write.
  bool read(int64_t element, const VectorClock &clock) {
    readTime[element] = clock[reader];
    return writeTime[element] <= clock[writer];
  }

  /// Notes a write; false if it races with a read.
  bool write(int64_t element, const VectorClock &clock) {
    writeTime[element] = clock[writer];
    return readTime[element] <= clock[reader];
  }

  Conflict lastWrite(int64_t element) const {
    return {writer, writeTime[element], true};
  }
  Conflict lastRead(int64_t element) const {
    return {reader, readTime[element], false};
  }

private:
  Queue writer;
  Queue reader;
  std::vector<uint32_t> writeTime;
  std::vector<uint32_t> readTime;
};

/// Accesses to DRAM. Only pages that some STORE writes can race, so only those
/// are watched; all others cost nothing.
class DramOrder {
public:
  /// `granuleBytes` divides every address and size.
  explicit DramOrder(int64_t granuleBytes) : granuleBytes(granuleBytes) {}

  /// Announces a STORE's range before the run.
  void watch(int64_t base, int64_t size);

  std::optional<Conflict> read(int64_t base, int64_t size, Queue queue,
                               const VectorClock &clock);
  std::optional<Conflict> write(int64_t base, int64_t size,
                                const VectorClock &clock);

private:
  struct Granule {
    uint32_t storeTime = 0;
    uint32_t loadReadTime = 0;
    uint32_t computeReadTime = 0;
  };

  template <typename Visit>
  std::optional<Conflict> forEachGranule(int64_t base, int64_t size,
                                         Visit visit);

  int64_t granuleBytes;
  llvm::DenseMap<int64_t, std::vector<Granule>> pages;
};

} // namespace accel::vta

#endif // ACCEL_LIB_TARGET_VTA_ACCESSORDER_H
