//===- ForeignProgram.cpp - Programs of other tools -----------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/ForeignProgram.h"
#include "Diagnostics.h"
#include "ProgramFolder.h"
#include "accel/Target/VTA/FileIO.h"
#include "accel/Target/VTA/Program.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <map>

using namespace accel::vta;

namespace {

constexpr uint64_t kMaxTextBytes = uint64_t(1) << 20;
constexpr uint64_t kMaxBufferBytes = uint64_t(1) << 30;

using Words = llvm::ArrayRef<llvm::StringRef>;

class ForeignReader {
public:
  explicit ForeignReader(llvm::StringRef folder) : folder(folder) {}

  llvm::Error line(Words words) {
    llvm::StringRef keyword = words.front();
    if (keyword == "config")
      return config(words.drop_front());
    if (keyword == "buf" && words.size() == 4)
      return buffer(words);
    if (keyword == "run" && words.size() == 2) {
      if (!instructionFile.empty())
        return makeError("a second 'run' but one is allowed");
      instructionFile = words[1].str();
      return llvm::Error::success();
    }
    if (keyword == "expect" && words.size() == 3)
      return expect(words);
    // Whatever the file holds, the message is one line of text.
    std::string found = llvm::join(words, " ").substr(0, 60);
    for (char &c : found)
      if (!llvm::isPrint(c))
        c = '?';
    return makeError("expected 'config KEY=VALUE…', 'buf NAME ADDRESS "
                     "FILE|zero:BYTES', 'run FILE' or 'expect NAME FILE' but "
                     "found '" +
                     found + "'");
  }

  /// The configuration may follow the line that uses it: decode at the end.
  llvm::Expected<ForeignProgram> finish() {
    if (llvm::Error error = finishGeometry())
      return std::move(error);
    if (instructionFile.empty())
      return makeError("there is no 'run' line");
    auto bytes = open(instructionFile, kMaxBufferBytes);
    if (!bytes)
      return bytes.takeError();
    auto instructions =
        decodeInstructions((*bytes)->getBuffer(), program.geometry);
    if (!instructions)
      return makeError(llvm::Twine(instructionFile) + ": " +
                       llvm::toString(instructions.takeError()));
    program.instructions = std::move(*instructions);
    return std::move(program);
  }

private:
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> open(llvm::StringRef file,
                                                           uint64_t maxBytes) {
    if (llvm::sys::path::filename(file) != file || file == "..")
      return makeError("file '" + file +
                       "' must lie in the folder of program.vta");
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, file);
    return readFile(path, maxBytes);
  }

  llvm::Expected<std::vector<uint8_t>> image(llvm::StringRef file) {
    auto bytes = open(file, kMaxBufferBytes);
    if (!bytes)
      return bytes.takeError();
    return std::vector<uint8_t>((*bytes)->getBuffer().bytes_begin(),
                                (*bytes)->getBuffer().bytes_end());
  }

  llvm::Error config(Words words) {
    static constexpr llvm::StringLiteral kKnown[] = {
        "LOG_BATCH",         "LOG_BLOCK",         "LOG_BLOCK_IN",
        "LOG_BLOCK_OUT",     "LOG_INP_WIDTH",     "LOG_WGT_WIDTH",
        "LOG_ACC_WIDTH",     "LOG_OUT_WIDTH",     "LOG_UOP_BUFF_SIZE",
        "LOG_WGT_BUFF_SIZE", "LOG_INP_BUFF_SIZE", "LOG_ACC_BUFF_SIZE"};
    for (llvm::StringRef word : words) {
      auto [key, value] = word.split('=');
      unsigned number;
      if (!llvm::is_contained(kKnown, key) || value.getAsInteger(10, number) ||
          number > 24)
        return makeError(
            "configuration '" + word +
            "' is unknown or not a logarithm up to 24; known are " +
            llvm::join(std::begin(kKnown), std::end(kKnown), ", "));
      values[key.str()] = number;
    }
    return llvm::Error::success();
  }

