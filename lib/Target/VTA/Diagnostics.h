//===- Diagnostics.h - One way to make an error ---------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_TARGET_VTA_DIAGNOSTICS_H
#define ACCEL_LIB_TARGET_VTA_DIAGNOSTICS_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace accel::vta {

inline llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

} // namespace accel::vta

#endif // ACCEL_LIB_TARGET_VTA_DIAGNOSTICS_H
