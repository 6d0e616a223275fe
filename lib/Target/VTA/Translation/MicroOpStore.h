//===- MicroOpStore.h - Where lists of micro-ops lie ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_TRANSLATION_MICROOPSTORE_H
#define ACCEL_LIB_TARGET_VTA_TRANSLATION_MICROOPSTORE_H

#include "accel/Target/VTA/ISA.h"

#include <map>
#include <vector>

namespace accel::vta {

/// Keeps every different list of micro-ops once in DRAM and, as long as there
/// is room, in the UOP buffer. The buffer starts anew when it is full: loads
/// and the instructions that read it share a queue, so nothing is overwritten
/// too early.
class MicroOpStore {
public:
  /// Uses addresses below `depth`.
  explicit MicroOpStore(int64_t depth) : depth(depth) {}

  struct Place {
    int64_t address = 0;
    /// The list must be loaded first, from this micro-op of the DRAM image.
    bool mustLoad = false;
    int64_t dramIndex = 0;
  };

  /// Requires 1 ≤ list size ≤ depth. O(list) per call, times the logarithm of
  /// the number of lists.
  Place place(const std::vector<MicroOp> &list);

  /// The DRAM image. Lists start at even positions: 8-byte aligned.
  std::vector<MicroOp> takeImage() { return std::move(image); }

private:
  struct Less {
    bool operator()(const std::vector<MicroOp> &a,
                    const std::vector<MicroOp> &b) const;
  };
  struct Entry {
    int64_t dramIndex = 0;
    int64_t address = 0;
    /// The entry is in the buffer if this is the store's generation.
    int64_t generation = -1;
  };

  int64_t depth;
  int64_t top = 0;
  int64_t generation = 0;
  std::map<std::vector<MicroOp>, Entry, Less> entries;
  std::vector<MicroOp> image;
};

} // namespace accel::vta

#endif // ACCEL_LIB_TARGET_VTA_TRANSLATION_MICROOPSTORE_H
