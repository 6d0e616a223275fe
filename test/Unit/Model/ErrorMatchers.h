//===- ErrorMatchers.h - Expectations on llvm::Error ------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_MODEL_ERRORMATCHERS_H
#define ACCEL_TEST_UNIT_MODEL_ERRORMATCHERS_H

#include "llvm/Support/Error.h"
#include "gtest/gtest.h"

namespace accel {

/// The message of an error, or "success".
inline std::string messageOf(llvm::Error error) {
  return error ? llvm::toString(std::move(error)) : "success";
}

template <typename T> std::string messageOf(llvm::Expected<T> result) {
  return result ? "success" : llvm::toString(result.takeError());
}

} // namespace accel

#endif // ACCEL_TEST_UNIT_MODEL_ERRORMATCHERS_H
