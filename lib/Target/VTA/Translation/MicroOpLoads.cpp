//===- MicroOpLoads.cpp - Fewer loads of micro-ops ------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Translation/MicroOpLoads.h"

#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace accel::vta;

/// True if `next` continues `load`. Lists start at even places.
static bool continues(const MemAccess &load, const MemAccess &next) {
  int64_t length = llvm::alignTo(load.xSize, 2);
  return next.sramBase == load.sramBase + length &&
         next.dramBase == load.dramBase + length;
}

void accel::vta::joinMicroOpLoads(std::vector<Instruction> &instructions,
                                  std::vector<size_t> &loads) {
  std::vector<char> isJoined(instructions.size(), 0);
  MemAccess *open = nullptr;
  int64_t loaded = 0, most = 0;
  for (size_t position : loads) {
    MemAccess &load = *instructions[position].as<Load>();
    if (open && continues(*open, load)) {
      int64_t length = load.sramBase + load.xSize - open->sramBase;
      if (length <= most) {
        loaded += length - open->xSize;
        open->xSize = open->xStride = length;
        isJoined[position] = 1;
        continue;
      }
    }
    open = &load;
    most = loaded;
    loaded += load.xSize;
  }
  std::vector<size_t> positions;
  size_t end = 0;
  auto next = loads.begin();
  for (size_t position = 0; position < instructions.size(); ++position) {
    bool isLoad = next != loads.end() && *next == position;
    if (isLoad)
      ++next;
    if (isJoined[position])
      continue;
    if (isLoad)
      positions.push_back(end);
    if (end != position)
      instructions[end] = instructions[position];
    ++end;
  }
  instructions.resize(end);
  loads = std::move(positions);
}
