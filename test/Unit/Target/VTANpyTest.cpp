//===- VTANpyTest.cpp -----------------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"
#include "accel/Target/VTA/Npy.h"
#include <random>

using namespace accel;
using accel::vta::messageOf;
using accel::vta::TemporaryFolder;
using accel::vta::valueOf;
using testing::HasSubstr;

namespace {

/// A version 1 file with the given header text and data.
std::string file(std::string header, llvm::StringRef data) {
  header += '\n';
  std::string content = "\x93NUMPY";
  content += '\x01';
  content += '\0';
  content += static_cast<char>(header.size() & 0xff);
  content += static_cast<char>(header.size() >> 8);
  return content + header + data.str();
}

const char *const kGoodHeader =
    "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";

TEST(VTANpy, ReadsWhatNumPyWrites) {
  npy::Array array = valueOf(npy::parse(
      file(kGoodHeader, llvm::StringRef("\1\0\2\0\3\0\4\0\5\0\377\377", 12))));
  EXPECT_EQ(array.dtype, npy::DType::I2);
  EXPECT_EQ(array.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(array.integerAt(2), 3);
  EXPECT_EQ(array.integerAt(5), -1);
}

TEST(VTANpy, ReadsVersionTwo) {
  std::string header = std::string(kGoodHeader) + "\n";
  std::string content = "\x93NUMPY";
  content += '\x02';
  content += '\0';
  content += static_cast<char>(header.size());
  content += std::string(3, '\0') + header + std::string(12, '\0');
  EXPECT_EQ(valueOf(npy::parse(content)).numElements(), 6);
}

TEST(VTANpy, SerializedFormIsAlignedAndStable) {
  npy::Array array;
  array.dtype = npy::DType::I1;
  array.shape = {3};
  array.bytes = {1, 2, 255};
  std::string content = npy::serialize(array);
  EXPECT_EQ(content.size(), 128u + 3u);
  EXPECT_EQ(content[127], '\n');
  EXPECT_THAT(content, HasSubstr("{'descr': '|i1', 'fortran_order': False, "
                                 "'shape': (3,), }"));
}

TEST(VTANpy, RoundTripsEveryTypeAndRank) {
  TemporaryFolder folder;
  std::mt19937 random(7);
  for (npy::DType dtype :
       {npy::DType::I1, npy::DType::I2, npy::DType::I4, npy::DType::I8,
        npy::DType::U1, npy::DType::F4, npy::DType::F8})
    for (const std::vector<int64_t> &shape :
         {std::vector<int64_t>{}, {1}, {4}, {2, 3}, {0, 5}, {2, 1, 3, 2}}) {
      npy::Array array;
      array.dtype = dtype;
      array.shape = shape;
      int64_t count = 1;
      for (int64_t extent : shape)
        count *= extent;
      for (int64_t i = 0; i < count * npy::itemBytes(dtype); ++i)
        array.bytes.push_back(static_cast<uint8_t>(random()));
      std::string path = folder / "array.npy";
      ASSERT_EQ(messageOf(npy::write(array, path)), "");
      npy::Array read = valueOf(npy::read(path));
      EXPECT_EQ(read.dtype, dtype);
      EXPECT_EQ(read.shape, shape);
      EXPECT_EQ(read.bytes, array.bytes);
    }
}

TEST(VTANpy, RefusalsSayWhatWasFound) {
  struct Case {
    std::string content;
    const char *message;
  };
  std::string good = file(kGoodHeader, std::string(12, 'x'));
  std::string badVersion = good;
  badVersion[6] = 3;
  std::string longHeader = good;
  longHeader[9] = 0x7f;
  auto header = [](const char *text) {
    return file(text, std::string(12, 'x'));
  };
  for (const Case &c : {
           Case{"", "magic"},
           Case{"\x93NUMPY", "magic"},
           Case{"PK\3\4 some zip archive", "magic"},
           Case{badVersion, "version is 3.0"},
           Case{longHeader, "but the file holds"},
           Case{good.substr(0, 40), "but the file holds"},
           Case{good.substr(0, good.size() - 1), "needs 12 bytes"},
           Case{good + "x", "the file holds 13"},
           Case{header(
                    "{'descr': '>i2', 'fortran_order': False, 'shape': (6,)}"),
                "elements '>i2'"},
           Case{header(
                    "{'descr': '<u2', 'fortran_order': False, 'shape': (6,)}"),
                "elements '<u2'"},
           Case{
               header("{'descr': '|O', 'fortran_order': False, 'shape': (6,)}"),
               "elements '|O'"},
           Case{header("{'descr': [('a', '<i2')], 'fortran_order': False, "
                       "'shape': (6,)}"),
                "structured"},
           Case{
               header("{'descr': '<i2', 'fortran_order': True, 'shape': (6,)}"),
               "Fortran"},
           Case{header("{'descr': '<i2', 'fortran_order': 1, 'shape': (6,)}"),
                "True or False"},
           Case{header("{'descr': '<i2', 'fortran_order': False}"), "lacks"},
           Case{header("{'descr': '<i2', 'fortran_order': False, 'shape': 6}"),
                "expected '('"},
           Case{header("{'descr': '<i2', 'fortran_order': False, "
                       "'shape': (-6,)}"),
                "an extent"},
           Case{header("{'descr': '<i2', 'fortran_order': False, "
                       "'shape': (99999999999999999999,)}"),
                "an extent"},
           Case{header("{'descr': '<i2', 'fortran_order': False, "
                       "'shape': (9223372036854775807,)}"),
                "64 bits"},
           Case{header("{'descr': '<i2', 'fortran_order': False, "
                       "'shape': (4000000000,)}"),
                "needs 8000000000 bytes"},
           Case{header("{'descr': '<i2', 'extra': 3}"), "unknown or repeated"},
           Case{header("{'descr': '<i2', 'descr': '<i2'}"),
                "unknown or repeated"},
           Case{header("{'descr': '<i2"), "structured"},
           Case{header("nonsense"), "expected '{'"},
           Case{header("{'descr': '<i2', 'fortran_order': False, "
                       "'shape': (6,)} more"),
                "the end"},
       })
    EXPECT_THAT(messageOf(npy::parse(c.content)), HasSubstr(c.message))
        << c.content;
}

TEST(VTANpy, NoPrefixOrFlippedByteCrashes) {
  std::string good = file(kGoodHeader, std::string(12, 'x'));
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(messageOf(npy::parse(llvm::StringRef(good).take_front(size))),
              "");
  std::mt19937 random(11);
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good;
    bad[random() % bad.size()] = static_cast<char>(random());
    (void)messageOf(npy::parse(bad));
  }
}

TEST(VTANpy, MissingFilesAndFoldersAreErrors) {
  TemporaryFolder folder;
  EXPECT_THAT(messageOf(npy::read(folder / "none.npy")),
              HasSubstr("No such file"));
  EXPECT_THAT(messageOf(npy::read(folder / "")),
              HasSubstr("not a regular file"));
}

} // namespace
