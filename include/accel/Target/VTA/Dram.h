//===- Dram.h - Off-chip memory of the simulator --------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_DRAM_H
#define ACCEL_TARGET_VTA_DRAM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace accel::vta {

/// Byte-addressed memory with named regions, the only addresses that a program
/// may touch. Pages are allocated when first written; untouched bytes read as
/// zero.
class Dram {
public:
  static constexpr int64_t kPageBytes = int64_t(1) << 16;

  /// Declares [base, base + size) as usable; adjacent and overlapping regions
  /// merge. Requires 0 ≤ base and base + size ≤ kMaxDramBytes.
  void addRegion(int64_t base, int64_t size);

  /// True if every byte of [base, base + size) is in a region. O(log regions).
  bool contains(int64_t base, int64_t size) const;

  /// The ends of the region that holds `address`, or of the closest one below
  /// it, as text for messages.
  std::string describeNear(int64_t address) const;

  /// Requires contains(base, size).
  void read(int64_t base, uint8_t *to, int64_t size) const;
  void write(int64_t base, const uint8_t *from, int64_t size);

  std::vector<uint8_t> image(int64_t base, int64_t size) const;

private:
  struct Region {
    int64_t begin;
    int64_t end;
  };

  /// Disjoint, not adjacent, ascending.
  std::vector<Region> regions;
  /// Empty until written.
  std::vector<std::vector<uint8_t>> pages;
};

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_DRAM_H
