//===- SimDriver.cpp - What the tool accel-sim does -----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/SimDriver.h"
#include "Diagnostics.h"
#include "accel/Target/VTA/FileIO.h"
#include "accel/Target/VTA/ForeignProgram.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <algorithm>
#include <map>

using namespace accel;
using namespace accel::vta;

namespace {

npy::DType dtypeOf(ElementType type) {
  return type == ElementType::I8 ? npy::DType::I1 : npy::DType::I4;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  return "[" +
         llvm::join(
             llvm::map_range(
                 shape, [](int64_t extent) { return std::to_string(extent); }),
             ", ") +
         "]";
}

using NamedFiles = std::map<std::string, std::string>;

/// "name=file" words → map; `what` names the option.
llvm::Expected<NamedFiles> parseNamed(llvm::ArrayRef<std::string> words,
                                      llvm::StringRef what) {
  NamedFiles files;
  for (llvm::StringRef word : words) {
    auto [name, file] = word.split('=');
    if (name.empty() || file.empty())
      return makeError(what + " '" + word + "' is not name=file.npy");
    if (!files.emplace(name.str(), file.str()).second)
      return makeError(what + " names \"" + name + "\" twice");
  }
  return files;
}

std::string tensorNames(const Program &program, Role role) {
  std::vector<std::string> names;
  for (const TensorRecord &tensor : program.tensors)
    if (tensor.role == role)
      names.push_back(tensor.name);
  return names.empty() ? "none" : llvm::join(names, ", ");
}

llvm::Error checkNames(const Program &program, const NamedFiles &files,
                       Role role) {
  for (const auto &[name, file] : files) {
    const TensorRecord *tensor = program.find(name);
    if (!tensor || tensor->role != role)
      return makeError(
          "\"" + llvm::Twine(name) + "\" is no " + roleName(role) +
          " tensor of the program, which has: " + tensorNames(program, role));
  }
  return llvm::Error::success();
}

/// Reads every input file; `runs` is the common leading dimension or 0.
llvm::Error readInputs(const Program &program, const NamedFiles &files,
                       SimArrays &arrays, int64_t &runs) {
  bool first = true;
  for (const TensorRecord &tensor : program.tensors) {
    if (tensor.role != Role::Input)
      continue;
    auto it = files.find(tensor.name);
    if (it == files.end())
      return makeError("input tensor \"" + tensor.name +
                       "\" has no value: give --input " + tensor.name +
                       "=FILE.npy, " + elementTypeName(tensor.elementType) +
                       " " + shapeText(tensor.shape));
    llvm::Expected<npy::Array> array = npy::read(it->second);
    if (!array)
      return array.takeError();
    npy::Array converted;
    llvm::Expected<int64_t> count = convertInput(tensor, *array, converted);
    if (!count)
      return makeError("'" + llvm::Twine(it->second) +
                       "': " + llvm::toString(count.takeError()));
    if (!first && *count != runs)
      return makeError("input tensor \"" + tensor.name + "\" has " +
                       llvm::Twine(*count) +
                       " as number of slices but the inputs before have " +
                       llvm::Twine(runs) + " (0: no leading dimension)");
    first = false;
    runs = *count;
    arrays.inputs.push_back({tensor.name, std::move(converted)});
  }
  return llvm::Error::success();
}

/// Runs once per slice and stacks the outputs. Cycles are those of one run,
/// since they do not depend on the data.
llvm::Expected<RunResult> runSlices(const Program &program, int64_t runs,
                                    RunOptions options, SimArrays &arrays) {
  for (const TensorRecord &tensor : program.tensors) {
    if (tensor.role != Role::Output)
      continue;
    npy::Array array;
    array.dtype = dtypeOf(tensor.elementType);
    array.shape = tensor.shape;
    if (runs)
      array.shape.insert(array.shape.begin(), runs);
    arrays.outputs.push_back({tensor.name, std::move(array)});
  }
  RunResult first;
  for (int64_t run = 0; run < std::max<int64_t>(runs, 1); ++run) {
    TensorValues inputs;
    for (const auto &[name, array] : arrays.inputs) {
      int64_t size =
          static_cast<int64_t>(array.bytes.size()) / std::max<int64_t>(runs, 1);
      auto begin = array.bytes.begin() + run * size;
      inputs[name].assign(begin, begin + size);
    }
    llvm::Expected<RunResult> result = runProgram(program, inputs, options);
    if (!result)
      return runs ? makeError("slice " + llvm::Twine(run) + ": " +
                              llvm::toString(result.takeError()))
                  : result.takeError();
    for (auto &[name, array] : arrays.outputs) {
      const std::vector<uint8_t> &bytes = result->outputs[name];
      array.bytes.insert(array.bytes.end(), bytes.begin(), bytes.end());
    }
    if (run == 0)
      first = std::move(*result);
    options.timing.reset();
    options.withImages = false;
  }
  return std::move(first);
}

llvm::Error writeImages(llvm::StringRef folder, const RunResult &result) {
  if (std::error_code code = llvm::sys::fs::create_directories(folder))
    return makeError("cannot create '" + folder + "': " + code.message());
  auto write = [&](const TensorValues &images,
                   llvm::StringRef suffix) -> llvm::Error {
    for (const auto &entry : images) {
      // A tensor's name may hold what a file's name must not.
      std::string name = entry.getKey().str();
      for (char &c : name)
        if (!llvm::isAlnum(c) && c != '_' && c != '-' && c != '#')
          c = '_';
      llvm::SmallString<128> path(folder);
      llvm::sys::path::append(path, name + suffix);
      if (llvm::Error error =
              writeFile(path, llvm::toStringRef(entry.getValue())))
        return error;
    }
    return llvm::Error::success();
  };
  if (llvm::Error error = write(result.imagesBefore, ".before.bin"))
    return error;
  return write(result.imagesAfter, ".after.bin");
}

llvm::Error writeExtras(const SimRequest &request, const RunOptions &options,
                        llvm::ArrayRef<Instruction> instructions,
                        const Geometry &geometry, const RunResult &result,
                        int64_t runs) {
  if (!request.imageFolder.empty())
    if (llvm::Error error = writeImages(request.imageFolder, result))
      return error;
  if (!request.traceFile.empty())
    if (llvm::Error error = writeFile(request.traceFile,
                                      traceText(instructions, result.timing)))
      return error;
  if (!request.reportFile.empty())
    return writeFile(request.reportFile,
                     reportText(geometry, result, options, runs));
  return llvm::Error::success();
}

llvm::Expected<RunOptions> makeOptions(const SimRequest &request) {
  if (request.functionalOnly && request.timingOnly)
    return makeError("--functional-only and --timing-only exclude each other");
  if (request.functionalOnly && !request.traceFile.empty())
    return makeError("--trace needs the timing that --functional-only leaves "
                     "out");
  if (request.timingOnly && !request.imageFolder.empty())
    return makeError("--dump-images needs the data that --timing-only leaves "
                     "out");
  if (request.timingOnly && request.allOrders)
    return makeError("--all-orders needs the data that --timing-only leaves "
                     "out");
  if (request.timingOnly && !request.outputs.empty())
    return makeError("--output needs the data that --timing-only leaves out");
  RunOptions options;
  llvm::Expected<TimingModel> model = TimingModel::preset(request.preset);
  if (!model)
    return model.takeError();
  if (request.functionalOnly)
    options.timing.reset();
  else
    options.timing = *model;
  options.functional = !request.timingOnly;
  options.withTimeline = !request.traceFile.empty();
  options.withImages = !request.imageFolder.empty();
  return options;
}

/// Runs all orders of starting the queues but the first, whose outputs
/// `arrays` has.
llvm::Error runOtherOrders(const Program &program, int64_t runs,
                           RunOptions options, const SimArrays &arrays) {
  options.timing.reset();
  std::array<Queue, kNumQueues> order = options.sim.order;
  while (std::next_permutation(order.begin(), order.end())) {
    std::string name;
    for (Queue queue : order)
      name += (name.empty() ? "" : ", ") + queueName(queue).str();
    options.sim.order = order;
    SimArrays again;
    again.inputs = arrays.inputs;
    llvm::Expected<RunResult> result = runSlices(program, runs, options, again);
    if (!result)
      return makeError("started in the order " + name + ": " +
                       llvm::toString(result.takeError()));
    for (const auto &[first, other] : llvm::zip(arrays.outputs, again.outputs))
      if (first.second.bytes != other.second.bytes)
        return makeError("started in the order " + name + ", tensor \"" +
                         first.first + "\" differs");
  }
  return llvm::Error::success();
}

llvm::Error runForeign(const SimRequest &request, RunOptions options,
                       llvm::raw_ostream &os) {
  if (!request.inputs.empty() || !request.outputs.empty())
    return makeError("a program.vta holds its own data: --input and --output "
                     "need a program folder");
  if (request.allOrders)
    return makeError("--all-orders needs a program folder");
  llvm::Expected<ForeignProgram> program = readForeignProgram(request.program);
  if (!program)
    return program.takeError();
  // Other compilers do not keep to our portable subset.
  options.sim.portability = Portability::Note;
  llvm::Expected<RunResult> result = runForeignProgram(*program, options);
  if (!result)
    return result.takeError();
  if (llvm::Error error = writeExtras(request, options, program->instructions,
                                      program->geometry, *result, 0))
    return error;
  printSummary(os, program->geometry, *result, options, 0);
  if (options.functional)
    for (const ForeignExpectation &expectation : program->expectations)
      os << "buffer \"" << program->buffers[expectation.buffer].name
         << "\" is as expected (" << expectation.image.size() << " bytes)\n";
  return llvm::Error::success();
}

llvm::Error runFolder(const SimRequest &request, const RunOptions &options,
                      llvm::raw_ostream &os, AfterRun afterRun) {
  llvm::Expected<Program> program = readProgram(request.program);
  if (!program)
    return program.takeError();
  llvm::Expected<NamedFiles> inputs = parseNamed(request.inputs, "--input");
  if (!inputs)
    return inputs.takeError();
  llvm::Expected<NamedFiles> outputs = parseNamed(request.outputs, "--output");
  if (!outputs)
    return outputs.takeError();
  if (llvm::Error error = checkNames(*program, *inputs, Role::Input))
    return error;
  if (llvm::Error error = checkNames(*program, *outputs, Role::Output))
    return error;

  SimArrays arrays;
  int64_t runs = 0;
  if (options.functional)
    if (llvm::Error error = readInputs(*program, *inputs, arrays, runs))
      return error;
  llvm::Expected<RunResult> result = runSlices(*program, runs, options, arrays);
  if (!result)
    return result.takeError();
  if (request.allOrders)
    if (llvm::Error error = runOtherOrders(*program, runs, options, arrays))
      return error;
  if (afterRun && options.functional)
    if (llvm::Error error = afterRun(*program, runs, arrays))
      return error;

  for (const auto &[name, array] : arrays.outputs) {
    auto it = outputs->find(name);
    if (it != outputs->end())
      if (llvm::Error error = npy::write(array, it->second))
        return error;
  }
  if (llvm::Error error = writeExtras(request, options, program->instructions,
                                      program->geometry, *result, runs))
    return error;
  printSummary(os, program->geometry, *result, options, runs);
  return llvm::Error::success();
}

bool isForeign(llvm::StringRef path) {
  if (!llvm::sys::fs::is_directory(path))
    return true;
  llvm::SmallString<128> manifest(path);
  llvm::sys::path::append(manifest, "manifest.json");
  llvm::SmallString<128> text(path);
  llvm::sys::path::append(text, "program.vta");
  return !llvm::sys::fs::exists(manifest) && llvm::sys::fs::exists(text);
}

} // namespace

