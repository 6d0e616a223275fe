//===- ProgramWriter.cpp - Program to program folder ----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Diagnostics.h"
#include "ProgramFolder.h"
#include "accel/Target/VTA/FileIO.h"
#include "accel/Target/VTA/Program.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace accel::vta;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace {

llvm::Error ioError(llvm::StringRef what, llvm::StringRef where,
                    std::error_code code) {
  return makeError("cannot " + what + " '" + where + "': " + code.message());
}

/// Success if `folder` is absent, empty or holds nothing but a program.
llvm::Error checkReplaceable(llvm::StringRef folder) {
  if (!fs::exists(folder))
    return llvm::Error::success();
  if (!fs::is_directory(folder))
    return makeError("'" + folder + "' exists and is not a folder");
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; it != end && !code;
       it.increment(code)) {
    llvm::StringRef name = path::filename(it->path());
    if (name != kManifestFile && name != kInstructionsFile &&
        name != kUopsFile && name != kConstantsFile)
      return makeError("'" + folder + "' holds '" + name +
                       "', which is no part of a program: choose a new or "
                       "empty folder");
  }
  if (code)
    return ioError("read", folder, code);
  return llvm::Error::success();
}

llvm::Expected<std::string> instructionBytes(const Program &program) {
  std::string bytes;
  bytes.reserve(program.instructions.size() * kInstructionBytes);
  for (size_t i = 0; i < program.instructions.size(); ++i) {
    llvm::Expected<InstructionWord> word =
        encode(program.instructions[i], program.geometry);
    if (!word)
      return makeError("instruction " + llvm::Twine(i) + ": " +
                       llvm::toString(word.takeError()));
    bytes.append(word->begin(), word->end());
  }
  return bytes;
}

} // namespace

llvm::Expected<std::string> accel::vta::microOpBytes(const Program &program) {
  std::string bytes;
  bytes.reserve(program.uopsSize());
  for (size_t i = 0; i < program.microOps.size(); ++i) {
    llvm::Expected<uint32_t> word =
        encode(program.microOps[i], program.geometry);
    if (!word)
      return makeError("micro-op " + llvm::Twine(i) + ": " +
                       llvm::toString(word.takeError()));
    char buffer[kMicroOpBytes];
    llvm::support::endian::write32le(buffer, *word);
    bytes.append(buffer, kMicroOpBytes);
  }
  return bytes;
}

std::string accel::vta::manifestText(const Program &program) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::json::OStream json(stream, /*IndentSize=*/2);
  const Geometry &geometry = program.geometry;
  json.object([&] {
    json.attribute("schema", kManifestSchema);
    json.attribute("isa", kIsaVersion);
    json.attributeObject("geometry", [&] {
      json.attribute("batch", geometry.batch);
      json.attribute("block_in", geometry.blockIn);
      json.attribute("block_out", geometry.blockOut);
      json.attribute("uop_depth", geometry.uopDepth);
      json.attribute("wgt_depth", geometry.wgtDepth);
      json.attribute("inp_depth", geometry.inpDepth);
      json.attribute("acc_depth", geometry.accDepth);
    });
    json.attribute("entry", llvm::json::fixUTF8(program.entry));
    json.attribute("dram_bytes", program.dramBytes);
    json.attributeObject("uops", [&] {
      json.attribute("dram_base", program.uopsDramBase);
      json.attribute("size", program.uopsSize());
    });
    json.attributeArray("tensors", [&] {
      for (const TensorRecord &tensor : program.tensors)
        json.object([&] {
          json.attribute("name", llvm::json::fixUTF8(tensor.name));
          json.attribute("role", roleName(tensor.role));
          json.attribute("element_type", elementTypeName(tensor.elementType));
          json.attribute("shape", llvm::json::Array(tensor.shape));
          json.attribute("dram_base", tensor.dramBase);
          json.attribute("size", tensor.size);
          if (tensor.isGathered()) {
            json.attribute("packed_shape",
                           llvm::json::Array(tensor.packedShape));
            json.attributeArray("gather", [&] {
              for (const Layout &map : tensor.gather)
                json.value(map.str());
            });
          } else {
            json.attribute("layout", tensor.layout.str());
          }
          if (tensor.role == Role::Constant)
            json.attribute("file_offset", tensor.fileOffset);
        });
    });
  });
  stream << '\n';
  return text;
}

llvm::Error accel::vta::writeProgram(const Program &program,
                                     llvm::StringRef folder) {
  if (llvm::Error error = program.verify())
    return error;
  llvm::Expected<std::string> instructions = instructionBytes(program);
  if (!instructions)
    return instructions.takeError();
  llvm::Expected<std::string> microOps = microOpBytes(program);
  if (!microOps)
    return microOps.takeError();

  // A trailing separator would put the temporary folder inside.
  llvm::StringRef target = folder.rtrim('/');
  if (target.empty())
    return makeError("'" + folder + "' is no name for a program folder");
  if (llvm::Error error = checkReplaceable(target))
    return error;
  llvm::SmallString<128> temporary;
  fs::createUniquePath(target + ".%%%%%%%%.tmp", temporary,
                       /*MakeAbsolute=*/false);
  if (std::error_code code =
          fs::create_directory(temporary, /*IgnoreExisting=*/false))
    return ioError("create", temporary, code);
  llvm::scope_exit cleanup([&] {
    // Nothing is left to be done about a second failure.
    std::error_code ignored = fs::remove_directories(temporary);
    (void)ignored;
  });

  auto write = [&](llvm::StringRef file, llvm::StringRef content) {
    llvm::SmallString<128> name(temporary);
    path::append(name, file);
    return writeFile(name, content);
  };
  if (llvm::Error error = write(kManifestFile, manifestText(program)))
    return error;
  if (llvm::Error error = write(kInstructionsFile, *instructions))
    return error;
  if (llvm::Error error = write(kUopsFile, *microOps))
    return error;
  if (!program.constants.empty())
    if (llvm::Error error =
            write(kConstantsFile, llvm::toStringRef(program.constants)))
      return error;

  // Only files of an earlier program are in the way (checkReplaceable).
  if (fs::exists(target))
    if (std::error_code code = fs::remove_directories(target, false))
      return ioError("replace", target, code);
  if (std::error_code code = fs::rename(temporary, target))
    return ioError("write", target, code);
  cleanup.release();
  return llvm::Error::success();
}
