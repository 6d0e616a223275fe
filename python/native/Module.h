//===- Module.h - Parts of the extension accel._native ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `accel._native` stands on the C API alone. It is private: `accel.map` and
// `accel.compile` are what users call.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_PYTHON_NATIVE_MODULE_H
#define ACCEL_PYTHON_NATIVE_MODULE_H

#include "mlir-c/IR.h"

#include <pybind11/pybind11.h>
#include <string>

namespace accel::python {

inline MlirStringRef refTo(const std::string &text) {
  return mlirStringRefCreate(text.data(), text.size());
}

/// A callback of the C API; `target` is the std::string to append to.
inline void appendTo(MlirStringRef text, void *target) {
  static_cast<std::string *>(target)->append(text.data, text.length);
}

/// Diagnostic, Outcome, run_pipeline, targets.
void bindPipeline(pybind11::module_ &module);

/// Program.
void bindProgram(pybind11::module_ &module);

} // namespace accel::python

#endif // ACCEL_PYTHON_NATIVE_MODULE_H
