//===- Mapspace.h - How many mappings there are -----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_MAPSPACE_H
#define ACCEL_MAPPER_MAPSPACE_H

#include "accel/Mapper/Mapper.h"

namespace accel {

/// Decimal logarithm of the number of ways to choose one path for every Einsum:
/// a compute unit, what every level holds, the order of keeps in a level, and
/// how every rank's bound is split over the slots between keeps and over the
/// fan-outs. Orders of loops within a slot do not count, and neither do the
/// rules that tie Einsums together (capacity, agreement on what is exchanged,
/// minimum usage). O(Einsums * (holdings + ranks * log bound)).
double countMapspaceLog10(const EinsumGraph &graph, const Architecture &arch,
                          const MapperOptions &options);

} // namespace accel

#endif // ACCEL_MAPPER_MAPSPACE_H
