//===- Einsum.cpp - One tensor operation as plain data
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Model/Einsum.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

using namespace accel;

llvm::StringRef accel::stringifyRole(Role role) {
  switch (role) {
  case Role::Input:
    return "input";
  case Role::Weight:
    return "weight";
  case Role::Output:
    return "output";
  }
  llvm_unreachable("unknown role");
}

Role accel::roleOfOperand(unsigned position, unsigned numInputs) {
  if (position == numInputs)
    return Role::Output;
  return position == 1 ? Role::Weight : Role::Input;
}

llvm::StringRef accel::stringifyEinsumKind(EinsumKind kind) {
  switch (kind) {
  case EinsumKind::Contraction:
    return "contraction";
  case EinsumKind::Elementwise:
    return "elementwise";
  case EinsumKind::Reduction:
    return "reduction";
  case EinsumKind::Copy:
    return "copy";
  case EinsumKind::Other:
    return "other";
  }
  llvm_unreachable("unknown kind");
}

int64_t LinearExpr::coefficient(unsigned r) const {
  for (const auto &[rank, factor] : terms)
    if (rank == r)
      return factor;
  return 0;
}

Relevance accel::relevance(const TensorAccess &access, unsigned rank) {
  Relevance result = Relevance::Irrelevant;
  for (const LinearExpr &expr : access.projection) {
    if (!expr.coefficient(rank))
      continue;
    if (expr.terms.size() == 1)
      return Relevance::Full;
    result = Relevance::Partial;
  }
  return result;
}

int accel::dimensionOf(const TensorAccess &access, unsigned rank) {
  for (unsigned d = 0; d != access.projection.size(); ++d)
    if (access.projection[d].terms.size() == 1 &&
        access.projection[d].terms[0].first == rank)
      return int(d);
  return -1;
}

std::string Einsum::rankName(unsigned r) const {
  return ranks[r].name.empty() ? "d" + llvm::utostr(r) : ranks[r].name;
}

int Einsum::findRank(llvm::StringRef name) const {
  for (unsigned r = 0, e = ranks.size(); r != e; ++r)
    if (rankName(r) == name)
      return r;
  return -1;
}

bool Einsum::isReduction(unsigned rank) const {
  return relevance(output(), rank) == Relevance::Irrelevant;
}

double Einsum::numPoints() const {
  double points = 1;
  for (const Rank &rank : ranks)
    points *= double(rank.bound);
  return points;
}

EinsumKind Einsum::deriveKind() const {
  if (isCopy)
    return EinsumKind::Copy;
  bool reduces = false;
  for (unsigned r = 0, e = ranks.size(); r != e; ++r)
    reduces |= isReduction(r);
  if (reduces)
    return numInputs() >= 2 ? EinsumKind::Contraction : EinsumKind::Reduction;
  for (const TensorAccess &access : accesses)
    for (const LinearExpr &expr : access.projection)
      if (expr.terms.size() > 1 ||
          (expr.terms.size() == 1 && expr.terms[0].second != 1))
        return EinsumKind::Other;
  return EinsumKind::Elementwise;
}
