//===- ProgressLine.cpp - Shows on a terminal where a search stands -------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProgressLine.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir::accel;

/// Seconds between two updates: fast enough to look alive.
static constexpr double kPeriodS = 0.1;

ProgressLine::ProgressLine(llvm::StringRef mode, llvm::StringRef what)
    : what(what),
      isShown(mode == "on" || (mode == "auto" && llvm::errs().is_displayed())) {
}

ProgressLine::~ProgressLine() {
  if (isDirty)
    llvm::errs() << "\r\033[K";
}

std::function<void(const ::accel::MapperProgress &)> ProgressLine::callback() {
  if (!isShown)
    return {};
  return [this](const ::accel::MapperProgress &now) {
    if (now.seconds - lastS < kPeriodS)
      return;
    lastS = now.seconds;
    isDirty = true;
    llvm::errs() << "\r\033[K" << what << ": "
                 << llvm::format("%.1f s, round %u, %u of %u ops", now.seconds,
                                 now.round, now.explored, now.distinct);
    if (std::isfinite(now.best))
      llvm::errs() << llvm::format(", best %.4g, bound %.4g", now.best,
                                   now.lowerBound);
  };
}
