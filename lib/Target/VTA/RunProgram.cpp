//===- RunProgram.cpp - From named values to named values -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"
#include "accel/Target/VTA/Simulator.h"

using namespace accel::vta;

namespace {

llvm::Error checkInputNames(const Program &program,
                            const TensorValues &inputs) {
  std::string known;
  for (const TensorRecord &tensor : program.tensors) {
    if (tensor.role != Role::Input)
      continue;
    known += (known.empty() ? "" : ", ") + tensor.name;
    if (!inputs.contains(tensor.name))
      return makeError("input tensor \"" + tensor.name + "\" has no value");
  }
  for (const auto &entry : inputs) {
    const TensorRecord *tensor = program.find(entry.getKey());
    if (!tensor || tensor->role != Role::Input)
      return makeError("\"" + entry.getKey() +
                       "\" is no input tensor of the program, which has: " +
                       (known.empty() ? "none" : known));
  }
  return llvm::Error::success();
}

/// DRAM before the run: micro-ops, constants and inputs.
llvm::Error fillDram(const Program &program, const TensorValues &inputs,
                     Dram &dram) {
  dram.addRegion(program.uopsDramBase, program.uopsSize());
  for (const TensorRecord &tensor : program.tensors)
    dram.addRegion(tensor.dramBase, tensor.size);

  llvm::Expected<std::string> microOps = microOpBytes(program);
  if (!microOps)
    return microOps.takeError();
  dram.write(program.uopsDramBase,
             reinterpret_cast<const uint8_t *>(microOps->data()),
             program.uopsSize());
  for (const TensorRecord &tensor : program.tensors) {
    if (tensor.role == Role::Constant)
      dram.write(tensor.dramBase, program.constants.data() + tensor.fileOffset,
                 tensor.size);
    if (tensor.role != Role::Input)
      continue;
    llvm::Expected<std::vector<uint8_t>> image =
        pack(tensor, inputs.find(tensor.name)->second);
    if (!image)
      return image.takeError();
    dram.write(tensor.dramBase, image->data(), tensor.size);
  }
  return llvm::Error::success();
}

llvm::Expected<std::vector<uint8_t>> readOutput(const TensorRecord &tensor,
                                                const Dram &dram) {
  int64_t width = elementTypeBytes(tensor.elementType);
  std::vector<uint8_t> elements(tensor.numElements() * width);
  auto take = [&](int64_t position, int64_t offset) {
    dram.read(tensor.dramBase + offset, elements.data() + position * width,
              width);
  };
  if (llvm::Error error = visitElements(tensor, take))
    return std::move(error);
  return elements;
}

TensorValues tensorImages(const Program &program, const Dram &dram) {
  TensorValues images;
  for (const TensorRecord &tensor : program.tensors)
    images[tensor.name] = dram.image(tensor.dramBase, tensor.size);
  return images;
}

llvm::Error checkLength(int64_t microOps, int64_t maxMicroOps) {
  if (microOps <= maxMicroOps)
    return llvm::Error::success();
  return makeError("the program executes " + llvm::Twine(microOps) +
                   " micro-ops but at most " + llvm::Twine(maxMicroOps) +
                   " are simulated functionally");
}

/// Simulates on a filled DRAM, as far as the options ask for it.
llvm::Expected<RunResult> runOn(llvm::ArrayRef<Instruction> instructions,
                                const Geometry &geometry, Dram &dram,
                                const RunOptions &options) {
  RunResult result;
  result.stats = countStats(instructions, geometry);
  if (options.functional) {
    if (llvm::Error error =
            checkLength(result.stats.microOps(), options.sim.maxMicroOps))
      return std::move(error);
    llvm::Expected<std::vector<std::string>> notes =
        simulate(instructions, geometry, dram, options.sim);
    if (!notes)
      return notes.takeError();
    result.notes = std::move(*notes);
  }
  if (options.timing) {
    llvm::Expected<TimingResult> timing = simulateTiming(
        instructions, geometry, *options.timing, options.withTimeline);
    if (!timing)
      return timing.takeError();
    result.timing = std::move(*timing);
  }
  return result;
}

llvm::Error compare(const ForeignBuffer &buffer,
                    llvm::ArrayRef<uint8_t> expected,
                    llvm::ArrayRef<uint8_t> found) {
  size_t differences = 0;
  size_t first = 0;
  for (size_t i = expected.size(); i-- > 0;)
    if (expected[i] != found[i]) {
      ++differences;
      first = i;
    }
  if (differences == 0)
    return llvm::Error::success();
  return makeError("buffer \"" + buffer.name +
                   "\" differs from the expected "
                   "image in " +
                   llvm::Twine(differences) + " of " +
                   llvm::Twine(expected.size()) + " bytes, first at byte " +
                   llvm::Twine(first) + ": found 0x" +
                   llvm::Twine::utohexstr(found[first]) + ", expected 0x" +
                   llvm::Twine::utohexstr(expected[first]));
}

} // namespace

