//===- ExchangeTrie.cpp - How an intermediate can be exchanged ------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExchangeTrie.h"

namespace accel::ffm {

ExchangeTrie::Place ExchangeTrie::findOrAdd(const Edge &edge) {
  auto [it, isNew] = edges.try_emplace(edge, places.size());
  if (isNew)
    places.emplace_back();
  return it->second;
}

ExchangeTrie::Place ExchangeTrie::find(unsigned level,
                                       llvm::ArrayRef<FusedLoop> loops) const {
  Place at = enter(level);
  for (const FusedLoop &loop : loops) {
    if (at < 0)
      break;
    at = below(at, loop);
  }
  return at;
}

void ExchangeTrie::add(unsigned level, llvm::ArrayRef<FusedLoop> loops,
                       const Least &cost) {
  Place at = findOrAdd({0, key(level)});
  places[at].any.include(cost);
  for (const FusedLoop &loop : loops) {
    at = findOrAdd({unsigned(at) + 1, key(loop)});
    places[at].any.include(cost);
  }
  if (!places[at].ending.isPossible())
    exchanges.push_back({level, {loops.begin(), loops.end()}, at});
  places[at].ending.include(cost);
}

} // namespace accel::ffm
