//===- Checker.cpp - Proves an embedding on the scalar dataflow -----------===//
//
// Part of the Accel project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Embedding/Checker.h"
#include "Arithmetic.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace accel;
using namespace accel::embedding;

static constexpr Role allRoles[] = {Role::Input, Role::Weight, Role::Output};

static llvm::Error error(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// What the enumeration needs to stay in bounds, whatever it is given.
static llvm::Error checkStructure(const Problem &problem,
                                  const Embedding &embedding) {
  // Points and values are numbered in 64 bits.
  constexpr int64_t maxNumber = int64_t(1) << 62;
  int64_t points = 1;
  for (const Rank &rank : problem.ranks)
    points = mulSat(points, rank.bound);
  for (const ProblemOperand &operand : problem.operands) {
    int64_t values = 1;
    for (const LinearExpr &index : operand.projection) {
      int64_t span = 1;
      for (auto [rank, factor] : index.terms)
        span = addSat(span,
                      mulSat(std::abs(factor), problem.ranks[rank].bound - 1));
      values = mulSat(values, span);
    }
    points = std::max(points, values);
  }
  if (points > maxNumber)
    return error(llvm::formatv("the operator has more than 2^62 points or "
                               "values, too many to number"));
  llvm::SmallVector<unsigned, 8> held(problem.ranks.size(), 0);
  for (const EmbeddedAxis &axis : embedding.axes) {
    int64_t bound = 1;
    for (unsigned rank : axis.ranks) {
      if (rank >= held.size())
        return error(llvm::formatv("an axis holds rank {0} but there are {1}",
                                   rank, held.size()));
      ++held[rank];
      bound = mulSat(bound, problem.ranks[rank].bound);
    }
    if (axis.bound != bound || axis.tile < 1 || axis.groups < 1 ||
        mulSat(axis.tile, axis.groups) < bound)
      return error(llvm::formatv(
          "axis \"{0}\" has {1} groups of {2} for a bound of {3}",
          problem.axisName(axis.ranks), axis.groups, axis.tile, bound));
    // An invocation on nothing but filler would add to others' results.
    if (axis.value(axis.groups - 1, 0) >= bound)
      return error(llvm::formatv("group {0} of axis \"{1}\" holds no value",
                                 axis.groups - 1,
                                 problem.axisName(axis.ranks)));
  }
  for (unsigned rank = 0; rank < held.size(); ++rank)
    if (held[rank] != 1)
      return error(llvm::formatv("rank \"{0}\" is in {1} axes but must be in 1",
                                 problem.ranks[rank].name, held[rank]));
  if (embedding.lanes.size() != problem.instruction.lanes.size())
    return error(llvm::formatv("there are {0} lanes but the instruction has "
                               "{1}",
                               embedding.lanes.size(),
                               problem.instruction.lanes.size()));
  llvm::SmallVector<unsigned, 8> placed(embedding.axes.size(), 0);
  for (const auto &lane : embedding.lanes)
    for (unsigned axis : lane) {
      if (axis >= placed.size())
        return error(llvm::formatv("a lane names axis {0} but there are {1}",
                                   axis, placed.size()));
      ++placed[axis];
    }
  for (unsigned a = 0; a < placed.size(); ++a)
    if (placed[a] > 1 || (placed[a] == 0 && embedding.axes[a].tile != 1))
      return error(llvm::formatv("axis \"{0}\" of tile {1} is on {2} lanes",
                                 problem.axisName(embedding.axes[a].ranks),
                                 embedding.axes[a].tile, placed[a]));
  for (const OperandLayout &layout : embedding.layouts)
    for (const PackedDim &dim : layout.dims)
      for (auto [axis, step] : dim.terms)
        if (axis >= embedding.axes.size())
          return error(llvm::formatv("a layout names axis {0} but there are "
                                     "{1}",
                                     axis, embedding.axes.size()));
  return llvm::Error::success();
}

namespace {

/// One scalar product of one invocation.
struct Product {
  /// All lane positions stand for points of the operator.
  bool valid;
  /// Per operand (by the operator's roles), whether its own lanes' positions
  /// do, the slot inside the element, and the value it must hold.
  std::array<bool, 3> real;
  std::array<int64_t, 3> slot;
  std::array<int64_t, 3> value;
  /// Linear index of the point of the iteration space.
  int64_t point;
};

/// Walks the scalar products of invocations.
class Enumerator {
public:
  Enumerator(const Problem &problem, const Embedding &embedding);

  /// Calls `visit` on every product of the invocation at `groups`; stops at its
  /// first error.
  llvm::Error
  forEachProduct(llvm::ArrayRef<int64_t> groups,
                 llvm::function_ref<llvm::Error(const Product &)> visit);

  /// The element that the operand's slot belongs to.
  int64_t element(Role role, llvm::ArrayRef<int64_t> groups) const;
  /// Whether the value lies inside the tensor rather than in its padding.
  bool isInside(Role role, int64_t value) const;
  std::string pointName(int64_t point) const;

private:
  const InstructionOperand &slotOf(Role role) const {
    return problem.instruction.operand(embedding.instructionRole(role));
  }
  int64_t valueIndex(Role role, llvm::ArrayRef<int64_t> point) const;

  const Problem &problem;
  const Embedding &embedding;
  /// Least index and number of indices per dimension, by role.
  std::array<llvm::SmallVector<std::pair<int64_t, int64_t>, 4>, 3> range;
};

} // namespace

Enumerator::Enumerator(const Problem &problem, const Embedding &embedding)
    : problem(problem), embedding(embedding) {
  for (unsigned i = 0; i < 3; ++i)
    for (const LinearExpr &index : problem.operands[i].projection) {
      int64_t least = index.offset, most = index.offset;
      for (auto [rank, factor] : index.terms) {
        int64_t reach = mulSat(std::abs(factor), problem.ranks[rank].bound - 1);
        (factor < 0 ? least : most) += factor < 0 ? -reach : reach;
      }
      range[i].push_back({least, most - least + 1});
    }
}

int64_t Enumerator::valueIndex(Role role, llvm::ArrayRef<int64_t> point) const {
  unsigned i = static_cast<unsigned>(role);
  int64_t linear = 0;
  for (auto [index, dim] :
       llvm::zip(problem.operands[i].projection, range[i])) {
    int64_t at = index.offset - dim.first;
    for (auto [rank, factor] : index.terms)
      at += factor * point[rank];
    linear = linear * dim.second + at;
  }
  return linear;
}

bool Enumerator::isInside(Role role, int64_t value) const {
  unsigned i = static_cast<unsigned>(role);
  for (size_t d = range[i].size(); d-- > 0;) {
    int64_t at = value % range[i][d].second + range[i][d].first;
    value /= range[i][d].second;
    if (at < 0 || at >= problem.operands[i].shape[d])
      return false;
  }
  return true;
}

int64_t Enumerator::element(Role role, llvm::ArrayRef<int64_t> groups) const {
  int64_t linear = 0;
  for (const PackedDim &dim : embedding.layout(role).dims) {
    int64_t at = dim.offset;
    for (auto [axis, step] : dim.terms)
      at += step * groups[axis];
    if (at < 0 || at >= dim.size)
      return -1;
    linear = linear * dim.size + at;
  }
  return linear;
}

std::string Enumerator::pointName(int64_t point) const {
  llvm::SmallVector<std::string, 8> parts(problem.ranks.size());
  for (size_t r = parts.size(); r-- > 0;) {
    const Rank &rank = problem.ranks[r];
    parts[r] = llvm::formatv("{0}={1}", rank.name, point % rank.bound);
    point /= rank.bound;
  }
  return llvm::join(parts, ", ");
}

llvm::Error Enumerator::forEachProduct(
    llvm::ArrayRef<int64_t> groups,
    llvm::function_ref<llvm::Error(const Product &)> visit) {
  const MatrixInstruction &instruction = problem.instruction;
  unsigned numLanes = instruction.lanes.size();
  llvm::SmallVector<int64_t, 4> position(numLanes, 0);
  llvm::SmallVector<int64_t, 8> values(embedding.axes.size());
  llvm::SmallVector<int64_t, 8> point(problem.ranks.size());
  llvm::SmallVector<int64_t, 4> onLane;
  for (int64_t n = instruction.products(); n-- > 0;) {
    for (unsigned a = 0; a < values.size(); ++a)
      values[a] = embedding.axes[a].value(groups[a], 0);
    llvm::SmallVector<bool, 4> laneValid(numLanes);
    for (unsigned lane = 0; lane < numLanes; ++lane) {
      laneValid[lane] = embedding.decompose(lane, position[lane], onLane);
      for (auto [a, p] : llvm::zip(embedding.lanes[lane], onLane)) {
        values[a] = embedding.axes[a].value(groups[a], p);
        laneValid[lane] =
            laneValid[lane] && values[a] < embedding.axes[a].bound;
      }
    }
    Product product;
    product.valid = llvm::all_of(laneValid, [](bool valid) { return valid; });
    product.point = 0;
    if (product.valid) {
      for (auto [axis, value] : llvm::zip(embedding.axes, values))
        for (unsigned rank : llvm::reverse(axis.ranks)) {
          point[rank] = value % problem.ranks[rank].bound;
          value /= problem.ranks[rank].bound;
        }
      for (auto [rank, at] : llvm::zip(problem.ranks, point))
        product.point = product.point * rank.bound + at;
    }
    for (Role role : allRoles) {
      unsigned i = static_cast<unsigned>(role);
      product.real[i] = true;
      product.slot[i] = 0;
      for (unsigned lane : slotOf(role).lanes) {
        product.real[i] &= laneValid[lane];
        product.slot[i] =
            product.slot[i] * instruction.lanes[lane].extent + position[lane];
      }
      product.value[i] = product.valid ? valueIndex(role, point) : -1;
    }
    if (llvm::Error failure = visit(product))
      return failure;
    for (unsigned lane = numLanes; lane-- > 0;) {
      if (++position[lane] < instruction.lanes[lane].extent)
        break;
      position[lane] = 0;
    }
  }
  return llvm::Error::success();
}

/// True if a slot of the operand that no product of one invocation reads is
/// read by none at all: elements are not shared between groups of lane axes.
static bool ownsFiller(const Embedding &embedding, Role role) {
  return llvm::all_of(embedding.layout(role).dims, [&](const PackedDim &dim) {
    return dim.terms.size() < 2 ||
           llvm::none_of(
               dim.terms,
               [&](auto term) { return embedding.axes[term.first].tile > 1; });
  });
}

llvm::Error accel::checkInvocation(const Problem &problem,
                                   const Embedding &embedding,
                                   llvm::ArrayRef<int64_t> groups) {
  if (llvm::Error failure = checkStructure(problem, embedding))
    return failure;
  if (groups.size() != embedding.axes.size())
    return error(llvm::formatv("{0} groups given for {1} axes", groups.size(),
                               embedding.axes.size()));
  for (auto [axis, group] : llvm::zip(embedding.axes, groups))
    if (group < 0 || group >= axis.groups)
      return error(llvm::formatv("group {0} of axis \"{1}\" but it has {2}",
                                 group, problem.axisName(axis.ranks),
                                 axis.groups));
  Enumerator enumerator(problem, embedding);
  std::array<llvm::DenseMap<int64_t, int64_t>, 3> held;
  llvm::DenseMap<int64_t, int64_t> slotOfResult;
  llvm::DenseSet<int64_t> points;
  if (llvm::Error failure = enumerator.forEachProduct(
          groups, [&](const Product &product) -> llvm::Error {
            if (!product.valid)
              return llvm::Error::success();
            if (!points.insert(product.point).second)
              return error(
                  llvm::formatv("two products of an invocation compute {0}",
                                enumerator.pointName(product.point)));
            for (unsigned i = 0; i < 3; ++i) {
              auto [it, fresh] =
                  held[i].try_emplace(product.slot[i], product.value[i]);
              if (!fresh && it->second != product.value[i])
                return error(llvm::formatv(
                    "slot {0} of \"{1}\" would hold two values, one for {2}",
                    product.slot[i], problem.operands[i].name,
                    enumerator.pointName(product.point)));
            }
            auto [it, fresh] =
                slotOfResult.try_emplace(product.value[2], product.slot[2]);
            if (!fresh && it->second != product.slot[2])
              return error(
                  llvm::formatv("the sum at {0} is split over two accumulators",
                                enumerator.pointName(product.point)));
            return llvm::Error::success();
          }))
    return failure;
  return enumerator.forEachProduct(
      groups, [&](const Product &product) -> llvm::Error {
        if (product.valid || !product.real[2])
          return llvm::Error::success();
        for (Role role : {Role::Input, Role::Weight}) {
          unsigned i = static_cast<unsigned>(role);
          if (!held[i].contains(product.slot[i]) && ownsFiller(embedding, role))
            return llvm::Error::success();
        }
        return error(llvm::formatv("filler of \"{0}\" and \"{1}\" adds to a "
                                   "result",
                                   problem.operands[0].name,
                                   problem.operands[1].name));
      });
}

llvm::Error accel::checkCorners(const Problem &problem,
                                const Embedding &embedding) {
  if (llvm::Error failure = checkStructure(problem, embedding))
    return failure;
  llvm::SmallVector<int64_t, 8> groups(embedding.axes.size(), 0);
  if (llvm::Error failure = checkInvocation(problem, embedding, groups))
    return failure;
  for (unsigned a = 0; a < groups.size(); ++a) {
    if (embedding.axes[a].groups == 1)
      continue;
    groups[a] = embedding.axes[a].groups - 1;
    if (llvm::Error failure = checkInvocation(problem, embedding, groups))
      return failure;
    groups[a] = 0;
  }
  for (unsigned a = 0; a < groups.size(); ++a)
    groups[a] = embedding.axes[a].groups - 1;
  return checkInvocation(problem, embedding, groups);
}

namespace {

/// The state of a check over all invocations.
class WholeCheck {
public:
  WholeCheck(const Problem &problem, const Embedding &embedding)
      : problem(problem), embedding(embedding), enumerator(problem, embedding) {
  }
  llvm::Error run();

private:
  llvm::Error
  forEachInvocation(llvm::function_ref<llvm::Error()> visitInvocation);
  llvm::Error locate();
  llvm::Error demand(const Product &product);
  llvm::Error checkFiller(const Product &product);
  llvm::Error checkTotals();

  const Problem &problem;
  const Embedding &embedding;
  Enumerator enumerator;
  llvm::SmallVector<int64_t, 8> groups;
  /// The invocation's elements, by role.
  std::array<int64_t, 3> element;
  /// What each slot holds, by role; slots that nothing reads are zero.
  std::array<llvm::DenseMap<int64_t, int64_t>, 3> held;
  std::array<llvm::DenseSet<int64_t>, 3> touched;
  llvm::DenseMap<int64_t, int64_t> slotOfResult;
  llvm::BitVector computed;
};

} // namespace

llvm::Error WholeCheck::forEachInvocation(
    llvm::function_ref<llvm::Error()> visitInvocation) {
  groups.assign(embedding.axes.size(), 0);
  while (true) {
    if (llvm::Error failure = visitInvocation())
      return failure;
    size_t a = groups.size();
    while (a > 0 && ++groups[a - 1] == embedding.axes[a - 1].groups)
      groups[--a] = 0;
    if (a == 0)
      return llvm::Error::success();
  }
}

llvm::Error WholeCheck::locate() {
  for (Role role : allRoles) {
    unsigned i = static_cast<unsigned>(role);
    element[i] = enumerator.element(role, groups);
    if (element[i] < 0 || element[i] >= embedding.layouts[i].elements)
      return error(llvm::formatv("an invocation addresses \"{0}\" outside its "
                                 "{1} elements",
                                 problem.operands[i].name,
                                 embedding.layouts[i].elements));
  }
  return llvm::Error::success();
}

llvm::Error WholeCheck::demand(const Product &product) {
  if (!product.valid)
    return llvm::Error::success();
  if (computed.test(product.point))
    return error(llvm::formatv("{0} is computed twice",
                               enumerator.pointName(product.point)));
  computed.set(product.point);
  for (unsigned i = 0; i < 3; ++i) {
    int64_t slot =
        element[i] * embedding.layouts[i].valuesPerElement + product.slot[i];
    auto [it, fresh] = held[i].try_emplace(slot, product.value[i]);
    if (!fresh && it->second != product.value[i])
      return error(llvm::formatv(
          "slot {0} of \"{1}\" would hold two values, one for {2}", slot,
          problem.operands[i].name, enumerator.pointName(product.point)));
    if (enumerator.isInside(static_cast<Role>(i), product.value[i]))
      touched[i].insert(element[i]);
    if (i != static_cast<unsigned>(Role::Output))
      continue;
    auto [place, first] = slotOfResult.try_emplace(product.value[i], slot);
    if (!first && place->second != slot)
      return error(llvm::formatv("the sum at {0} is split over two slots",
                                 enumerator.pointName(product.point)));
  }
  return llvm::Error::success();
}

llvm::Error WholeCheck::checkFiller(const Product &product) {
  if (product.valid)
    return llvm::Error::success();
  // Results that no product writes are never read.
  for (unsigned i = 0; i < 3; ++i)
    if (!held[i].contains(element[i] * embedding.layouts[i].valuesPerElement +
                          product.slot[i]))
      return llvm::Error::success();
  return error(llvm::formatv("filler of \"{0}\" and \"{1}\" adds to a result",
                             problem.operands[0].name,
                             problem.operands[1].name));
}

llvm::Error WholeCheck::checkTotals() {
  if (!computed.all())
    return error(
        llvm::formatv("{0} is never computed",
                      enumerator.pointName(computed.find_first_unset())));
  for (unsigned i = 0; i < 3; ++i)
    if (static_cast<int64_t>(touched[i].size()) > embedding.layouts[i].touched)
      return error(llvm::formatv("\"{0}\" uses {1} elements but its layout "
                                 "counts {2}",
                                 problem.operands[i].name, touched[i].size(),
                                 embedding.layouts[i].touched));
  return llvm::Error::success();
}

llvm::Error WholeCheck::run() {
  int64_t points = 1;
  for (const Rank &rank : problem.ranks)
    points *= rank.bound;
  computed.resize(points);
  if (llvm::Error failure = forEachInvocation([&]() -> llvm::Error {
        if (llvm::Error outside = locate())
          return outside;
        return enumerator.forEachProduct(
            groups, [&](const Product &product) { return demand(product); });
      }))
    return failure;
  if (llvm::Error failure = forEachInvocation([&]() -> llvm::Error {
        if (llvm::Error outside = locate())
          return outside;
        return enumerator.forEachProduct(groups, [&](const Product &product) {
          return checkFiller(product);
        });
      }))
    return failure;
  return checkTotals();
}

llvm::Error accel::checkWholeOperator(const Problem &problem,
                                      const Embedding &embedding,
                                      int64_t maxProducts) {
  if (llvm::Error failure = checkStructure(problem, embedding))
    return failure;
  int64_t products = problem.instruction.products();
  for (const EmbeddedAxis &axis : embedding.axes)
    products = mulSat(products, axis.groups);
  if (products > maxProducts)
    return error(llvm::formatv("the operator takes {0} products but at most "
                               "{1} are checked as a whole",
                               products, maxProducts));
  return WholeCheck(problem, embedding).run();
}
