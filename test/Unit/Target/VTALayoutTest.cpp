//===- VTALayoutTest.cpp --------------------------------------------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VTATestUtils.h"

using namespace accel::vta;
using testing::HasSubstr;

namespace {

int64_t at(llvm::StringRef text, llvm::ArrayRef<int64_t> index) {
  return valueOf(Layout::parse(text)).evaluate(index).value_or(-999);
}

TEST(VTALayout, BlockedLayout) {
  llvm::StringRef text =
      "(d0, d1) -> (d0 * 64 + (d1 floordiv 16) * 16 + d1 mod 16)";
  EXPECT_EQ(at(text, {0, 0}), 0);
  EXPECT_EQ(at(text, {2, 35}), 2 * 64 + 2 * 16 + 3);
  EXPECT_EQ(valueOf(Layout::parse(text)).str(), text);
}

TEST(VTALayout, PrecedenceAndAssociativity) {
  EXPECT_EQ(at("(d0) -> (1 + d0 * 3)", {5}), 16);
  EXPECT_EQ(at("(d0) -> ((1 + d0) * 3)", {5}), 18);
  EXPECT_EQ(at("(d0) -> (d0 floordiv 4 * 2)", {11}), 4);
  EXPECT_EQ(at("(d0) -> (d0 * 7 mod 5)", {4}), 3);
  EXPECT_EQ(at("(d0) -> (d0 - 2 - 1)", {10}), 7);
}

TEST(VTALayout, NegativeValuesRoundAsInMLIR) {
  EXPECT_EQ(at("(d0) -> ((d0 - 7) floordiv 4)", {0}), -2);
  EXPECT_EQ(at("(d0) -> ((d0 - 7) ceildiv 4)", {0}), -1);
  EXPECT_EQ(at("(d0) -> ((d0 - 7) mod 4)", {0}), 1);
  EXPECT_EQ(at("(d0) -> (-d0 + 3)", {1}), 2);
}

TEST(VTALayout, ScalarsAndSpaces) {
  EXPECT_EQ(at("() -> (12)", {}), 12);
  EXPECT_EQ(at("  ( d0 ,d1 )->( d1*2+d0 ) ", {1, 2}), 5);
}

TEST(VTALayout, RowMajor) {
  Layout layout = Layout::rowMajor({3, 5, 7}, 4);
  EXPECT_EQ(layout.evaluate({2, 4, 6}), 4 * ((2 * 5 + 4) * 7 + 6));
  EXPECT_EQ(Layout::rowMajor({}, 4).evaluate({}), 0);
}

TEST(VTALayout, MalformedTextIsLocated) {
  struct Case {
    const char *text;
    const char *message;
  };
  for (const Case &c : {
           Case{"", "column 1: expected '('"},
           Case{"d0", "column 1: expected '('"},
           Case{"(d1) -> (d1)", "column 2: expected dimension 'd0'"},
           Case{"(d0, d0) -> (d0)", "expected dimension 'd1'"},
           Case{"(d0) (d0)", "expected '->'"},
           Case{"(d0) -> d0", "expected '('"},
           Case{"(d0) -> (d0", "expected ')'"},
           Case{"(d0) -> (d0) x", "expected the end"},
           Case{"(d0) -> (d1)", "unknown dimension, 1 are declared"},
           Case{"(d0) -> (s0)", "expected a number, a dimension or '('"},
           Case{"(d0) -> (d0 +)", "expected a number"},
           Case{"(d0) -> ()", "expected a number"},
           Case{"(d0) -> (d0 * d0)", "a product needs a constant factor"},
           Case{"(d0) -> (d0 mod 0)", "a divisor must be a positive constant"},
           Case{"(d0) -> (d0 mod d0)", "a divisor must be a positive constant"},
           Case{"(d0) -> (d0 floordiv -4)", "a divisor must be a positive"},
           Case{"(d0) -> (d0 modulo 4)", "expected ')'"},
           Case{"(d0) -> (99999999999999999999)", "does not fit 64 bits"},
           Case{"(d0) -> (9223372036854775807 * 2)", "does not fit 64 bits"},
           Case{"(d0) -> (d)", "unknown dimension"},
       })
    EXPECT_THAT(messageOf(Layout::parse(c.text)), HasSubstr(c.message))
        << c.text;
}

TEST(VTALayout, DeepNestingIsRefused) {
  std::string text = "(d0) -> (" + std::string(1000, '(') + "d0" +
                     std::string(1000, ')') + ")";
  EXPECT_THAT(messageOf(Layout::parse(text)), HasSubstr("nested deeper"));
  EXPECT_THAT(
      messageOf(Layout::parse("(d0) -> (" + std::string(1000, '-') + "d0)")),
      HasSubstr("nested deeper"));
  EXPECT_THAT(messageOf(Layout::parse(std::string(100000, '('))),
              HasSubstr("at most 4096"));
}

TEST(VTALayout, OverflowIsNotEvaluated) {
  Layout layout = valueOf(Layout::parse("(d0) -> (d0 * 4611686018427387904)"));
  EXPECT_EQ(layout.evaluate({1}), int64_t(1) << 62);
  EXPECT_EQ(layout.evaluate({2}), std::nullopt);
  EXPECT_EQ(layout.bounds({3}), std::nullopt);
}

TEST(VTALayout, BoundsHoldEveryOffset) {
  for (llvm::StringRef text :
       {"(d0, d1) -> (d0 * 64 + (d1 floordiv 16) * 16 + d1 mod 16)",
        "(d0, d1) -> ((d0 - 3) mod 4 + (5 - d1) * 7)",
        "(d0, d1) -> (d0 ceildiv 3 - d1 * 2)"}) {
    Layout layout = valueOf(Layout::parse(text));
    auto bounds = layout.bounds({9, 20});
    ASSERT_TRUE(bounds.has_value());
    for (int64_t i = 0; i < 9; ++i)
      for (int64_t j = 0; j < 20; ++j) {
        int64_t offset = *layout.evaluate({i, j});
        EXPECT_GE(offset, bounds->first);
        EXPECT_LE(offset, bounds->second);
      }
  }
}

} // namespace
