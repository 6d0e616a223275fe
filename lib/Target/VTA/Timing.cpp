//===- Timing.cpp - Event-driven timing of VTA programs -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Timing.h"
#include "Diagnostics.h"
#include "Schedule.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <limits>

using namespace accel::vta;

namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

/// A LOAD in flight: rows of bursts that it requests one after the other.
struct Transfer {
  /// 0: nothing is in flight.
  int64_t rowsLeft = 0;
  int64_t beatsPerRow = 0;
  int64_t beatsLeftInRow = 0;
  /// Buffer writes after the last data.
  int64_t paddingCycles = 0;
};

struct Engine {
  size_t position = 0;
  /// When the present activity ends or its next burst is requested.
  int64_t time = 0;
  int64_t began = 0;
  Transfer transfer;
};

class TimingSimulation {
public:
  TimingSimulation(llvm::ArrayRef<Instruction> instructions,
                   const Schedule &schedule, const Geometry &geometry,
                   const TimingModel &model, bool withTimeline)
      : instructions(instructions), schedule(schedule), geometry(geometry),
        model(model), withTimeline(withTimeline) {}

  llvm::Expected<TimingResult> run() {
    while (true) {
      // The earliest event next, so that the read channel serves requests in
      // the order in which they come.
      int64_t earliest = kNever;
      Queue next = Queue::Load;
      for (Queue queue : kAllQueues) {
        int64_t time = nextEvent(queue);
        if (time < earliest) {
          earliest = time;
          next = queue;
        }
      }
      if (earliest == kNever)
        break;
      Engine &engine = engines[indexOf(next)];
      if (engine.transfer.rowsLeft > 0)
        burst(next, engine);
      else
        start(next, engine, earliest);
    }
    std::array<size_t, kNumQueues> position;
    for (Queue queue : kAllQueues)
      position[indexOf(queue)] = engines[indexOf(queue)].position;
    for (Queue queue : kAllQueues)
      if (position[indexOf(queue)] < schedule[queue].size())
        return deadlockError(instructions, schedule, position,
                             [&](Queue from, Queue to) {
                               return !tokens.between(from, to).empty();
                             });
    return std::move(result);
  }

private:
  const Instruction &head(Queue queue) const {
    return instructions[schedule[queue][engines[indexOf(queue)].position]];
  }

  int64_t fetched(uint32_t index) const {
    int64_t beats =
        llvm::divideCeil(kInstructionBytes, model.dramBytesPerCycle);
    return model.fetchLatency + beats * (int64_t(index) + 1);
  }

  int64_t nextEvent(Queue queue) {
    Engine &engine = engines[indexOf(queue)];
    if (engine.transfer.rowsLeft > 0)
      return engine.time;
    if (engine.position == schedule[queue].size())
      return kNever;
    const Sync &sync = head(queue).sync;
    if (!tokens.ready(queue, sync))
      return kNever;
    int64_t time =
        std::max(engine.time, fetched(schedule[queue][engine.position]));
    if (sync.popPrev)
      time = std::max(time, tokens.between(prevOf(queue), queue).front());
    if (sync.popNext)
      time = std::max(time, tokens.between(nextOf(queue), queue).front());
    return time;
  }

  void start(Queue queue, Engine &engine, int64_t now) {
    const Instruction &instruction = head(queue);
    tokens.pop(queue, instruction.sync, [](int64_t) {});
    engine.began = now;
    engine.time = now;
    if (const Load *load = instruction.as<Load>(); load && !load->isNoOp()) {
      int64_t bytes = geometry.elementBytes(load->buffer);
      int64_t read = load->xSize * load->ySize;
      int64_t filled = (load->xSize + load->xPadLeft + load->xPadRight) *
                       (load->ySize + load->yPadTop + load->yPadBottom);
      Transfer transfer;
      transfer.rowsLeft = load->ySize;
      transfer.beatsPerRow = beats(load->xSize * bytes);
      transfer.beatsLeftInRow = transfer.beatsPerRow;
      transfer.paddingCycles = (filled - read) * beats(bytes);
      engine.time += model.loadLatency;
      engine.transfer = transfer;
      return;
    }
    finish(queue, engine, now + duration(instruction));
  }

