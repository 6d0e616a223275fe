//===- ConstraintsToSMT.cpp - The embedding problem in SMT ----------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstraintsToSMT.h"

#include "mlir/Dialect/SMT/IR/SMTOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

namespace {

/// Writes one problem into the body of a solver.
class ProblemWriter {
public:
  ProblemWriter(const model::Problem &problem, Location loc, OpBuilder &builder)
      : problem(problem), loc(loc), builder(builder),
        isInt(smt::IntType::get(builder.getContext())),
        isBool(smt::BoolType::get(builder.getContext())) {}

  void write(int64_t maxMicroOps);

private:
  /// A candidate axis that some lane can take.
  struct Variables {
    const model::Axis *axis;
    Value tile, strided, groups;
    /// tile > 1.
    Value used;
  };

  void declareAxis(const model::Axis &axis);
  void writeCover();
  void writeLanes();
  Value microOps();
  /// Used fused axes that hold the rank.
  Value coveredBy(unsigned rank);
  bool isLaneCandidate(const model::Axis &axis) const;

  Value declare(StringRef kind, Type type, const model::Axis *axis = nullptr) {
    std::string name = kind.str();
    if (axis)
      for (unsigned rank : axis->ranks)
        name += "_" + problem.ranks[rank].name;
    return smt::DeclareFunOp::create(builder, loc, type,
                                     builder.getStringAttr(name));
  }
  Value constant(int64_t value) {
    return smt::IntConstantOp::create(
        builder, loc,
        builder.getIntegerAttr(builder.getIntegerType(64), value));
  }
  Value compare(smt::IntPredicate predicate, Value lhs, Value rhs) {
    return smt::IntCmpOp::create(builder, loc, predicate, lhs, rhs);
  }
  Value equal(Value lhs, Value rhs) {
    return smt::EqOp::create(builder, loc, lhs, rhs);
  }
  Value negate(Value value) { return smt::NotOp::create(builder, loc, value); }
  Value both(Value lhs, Value rhs) {
    return smt::AndOp::create(builder, loc, lhs, rhs);
  }
  Value any(ValueRange values) {
    if (values.empty())
      return smt::BoolConstantOp::create(builder, loc, false);
    return values.size() == 1
               ? values.front()
               : smt::OrOp::create(builder, loc, values).getResult();
  }
  Value select(Value condition, Value yes, Value no) {
    return smt::IteOp::create(builder, loc, condition, yes, no);
  }
  Value product(ValueRange values) {
    if (values.empty())
      return constant(1);
    return values.size() == 1
               ? values.front()
               : smt::IntMulOp::create(builder, loc, values).getResult();
  }
  void assertThat(Value value) { smt::AssertOp::create(builder, loc, value); }

  const model::Problem &problem;
  Location loc;
  OpBuilder &builder;
  Type isInt, isBool;
  Value swap;
  SmallVector<Variables> variables;
};

} // namespace

bool ProblemWriter::isLaneCandidate(const model::Axis &axis) const {
  return axis.bound > 1 && llvm::any_of(axis.lane, [&](int lane) {
           return lane >= 0 && problem.instruction.lanes[lane].extent > 1;
         });
}

void ProblemWriter::declareAxis(const model::Axis &axis) {
  Variables v{&axis, declare("tile", isInt, &axis),
              declare("strided", isBool, &axis),
              declare("groups", isInt, &axis), Value()};
  int64_t most = 1;
  for (int lane : axis.lane)
    if (lane >= 0)
      most = std::max(most, problem.instruction.lanes[lane].extent);
  most = std::min(most, axis.bound);
  // A tile of 1 also stands for "in another axis" or, if fused, "not used".
  SmallVector<Value> domain{equal(v.tile, constant(1))}, strides;
  Value groups = constant(axis.isFused() ? 1 : axis.bound);
  for (int64_t tile = 2; tile <= most; ++tile) {
    bool asIs = problem.isTileAllowed(axis, false, tile);
    bool swapped = problem.options.allowRoleSwap &&
                   problem.isTileAllowed(axis, true, tile);
    if (!asIs && !swapped)
      continue;
    Value here = equal(v.tile, constant(tile));
    groups = select(here, constant(llvm::divideCeil(axis.bound, tile)), groups);
    if (problem.isStrideAllowed(axis, tile))
      strides.push_back(here);
    domain.push_back(asIs && swapped ? here
                                     : both(here, asIs ? negate(swap) : swap));
  }
  assertThat(any(domain));
  assertThat(smt::ImpliesOp::create(builder, loc, v.strided, any(strides)));
  v.used = compare(smt::IntPredicate::gt, v.tile, constant(1));
  variables.push_back(v);
  // A rank in a fused axis makes no groups of its own.
  assertThat(equal(v.groups, axis.isFused()
                                 ? groups
                                 : select(coveredBy(axis.ranks.front()),
                                          constant(1), groups)));
}

