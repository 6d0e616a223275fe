//===- FileIO.cpp - Files read and written in one piece -------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/FileIO.h"
#include "Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel::vta;

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
accel::vta::readFile(llvm::StringRef path, uint64_t maxBytes) {
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status))
    return makeError("cannot read '" + path + "': " + code.message());
  if (!llvm::sys::fs::is_regular_file(status))
    return makeError("cannot read '" + path + "': not a regular file");
  if (status.getSize() > maxBytes)
    return makeError("'" + path + "' has " + llvm::Twine(status.getSize()) +
                     " bytes but at most " + llvm::Twine(maxBytes) +
                     " are allowed");
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + buffer.getError().message());
  return std::move(*buffer);
}

llvm::Error accel::vta::writeFile(llvm::StringRef path,
                                  llvm::StringRef content) {
  llvm::Expected<llvm::sys::fs::TempFile> file =
      llvm::sys::fs::TempFile::create(path + ".%%%%%%%%.tmp");
  if (!file)
    return makeError("cannot write '" + path +
                     "': " + llvm::toString(file.takeError()));
  {
    llvm::raw_fd_ostream stream(file->FD, /*shouldClose=*/false);
    stream << content;
    stream.flush();
    if (std::error_code code = stream.error()) {
      stream.clear_error();
      llvm::consumeError(file->discard());
      return makeError("cannot write '" + path + "': " + code.message());
    }
  }
  if (llvm::Error error = file->keep(path))
    return makeError("cannot write '" + path +
                     "': " + llvm::toString(std::move(error)));
  return llvm::Error::success();
}