llvm::Expected<int64_t> accel::vta::convertInput(const TensorRecord &tensor,
                                                 const npy::Array &array,
                                                 npy::Array &converted) {
  llvm::ArrayRef<int64_t> shape = array.shape;
  bool stacked = shape.size() == tensor.shape.size() + 1;
  if ((stacked ? shape.drop_front() : shape) != llvm::ArrayRef(tensor.shape) ||
      (stacked && shape.front() < 1))
    return makeError("shape " + shapeText(array.shape) + " for tensor \"" +
                     tensor.name + "\" but " + shapeText(tensor.shape) +
                     ", or one more leading dimension, is required");
  if (!npy::isInteger(array.dtype))
    return makeError("elements are " + npy::dtypeName(array.dtype) +
                     " but tensor \"" + tensor.name + "\" holds " +
                     elementTypeName(tensor.elementType) +
                     ": integers are required");
  converted.dtype = dtypeOf(tensor.elementType);
  converted.shape = array.shape;
  int64_t width = npy::itemBytes(converted.dtype);
  int64_t count = array.numElements();
  converted.bytes.resize(count * width);
  bool isByte = tensor.elementType == ElementType::I8;
  int64_t minimum = isByte ? INT8_MIN : INT32_MIN;
  int64_t maximum = isByte ? INT8_MAX : INT32_MAX;
  for (int64_t i = 0; i < count; ++i) {
    int64_t value = array.integerAt(i);
    if (value < minimum || value > maximum)
      return makeError("element " + llvm::Twine(i) + " is " +
                       llvm::Twine(value) + " but tensor \"" + tensor.name +
                       "\" holds " + elementTypeName(tensor.elementType) +
                       ", " + llvm::Twine(minimum) + " to " +
                       llvm::Twine(maximum));
    if (isByte)
      converted.bytes[i] = static_cast<uint8_t>(value);
    else
      llvm::support::endian::write32le(converted.bytes.data() + 4 * i,
                                       static_cast<uint32_t>(value));
  }
  return stacked ? shape.front() : 0;
}

llvm::Error accel::vta::runSimTool(const SimRequest &request,
                                   llvm::raw_ostream &os, AfterRun afterRun) {
  llvm::Expected<RunOptions> options = makeOptions(request);
  if (!options)
    return options.takeError();
  if (!llvm::sys::fs::exists(request.program))
    return makeError("'" + request.program +
                     "' does not exist: give a program folder or a "
                     "program.vta");
  if (isForeign(request.program))
    return runForeign(request, *options, os);
  return runFolder(request, *options, os, afterRun);
}
