//===- Schedule.cpp - Instructions by queue, and their tokens -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"
#include "Diagnostics.h"

using namespace accel::vta;

namespace {

llvm::Error verifyMem(const Instruction &instruction, const MemAccess &mem,
                      const Geometry &geometry) {
  bool isStore = instruction.as<Store>() != nullptr;
  if (isStore && mem.buffer != Buffer::Out)
    return makeError("stores from " + bufferName(mem.buffer) +
                     " but only out can be stored");
  if (!isStore && mem.buffer == Buffer::Out)
    return makeError("loads out but only uop, wgt, inp and acc can be loaded");
  if (mem.isNoOp())
    return llvm::Error::success();
  if (mem.ySize == 0)
    return makeError("has y_size 0 but at least 1 is required where x_size is "
                     "not 0");
  int64_t rows = mem.ySize;
  int64_t columns = mem.xSize;
  if (!isStore) {
    rows += mem.yPadTop + mem.yPadBottom;
    columns += mem.xPadLeft + mem.xPadRight;
  }
  int64_t depth = geometry.depth(mem.buffer);
  if (mem.sramBase + rows * columns > depth)
    return makeError("takes elements " + llvm::Twine(mem.sramBase) + " to " +
                     llvm::Twine(mem.sramBase + rows * columns - 1) + " of " +
                     bufferName(mem.buffer) + " but it holds " +
                     llvm::Twine(depth));
  return llvm::Error::success();
}

llvm::Error verifySync(Queue queue, const Sync &sync) {
  if (queue == Queue::Load && (sync.popPrev || sync.pushPrev))
    return makeError("has a token for the queue before load but there is none");
  if (queue == Queue::Store && (sync.popNext || sync.pushNext))
    return makeError("has a token for the queue after store but there is none");
  return llvm::Error::success();
}

llvm::Error verifyInstruction(const Instruction &instruction,
                              const Geometry &geometry) {
  // Instructions that a compiler built in memory may exceed their fields.
  if (llvm::Error error = encode(instruction, geometry).takeError())
    return error;
  if (llvm::Error error = verifySync(queueOf(instruction), instruction.sync))
    return error;
  if (const MemAccess *mem = instruction.memAccess())
    return verifyMem(instruction, *mem, geometry);
  if (const MicroOpNest *nest = instruction.nest())
    if (nest->uopEnd > geometry.uopDepth)
      return makeError("has uop_end " + llvm::Twine(nest->uopEnd) +
                       " but uop holds " + llvm::Twine(geometry.uopDepth));
  return llvm::Error::success();
}

} // namespace

std::string accel::vta::nameOf(llvm::ArrayRef<Instruction> instructions,
                               uint32_t index) {
  return "instruction " + std::to_string(index) + " (" +
         disassemble(instructions[index]) + ")";
}

llvm::Expected<Schedule>
accel::vta::buildSchedule(llvm::ArrayRef<Instruction> instructions,
                          const Geometry &geometry) {
  Schedule schedule;
  for (uint32_t i = 0; i < instructions.size(); ++i) {
    if (llvm::Error error = verifyInstruction(instructions[i], geometry))
      return makeError(nameOf(instructions, i) + " " +
                       llvm::toString(std::move(error)));
    if (instructions[i].as<Finish>() && i + 1 != instructions.size())
      return makeError(nameOf(instructions, i) + " is followed by " +
                       llvm::Twine(instructions.size() - i - 1) +
                       " instructions but must be the last");
    schedule.queues[indexOf(queueOf(instructions[i]))].push_back(i);
  }
  if (instructions.empty() || !instructions.back().as<Finish>())
    return makeError("the program has " + llvm::Twine(instructions.size()) +
                     " instructions and none is finish, which must be the "
                     "last");
  return schedule;
}

llvm::Error
accel::vta::deadlockError(llvm::ArrayRef<Instruction> instructions,
                          const Schedule &schedule,
                          const std::array<size_t, kNumQueues> &position,
                          llvm::function_ref<bool(Queue, Queue)> hasToken) {
  std::string message = "deadlock";
  llvm::StringRef separator = ": ";
  for (Queue queue : kAllQueues) {
    size_t at = position[indexOf(queue)];
    if (at == schedule[queue].size())
      continue;
    uint32_t index = schedule[queue][at];
    const Sync &sync = instructions[index].sync;
    auto waitFor = [&](bool pops, Queue from) {
      if (!pops || hasToken(from, queue))
        return;
      message +=
          (separator + queueName(queue) + " waits at " +
           nameOf(instructions, index) + " for a token from " + queueName(from))
              .str();
      separator = "; ";
    };
    if (queue != Queue::Load)
      waitFor(sync.popPrev, prevOf(queue));
    if (queue != Queue::Store)
      waitFor(sync.popNext, nextOf(queue));
  }
  return makeError(message);
}
