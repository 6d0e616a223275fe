//===- Layout.cpp - Where an element of a tensor lies in DRAM -------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Target/VTA/Layout.h"
#include "accel/Support/Assert.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <limits>

using namespace accel::vta;

namespace {

constexpr unsigned kMaxDims = 16;
constexpr unsigned kMaxNesting = 64;
constexpr size_t kMaxTextLength = 4096;

std::optional<int64_t> checkedAdd(int64_t lhs, int64_t rhs) {
  int64_t result;
  if (llvm::AddOverflow(lhs, rhs, result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> checkedSub(int64_t lhs, int64_t rhs) {
  int64_t result;
  if (llvm::SubOverflow(lhs, rhs, result))
    return std::nullopt;
  return result;
}

std::optional<int64_t> checkedMul(int64_t lhs, int64_t rhs) {
  int64_t result;
  if (llvm::MulOverflow(lhs, rhs, result))
    return std::nullopt;
  return result;
}

int64_t floorDiv(int64_t value, int64_t divisor) {
  int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

int64_t floorMod(int64_t value, int64_t divisor) {
  return value - floorDiv(value, divisor) * divisor;
}

int64_t ceilDiv(int64_t value, int64_t divisor) {
  int64_t quotient = value / divisor;
  return value % divisor > 0 ? quotient + 1 : quotient;
}

} // namespace

namespace accel::vta {

/// Recursive descent over `map = "(" dims ")" "->" "(" sum ")"`.
class LayoutParser {
public:
  explicit LayoutParser(llvm::StringRef text) : text(text) {}

  llvm::Expected<Layout> parse() {
    if (text.size() > kMaxTextLength)
      fail("layout has " + llvm::Twine(text.size()) +
           " characters but at most " + llvm::Twine(kMaxTextLength) +
           " are allowed");
    parseDims();
    expect("->");
    expect("(");
    parseSum(0);
    expect(")");
    skipSpace();
    if (error.empty() && position != text.size())
      fail("expected the end of the layout");
    if (!error.empty())
      return llvm::createStringError(llvm::inconvertibleErrorCode(), error);
    layout.text = text.str();
    return std::move(layout);
  }

  using Op = Layout::Op;

  static std::optional<int64_t> fold(Op op, int64_t lhs, int64_t rhs) {
    switch (op) {
    case Op::Add:
      return checkedAdd(lhs, rhs);
    case Op::Sub:
      return checkedSub(lhs, rhs);
    case Op::Mul:
      return checkedMul(lhs, rhs);
    case Op::FloorDiv:
      return floorDiv(lhs, rhs);
    case Op::CeilDiv:
      return ceilDiv(lhs, rhs);
    case Op::Mod:
      return floorMod(lhs, rhs);
    case Op::Dim:
    case Op::Constant:
      break;
    }
    return std::nullopt;
  }

private:
  /// A parsed subexpression; `constant` if it has no dimension in it.
  struct Value {
    std::optional<int64_t> constant;
  };

  void fail(const llvm::Twine &message) {
    if (error.empty())
      error =
          ("layout column " + llvm::Twine(position + 1) + ": " + message).str();
    position = text.size();
  }

  void skipSpace() {
    while (position < text.size() && llvm::isSpace(text[position]))
      ++position;
  }

  bool accept(llvm::StringRef token) {
    skipSpace();
    if (!text.substr(position).starts_with(token))
      return false;
    size_t end = position + token.size();
    if (llvm::isAlpha(token.back()) && end < text.size() &&
        llvm::isAlnum(text[end]))
      return false;
    position = end;
    return true;
  }

  void expect(llvm::StringRef token) {
    if (error.empty() && !accept(token))
      fail("expected '" + token + "'");
  }

  std::optional<int64_t> acceptNumber() {
    skipSpace();
    llvm::StringRef digits = text.substr(position).take_while(llvm::isDigit);
    if (digits.empty())
      return std::nullopt;
    int64_t value;
    if (digits.getAsInteger(10, value)) {
      fail("number " + digits.take_front(24) + " does not fit 64 bits");
      return std::nullopt;
    }
    position += digits.size();
    return value;
  }

  void parseDims() {
    expect("(");
    if (accept(")"))
      return;
    do {
      std::string name = "d" + std::to_string(layout.dims);
      if (!accept(name))
        return fail("expected dimension '" + llvm::Twine(name) + "'");
      if (++layout.dims > kMaxDims)
        return fail("more than " + llvm::Twine(kMaxDims) + " dimensions");
    } while (accept(","));
    expect(")");
  }

  void push(Op op, int64_t value = 0) { layout.steps.push_back({op, value}); }

  Value parseSum(unsigned depth) {
    Value lhs = parseProduct(depth);
    while (error.empty()) {
      if (accept("+"))
        lhs = combine(Op::Add, lhs, parseProduct(depth));
      else if (accept("-"))
        lhs = combine(Op::Sub, lhs, parseProduct(depth));
      else
        break;
    }
    return lhs;
  }

  Value parseProduct(unsigned depth) {
    Value lhs = parseAtom(depth);
    while (error.empty()) {
      if (accept("*"))
        lhs = combine(Op::Mul, lhs, parseAtom(depth));
      else if (accept("floordiv"))
        lhs = combine(Op::FloorDiv, lhs, parseAtom(depth));
      else if (accept("ceildiv"))
        lhs = combine(Op::CeilDiv, lhs, parseAtom(depth));
      else if (accept("mod"))
        lhs = combine(Op::Mod, lhs, parseAtom(depth));
      else
        break;
    }
    return lhs;
  }

  Value parseAtom(unsigned depth) {
    if (depth > kMaxNesting) {
      fail("nested deeper than " + llvm::Twine(kMaxNesting));
      return {};
    }
    if (accept("(")) {
      Value inner = parseSum(depth + 1);
      expect(")");
      return inner;
    }
    if (accept("-")) {
      push(Op::Constant, -1);
      return combine(Op::Mul, Value{-1}, parseAtom(depth + 1));
    }
    if (std::optional<int64_t> number = acceptNumber()) {
      push(Op::Constant, *number);
      return {number};
    }
    if (error.empty() && position < text.size() && text[position] == 'd') {
      ++position;
      std::optional<int64_t> dim = acceptNumber();
      if (dim && *dim < layout.dims)
        push(Op::Dim, *dim);
      else
        fail("unknown dimension, " + llvm::Twine(layout.dims) +
             " are declared");
      return {};
    }
    fail("expected a number, a dimension or '('");
    return {};
  }

  Value combine(Op op, Value lhs, Value rhs) {
    if (!error.empty())
      return {};
    if (op == Op::Mul && !lhs.constant && !rhs.constant) {
      fail("a product needs a constant factor");
      return {};
    }
    bool divides = op == Op::FloorDiv || op == Op::CeilDiv || op == Op::Mod;
    if (divides && (!rhs.constant || *rhs.constant <= 0)) {
      fail("a divisor must be a positive constant");
      return {};
    }
    push(op);
    if (!lhs.constant || !rhs.constant)
      return {};
    std::optional<int64_t> folded = fold(op, *lhs.constant, *rhs.constant);
    if (!folded)
      fail("constant does not fit 64 bits");
    return {folded};
  }

  llvm::StringRef text;
  size_t position = 0;
  std::string error;
  Layout layout;
};

} // namespace accel::vta

llvm::Expected<Layout> Layout::parse(llvm::StringRef text) {
  return LayoutParser(text).parse();
}

Layout Layout::rowMajor(llvm::ArrayRef<int64_t> shape, int64_t elementBytes) {
  std::vector<int64_t> strides(shape.size(), elementBytes);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  std::string dims;
  std::string sum = shape.empty() ? "0" : "";
  for (size_t i = 0; i < shape.size(); ++i) {
    std::string dim = "d" + std::to_string(i);
    dims.append(i ? ", " : "").append(dim);
    sum.append(i ? " + " : "")
        .append(dim)
        .append(" * ")
        .append(std::to_string(strides[i]));
  }
  llvm::Expected<Layout> layout = parse("(" + dims + ") -> (" + sum + ")");
  ACCEL_ASSERT(layout && "generated layout does not parse");
  return std::move(*layout);
}

std::optional<int64_t> Layout::evaluate(llvm::ArrayRef<int64_t> index) const {
  ACCEL_ASSERT(index.size() == dims &&
               "index has the wrong number of dimensions");
  llvm::SmallVector<int64_t, 16> stack;
  for (const Step &step : steps) {
    if (step.op == Op::Dim) {
      stack.push_back(index[step.value]);
      continue;
    }
    if (step.op == Op::Constant) {
      stack.push_back(step.value);
      continue;
    }
    int64_t rhs = stack.pop_back_val();
    std::optional<int64_t> result =
        LayoutParser::fold(step.op, stack.back(), rhs);
    if (!result)
      return std::nullopt;
    stack.back() = *result;
  }
  return stack.back();
}

std::optional<std::pair<int64_t, int64_t>>
Layout::bounds(llvm::ArrayRef<int64_t> shape) const {
  ACCEL_ASSERT(shape.size() == dims &&
               "shape has the wrong number of dimensions");
  if (llvm::is_contained(shape, 0))
    return std::nullopt;
  using Range = std::pair<int64_t, int64_t>;
  llvm::SmallVector<Range, 16> stack;
  for (const Step &step : steps) {
    if (step.op == Op::Dim) {
      stack.push_back({0, shape[step.value] - 1});
      continue;
    }
    if (step.op == Op::Constant) {
      stack.push_back({step.value, step.value});
      continue;
    }
    Range rhs = stack.pop_back_val();
    Range lhs = stack.back();
    if (step.op == Op::Mod) {
      // The remainder equals the value shifted as long as no multiple of the
      // divisor lies within the range.
      int64_t divisor = rhs.first;
      bool whole =
          floorDiv(lhs.first, divisor) != floorDiv(lhs.second, divisor);
      stack.back() = whole ? Range{0, divisor - 1}
                           : Range{floorMod(lhs.first, divisor),
                                   floorMod(lhs.second, divisor)};
      continue;
    }
    // All others are monotone in each operand: the corners decide.
    Range range = {std::numeric_limits<int64_t>::max(),
                   std::numeric_limits<int64_t>::min()};
    for (int64_t l : {lhs.first, lhs.second})
      for (int64_t r : {rhs.first, rhs.second}) {
        std::optional<int64_t> corner = LayoutParser::fold(step.op, l, r);
        if (!corner)
          return std::nullopt;
        range.first = std::min(range.first, *corner);
        range.second = std::max(range.second, *corner);
      }
    stack.back() = range;
  }
  return stack.back();
}
