//===- Windows.h - Tiles that slide along a loop ----------------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A keep above a loop that moves a window over a tensor holds the window of one
// iteration. What two windows have in common stays, at the buffer's front; the
// rest is fetched, so that every element of the range comes once.
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TRANSFORMS_APPLYMAPPING_WINDOWS_H
#define ACCEL_TRANSFORMS_APPLYMAPPING_WINDOWS_H

#include "Generation.h"

namespace mlir::accel::apply {

/// What operand `keep.operand` holds in the first iteration of the loop below
/// the keep. Precondition: `keep` slides.
Box firstWindow(const Generation &gen, const PlannedOp &planned,
                const PlannedKeep &keep);

/// Generates, in front of the loop, the fetch of what the first window has in
/// common with the second. `window` is the buffer with the first window.
void startWindow(Generation &gen, const PlannedOp &planned,
                 const PlannedKeep &keep, const Tile &parent,
                 const Tile &window);

/// Generates, at the begin of the loop's body, the step of the window to what
/// `window` says.
void moveWindow(Generation &gen, const PlannedOp &planned,
                const PlannedKeep &keep, const Tile &parent,
                const Tile &window);

} // namespace mlir::accel::apply

#endif // ACCEL_TRANSFORMS_APPLYMAPPING_WINDOWS_H
