//===- Trace.cpp - A timeline that Perfetto opens -------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedule.h"
#include "accel/Target/VTA/Timing.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel::vta;

namespace {

/// What a track shows of an instruction; the whole text is in its arguments.
std::string shortName(const Instruction &instruction) {
  if (const MemAccess *mem = instruction.memAccess())
    return ((instruction.as<Load>() ? "load " : "store ") +
            bufferName(mem->buffer))
        .str();
  if (const Gemm *gemm = instruction.as<Gemm>())
    return gemm->reset ? "reset" : "gemm";
  if (const Alu *alu = instruction.as<Alu>())
    return aluOpName(alu->op).str();
  return "finish";
}

} // namespace

std::string accel::vta::traceText(llvm::ArrayRef<Instruction> instructions,
                                  const TimingResult &timing) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, /*IndentSize=*/0);
  auto common = [&](llvm::StringRef phase, llvm::StringRef name, int64_t tid) {
    json.attribute("ph", phase);
    json.attribute("name", name);
    json.attribute("pid", 1);
    json.attribute("tid", tid);
  };
  json.object([&] {
    json.attribute("displayTimeUnit", "ns");
    json.attributeArray("traceEvents", [&] {
      json.object([&] {
        common("M", "process_name", 0);
        json.attributeObject("args", [&] {
          json.attribute("name", "VTA (1 us shown = 1 cycle)");
        });
      });
      for (Queue queue : kAllQueues)
        json.object([&] {
          common("M", "thread_name", static_cast<int64_t>(indexOf(queue)) + 1);
          json.attributeObject(
              "args", [&] { json.attribute("name", queueName(queue)); });
        });
      for (const TimelineEntry &entry : timing.timeline)
        json.object([&] {
          const Instruction &instruction = instructions[entry.instruction];
          common("X", shortName(instruction),
                 static_cast<int64_t>(indexOf(entry.queue)) + 1);
          json.attribute("ts", entry.begin);
          json.attribute("dur", entry.end - entry.begin);
          json.attributeObject("args", [&] {
            json.attribute("instruction", entry.instruction);
            json.attribute("text", disassemble(instruction));
          });
        });
    });
  });
  stream << '\n';
  return text;
}