Value ProblemWriter::coveredBy(unsigned rank) {
  SmallVector<Value> holders;
  for (const Variables &v : variables)
    if (v.axis->isFused() && llvm::is_contained(v.axis->ranks, rank))
      holders.push_back(v.used);
  return any(holders);
}

void ProblemWriter::writeCover() {
  for (const auto &[i, a] : llvm::enumerate(variables)) {
    for (const Variables &b : ArrayRef(variables).drop_front(i + 1))
      if (llvm::any_of(a.axis->ranks, [&, &b = b](unsigned rank) {
            return llvm::is_contained(b.axis->ranks, rank);
          }))
        assertThat(negate(both(a.used, b.used)));
    // Where the whole rank must fit, it is on a lane or in an axis that is.
    if (!a.axis->isFused() && !problem.isTileAllowed(*a.axis, false, 1))
      assertThat(any({a.used, coveredBy(a.axis->ranks.front())}));
  }
}

void ProblemWriter::writeLanes() {
  SmallVector<model::Signature> done;
  for (const Variables &first : variables) {
    model::Signature signature = first.axis->signature;
    if (llvm::is_contained(done, signature))
      continue;
    done.push_back(signature);
    SmallVector<Value> tiles, used;
    for (const Variables &v : variables)
      if (v.axis->signature == signature) {
        tiles.push_back(v.tile);
        used.push_back(v.used);
      }
    auto extent = [&](bool swapped) {
      int lane = first.axis->lane[swapped];
      return lane < 0 ? 1 : problem.instruction.lanes[lane].extent;
    };
    Value room = select(swap, constant(extent(true)), constant(extent(false)));
    bool mustFill = false;
    for (unsigned role = 0; role < 3; ++role)
      mustFill |= signature.has(model::Role(role)) &&
                  problem.options.maxLayout[role] < model::LayoutLevel::Padded;
    assertThat(mustFill ? equal(product(tiles), room)
                        : compare(smt::IntPredicate::le, product(tiles), room));
    unsigned maxAxes = problem.options.maxAxesPerLane;
    if (maxAxes == 0)
      continue;
    SmallVector<Value> counts{constant(0)};
    for (Value isUsed : used)
      counts.push_back(select(isUsed, constant(1), constant(0)));
    assertThat(compare(smt::IntPredicate::le,
                       smt::IntAddOp::create(builder, loc, counts),
                       constant(maxAxes)));
  }
}

Value ProblemWriter::microOps() {
  SmallVector<Value> groups;
  int64_t loops = 1;
  for (const model::Axis &axis : problem.axes)
    if (!axis.isFused() && !isLaneCandidate(axis))
      loops = llvm::SaturatingMultiply<uint64_t>(loops, axis.bound);
  groups.push_back(constant(loops));
  for (const Variables &v : variables)
    groups.push_back(v.groups);
  return product(groups);
}

void ProblemWriter::write(int64_t maxMicroOps) {
  swap = declare("swap", isBool);
  if (!problem.options.allowRoleSwap)
    assertThat(negate(swap));
  // Fused axes first: ranks ask which of them are used.
  for (bool fused : {true, false})
    for (const model::Axis &axis : problem.axes)
      if (axis.isFused() == fused && isLaneCandidate(axis))
        declareAxis(axis);
  writeCover();
  writeLanes();
  if (maxMicroOps > 0)
    assertThat(
        compare(smt::IntPredicate::le, microOps(), constant(maxMicroOps)));
  auto check = smt::CheckOp::create(builder, loc, TypeRange());
  for (Region *region : {&check.getSatRegion(), &check.getUnknownRegion(),
                         &check.getUnsatRegion()}) {
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(region);
    smt::YieldOp::create(builder, loc);
  }
}

void mlir::accel::buildSMT(const model::Problem &problem, int64_t maxMicroOps,
                           Location loc, OpBuilder &builder) {
  auto solver = smt::SolverOp::create(builder, loc, TypeRange(), ValueRange());
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&solver.getBodyRegion());
  ProblemWriter(problem, loc, builder).write(maxMicroOps);
  smt::YieldOp::create(builder, loc);
}
