//===- Assert.h - Assertions with a switch of their own ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NDEBUG has to be what the installed LLVM was built with, since it changes the
// layout of LLVM's own classes. So what we assert does not depend on it.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_SUPPORT_ASSERT_H
#define ACCEL_SUPPORT_ASSERT_H

#include <cstdio>
#include <cstdlib>

/// Ends the program with the condition, which must hold whatever users do, if
/// it does not; only in builds with ACCEL_ASSERTIONS. Otherwise it is not
/// evaluated.
#ifdef ACCEL_ASSERTIONS
#define ACCEL_ASSERT(condition)                                                \
  ((condition) ? void()                                                        \
               : (std::fprintf(stderr, "%s:%d: assertion failed: %s\n",        \
                               __FILE__, __LINE__, #condition),                \
                  std::abort()))
#else
#define ACCEL_ASSERT(condition) (void)sizeof(!(condition))
#endif

#endif // ACCEL_SUPPORT_ASSERT_H
