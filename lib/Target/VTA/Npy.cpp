//===- Npy.cpp - Arrays in NumPy's file format ----------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Npy.h"
#include "Diagnostics.h"
#include "accel/Target/VTA/FileIO.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <optional>

using namespace accel;
using namespace accel::npy;
using accel::vta::makeError;

namespace {

constexpr llvm::StringLiteral kMagic = "\x93NUMPY";
constexpr uint64_t kMaxFileBytes = uint64_t(1) << 34;
constexpr unsigned kMaxDims = 32;

struct Format {
  DType dtype;
  llvm::StringLiteral descr;
  llvm::StringLiteral name;
  int64_t bytes;
};

constexpr Format kFormats[] = {
    {DType::I1, "|i1", "int8", 1},   {DType::I2, "<i2", "int16", 2},
    {DType::I4, "<i4", "int32", 4},  {DType::I8, "<i8", "int64", 8},
    {DType::U1, "|u1", "uint8", 1},  {DType::F4, "<f4", "float32", 4},
    {DType::F8, "<f8", "float64", 8}};

const Format &formatOf(DType dtype) {
  for (const Format &format : kFormats)
    if (format.dtype == dtype)
      return format;
  llvm_unreachable("unknown dtype");
}

/// The header is a Python dictionary literal with three known keys.
class HeaderParser {
public:
  explicit HeaderParser(llvm::StringRef text) : rest(text) {}

  llvm::Error parse(Array &array) {
    if (!accept("{"))
      return unexpected("'{'");
    while (!accept("}")) {
      std::optional<llvm::StringRef> key = string();
      if (!key || !accept(":"))
        return unexpected("a key");
      if (llvm::Error error = value(*key, array))
        return error;
      if (accept(","))
        continue;
      if (!accept("}"))
        return unexpected("',' or '}'");
      break;
    }
    if (!hasDescr || !hasOrder || !hasShape)
      return makeError("npy header lacks one of 'descr', 'fortran_order' and "
                       "'shape'");
    if (!rest.trim().empty())
      return unexpected("the end of the header");
    return llvm::Error::success();
  }

private:
  llvm::Error unexpected(llvm::StringRef what) {
    std::string found;
    llvm::raw_string_ostream os(found);
    llvm::printEscapedString(rest.take_front(16), os);
    return makeError("npy header: expected " + what + " before '" + found +
                     "'");
  }

  bool accept(llvm::StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }

  std::optional<llvm::StringRef> string() {
    rest = rest.ltrim();
    if (rest.empty() || (rest.front() != '\'' && rest.front() != '"'))
      return std::nullopt;
    size_t end = rest.find(rest.front(), 1);
    if (end == llvm::StringRef::npos)
      return std::nullopt;
    llvm::StringRef content = rest.slice(1, end);
    rest = rest.drop_front(end + 1);
    return content;
  }

  llvm::Error value(llvm::StringRef key, Array &array) {
    if (key == "descr" && !hasDescr) {
      hasDescr = true;
      std::optional<llvm::StringRef> descr = string();
      if (!descr)
        return makeError("npy file holds a structured array but only plain "
                         "elements are supported");
      for (const Format &format : kFormats)
        // Byte order means nothing for one byte: '<i1' is '|i1'.
        if (*descr == format.descr ||
            (format.bytes == 1 && descr->size() == 3 &&
             descr->drop_front() == format.descr.drop_front())) {
          array.dtype = format.dtype;
          return llvm::Error::success();
        }
      return makeError("npy file holds elements '" + *descr +
                       "' but only |i1, <i2, <i4, <i8, |u1, <f4 and <f8 are "
                       "supported");
    }
    if (key == "fortran_order" && !hasOrder) {
      hasOrder = true;
      if (accept("False"))
        return llvm::Error::success();
      if (accept("True"))
        return makeError("npy file is in Fortran order but only C order is "
                         "supported");
      return unexpected("True or False");
    }
    if (key == "shape" && !hasShape) {
      hasShape = true;
      return shape(array);
    }
    return makeError("npy header has an unknown or repeated key '" + key + "'");
  }

  llvm::Error shape(Array &array) {
    if (!accept("("))
      return unexpected("'('");
    while (!accept(")")) {
      rest = rest.ltrim();
      llvm::StringRef digits = rest.take_while(llvm::isDigit);
      int64_t extent;
      if (digits.getAsInteger(10, extent))
        return unexpected("an extent");
      rest = rest.drop_front(digits.size());
      array.shape.push_back(extent);
      if (array.shape.size() > kMaxDims)
        return makeError("npy file has more than " + llvm::Twine(kMaxDims) +
                         " dimensions");
      if (accept(","))
        continue;
      if (!accept(")"))
        return unexpected("',' or ')'");
      break;
    }
    return llvm::Error::success();
  }

