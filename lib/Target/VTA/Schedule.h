//===- Schedule.h - Instructions by queue, and their tokens ---*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_SCHEDULE_H
#define ACCEL_LIB_TARGET_VTA_SCHEDULE_H

#include "accel/Target/VTA/ISA.h"
#include <deque>
#include <vector>

namespace accel::vta {

inline constexpr Queue kAllQueues[] = {Queue::Load, Queue::Compute,
                                       Queue::Store};

inline size_t indexOf(Queue queue) { return static_cast<size_t>(queue); }

/// The neighbours of a queue; `prev` of load and `next` of store do not exist.
inline Queue prevOf(Queue queue) {
  return queue == Queue::Store ? Queue::Compute : Queue::Load;
}
inline Queue nextOf(Queue queue) {
  return queue == Queue::Load ? Queue::Compute : Queue::Store;
}

/// "instruction 7 (gemm uop [0, 4) …)": how every message names one.
std::string nameOf(llvm::ArrayRef<Instruction> instructions, uint32_t index);

/// Per queue, its instructions in program order.
struct Schedule {
  std::array<std::vector<uint32_t>, kNumQueues> queues;

  const std::vector<uint32_t> &operator[](Queue queue) const {
    return queues[indexOf(queue)];
  }
};

/// Sorts instructions into queues. Refuses what no execution could make sense
/// of: fields out of range, buffers that an instruction cannot address, windows
/// and tiles beyond a buffer, tokens for a neighbour that does not exist, and
/// anything but exactly one FINISH at the end.
llvm::Expected<Schedule> buildSchedule(llvm::ArrayRef<Instruction> instructions,
                                       const Geometry &geometry);

/// The token queues between neighbours.
template <typename Token> class TokenQueues {
public:
  std::deque<Token> &between(Queue from, Queue to) {
    return fifos[indexOf(from)][indexOf(to)];
  }

  /// Are the tokens there that an instruction of `queue` pops?
  bool ready(Queue queue, const Sync &sync) {
    return (!sync.popPrev || !between(prevOf(queue), queue).empty()) &&
           (!sync.popNext || !between(nextOf(queue), queue).empty());
  }

  /// Pops what `sync` asks for and gives each token to `take`.
  template <typename Take> void pop(Queue queue, const Sync &sync, Take take) {
    auto popFrom = [&](std::deque<Token> &fifo) {
      take(fifo.front());
      fifo.pop_front();
    };
    if (sync.popPrev)
      popFrom(between(prevOf(queue), queue));
    if (sync.popNext)
      popFrom(between(nextOf(queue), queue));
  }

  void push(Queue queue, const Sync &sync, const Token &token) {
    if (sync.pushPrev)
      between(queue, prevOf(queue)).push_back(token);
    if (sync.pushNext)
      between(queue, nextOf(queue)).push_back(token);
  }

private:
  std::deque<Token> fifos[kNumQueues][kNumQueues];
};

/// The error for queues that have instructions left and cannot go on.
/// `position` counts what each queue has executed, `hasToken(from, to)` says
/// whether a token is there.
llvm::Error deadlockError(llvm::ArrayRef<Instruction> instructions,
                          const Schedule &schedule,
                          const std::array<size_t, kNumQueues> &position,
                          llvm::function_ref<bool(Queue, Queue)> hasToken);

} // namespace accel::vta

#endif // ACCEL_LIB_TARGET_VTA_SCHEDULE_H
