//===- EinsumGraph.cpp - A program of Einsums
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/EinsumGraph.h"
#include "ModelError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ErrorHandling.h"

using namespace accel;
using llvm::Error;
using llvm::StringRef;
using llvm::Twine;

StringRef accel::stringifyTensorClass(TensorClass cls) {
  switch (cls) {
  case TensorClass::Intermediate:
    return "intermediate";
  case TensorClass::External:
    return "external";
  }
  llvm_unreachable("unknown class");
}

/// Names stand between the separators of the LoopTree's text form.
static bool isUsableName(StringRef name) {
  return !name.empty() && name.find_first_of(" \t\r\n,|") == StringRef::npos &&
         !name.contains("//");
}

/// Checks one operand of `einsum` against its tensor.
static Error checkAccess(const EinsumGraph &graph, const Einsum &einsum,
                         unsigned index) {
  const TensorAccess &access = einsum.accesses[index];
  if (access.tensor >= graph.tensors.size())
    return makeError("operand " + Twine(index) + " of einsum \"" + einsum.name +
                     "\" is tensor " + Twine(access.tensor) +
                     " but the program has " + Twine(graph.tensors.size()));
  const Tensor &tensor = graph.tensorOf(access);
  if (access.projection.size() != tensor.shape.size())
    return makeError("einsum \"" + einsum.name + "\" indexes tensor \"" +
                     tensor.name + "\" with " +
                     Twine(access.projection.size()) +
                     " expressions but it has " + Twine(tensor.shape.size()) +
                     " dimensions");
  for (const LinearExpr &expr : access.projection) {
    for (unsigned i = 0, e = expr.terms.size(); i != e; ++i) {
      auto [rank, factor] = expr.terms[i];
      if (rank >= einsum.ranks.size())
        return makeError("einsum \"" + einsum.name + "\" indexes tensor \"" +
                         tensor.name + "\" with rank " + Twine(rank) +
                         " but has " + Twine(einsum.ranks.size()) + " ranks");
      if (factor == 0)
        return makeError("einsum \"" + einsum.name + "\" indexes tensor \"" +
                         tensor.name +
                         "\" with factor 0, expected another one");
      for (unsigned j = 0; j != i; ++j)
        if (expr.terms[j].first == rank)
          return makeError("rank \"" + einsum.rankName(rank) +
                           "\" stands twice in one expression of einsum \"" +
                           einsum.name + "\", expected one term");
    }
  }
  Role expected = roleOfOperand(index, einsum.numInputs());
  if ((access.role == Role::Output) != (expected == Role::Output))
    return makeError("operand " + Twine(index) + " of einsum \"" + einsum.name +
                     "\" has role " + stringifyRole(access.role) +
                     " but the last operand, and only that, is the output");
  return Error::success();
}

static Error checkEinsum(const EinsumGraph &graph, const Einsum &einsum) {
  if (einsum.accesses.size() < 2 &&
      !(einsum.accesses.size() == 1 && !einsum.isCopy))
    return makeError("einsum \"" + einsum.name + "\" has " +
                     Twine(einsum.accesses.size()) +
                     " operands, expected inputs and one output");
  llvm::StringSet<> rankNames;
  for (unsigned r = 0, e = einsum.ranks.size(); r != e; ++r) {
    std::string name = einsum.rankName(r);
    if (!isUsableName(name))
      return makeError("rank name \"" + name + "\" of einsum \"" + einsum.name +
                       "\" contains a separator");
    if (!rankNames.insert(name).second)
      return makeError("rank name \"" + name + "\" stands twice in einsum \"" +
                       einsum.name + "\", expected unique names");
    if (einsum.ranks[r].bound < 1)
      return makeError("rank \"" + name + "\" of einsum \"" + einsum.name +
                       "\" has bound " + Twine(einsum.ranks[r].bound) +
                       ", expected at least 1");
  }
  if (!(einsum.opsPerPoint >= 0))
    return makeError("einsum \"" + einsum.name +
                     "\" has negative operations per point");
  for (unsigned i = 0, e = einsum.accesses.size(); i != e; ++i)
    if (Error error = checkAccess(graph, einsum, i))
      return error;
  for (unsigned i = 0; i != einsum.numInputs(); ++i)
    if (einsum.accesses[i].tensor == einsum.output().tensor)
      return makeError("einsum \"" + einsum.name +
                       "\" reads and writes tensor \"" +
                       graph.tensorOf(einsum.output()).name +
                       "\", expected different tensors");
  return Error::success();
}

