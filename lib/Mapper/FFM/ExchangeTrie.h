//===- ExchangeTrie.h - How an intermediate can be exchanged ----*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All users of an intermediate agree on its level and on the loops above its
// backing keep. So what one user can do limits the others: the trie holds every
// way that is left, by level and then loop by loop.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_FFM_EXCHANGETRIE_H
#define ACCEL_MAPPER_FFM_EXCHANGETRIE_H

#include "PartialMapping.h"
#include "llvm/ADT/DenseMap.h"

namespace accel::ffm {

class ExchangeTrie {
public:
  /// Where the loops of an exchange have led so far; negative: nowhere.
  using Place = int;

  Place enter(unsigned level) const { return find({0, key(level)}); }
  Place below(Place at, const FusedLoop &loop) const {
    return find({unsigned(at) + 1, key(loop)});
  }
  /// Whether there is an exchange with no more loops.
  bool endsAt(Place at) const { return ends[at]; }

  /// Whether there is an exchange below exactly these loops.
  bool contains(unsigned level, llvm::ArrayRef<FusedLoop> loops) const;
  void add(unsigned level, llvm::ArrayRef<FusedLoop> loops);

  /// Calls `visit(level, loops)` for every exchange.
  template <typename Visit> void forEach(Visit visit) const {
    for (const Exchanged &x : exchanges)
      visit(x.level, llvm::ArrayRef<FusedLoop>(x.loops));
  }

private:
  using Edge = std::pair<unsigned, uint64_t>;
  static uint64_t key(unsigned level) { return level; }
  static uint64_t key(const FusedLoop &loop) {
    return uint64_t(loop.count) << 8 | loop.dim << 1 | loop.spatial;
  }
  Place find(const Edge &edge) const {
    auto it = edges.find(edge);
    return it == edges.end() ? -1 : it->second;
  }
  Place findOrAdd(const Edge &edge);

  struct Exchanged {
    unsigned level;
    llvm::SmallVector<FusedLoop, 3> loops;
  };
  /// By place.
  std::vector<char> ends;
  std::vector<Exchanged> exchanges;
  llvm::DenseMap<Edge, Place> edges;
};

} // namespace accel::ffm

#endif // ACCEL_MAPPER_FFM_EXCHANGETRIE_H
