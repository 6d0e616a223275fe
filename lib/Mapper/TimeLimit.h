//===- TimeLimit.h - The best mapping within a time limit -------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_TIMELIMIT_H
#define ACCEL_MAPPER_TIMELIMIT_H

#include "accel/Mapper/Mapper.h"

namespace accel {

/// mapProgram under a finite `options.timeLimitS`. Most of the time goes to the
/// search with proof. If that does not end, the best of what is then found is
/// Feasible, with the bound proven so far: the optimum without fusion, and
/// random changes of it that are better. `timedOut` is set, with status
/// Infeasible, if not even a random mapping was found.
MapperResult mapWithinTime(const EinsumGraph &graph, const Architecture &arch,
                           const MapperOptions &options);

} // namespace accel

#endif // ACCEL_MAPPER_TIMELIMIT_H
