//===- Module.cpp - The extension accel._native ---------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Module.h"

PYBIND11_MODULE(_native, module) {
  module.doc() = "Accel in process. Private: use accel.map and accel.compile.";
  module.attr("version") = ACCEL_VERSION;
  accel::python::bindPipeline(module);
  accel::python::bindProgram(module);
}
