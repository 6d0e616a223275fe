//===- Simulate.cpp - Functional simulation of VTA programs ---------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"
#include "Machine.h"

using namespace accel::vta;

namespace {

/// For every queue and neighbour: how many tokens from it the first n
/// instructions pop.
class PopCounts {
public:
  PopCounts(llvm::ArrayRef<Instruction> instructions,
            const Schedule &schedule) {
    for (Queue queue : kAllQueues) {
      auto &fromPrev = counts[indexOf(queue)][0];
      auto &fromNext = counts[indexOf(queue)][1];
      fromPrev.push_back(0);
      fromNext.push_back(0);
      for (uint32_t index : schedule[queue]) {
        const Sync &sync = instructions[index].sync;
        fromPrev.push_back(fromPrev.back() + sync.popPrev);
        fromNext.push_back(fromNext.back() + sync.popNext);
      }
    }
  }

  /// Tokens from `from` that the first `time` instructions of `to` pop.
  uint32_t popped(Queue from, Queue to, uint32_t time) const {
    return counts[indexOf(to)][from < to ? 0 : 1][time];
  }

private:
  std::vector<uint32_t> counts[kNumQueues][2];
};

class Simulation {
public:
  Simulation(llvm::ArrayRef<Instruction> instructions, const Schedule &schedule,
             Machine &machine)
      : instructions(instructions), schedule(schedule), machine(machine),
        pops(instructions, schedule) {}

  llvm::Error run(const std::array<Queue, kNumQueues> &order) {
    bool progress = true;
    while (progress) {
      progress = false;
      for (Queue queue : order) {
        if (!canStep(queue))
          continue;
        if (llvm::Error error = step(queue))
          return error;
        progress = true;
        // Back to the queue that goes first.
        break;
      }
    }
    return checkEnd();
  }

private:
  bool canStep(Queue queue) {
    size_t at = position[indexOf(queue)];
    return at < schedule[queue].size() &&
           tokens.ready(queue, instructions[schedule[queue][at]].sync);
  }

  llvm::Error step(Queue queue) {
    uint32_t index = schedule[queue][position[indexOf(queue)]++];
    const Sync &sync = instructions[index].sync;
    VectorClock &clock = clocks[indexOf(queue)];
    tokens.pop(queue, sync,
               [&](const VectorClock &token) { clock.merge(token); });
    clock[queue] = position[indexOf(queue)];
    if (llvm::Error error = machine.execute(index, clock))
      return error;
    if (instructions[index].as<Finish>())
      if (llvm::Error error = checkFinish(clock))
        return error;
    tokens.push(queue, sync, clock);
    if (sync.pushPrev)
      if (llvm::Error error = countToken(queue, prevOf(queue), clock))
        return error;
    if (sync.pushNext)
      return countToken(queue, nextOf(queue), clock);
    return llvm::Error::success();
  }

  /// A token is surely taken only if its pop happened before the push: what
  /// else was pushed may be outstanding, however this run went.
  llvm::Error countToken(Queue from, Queue to, const VectorClock &clock) {
    int64_t pushed = ++pushes[indexOf(from)][indexOf(to)];
    int64_t outstanding = pushed - pops.popped(from, to, clock[to]);
    if (outstanding > kPortableTokens &&
        machine.breaks(Rule::TokensOutstanding,
                       "leaves up to " + llvm::Twine(outstanding) +
                           " tokens from " + queueName(from) + " to " +
                           queueName(to) + " outstanding but " +
                           llvm::Twine(kPortableTokens) + " are allowed"))
      return machine.takeError();
    return llvm::Error::success();
  }

  /// FINISH interrupts the host: whatever is not ordered before may be lost.
  llvm::Error checkFinish(const VectorClock &clock) {
    for (Queue queue : {Queue::Load, Queue::Store})
      if (clock[queue] < schedule[queue].size())
        return makeError(nameOf(instructions, schedule[queue][clock[queue]]) +
                         " of the " + queueName(queue) +
                         " queue is not ordered before finish by tokens but "
                         "everything must be");
    return llvm::Error::success();
  }

  llvm::Error checkEnd() {
    for (Queue queue : kAllQueues)
      if (position[indexOf(queue)] < schedule[queue].size())
        return deadlockError(instructions, schedule, position,
                             [&](Queue from, Queue to) {
                               return !tokens.between(from, to).empty();
                             });
    for (Queue from : kAllQueues)
      for (Queue to : kAllQueues)
        if (size_t left = tokens.between(from, to).size())
          return makeError(llvm::Twine(left) + " tokens from " +
                           queueName(from) + " to " + queueName(to) +
                           " are left at the end but none may be");
    return llvm::Error::success();
  }

  llvm::ArrayRef<Instruction> instructions;
  const Schedule &schedule;
  Machine &machine;
  PopCounts pops;
  TokenQueues<VectorClock> tokens;
  std::array<size_t, kNumQueues> position = {};
  std::array<VectorClock, kNumQueues> clocks;
  int64_t pushes[kNumQueues][kNumQueues] = {};
};

} // namespace

llvm::Expected<std::vector<std::string>>
accel::vta::simulate(llvm::ArrayRef<Instruction> instructions,
                     const Geometry &geometry, Dram &dram,
                     const SimOptions &options) {
  llvm::Expected<Schedule> schedule = buildSchedule(instructions, geometry);
  if (!schedule)
    return schedule.takeError();
  Machine machine(instructions, geometry, *schedule, dram, options.portability);
  Simulation simulation(instructions, *schedule, machine);
  if (llvm::Error error = simulation.run(options.order))
    return std::move(error);
  return machine.takeNotes();
}
