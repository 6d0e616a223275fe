//===- Pipeline.cpp - accel-map and accel-compile for Python --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

#include "accel-c/Dialect.h"
#include "accel-c/Passes.h"
#include "accel-c/Report.h"

#include <pybind11/stl.h>

namespace py = pybind11;
using namespace accel::python;

/// `loc("file.mlir":3:8)` → `file.mlir:3:8`; an unknown place is empty.
static std::string locationText(MlirLocation location) {
  std::string text;
  mlirLocationPrint(location, appendTo, &text);
  size_t begin = text.find('"'), end = text.rfind(')');
  if (begin == std::string::npos || end == std::string::npos || end < begin)
    return "";
  text = text.substr(begin + 1, end - begin - 1);
  size_t quote = text.find('"');
  if (quote != std::string::npos)
    text.erase(quote, 1);
  return text;
}

static const char *severityName(MlirDiagnosticSeverity severity) {
  switch (severity) {
  case MlirDiagnosticError:
    return "error";
  case MlirDiagnosticWarning:
    return "warning";
  case MlirDiagnosticNote:
    return "note";
  case MlirDiagnosticRemark:
    return "remark";
  }
  return "error";
}

static Diagnostic convert(MlirDiagnostic diagnostic) {
  Diagnostic result;
  result.severity = severityName(mlirDiagnosticGetSeverity(diagnostic));
  result.location = locationText(mlirDiagnosticGetLocation(diagnostic));
  mlirDiagnosticPrint(diagnostic, appendTo, &result.message);
  for (intptr_t i = 0; i < mlirDiagnosticGetNumNotes(diagnostic); ++i)
    result.notes.push_back(convert(mlirDiagnosticGetNote(diagnostic, i)));
  return result;
}

Session::Session() {
  accelRegisterAllPasses();
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  accelRegisterAllDialects(registry);
  context = mlirContextCreateWithRegistry(registry, /*threadingEnabled=*/true);
  mlirDialectRegistryDestroy(registry);
  mlirContextAttachDiagnosticHandler(
      context,
      [](MlirDiagnostic diagnostic, void *list) {
        static_cast<std::vector<Diagnostic> *>(list)->push_back(
            convert(diagnostic));
        return mlirLogicalResultSuccess();
      },
      &diagnostics, nullptr);
}

Session::~Session() {
  if (!mlirModuleIsNull(module))
    mlirModuleDestroy(module);
  mlirContextDestroy(context);
}

MlirModule Session::parse(const std::string &text, const std::string &name) {
  module = accelModuleParse(context, refTo(text), refTo(name));
  return module;
}

std::string Session::print() const {
  std::string text;
  mlirOperationPrint(mlirModuleGetOperation(module), appendTo, &text);
  return text;
}

namespace {
struct Outcome {
  bool succeeded = false;
  std::string module;
  std::string report;
  std::vector<Diagnostic> diagnostics;
};
} // namespace

static Outcome runPipeline(bool compile, const std::string &text,
                           const std::string &name,
                           const std::string &options) {
  Outcome outcome;
  Session session;
  MlirModule module = session.parse(text, name);
  if (!mlirModuleIsNull(module)) {
    auto *run = compile ? accelCompileModule : accelMapModule;
    outcome.succeeded = mlirLogicalResultIsSuccess(
        run(module, refTo(options), appendTo, &outcome.report));
    if (outcome.succeeded)
      outcome.module = session.print();
  }
  outcome.diagnostics = session.takeDiagnostics();
  return outcome;
}

static std::vector<std::string> targetNames() {
  std::vector<std::string> names;
  accelForEachShippedTarget(
      [](MlirStringRef name, void *list) {
        static_cast<std::vector<std::string> *>(list)->emplace_back(
            name.data, name.length);
      },
      &names);
  return names;
}

void accel::python::bindPipeline(py::module_ &module) {
  py::class_<Diagnostic>(module, "Diagnostic")
      .def_readonly("severity", &Diagnostic::severity)
      .def_readonly("location", &Diagnostic::location)
      .def_readonly("message", &Diagnostic::message)
      .def_readonly("notes", &Diagnostic::notes);
  py::class_<Outcome>(module, "Outcome")
      .def_readonly("succeeded", &Outcome::succeeded)
      .def_readonly("module", &Outcome::module)
      .def_readonly("report", &Outcome::report)
      .def_readonly("diagnostics", &Outcome::diagnostics);
  module.def("run_pipeline", runPipeline, py::arg("compile"), py::arg("text"),
             py::arg("name"), py::arg("options"),
             py::call_guard<py::gil_scoped_release>());
  module.def("targets", targetNames);
}
