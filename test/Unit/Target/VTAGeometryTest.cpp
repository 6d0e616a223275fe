//===- VTAGeometryTest.cpp ------------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"

using namespace accel::vta;
using testing::HasSubstr;

namespace {

TEST(VTAGeometry, DefaultHoldsThePublishedBytes) {
  Geometry geometry;
  EXPECT_EQ(messageOf(geometry.verify()), "");
  auto bytes = [&](Buffer buffer) {
    return geometry.depth(buffer) * geometry.elementBytes(buffer);
  };
  EXPECT_EQ(bytes(Buffer::Uop), 32 << 10);
  EXPECT_EQ(bytes(Buffer::Wgt), 256 << 10);
  EXPECT_EQ(bytes(Buffer::Inp), 32 << 10);
  EXPECT_EQ(bytes(Buffer::Acc), 128 << 10);
  EXPECT_EQ(bytes(Buffer::Out), 32 << 10);
}

TEST(VTAGeometry, StandardGeometriesKeepTheBytes) {
  struct Case {
    int64_t batch, blockIn, blockOut, wgt, inp, acc;
  };
  // Depths = bytes of the default ÷ bytes of an element.
  for (const Case &c :
       {Case{1, 16, 16, 1024, 2048, 2048}, Case{2, 16, 16, 1024, 1024, 1024},
        Case{4, 16, 16, 1024, 512, 512}, Case{16, 16, 16, 1024, 128, 128},
        Case{1, 32, 32, 256, 1024, 1024}}) {
    Geometry geometry =
        valueOf(Geometry::standard(c.batch, c.blockIn, c.blockOut));
    EXPECT_EQ(geometry.wgtDepth, c.wgt) << geometry.str();
    EXPECT_EQ(geometry.inpDepth, c.inp) << geometry.str();
    EXPECT_EQ(geometry.accDepth, c.acc) << geometry.str();
    EXPECT_EQ(geometry.uopDepth, 8192) << geometry.str();
  }
}

TEST(VTAGeometry, SmallLanesKeepTheDepthsThatCanBeEncoded) {
  Geometry geometry = valueOf(Geometry::standard(1, 2, 2));
  EXPECT_EQ(geometry.wgtDepth, 1024);
  EXPECT_EQ(geometry.inpDepth, 2048);
}

TEST(VTAGeometry, DefaultIsExactlyFull) {
  // Doubling any depth leaves no encoding.
  for (int64_t Geometry::*depth : {&Geometry::uopDepth, &Geometry::wgtDepth,
                                   &Geometry::inpDepth, &Geometry::accDepth}) {
    Geometry geometry;
    geometry.*depth *= 2;
    EXPECT_THAT(messageOf(geometry.verify()), HasSubstr("cannot be encoded"));
  }
}

TEST(VTAGeometry, RefusalNamesTheFormat) {
  Geometry geometry;
  geometry.wgtDepth = 2048;
  EXPECT_THAT(messageOf(geometry.verify()),
              HasSubstr("takes 66 bits but at most 64"));
  geometry = Geometry();
  geometry.uopDepth = 16384;
  EXPECT_THAT(messageOf(geometry.verify()),
              HasSubstr("8+2U+29 with U = log2 of the uop depth, takes 65"));
  geometry = Geometry();
  geometry.accDepth = 4096;
  geometry.inpDepth = 1024;
  EXPECT_THAT(messageOf(geometry.verify()),
              HasSubstr("4A+20 with A = log2 of the acc depth, takes 68"));
  geometry = Geometry();
  geometry.wgtDepth = 2048;
  geometry.inpDepth = 1024;
  EXPECT_THAT(messageOf(geometry.verify()),
              HasSubstr("wgt depths, takes 33 bits but at most 32"));
}

TEST(VTAGeometry, RefusesWhatIsNoPowerOfTwo) {
  for (int64_t value : {int64_t(0), int64_t(-1), int64_t(3), INT64_MIN,
                        INT64_MAX, int64_t(1) << 40}) {
    Geometry geometry;
    geometry.batch = value;
    EXPECT_THAT(messageOf(geometry.verify()),
                HasSubstr("a power of two from 1 to 256 is required"));
    EXPECT_NE(messageOf(Geometry::standard(1, value, 16)), "");
  }
}

} // namespace
