//===- ExchangeTrie.cpp - How an intermediate can be exchanged ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExchangeTrie.h"

namespace accel::ffm {

ExchangeTrie::Place ExchangeTrie::findOrAdd(const Edge &edge) {
  auto [it, isNew] = edges.try_emplace(edge, ends.size());
  if (isNew)
    ends.push_back(false);
  return it->second;
}

bool ExchangeTrie::contains(unsigned level,
                            llvm::ArrayRef<FusedLoop> loops) const {
  Place at = enter(level);
  for (const FusedLoop &loop : loops) {
    if (at < 0)
      return false;
    at = below(at, loop);
  }
  return at >= 0 && ends[at];
}

void ExchangeTrie::add(unsigned level, llvm::ArrayRef<FusedLoop> loops) {
  Place at = findOrAdd({0, key(level)});
  for (const FusedLoop &loop : loops)
    at = findOrAdd({unsigned(at) + 1, key(loop)});
  if (!ends[at])
    exchanges.push_back({level, {loops.begin(), loops.end()}});
  ends[at] = true;
}

} // namespace accel::ffm
