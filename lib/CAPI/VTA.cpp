//===- VTA.cpp - C API: VTA programs and their simulation -----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel-c/VTA.h"
#include "accel/Target/VTA/SimDriver.h"
#include "accel/Target/VTA/Translation/VTATranslation.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Support.h"

#include <cstring>

using namespace mlir;
using namespace mlir::accel;
namespace vta = ::accel::vta;

static AccelProgram wrap(vta::Program program) {
  return {new vta::Program(std::move(program))};
}

static const vta::Program &unwrap(AccelProgram program) {
  return *static_cast<vta::Program *>(program.ptr);
}

static void tell(MlirStringCallback callback, const AccelTexts &texts,
                 StringRef text) {
  if (callback)
    callback(wrap(text), texts.userData);
}

static MlirLogicalResult fail(const AccelTexts &texts, llvm::Error error) {
  tell(texts.error, texts, llvm::toString(std::move(error)));
  return mlirLogicalResultFailure();
}

static MlirLogicalResult fail(const AccelTexts &texts, const Twine &message) {
  tell(texts.error, texts, message.str());
  return mlirLogicalResultFailure();
}

AccelProgram accelProgramFromModule(MlirModule module, MlirStringRef entry) {
  FailureOr<vta::Program> program =
      translateToVTA(unwrap(module), unwrap(entry));
  if (failed(program))
    return {nullptr};
  return wrap(std::move(*program));
}

AccelProgram accelProgramRead(MlirStringRef folder, AccelTexts texts) {
  llvm::Expected<vta::Program> program = vta::readProgram(unwrap(folder));
  if (!program) {
    (void)fail(texts, program.takeError());
    return {nullptr};
  }
  return wrap(std::move(*program));
}

MlirLogicalResult accelProgramWrite(AccelProgram program, MlirStringRef folder,
                                    AccelTexts texts) {
  if (llvm::Error error = vta::writeProgram(unwrap(program), unwrap(folder)))
    return fail(texts, std::move(error));
  return mlirLogicalResultSuccess();
}

void accelProgramManifest(AccelProgram program, MlirStringCallback callback,
                          void *userData) {
  callback(wrap(StringRef(vta::manifestText(unwrap(program)))), userData);
}

/// The tensor of that role and name, if the buffer has its size; else null, and
/// an error was told.
static const vta::TensorRecord *findTensor(const vta::Program &program,
                                           const AccelBuffer &buffer,
                                           vta::Role role,
                                           const AccelTexts &texts) {
  StringRef name = unwrap(buffer.name);
  const vta::TensorRecord *tensor = program.find(name);
  if (!tensor || tensor->role != role) {
    (void)fail(texts, "\"" + name + "\" is no " + vta::roleName(role) +
                          " tensor of the program");
    return nullptr;
  }
  int64_t bytes =
      tensor->numElements() * vta::elementTypeBytes(tensor->elementType);
  if (size_t(bytes) == buffer.bytes)
    return tensor;
  (void)fail(texts, "tensor \"" + name + "\" has " + Twine(bytes) +
                        " bytes but the buffer has " + Twine(buffer.bytes));
  return nullptr;
}

MlirLogicalResult accelProgramRun(AccelProgram handle, MlirStringRef preset,
                                  const AccelBuffer *inputs, intptr_t numInputs,
                                  const AccelBuffer *outputs,
                                  intptr_t numOutputs, AccelTexts texts) {
  const vta::Program &program = unwrap(handle);
  vta::RunOptions options;
  options.timing.reset();
  if (preset.length != 0) {
    llvm::Expected<vta::TimingModel> model =
        vta::TimingModel::preset(unwrap(preset));
    if (!model)
      return fail(texts, model.takeError());
    options.timing = *model;
  } else if (texts.report || texts.trace) {
    return fail(texts, "a report and a trace need a timing preset");
  }
  options.withTimeline = texts.trace != nullptr;

  vta::TensorValues values;
  for (const AccelBuffer &buffer : ArrayRef(inputs, numInputs)) {
    if (!findTensor(program, buffer, vta::Role::Input, texts))
      return mlirLogicalResultFailure();
    const auto *bytes = static_cast<const uint8_t *>(buffer.data);
    values[unwrap(buffer.name)].assign(bytes, bytes + buffer.bytes);
  }
  for (const AccelBuffer &buffer : ArrayRef(outputs, numOutputs))
    if (!findTensor(program, buffer, vta::Role::Output, texts))
      return mlirLogicalResultFailure();

  llvm::Expected<vta::RunResult> result =
      vta::runProgram(program, values, options);
  if (!result)
    return fail(texts, result.takeError());
  for (const AccelBuffer &buffer : ArrayRef(outputs, numOutputs)) {
    const std::vector<uint8_t> &bytes = result->outputs[unwrap(buffer.name)];
    std::memcpy(buffer.data, bytes.data(), buffer.bytes);
  }
  if (texts.report)
    tell(texts.report, texts,
         vta::reportText(program.geometry, *result, options, /*runs=*/0));
  if (texts.trace)
    tell(texts.trace, texts,
         vta::traceText(program.instructions, result->timing));
  return mlirLogicalResultSuccess();
}

void accelProgramDestroy(AccelProgram program) {
  delete static_cast<vta::Program *>(program.ptr);
}
