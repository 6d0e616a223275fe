//===- TensorTraffic.cpp - Which tensor the DRAM traffic belongs to -------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Simulator.h"
#include "llvm/ADT/STLExtras.h"

using namespace accel::vta;

llvm::SmallVector<BufferTraffic>
accel::vta::countTensorTraffic(const Program &program) {
  llvm::SmallVector<BufferTraffic> traffic(program.tensors.size());
  // Scratch tensors may share memory: the last one that begins before counts.
  llvm::SmallVector<size_t> byAddress(program.tensors.size());
  for (auto [i, index] : llvm::enumerate(byAddress))
    index = i;
  llvm::sort(byAddress, [&](size_t a, size_t b) {
    return program.tensors[a].dramBase < program.tensors[b].dramBase;
  });
  for (const Instruction &instruction : program.instructions) {
    const MemAccess *mem = instruction.memAccess();
    if (!mem || mem->isNoOp())
      continue;
    int64_t bytes = program.geometry.elementBytes(mem->buffer);
    for (int64_t y = 0; y < mem->ySize; ++y) {
      int64_t begin = (mem->dramBase + y * mem->xStride) * bytes;
      auto after = llvm::upper_bound(
          byAddress, begin, [&](int64_t address, size_t tensor) {
            return address < program.tensors[tensor].dramBase;
          });
      if (after == byAddress.begin())
        continue;
      const TensorRecord &tensor = program.tensors[*std::prev(after)];
      if (begin >= tensor.dramBase + tensor.size)
        continue;
      BufferTraffic &own = traffic[*std::prev(after)];
      (instruction.as<Load>() ? own.readBytes : own.writtenBytes) +=
          mem->xSize * bytes;
    }
  }
  return traffic;
}
