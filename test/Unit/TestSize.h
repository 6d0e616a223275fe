//===- TestSize.h - How many cases a property test runs ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `make test` and `make test-slow` run the same binaries; the slow ones set
// environment variables.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TEST_UNIT_TESTSIZE_H
#define ACCEL_TEST_UNIT_TESTSIZE_H

#include <cstdlib>

namespace accel::test {

/// The number that stands in an environment variable, if it is set.
inline unsigned testSize(const char *variable, unsigned byDefault) {
  const char *text = std::getenv(variable);
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10))
              : byDefault;
}

} // namespace accel::test

#endif // ACCEL_TEST_UNIT_TESTSIZE_H
