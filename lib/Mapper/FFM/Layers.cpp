//===- Layers.cpp - What prefixes of a program can look like --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layers.h"
#include <optional>

namespace accel::ffm {

void SharedCosts::share(const SharedCosts &other) {
  std::optional<Least> difference;
  for (unsigned g = 0; g != size(); ++g) {
    Least a = (*this)[g], b = other[g];
    if (!difference && a.isPossible() && b.isPossible())
      difference = a - b;
    if (!differsBy(a, b, difference.value_or(Least())))
      return;
  }
  if (difference)
    *this = other + *difference;
}

} // namespace accel::ffm
