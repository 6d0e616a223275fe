//===- Overview.h - The first page of accel-opt --help ----------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TOOLS_ACCELOPT_OVERVIEW_H
#define ACCEL_TOOLS_ACCELOPT_OVERVIEW_H

#include <string>

/// What Accel adds to mlir-opt, by stage, with the descriptions that passes and
/// pipelines registered. MLIR's own help, which follows, has everything in
/// alphabetical order and the options of each.
std::string overviewText();

#endif // ACCEL_TOOLS_ACCELOPT_OVERVIEW_H
