//===- MapperSuite.cpp - How fast the mapper proves optima ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cases run as processes of their own, as a user runs them: peak memory is then
// that of one case, and what the process takes beside the search shows.
//
//===----------------------------------------------------------------------===//

#include "MapperSuite.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Regex.h"
#include <chrono>

using namespace accel::bench;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::json::Object;
using llvm::json::Value;

static Error fail(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static Expected<Value> readJson(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return fail("cannot read " + path);
  return llvm::json::parse((*buffer)->getBuffer());
}

static double numberOf(const Object &object, StringRef key, double otherwise) {
  return object.getNumber(key).value_or(otherwise);
}

static double median(std::vector<double> values) {
  llvm::sort(values);
  return values[values.size() / 2];
}

/// Figures of one report, all functions together.
static Error addReport(const Object &report, MapperRow &row, double &seconds) {
  const llvm::json::Array *functions = report.getArray("functions");
  if (!functions)
    return fail("report without functions");
  row.objective = report.getString("objective").value_or("").str();
  row.einsums = 0;
  row.energyJ = row.latencyS = seconds = 0;
  row.optimal = true;
  bool isFront = false;
  for (const Value &value : *functions) {
    const Object &function = *value.getAsObject();
    row.optimal &= function.getString("status") == "optimal";
    row.einsums += function.getArray("einsums")->size();
    row.energyJ += numberOf(function, "energy_j", 0);
    row.latencyS += numberOf(function, "latency_s", 0);
    isFront |= function.get("pareto") != nullptr;
    const Object &search = *function.getObject("search");
    seconds += numberOf(search, "seconds", 0);
    row.peakRssMiB = std::max(row.peakRssMiB,
                              numberOf(search, "peak_rss_bytes", 0) / 1048576);
  }
  if (!isFront)
    row.value = row.objective == "edp"       ? row.energyJ * row.latencyS
                : row.objective == "latency" ? row.latencyS
                                             : row.energyJ;
  return Error::success();
}

static Error runCase(StringRef accelOpt, StringRef inputs, const Object &entry,
                     unsigned repeats, MapperRow &row) {
  llvm::SmallString<128> program(inputs), report;
  llvm::sys::path::append(program, entry.getString("file").value_or(""));
  if (llvm::sys::fs::createTemporaryFile("accel-bench", "json", report))
    return fail("cannot create a temporary file");
  llvm::FileRemover remover(report);
  std::string options = entry.getString("options").value_or("").str();
  if (!StringRef(options).contains("threads="))
    options += " threads=1";
  std::string map = "--accel-map=" + options + " report=" + report.str().str();
  std::vector<double> search, process;
  for (unsigned i = 0; i != repeats; ++i) {
    std::string message;
    auto begin = std::chrono::steady_clock::now();
    int code = llvm::sys::ExecuteAndWait(
        accelOpt, {accelOpt, program, map, "-o", "/dev/null"}, std::nullopt,
        {std::nullopt, "/dev/null", std::nullopt}, 0, 0, &message);
    process.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
            .count());
    if (code != 0)
      return fail(row.name + ": accel-opt ends with " + llvm::Twine(code) +
                  (message.empty() ? "" : ": " + message));
    Expected<Value> json = readJson(report);
    if (!json)
      return json.takeError();
    double seconds = 0;
    if (Error error = addReport(*json->getAsObject(), row, seconds))
      return error;
    search.push_back(seconds);
  }
  row.seconds = median(std::move(search));
  row.processS = median(std::move(process));
  return Error::success();
}

Error accel::bench::runMapperSuite(
    StringRef accelOpt, StringRef inputs, StringRef filter, unsigned repeats,
    const std::function<void(const MapperRow &)> &emit) {
  llvm::SmallString<128> list(inputs);
  llvm::sys::path::append(list, "cases.json");
  Expected<Value> cases = readJson(list);
  if (!cases)
    return cases.takeError();
  llvm::Regex pattern(filter);
  for (const Value &value : *cases->getAsArray()) {
    const Object &entry = *value.getAsObject();
    MapperRow row;
    row.name = entry.getString("name").value_or("").str();
    if (!filter.empty() && !pattern.match(row.name))
      continue;
    if (Error error = runCase(accelOpt, inputs, entry, repeats, row))
      return error;
    row.referenceCpuS = numberOf(entry, "reference_cpu_s", -1);
    row.referenceValue = numberOf(entry, "reference_value", -1);
    emit(row);
  }
  return Error::success();
}
