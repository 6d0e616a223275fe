//===- ProgressLine.h - Shows on a terminal where a search stands ---------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PROGRESSLINE_H
#define ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PROGRESSLINE_H

#include "accel/Mapper/Mapper.h"

namespace mlir::accel {

/// One line on standard error that is rewritten in place, and erased at the
/// end. Mode `auto` shows it on a terminal only, never in a pipe.
class ProgressLine {
public:
  ProgressLine(llvm::StringRef mode, llvm::StringRef what);
  ~ProgressLine();
  ProgressLine(const ProgressLine &) = delete;
  ProgressLine &operator=(const ProgressLine &) = delete;

  /// What the mapper calls; empty if nothing is shown.
  std::function<void(const ::accel::MapperProgress &)> callback();

private:
  std::string what;
  bool isShown;
  bool isDirty = false;
  double lastS = -1;
};

} // namespace mlir::accel

#endif // ACCEL_LIB_DIALECT_ACCEL_TRANSFORMS_PROGRESSLINE_H