int64_t SimStats::readBytes() const {
  int64_t sum = 0;
  for (const BufferTraffic &buffer : traffic)
    sum += buffer.readBytes;
  return sum;
}

int64_t SimStats::writtenBytes() const {
  int64_t sum = 0;
  for (const BufferTraffic &buffer : traffic)
    sum += buffer.writtenBytes;
  return sum;
}

double RunResult::utilisation() const {
  return timing.cycles ? static_cast<double>(stats.gemmMicroOps) /
                             static_cast<double>(timing.cycles)
                       : 0.0;
}

SimStats accel::vta::countStats(llvm::ArrayRef<Instruction> instructions,
                                const Geometry &geometry) {
  SimStats stats;
  stats.instructionBytes =
      static_cast<int64_t>(instructions.size()) * kInstructionBytes;
  for (const Instruction &instruction : instructions) {
    if (const MemAccess *mem = instruction.memAccess()) {
      if (mem->isNoOp()) {
        ++stats.noOps;
        continue;
      }
      BufferTraffic &traffic = stats.traffic[static_cast<size_t>(mem->buffer)];
      int64_t bytes =
          mem->xSize * mem->ySize * geometry.elementBytes(mem->buffer);
      bool isLoad = instruction.as<Load>() != nullptr;
      (isLoad ? traffic.readBytes : traffic.writtenBytes) += bytes;
      ++(isLoad ? stats.loads : stats.stores);
    } else if (const Gemm *gemm = instruction.as<Gemm>()) {
      ++stats.gemms;
      (gemm->reset ? stats.resetMicroOps : stats.gemmMicroOps) += gemm->count();
    } else if (const Alu *alu = instruction.as<Alu>()) {
      ++stats.alus;
      stats.aluMicroOps += alu->count();
    }
  }
  return stats;
}

llvm::Expected<RunResult> accel::vta::runProgram(const Program &program,
                                                 const TensorValues &inputs,
                                                 const RunOptions &options) {
  Dram dram;
  TensorValues before;
  if (options.functional) {
    if (llvm::Error error = checkInputNames(program, inputs))
      return std::move(error);
    if (llvm::Error error = fillDram(program, inputs, dram))
      return std::move(error);
    if (options.withImages)
      before = tensorImages(program, dram);
  }
  llvm::Expected<RunResult> result =
      runOn(program.instructions, program.geometry, dram, options);
  if (!result)
    return result;
  for (auto [tensor, traffic] :
       llvm::zip(program.tensors, countTensorTraffic(program)))
    result->tensorTraffic.push_back({tensor.name, traffic});
  if (!options.functional)
    return result;
  if (options.withImages) {
    result->imagesBefore = std::move(before);
    result->imagesAfter = tensorImages(program, dram);
  }
  for (const TensorRecord &tensor : program.tensors) {
    if (tensor.role != Role::Output)
      continue;
    llvm::Expected<std::vector<uint8_t>> elements = readOutput(tensor, dram);
    if (!elements)
      return elements.takeError();
    result->outputs[tensor.name] = std::move(*elements);
  }
  return result;
}

llvm::Expected<RunResult>
accel::vta::runForeignProgram(const ForeignProgram &program,
                              const RunOptions &options) {
  Dram dram;
  for (const ForeignBuffer &buffer : program.buffers) {
    dram.addRegion(buffer.dramBase, buffer.image.size());
    dram.write(buffer.dramBase, buffer.image.data(), buffer.image.size());
  }
  llvm::Expected<RunResult> result =
      runOn(program.instructions, program.geometry, dram, options);
  if (!result || !options.functional)
    return result;
  for (const ForeignBuffer &buffer : program.buffers) {
    if (options.withImages)
      result->imagesBefore[buffer.name] = buffer.image;
    result->outputs[buffer.name] =
        dram.image(buffer.dramBase, buffer.image.size());
  }
  if (options.withImages)
    result->imagesAfter = result->outputs;
  for (const ForeignExpectation &expectation : program.expectations) {
    const ForeignBuffer &buffer = program.buffers[expectation.buffer];
    if (llvm::Error error =
            compare(buffer, expectation.image, result->outputs[buffer.name]))
      return std::move(error);
  }
  return result;
}