Error EinsumGraph::finalize() {
  llvm::StringSet<> names;
  for (Tensor &tensor : tensors) {
    if (!isUsableName(tensor.name))
      return makeError("tensor name \"" + tensor.name +
                       "\" is empty or contains a separator");
    if (!names.insert(tensor.name).second)
      return makeError("tensor name \"" + tensor.name +
                       "\" stands twice, expected unique names");
    for (int64_t extent : tensor.shape)
      if (extent < 1)
        return makeError("tensor \"" + tensor.name + "\" has extent " +
                         Twine(extent) + ", expected at least 1");
    if (!(tensor.bitsPerValue > 0))
      return makeError("tensor \"" + tensor.name +
                       "\" has values without width, expected at least 1 bit");
    tensor.producer = -1;
    tensor.consumers.clear();
  }
  names.clear();
  for (unsigned e = 0; e != einsums.size(); ++e) {
    const Einsum &einsum = einsums[e];
    if (!isUsableName(einsum.name))
      return makeError("einsum name \"" + einsum.name +
                       "\" is empty or contains a separator");
    if (!names.insert(einsum.name).second)
      return makeError("einsum name \"" + einsum.name +
                       "\" stands twice, expected unique names");
    if (Error error = checkEinsum(*this, einsum))
      return error;
    for (unsigned i = 0; i != einsum.numInputs(); ++i) {
      auto &readers = tensors[einsum.accesses[i].tensor].consumers;
      if (!llvm::is_contained(readers, e))
        readers.push_back(e);
    }
    Tensor &out = tensors[einsum.output().tensor];
    if (out.producer >= 0)
      return makeError("tensor \"" + out.name + "\" is written by einsums \"" +
                       einsums[out.producer].name + "\" and \"" + einsum.name +
                       "\", expected one");
    if (!out.consumers.empty())
      return makeError("tensor \"" + out.name + "\" is read by einsum \"" +
                       einsums[out.consumers.front()].name +
                       "\" before einsum \"" + einsum.name + "\" writes it");
    out.producer = e;
  }
  for (Tensor &tensor : tensors)
    tensor.cls =
        tensor.producer >= 0 && !tensor.consumers.empty() && !tensor.isResult
            ? TensorClass::Intermediate
            : TensorClass::External;
  return Error::success();
}

int EinsumGraph::findEinsum(StringRef name) const {
  for (unsigned e = 0; e != einsums.size(); ++e)
    if (einsums[e].name == name)
      return e;
  return -1;
}

int EinsumGraph::findTensor(StringRef name) const {
  for (unsigned t = 0; t != tensors.size(); ++t)
    if (tensors[t].name == name)
      return t;
  return -1;
}

std::string EinsumGraph::accessName(unsigned einsum, unsigned access) const {
  const auto &accesses = einsums[einsum].accesses;
  unsigned occurrence = 1;
  for (unsigned i = 0; i != access; ++i)
    occurrence += accesses[i].tensor == accesses[access].tensor;
  std::string name = tensorOf(accesses[access]).name;
  return occurrence == 1 ? name : name + "@" + llvm::utostr(occurrence);
}

int EinsumGraph::findAccess(unsigned einsum, StringRef name) const {
  for (unsigned i = 0; i != einsums[einsum].accesses.size(); ++i)
    if (accessName(einsum, i) == name)
      return i;
  return -1;
}

int EinsumGraph::findAccessOf(unsigned einsum, unsigned tensor) const {
  const auto &accesses = einsums[einsum].accesses;
  for (unsigned i = 0; i != accesses.size(); ++i)
    if (accesses[i].tensor == tensor)
      return i;
  return -1;
}