  llvm::Error buffer(Words words) {
    ForeignBuffer buffer;
    buffer.name = words[1].str();
    if (find(buffer.name) != program.buffers.size())
      return makeError("buffer '" + words[1] + "' is declared twice");
    // Radix 0 accepts both 4096 and 0x1000.
    if (words[2].getAsInteger(0, buffer.dramBase) || buffer.dramBase < 0 ||
        buffer.dramBase >= kMaxDramBytes)
      return makeError("address '" + words[2] + "' is not in 0 to " +
                       llvm::Twine(kMaxDramBytes - 1));
    llvm::StringRef source = words[3];
    if (source.consume_front("zero:")) {
      uint64_t bytes;
      if (source.getAsInteger(10, bytes) || bytes > kMaxBufferBytes)
        return makeError("size '" + source + "' is not in 0 to " +
                         llvm::Twine(kMaxBufferBytes));
      buffer.image.resize(bytes);
    } else {
      llvm::Expected<std::vector<uint8_t>> content = image(source);
      if (!content)
        return content.takeError();
      buffer.image = std::move(*content);
    }
    int64_t end = buffer.dramBase + static_cast<int64_t>(buffer.image.size());
    if (end > kMaxDramBytes)
      return makeError("buffer '" + llvm::Twine(buffer.name) + "' ends at " +
                       llvm::Twine(end) + " but DRAM holds " +
                       llvm::Twine(kMaxDramBytes) + " bytes");
    for (const ForeignBuffer &other : program.buffers)
      if (buffer.dramBase <
              other.dramBase + static_cast<int64_t>(other.image.size()) &&
          other.dramBase < end)
        return makeError("buffers '" + llvm::Twine(buffer.name) + "' and '" +
                         other.name + "' overlap");
    program.buffers.push_back(std::move(buffer));
    return llvm::Error::success();
  }

  llvm::Error expect(Words words) {
    size_t index = find(words[1]);
    if (index == program.buffers.size())
      return makeError("buffer '" + words[1] + "' is not declared before");
    llvm::Expected<std::vector<uint8_t>> content = image(words[2]);
    if (!content)
      return content.takeError();
    size_t held = program.buffers[index].image.size();
    if (content->size() > held)
      return makeError("expected image has " + llvm::Twine(content->size()) +
                       " bytes but the buffer holds " + llvm::Twine(held));
    program.expectations.push_back({index, std::move(*content)});
    return llvm::Error::success();
  }

  llvm::Error finishGeometry() {
    auto value = [&](llvm::StringRef key, unsigned otherwise) {
      auto it = values.find(key.str());
      return it == values.end() ? otherwise : it->second;
    };
    for (auto [key, width] :
         {std::pair("LOG_INP_WIDTH", 3u), std::pair("LOG_WGT_WIDTH", 3u),
          std::pair("LOG_ACC_WIDTH", 5u), std::pair("LOG_OUT_WIDTH", 3u)})
      if (value(key, width) != width)
        return makeError(llvm::Twine(key) + " is " +
                         llvm::Twine(value(key, width)) + " but " +
                         llvm::Twine(width) + " is supported");
    unsigned block = value("LOG_BLOCK", 4);
    llvm::Expected<Geometry> geometry =
        Geometry::standard(int64_t(1) << value("LOG_BATCH", 0),
                           int64_t(1) << value("LOG_BLOCK_IN", block),
                           int64_t(1) << value("LOG_BLOCK_OUT", block));
    if (!geometry)
      return geometry.takeError();
    auto resize = [&](llvm::StringRef key, Buffer buffer, int64_t &depth) {
      if (values.count(key.str()))
        depth = (int64_t(1) << value(key, 0)) / geometry->elementBytes(buffer);
    };
    resize("LOG_UOP_BUFF_SIZE", Buffer::Uop, geometry->uopDepth);
    resize("LOG_WGT_BUFF_SIZE", Buffer::Wgt, geometry->wgtDepth);
    resize("LOG_INP_BUFF_SIZE", Buffer::Inp, geometry->inpDepth);
    resize("LOG_ACC_BUFF_SIZE", Buffer::Acc, geometry->accDepth);
    program.geometry = *geometry;
    return geometry->verify();
  }

  size_t find(llvm::StringRef name) const {
    size_t index = 0;
    while (index < program.buffers.size() &&
           program.buffers[index].name != name)
      ++index;
    return index;
  }

  llvm::StringRef folder;
  std::map<std::string, unsigned> values;
  std::string instructionFile;
  ForeignProgram program;
};

} // namespace

llvm::Expected<ForeignProgram>
accel::vta::readForeignProgram(llvm::StringRef path) {
  llvm::SmallString<128> file(path);
  if (llvm::sys::fs::is_directory(file))
    llvm::sys::path::append(file, "program.vta");
  auto text = readFile(file, kMaxTextBytes);
  if (!text)
    return text.takeError();
  ForeignReader reader(llvm::sys::path::parent_path(file));
  llvm::StringRef rest = (*text)->getBuffer();
  for (unsigned number = 1; !rest.empty(); ++number) {
    llvm::StringRef line;
    std::tie(line, rest) = rest.split('\n');
    llvm::SmallVector<llvm::StringRef, 8> words;
    llvm::SplitString(line.split('#').first, words, " \t\r");
    if (words.empty())
      continue;
    if (llvm::Error error = reader.line(words))
      return makeError(file + ":" + llvm::Twine(number) + ": " +
                       llvm::toString(std::move(error)));
  }
  llvm::Expected<ForeignProgram> program = reader.finish();
  if (!program)
    return makeError(file + ": " + llvm::toString(program.takeError()));
  return program;
}
