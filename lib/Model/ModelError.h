//===- ModelError.h - Errors as values -*- C++ -*-
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_LIB_MODEL_MODELERROR_H
#define ACCEL_LIB_MODEL_MODELERROR_H

#include "llvm/Support/Error.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace accel {

/// A user error: one sentence, lower case, what was found and what is allowed.
inline llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// A number as people read it: integers in full, others to 12 digits.
inline std::string formatNumber(double value) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (value > -1e15 && value < 1e15 && value == double(int64_t(value)))
    os << int64_t(value);
  else
    os << llvm::format("%.12g", value);
  return text;
}

} // namespace accel

#endif // ACCEL_LIB_MODEL_MODELERROR_H
