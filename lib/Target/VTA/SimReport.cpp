//===- SimReport.cpp - The figures of a simulation, for reading -----------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/SimDriver.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatAdapters.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace accel::vta;

namespace {

/// 2102500 → "2,102,500".
std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

void printRow(llvm::raw_ostream &os, llvm::StringRef name,
              const llvm::Twine &value, const llvm::Twine &unit = "") {
  os << llvm::left_justify(name, 22) << llvm::right_justify(value.str(), 15);
  std::string text = unit.str();
  if (!text.empty())
    os << ' ' << text;
  os << '\n';
}

constexpr Queue kQueues[] = {Queue::Load, Queue::Compute, Queue::Store};

} // namespace

void accel::vta::printSummary(llvm::raw_ostream &os, const Geometry &geometry,
                              const RunResult &result,
                              const RunOptions &options, int64_t runs) {
  const SimStats &stats = result.stats;
  os << "VTA " << geometry.str();
  if (options.timing)
    os << ", timing " << options.timing->name;
  if (runs > 0)
    os << ", " << grouped(runs) << " runs, figures of one";
  os << '\n';
  if (options.timing) {
    printRow(os, "cycles", grouped(result.timing.cycles));
    printRow(os, "MAC utilisation",
             llvm::formatv("{0:F1}", 100 * result.utilisation()).str(), "%");
    for (Queue queue : kQueues)
      printRow(os, (queueName(queue) + " queue busy").str(),
               grouped(result.timing.busyCycles[static_cast<size_t>(queue)]),
               "cycles");
  }
  printRow(os, "GEMM micro-ops", grouped(stats.gemmMicroOps));
  printRow(os, "ALU micro-ops", grouped(stats.aluMicroOps));
  printRow(os, "instructions",
           grouped(stats.instructionBytes / kInstructionBytes),
           llvm::formatv("({0} load, {1} store, {2} gemm, {3} alu)",
                         stats.loads, stats.stores, stats.gemms, stats.alus)
               .str());
  for (Buffer buffer : kAllBuffers) {
    const BufferTraffic &traffic = stats.traffic[static_cast<size_t>(buffer)];
    if (buffer == Buffer::Out)
      printRow(os, "out written", grouped(traffic.writtenBytes), "B");
    else
      printRow(os, (bufferName(buffer) + " read").str(),
               grouped(traffic.readBytes), "B");
  }
  for (const std::string &note : result.notes)
    os << "not portable: " << note << '\n';
}

std::string accel::vta::reportText(const Geometry &geometry,
                                   const RunResult &result,
                                   const RunOptions &options, int64_t runs) {
  const SimStats &stats = result.stats;
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("schema", 1);
    json.attribute("geometry", geometry.str());
    json.attribute("runs", std::max<int64_t>(runs, 1));
    if (options.timing) {
      json.attribute("preset", options.timing->name);
      json.attribute("cycles", result.timing.cycles);
      json.attribute("utilisation", result.utilisation());
      json.attributeObject("busy_cycles", [&] {
        for (Queue queue : kQueues)
          json.attribute(queueName(queue),
                         result.timing.busyCycles[static_cast<size_t>(queue)]);
      });
    }
    json.attributeObject("instructions", [&] {
      json.attribute("load", stats.loads);
      json.attribute("store", stats.stores);
      json.attribute("gemm", stats.gemms);
      json.attribute("alu", stats.alus);
      json.attribute("no_op", stats.noOps);
      json.attribute("bytes", stats.instructionBytes);
    });
    json.attributeObject("micro_ops", [&] {
      json.attribute("gemm", stats.gemmMicroOps);
      json.attribute("reset", stats.resetMicroOps);
      json.attribute("alu", stats.aluMicroOps);
    });
    json.attribute("macs", stats.gemmMicroOps * geometry.macsPerMicroOp());
    json.attributeObject("dram_bytes", [&] {
      for (Buffer buffer : kAllBuffers) {
        const BufferTraffic &traffic =
            stats.traffic[static_cast<size_t>(buffer)];
        json.attributeObject(bufferName(buffer), [&] {
          json.attribute("read", traffic.readBytes);
          json.attribute("written", traffic.writtenBytes);
        });
      }
    });
    json.attributeObject("dram_bytes_per_tensor", [&] {
      for (const auto &[name, traffic] : result.tensorTraffic)
        json.attributeObject(name, [&, &traffic = traffic] {
          json.attribute("read", traffic.readBytes);
          json.attribute("written", traffic.writtenBytes);
        });
    });
    json.attributeArray("notes", [&] {
      for (const std::string &note : result.notes)
        json.value(note);
    });
  });
  stream << '\n';
  return text;
}
