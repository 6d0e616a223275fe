//===- Simulator.h - Functional simulation of VTA programs ----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bit-exact execution that trusts nothing: buffers start undefined, every
// access is checked, and accesses of different queues to the same element must
// be ordered by tokens (vector clocks; Flanagan, Freund: FastTrack, PLDI 2009).
// Since queues are in order and tokens are counted, a program without races
// has one result, whichever queue runs first.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_SIMULATOR_H
#define ACCEL_TARGET_VTA_SIMULATOR_H

#include "accel/Target/VTA/Dram.h"
#include "accel/Target/VTA/ForeignProgram.h"
#include "accel/Target/VTA/Program.h"
#include "accel/Target/VTA/Timing.h"
#include "llvm/ADT/StringMap.h"
#include <optional>

namespace accel::vta {

/// What to do with instructions outside the portable subset, which only some
/// implementations of VTA execute alike (SimOptions::portability).
enum class Portability : uint8_t {
  /// Refuse the program.
  Enforce,
  /// Execute them and note the first of each kind.
  Note
};

struct SimOptions {
  Portability portability = Portability::Enforce;
  /// Which queue goes first whenever several could go on. The result does not
  /// depend on it;
  /// must name every queue once.
  std::array<Queue, kNumQueues> order = {Queue::Load, Queue::Compute,
                                         Queue::Store};
  /// runProgram refuses programs that execute more (some minutes): loop counts
  /// of a few bytes can ask for years.
  int64_t maxMicroOps = int64_t(1) << 32;
};

/// DRAM traffic of one buffer, in bytes.
struct BufferTraffic {
  int64_t readBytes = 0;
  int64_t writtenBytes = 0;
};

/// What a program executes, counted from its instructions.
struct SimStats {
  /// Indexed by Buffer; OUT is what STORE writes.
  std::array<BufferTraffic, kNumBuffers> traffic = {};
  int64_t instructionBytes = 0;
  int64_t loads = 0;
  int64_t stores = 0;
  int64_t gemms = 0;
  int64_t alus = 0;
  /// LOADs and STOREs that move tokens only (not counted above).
  int64_t noOps = 0;
  /// Multiplying ones; a reset multiplies nothing.
  int64_t gemmMicroOps = 0;
  int64_t resetMicroOps = 0;
  int64_t aluMicroOps = 0;

  int64_t readBytes() const;
  int64_t writtenBytes() const;
  int64_t microOps() const {
    return gemmMicroOps + resetMicroOps + aluMicroOps;
  }
};

SimStats countStats(llvm::ArrayRef<Instruction> instructions,
                    const Geometry &geometry);

/// DRAM traffic of every tensor of the program, in its order, by the address at
/// which each row of a LOAD or STORE begins. O(rows log tensors).
llvm::SmallVector<BufferTraffic> countTensorTraffic(const Program &program);

/// Executes on `dram`. Fails on a deadlock, a race, an undefined or
/// out-of-range access, work not ordered before FINISH, tokens left over, and
/// (Portability::Enforce) an instruction outside the portable subset; the
/// message names the instruction, what was found and what is allowed. Returns
/// notes on portability, at most one per rule.
llvm::Expected<std::vector<std::string>>
simulate(llvm::ArrayRef<Instruction> instructions, const Geometry &geometry,
         Dram &dram, const SimOptions &options = {});

/// Values of named tensors: row-major elements, little endian.
using TensorValues = llvm::StringMap<std::vector<uint8_t>>;

struct RunOptions {
  SimOptions sim;
  /// Skip the data: no outputs, no checks beyond those of simulateTiming.
  bool functional = true;
  /// None: cycles are not simulated.
  std::optional<TimingModel> timing = TimingModel::pipelined();
  bool withTimeline = false;
  /// Keep the packed images of all tensors before and after.
  bool withImages = false;
};

struct RunResult {
  TensorValues outputs;
  SimStats stats;
  /// Of every tensor by name; empty for foreign programs.
  std::vector<std::pair<std::string, BufferTraffic>> tensorTraffic;
  TimingResult timing;
  std::vector<std::string> notes;
  TensorValues imagesBefore;
  TensorValues imagesAfter;

  /// Multiply-accumulates over those that the matrix unit could have done in
  /// the simulated cycles.
  double utilisation() const;
};

/// Packs `inputs`, executes, unpacks the outputs. `inputs` must have exactly
/// the program's input tensors. `program` must pass verify().
llvm::Expected<RunResult> runProgram(const Program &program,
                                     const TensorValues &inputs,
                                     const RunOptions &options = {});

/// Executes and compares with the expected images; a difference is an error
/// that names the first byte. Outputs hold every buffer after the run.
llvm::Expected<RunResult> runForeignProgram(const ForeignProgram &program,
                                            const RunOptions &options);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_SIMULATOR_H