  llvm::StringRef rest;
  bool hasDescr = false;
  bool hasOrder = false;
  bool hasShape = false;
};

} // namespace

llvm::StringRef npy::dtypeName(DType dtype) { return formatOf(dtype).name; }

int64_t npy::itemBytes(DType dtype) { return formatOf(dtype).bytes; }

bool npy::isInteger(DType dtype) {
  return dtype != DType::F4 && dtype != DType::F8;
}

int64_t Array::integerAt(int64_t i) const {
  const uint8_t *at = bytes.data() + i * itemBytes(dtype);
  switch (dtype) {
  case DType::I1:
    return static_cast<int8_t>(*at);
  case DType::U1:
    return *at;
  case DType::I2:
    return static_cast<int16_t>(llvm::support::endian::read16le(at));
  case DType::I4:
    return static_cast<int32_t>(llvm::support::endian::read32le(at));
  case DType::I8:
    return static_cast<int64_t>(llvm::support::endian::read64le(at));
  case DType::F4:
  case DType::F8:
    break;
  }
  llvm_unreachable("not an integer array");
}

llvm::Expected<Array> npy::parse(llvm::StringRef content) {
  if (!content.starts_with(kMagic) || content.size() < 10)
    return makeError("not an npy file: the magic string is missing");
  unsigned major = static_cast<uint8_t>(content[6]);
  unsigned minor = static_cast<uint8_t>(content[7]);
  if ((major != 1 && major != 2) || minor != 0)
    return makeError("npy version is " + llvm::Twine(major) + "." +
                     llvm::Twine(minor) + " but 1.0 and 2.0 are supported");
  size_t headerAt = major == 1 ? 10 : 12;
  if (content.size() < headerAt)
    return makeError("npy file ends within its header");
  uint64_t headerBytes =
      major == 1 ? llvm::support::endian::read16le(content.data() + 8)
                 : llvm::support::endian::read32le(content.data() + 8);
  if (headerBytes > content.size() - headerAt)
    return makeError("npy header has " + llvm::Twine(headerBytes) +
                     " bytes but the file holds " +
                     llvm::Twine(content.size() - headerAt));
  Array array;
  if (llvm::Error error =
          HeaderParser(content.substr(headerAt, headerBytes)).parse(array))
    return std::move(error);

  int64_t needed = itemBytes(array.dtype);
  for (int64_t extent : array.shape)
    if (llvm::MulOverflow(needed, extent, needed))
      return makeError("npy shape does not fit 64 bits");
  llvm::StringRef data = content.drop_front(headerAt + headerBytes);
  if (data.size() != static_cast<uint64_t>(needed))
    return makeError("npy shape needs " + llvm::Twine(needed) +
                     " bytes but the file holds " + llvm::Twine(data.size()));
  array.bytes.assign(data.bytes_begin(), data.bytes_end());
  return array;
}

llvm::Expected<Array> npy::read(llvm::StringRef path) {
  auto buffer = vta::readFile(path, kMaxFileBytes);
  if (!buffer)
    return buffer.takeError();
  llvm::Expected<Array> array = parse((*buffer)->getBuffer());
  if (!array)
    return makeError("'" + path + "': " + llvm::toString(array.takeError()));
  return array;
}

std::string npy::serialize(const Array &array) {
  std::string header = "{'descr': '" + formatOf(array.dtype).descr.str() +
                       "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : array.shape)
    header += std::to_string(extent) + ", ";
  if (array.shape.size() > 1)
    header.resize(header.size() - 2);
  else if (array.shape.size() == 1)
    header.pop_back();
  header += "), }";
  // The data starts at a multiple of 64 bytes, the header ends in a newline.
  size_t unpadded = kMagic.size() + 4 + header.size() + 1;
  header.append(llvm::alignTo(unpadded, 64) - unpadded, ' ');
  header += '\n';

  std::string content = kMagic.str();
  content += '\x01';
  content += '\0';
  content += static_cast<char>(header.size() & 0xff);
  content += static_cast<char>(header.size() >> 8);
  content += header;
  content.append(array.bytes.begin(), array.bytes.end());
  return content;
}

llvm::Error npy::write(const Array &array, llvm::StringRef path) {
  return vta::writeFile(path, serialize(array));
}
