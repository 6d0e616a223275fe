//===- Machine.h - Execution of single VTA instructions -------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_MACHINE_H
#define ACCEL_LIB_TARGET_VTA_MACHINE_H

#include "AccessOrder.h"
#include "PortableSubset.h"
#include "accel/Target/VTA/Simulator.h"

namespace accel::vta {

/// The buffers and DRAM of one core. Executes an instruction at a time and
/// checks every access; knows nothing of tokens but the clock it is given.
class Machine {
public:
  Machine(llvm::ArrayRef<Instruction> instructions, const Geometry &geometry,
          const Schedule &schedule, Dram &dram, Portability portability);

  /// Executes instruction `index`. `clock` holds what happened before it, with
  /// its own time as the entry of its queue.
  llvm::Error execute(uint32_t index, const VectorClock &clock);

  /// Reports a broken rule: true if the program is to be refused.
  bool breaks(Rule rule, const llvm::Twine &message);

  /// The refusal after breaks() returned true.
  llvm::Error takeError();

  /// One per rule broken, if portability is only noted.
  std::vector<std::string> takeNotes() { return std::move(notes); }

private:
  /// All of these return false after fail().
  bool load(const Load &load);
  bool store(const Store &store);
  bool gemm(const Gemm &gemm);
  bool alu(const Alu &alu);
  bool dramInRange(const MemAccess &mem, int64_t address, int64_t size);
  bool writeRow(Buffer buffer, int64_t element, const uint8_t *bytes,
                int64_t count);
  bool fetchMicroOps(const MicroOpNest &nest);
  template <typename Body>
  bool forEachMicroOp(const MicroOpNest &nest, Body body);
  bool farFrom(llvm::StringRef access, int64_t element);
  bool inBuffer(Buffer buffer, int64_t element);
  bool readElement(Buffer buffer, BufferOrder &order, int64_t element);
  bool accumulatorDefined(int64_t element);
  bool writeAccumulator(int64_t element);

  bool fail(const llvm::Twine &message);
  bool failRace(const llvm::Twine &access, const Conflict &conflict);

  llvm::ArrayRef<Instruction> instructions;
  const Geometry &geometry;
  const Schedule &schedule;
  Dram &dram;
  Portability portability;

  std::vector<uint32_t> uopData;
  std::vector<int8_t> wgtData;
  std::vector<int8_t> inpData;
  /// Unsigned, because int32 accumulation wraps.
  std::vector<uint32_t> accData;
  std::vector<uint8_t> outData;

  BufferOrder uopOrder;
  BufferOrder wgtOrder;
  BufferOrder inpOrder;
  BufferOrder accOrder;
  BufferOrder outOrder;
  DramOrder dramOrder;
  /// ACC elements loaded since OUT was last written there.
  std::vector<uint8_t> outIsStale;

  /// Of the instruction being executed.
  uint32_t current = 0;
  VectorClock clock;
  std::vector<MicroOp> window;
  int64_t recentDst[kPipelineDepth];

  std::string error;
  std::vector<std::string> notes;
  std::array<bool, kNumRules> noted = {};
};

} // namespace accel::vta

#endif // ACCEL_LIB_TARGET_VTA_MACHINE_H