  /// Takes one burst from the read channel.
  void burst(Queue queue, Engine &engine) {
    Transfer &transfer = engine.transfer;
    int64_t size = std::min(transfer.beatsLeftInRow, model.maxBurstBeats);
    readChannelFree =
        std::max(engine.time, readChannelFree) + size + model.burstGap;
    engine.time = readChannelFree;
    transfer.beatsLeftInRow -= size;
    if (transfer.beatsLeftInRow > 0)
      return;
    if (--transfer.rowsLeft > 0) {
      transfer.beatsLeftInRow = transfer.beatsPerRow;
      return;
    }
    finish(queue, engine, engine.time + transfer.paddingCycles);
  }

  void finish(Queue queue, Engine &engine, int64_t end) {
    uint32_t index = schedule[queue][engine.position++];
    engine.time = end;
    tokens.push(queue, instructions[index].sync, end);
    result.busyCycles[indexOf(queue)] += end - engine.began;
    result.cycles = std::max(result.cycles, end);
    if (withTimeline)
      result.timeline.push_back({queue, index, engine.began, end});
  }

  int64_t beats(int64_t bytes) const {
    return llvm::divideCeil(bytes, model.dramBytesPerCycle);
  }

  /// Of everything that does not read DRAM.
  int64_t duration(const Instruction &instruction) const {
    if (const Gemm *gemm = instruction.as<Gemm>())
      return model.pipelineFill + gemm->count() * model.gemmPerMicroOp;
    if (const Alu *alu = instruction.as<Alu>())
      return model.pipelineFill +
             alu->count() * (alu->useImm ? model.aluImmPerMicroOp
                                         : model.aluTensorPerMicroOp);
    if (const Store *store = instruction.as<Store>();
        store && !store->isNoOp()) {
      int64_t rowBeats =
          beats(store->xSize * geometry.elementBytes(Buffer::Out));
      int64_t bursts = llvm::divideCeil(rowBeats, model.maxBurstBeats);
      return store->ySize * (rowBeats + store->xSize * model.storeBubble +
                             bursts * model.burstGap);
    }
    return 1;
  }

  llvm::ArrayRef<Instruction> instructions;
  const Schedule &schedule;
  const Geometry &geometry;
  const TimingModel &model;
  bool withTimeline;

  TokenQueues<int64_t> tokens;
  std::array<Engine, kNumQueues> engines;
  int64_t readChannelFree = 0;
  TimingResult result;
};

} // namespace

TimingModel TimingModel::pipelined() {
  TimingModel model;
  model.name = "pipelined";
  return model;
}

TimingModel TimingModel::rtl2020() {
  TimingModel model;
  model.name = "rtl2020";
  model.gemmPerMicroOp = 4;
  model.aluImmPerMicroOp = 5;
  model.aluTensorPerMicroOp = 5;
  model.pipelineFill = 0;
  // Every burst waits anew; there is no latency besides.
  model.loadLatency = 0;
  model.burstGap = 8;
  return model;
}

llvm::Expected<TimingModel> TimingModel::preset(llvm::StringRef name) {
  for (const TimingModel &model : {pipelined(), rtl2020()})
    if (model.name == name)
      return model;
  return makeError("unknown preset '" + name +
                   "' but pipelined and rtl2020 are known");
}

llvm::Expected<TimingResult>
accel::vta::simulateTiming(llvm::ArrayRef<Instruction> instructions,
                           const Geometry &geometry, const TimingModel &model,
                           bool withTimeline) {
  llvm::Expected<Schedule> schedule = buildSchedule(instructions, geometry);
  if (!schedule)
    return schedule.takeError();
  return TimingSimulation(instructions, *schedule, geometry, model,
                          withTimeline)
      .run();
}
