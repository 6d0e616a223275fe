//===- MicroOpStore.cpp - Where lists of micro-ops lie --------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MicroOpStore.h"

#include <algorithm>
#include <tuple>

using namespace accel::vta;

bool MicroOpStore::Less::operator()(const std::vector<MicroOp> &a,
                                    const std::vector<MicroOp> &b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](const MicroOp &x, const MicroOp &y) {
                                        return std::tie(x.dst, x.src, x.wgt) <
                                               std::tie(y.dst, y.src, y.wgt);
                                      });
}

MicroOpStore::Place MicroOpStore::place(const std::vector<MicroOp> &list) {
  auto [it, isNew] = entries.try_emplace(list);
  Entry &entry = it->second;
  if (isNew) {
    image.resize((image.size() + 1) & ~size_t(1));
    entry.dramIndex = image.size();
    image.insert(image.end(), list.begin(), list.end());
  }
  Place place;
  place.dramIndex = entry.dramIndex;
  if (entry.generation != generation) {
    // The bus brings two micro-ops at a time.
    top = (top + 1) & ~int64_t(1);
    if (top + int64_t(list.size()) > depth) {
      top = 0;
      ++generation;
    }
    entry.address = top;
    entry.generation = generation;
    top += list.size();
    place.mustLoad = true;
  }
  place.address = entry.address;
  return place;
}
