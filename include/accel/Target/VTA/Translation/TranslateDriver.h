//===- TranslateDriver.h - What the tool accel-translate does ---*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_TRANSLATION_TRANSLATEDRIVER_H
#define ACCEL_TARGET_VTA_TRANSLATION_TRANSLATEDRIVER_H

#include "mlir/Support/LLVM.h"

#include <string>

namespace mlir::accel {

/// The command line of accel-translate, parsed.
struct TranslateRequest {
  /// Module → program folder, else program folder → text.
  bool toVTA = false;
  /// A file or "-", or a program folder.
  std::string input = "-";
  /// A program folder, or a file or "-".
  std::string output = "-";
  std::string entry;
};

/// Reads, translates, writes; nothing is written unless all succeeds.
/// Diagnostics go to standard error.
LogicalResult runTranslateTool(const TranslateRequest &request);

} // namespace mlir::accel

#endif // ACCEL_TARGET_VTA_TRANSLATION_TRANSLATEDRIVER_H
