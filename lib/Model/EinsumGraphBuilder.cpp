//===- EinsumGraphBuilder.cpp - Einsums from text
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelError.h"
#include "accel/Model/EinsumGraph.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace accel;
using llvm::StringRef;
using llvm::Twine;

/// Adds one summand (`r`, `3*r`, `r*3`, `5`) with sign to `expr`.
static llvm::Error parseTerm(StringRef text, int64_t sign, const Einsum &einsum,
                             LinearExpr &expr) {
  int64_t factor = sign;
  int rank = -1;
  for (StringRef part : llvm::split(text, '*')) {
    part = part.trim();
    int64_t number;
    if (!part.getAsInteger(10, number)) {
      if (llvm::MulOverflow(factor, number, factor))
        return makeError("\"" + text + "\" is too large");
      continue;
    }
    if (rank >= 0)
      return makeError("\"" + text + "\" multiplies two ranks");
    rank = einsum.findRank(part);
    if (rank < 0)
      return makeError("einsum \"" + einsum.name + "\" has no rank \"" + part +
                       "\"");
  }
  if (rank < 0) {
    if (llvm::AddOverflow(expr.offset, factor, expr.offset))
      return makeError("\"" + text + "\" is too large");
    return llvm::Error::success();
  }
  for (auto &[r, f] : expr.terms)
    if (r == unsigned(rank)) {
      if (llvm::AddOverflow(f, factor, f))
        return makeError("\"" + text + "\" is too large");
      return llvm::Error::success();
    }
  expr.terms.push_back({unsigned(rank), factor});
  return llvm::Error::success();
}

llvm::Expected<llvm::SmallVector<LinearExpr, 4>>
accel::parseProjection(StringRef text, const Einsum &einsum) {
  llvm::SmallVector<LinearExpr, 4> result;
  if (text.trim().empty())
    return result;
  for (StringRef dimension : llvm::split(text, ',')) {
    LinearExpr expr;
    StringRef rest = dimension.trim();
    int64_t sign = rest.consume_front("-") ? -1 : 1;
    while (true) {
      size_t end = rest.find_first_of("+-");
      if (llvm::Error error =
              parseTerm(rest.take_front(end).trim(), sign, einsum, expr))
        return std::move(error);
      if (end == StringRef::npos)
        break;
      sign = rest[end] == '-' ? -1 : 1;
      rest = rest.drop_front(end + 1);
    }
    llvm::erase_if(expr.terms, [](auto &term) { return term.second == 0; });
    result.push_back(std::move(expr));
  }
  return result;
}

void EinsumGraphBuilder::fail(const Twine &message) {
  if (firstError.empty())
    firstError = message.str();
}

EinsumGraphBuilder &EinsumGraphBuilder::tensor(StringRef name,
                                               llvm::ArrayRef<int64_t> shape,
                                               double bits, bool persistent) {
  Tensor tensor;
  tensor.name = name.str();
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.bitsPerValue = bits;
  tensor.persistent = persistent;
  graph.tensors.push_back(std::move(tensor));
  return *this;
}

EinsumGraphBuilder &EinsumGraphBuilder::einsum(
    StringRef name, llvm::ArrayRef<std::pair<StringRef, int64_t>> ranks) {
  Einsum einsum;
  einsum.name = name.str();
  for (auto [rank, bound] : ranks) {
    einsum.ranks.emplace_back();
    einsum.ranks.back().name = rank.str();
    einsum.ranks.back().bound = bound;
  }
  graph.einsums.push_back(std::move(einsum));
  return *this;
}

EinsumGraphBuilder &EinsumGraphBuilder::access(StringRef tensor,
                                               StringRef index, bool isOutput) {
  if (graph.einsums.empty()) {
    fail("operand \"" + tensor + "\" stands before the first einsum");
    return *this;
  }
  Einsum &einsum = graph.einsums.back();
  int t = graph.findTensor(tensor);
  if (t < 0) {
    fail("einsum \"" + einsum.name + "\" uses unknown tensor \"" + tensor +
         "\"");
    return *this;
  }
  auto projection = parseProjection(index, einsum);
  if (!projection) {
    fail(llvm::toString(projection.takeError()));
    return *this;
  }
  TensorAccess access;
  access.tensor = t;
  access.projection = std::move(*projection);
  access.role = isOutput                      ? Role::Output
                : einsum.accesses.size() == 1 ? Role::Weight
                                              : Role::Input;
  einsum.accesses.push_back(std::move(access));
  return *this;
}

EinsumGraphBuilder &EinsumGraphBuilder::input(StringRef tensor,
                                              StringRef index) {
  return access(tensor, index, /*isOutput=*/false);
}

EinsumGraphBuilder &EinsumGraphBuilder::output(StringRef tensor,
                                               StringRef index) {
  return access(tensor, index, /*isOutput=*/true);
}

EinsumGraphBuilder &EinsumGraphBuilder::copy() {
  if (graph.einsums.empty())
    fail("copy() stands before the first einsum");
  else
    graph.einsums.back().isCopy = true;
  return *this;
}

llvm::Expected<EinsumGraph> EinsumGraphBuilder::take() {
  if (!firstError.empty())
    return makeError(firstError);
  for (Einsum &einsum : graph.einsums)
    if (!einsum.accesses.empty())
      einsum.kind = einsum.deriveKind();
  if (llvm::Error error = graph.finalize())
    return std::move(error);
  return std::move(graph);
}
