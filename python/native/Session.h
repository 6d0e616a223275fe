//===- Session.h - One context, one module, its diagnostics -----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_PYTHON_NATIVE_SESSION_H
#define ACCEL_PYTHON_NATIVE_SESSION_H

#include "Module.h"

#include "mlir-c/Diagnostics.h"
#include <vector>

namespace accel::python {

struct Diagnostic {
  std::string severity; ///< error, warning, remark or note
  std::string location; ///< file:line:column, or empty
  std::string message;
  std::vector<Diagnostic> notes;
};

/// A context of its own for one call, so that calls from several threads do not
/// meet. Collects diagnostics; touches no Python object, so the interpreter's
/// lock may be released.
class Session {
public:
  Session();
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  /// Null if the text is no module.
  MlirModule parse(const std::string &text, const std::string &name);

  /// The module as text.
  std::string print() const;

  std::vector<Diagnostic> takeDiagnostics() { return std::move(diagnostics); }

private:
  MlirContext context;
  MlirModule module = {nullptr};
  std::vector<Diagnostic> diagnostics;
};

} // namespace accel::python

#endif // ACCEL_PYTHON_NATIVE_SESSION_H
