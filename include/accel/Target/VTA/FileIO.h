//===- FileIO.h - Files read and written in one piece ---------*- C++ -*-===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef ACCEL_TARGET_VTA_FILEIO_H
#define ACCEL_TARGET_VTA_FILEIO_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace accel::vta {

/// Opens a regular file of at most `maxBytes`; anything else (a folder, a
/// pipe, a larger file) fails with one sentence that names the path.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readFile(llvm::StringRef path, uint64_t maxBytes);

/// Writes under a temporary name in the same folder and renames, so that
/// `path` never holds half of the content.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef content);

} // namespace accel::vta

#endif // ACCEL_TARGET_VTA_FILEIO_H
