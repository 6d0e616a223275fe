//===- Search.h - Restarts of descent, decoding and polish ------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rounds of restarts. Within a round restarts know nothing of one another, so
// that they can run on any number of threads with the same result.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_MAPPER_GRADIENT_SEARCH_H
#define ACCEL_MAPPER_GRADIENT_SEARCH_H

#include "ProgramPolish.h"
#include <chrono>
#include <mutex>

namespace accel::gradient {

/// What a restart found.
struct Found {
  ProgramState state;
  ProgramValue value;
};

class Search {
  /// First, since listing the spaces takes time, too.
  std::chrono::steady_clock::time_point begin;

public:
  Search(const EinsumGraph &graph, const Architecture &arch,
         const MapperOptions &options, const GradientOptions &gradient);
  ~Search();

  /// Restarts, at most `limit` of them (0: no limit), until time is up or, with
  /// neither limit, patience is lost; none once it is hopeless. The best so far
  /// counts as known.
  void run(unsigned limit);

  /// Descends from `start` once, without restarts.
  Found descendFrom(ProgramState start);

  /// Sees every valid state that improves on what its own restart had.
  std::function<void(const ProgramState &, const ProgramValue &)> observer;

  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         begin)
        .count();
  }
  bool expired() const {
    return options.timeLimitS < kInf && seconds() > options.timeLimitS;
  }

  /// Whether nothing can fit, however long one searches; asked at most once, if
  /// what the first restart begins with does not fit.
  std::function<bool()> isHopeless;

  /// Everything through the outermost memory where the target allows it;
  /// holders as few as possible, or at random.
  ProgramState plainState(Random *random) const;

  ProgramSpace program;
  Found best;
  /// Restarts so far.
  unsigned restarts = 0;

private:
  /// The same search over tiles that divide.
  struct Perfect;
  ProgramState perturbed(const ProgramState &state, Random &random) const;
  Found restart(unsigned number, const Found &elite);
  void note(const ProgramState &state, const ProgramValue &value);
  bool givesUp(const ProgramValue &first);
  void reportProgress();

  const MapperOptions &options;
  const GradientOptions &gradient;
  std::unique_ptr<Perfect> perfect;
  bool gaveUp = false;
  std::mutex mutex;
  /// The best seen by anyone, for the callbacks.
  double bestValue = kInf;
};

} // namespace accel::gradient

#endif // ACCEL_MAPPER_GRADIENT_SEARCH_H
