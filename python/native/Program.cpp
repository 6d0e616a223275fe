//===- Program.cpp - VTA programs and numpy arrays ------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include "accel-c/VTA.h"

#include <memory>
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

namespace py = pybind11;
using namespace accel::python;

namespace {

using Arrays = std::vector<std::pair<std::string, py::array>>;

struct Texts {
  std::string error, report, trace;
};

class Program {
public:
  explicit Program(AccelProgram handle) : handle(handle) {}
  ~Program() { accelProgramDestroy(handle); }
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  static std::unique_ptr<Program> read(const std::string &folder);
  void write(const std::string &folder) const;
  std::string manifest() const;
  py::tuple run(const Arrays &inputs, const Arrays &outputs,
                const std::string &preset, bool withTrace) const;

private:
  AccelProgram handle;
};

} // namespace

/// A failure of the C API as a Python exception with its sentence.
static void throwError(const std::string &message) {
  throw std::runtime_error(message);
}

static AccelTexts callbacksFor(Texts &texts) {
  return {[](MlirStringRef text, void *t) {
            appendTo(text, &static_cast<Texts *>(t)->error);
          },
          [](MlirStringRef text, void *t) {
            appendTo(text, &static_cast<Texts *>(t)->report);
          },
          [](MlirStringRef text, void *t) {
            appendTo(text, &static_cast<Texts *>(t)->trace);
          },
          &texts};
}

std::unique_ptr<Program> Program::read(const std::string &folder) {
  Texts texts;
  AccelProgram handle = accelProgramRead(refTo(folder), callbacksFor(texts));
  if (!handle.ptr)
    throwError(texts.error);
  return std::make_unique<Program>(handle);
}

void Program::write(const std::string &folder) const {
  Texts texts;
  if (mlirLogicalResultIsFailure(
          accelProgramWrite(handle, refTo(folder), callbacksFor(texts))))
    throwError(texts.error);
}

std::string Program::manifest() const {
  std::string text;
  accelProgramManifest(handle, appendTo, &text);
  return text;
}

/// Arrays are contiguous and of the tensors' element types: the caller in
/// Python made them so.
static std::vector<AccelBuffer> buffersOf(const Arrays &arrays) {
  std::vector<AccelBuffer> buffers;
  for (const auto &[name, array] : arrays)
    buffers.push_back({refTo(name), const_cast<void *>(array.data()),
                       static_cast<size_t>(array.nbytes())});
  return buffers;
}

py::tuple Program::run(const Arrays &inputs, const Arrays &outputs,
                       const std::string &preset, bool withTrace) const {
  std::vector<AccelBuffer> in = buffersOf(inputs), out = buffersOf(outputs);
  Texts texts;
  AccelTexts callbacks = callbacksFor(texts);
  if (preset.empty())
    callbacks.report = nullptr;
  if (!withTrace)
    callbacks.trace = nullptr;
  MlirLogicalResult result;
  {
    py::gil_scoped_release release;
    result = accelProgramRun(handle, refTo(preset), in.data(), in.size(),
                             out.data(), out.size(), callbacks);
  }
  if (mlirLogicalResultIsFailure(result))
    throwError(texts.error);
  return py::make_tuple(texts.report, texts.trace);
}

/// The program of a compiled module, or null, and what was said.
static std::pair<std::unique_ptr<Program>, std::vector<Diagnostic>>
translate(const std::string &text, const std::string &name,
          const std::string &entry) {
  Session session;
  MlirModule module = session.parse(text, name);
  std::unique_ptr<Program> program;
  if (!mlirModuleIsNull(module))
    if (AccelProgram handle = accelProgramFromModule(module, refTo(entry));
        handle.ptr)
      program = std::make_unique<Program>(handle);
  return {std::move(program), session.takeDiagnostics()};
}

void accel::python::bindProgram(py::module_ &module) {
  py::class_<Program>(module, "Program")
      .def_static("read", &Program::read, py::arg("folder"),
                  py::call_guard<py::gil_scoped_release>())
      .def("write", &Program::write, py::arg("folder"),
           py::call_guard<py::gil_scoped_release>())
      .def("manifest", &Program::manifest)
      .def("run", &Program::run, py::arg("inputs"), py::arg("outputs"),
           py::arg("preset"), py::arg("with_trace"));
  module.def("translate", translate, py::arg("text"), py::arg("name"),
             py::arg("entry"), py::call_guard<py::gil_scoped_release>());
}
