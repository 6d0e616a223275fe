//===- TargetConversion.cpp - #accel.target and Architecture --------------===//
//
// Part of Accel, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "accel/Analysis/TargetConversion.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::accel;
namespace model = ::accel;

//===----------------------------------------------------------------------===//
// Attribute to plain data
//===----------------------------------------------------------------------===//

static model::TensorSet toTensorSet(TensorSetAttr set) {
  model::TensorSet result;
  if (!set)
    return result;
  using Kind = model::TensorTerm::Kind;
  for (const TensorTermSpec &spec : set.getTerms()) {
    model::TensorTerm term;
    switch (spec.term) {
    case TensorTerm::Input:
    case TensorTerm::Weight:
    case TensorTerm::Output:
      term.kind = Kind::RoleIs;
      term.role = static_cast<model::Role>(spec.term);
      break;
    case TensorTerm::Intermediate:
      term.kind = Kind::ClassIs;
      term.cls = model::TensorClass::Intermediate;
      break;
    case TensorTerm::External:
      term.kind = Kind::ClassIs;
      term.cls = model::TensorClass::External;
      break;
    case TensorTerm::All:
      term.kind = Kind::All;
      break;
    case TensorTerm::NotIn:
      term.kind = Kind::NotHeldIn;
      term.level = spec.level.str();
      break;
    }
    if (spec.unit)
      term.unit = spec.unit.str();
    result.terms.push_back(std::move(term));
  }
  return result;
}

static model::RoleSet toRoleSet(TensorSetAttr set) {
  model::RoleSet roles = model::RoleSet::none();
  for (const TensorTermSpec &spec : set.getTerms())
    roles =
        roles | (spec.term == TensorTerm::All
                     ? model::RoleSet::all()
                     : model::RoleSet::of(static_cast<model::Role>(spec.term)));
  return roles;
}

static model::MemoryLevel toMemory(MemoryAttr attr) {
  model::MemoryLevel memory;
  memory.name = attr.getName().str();
  memory.keep = toTensorSet(attr.getKeep());
  memory.mayKeep = toTensorSet(attr.getMayKeep());
  memory.sizeBits = attr.getSizeBits();
  memory.sizeValues = attr.getSizeValues();
  memory.readJPerBit = attr.getReadJPerBit();
  memory.writeJPerBit = attr.getWriteJPerBit();
  memory.readBitsPerS = attr.getReadBitsPerS();
  memory.writeBitsPerS = attr.getWriteBitsPerS();
  memory.ports = attr.getPorts() == Port::Shared ? model::Ports::Shared
                                                 : model::Ports::Separate;
  memory.leakW = attr.getLeakW();
  memory.widths[0] = {attr.getBitsInput(), attr.getBitsScaleInput()};
  memory.widths[1] = {attr.getBitsWeight(), attr.getBitsScaleWeight()};
  memory.widths[2] = {attr.getBitsOutput(), attr.getBitsScaleOutput()};
  memory.accumulates = attr.getAccumulates();
  memory.chargesEvictions = attr.getChargesEvictions();
  memory.slides = attr.getSlides();
  memory.pads = attr.getPads();
  memory.exposesEnds = attr.getExposesEnds();
  memory.readStartS = attr.getReadStartS();
  memory.buffering = attr.getBuffering();
  return memory;
}

static model::Fanout toFanout(FanoutAttr attr) {
  model::Fanout fanout;
  fanout.name = attr.getName().str();
  fanout.n = attr.getN();
  if (attr.getReuse())
    fanout.reuse = toRoleSet(attr.getReuse());
  if (attr.getMayReuse())
    fanout.mayReuse = toRoleSet(attr.getMayReuse());
  else if (attr.getReuse())
    fanout.mayReuse = fanout.reuse;
  fanout.minUsage = attr.getMinUsage();
  return fanout;
}

static model::ComputeUnit toUnit(ComputeAttr attr) {
  model::ComputeUnit unit;
  unit.name = attr.getName().str();
  unit.jPerOp = attr.getJPerOp();
  unit.opsPerS = attr.getOpsPerS();
  unit.leakW = attr.getLeakW();
  unit.initOps = attr.getInitOps();
  unit.startS = attr.getStartS();
  unit.opsPerConstantOp = attr.getOpsPerConstantOp();
  unit.opsPerTensorOp = attr.getOpsPerTensorOp();
  if (attr.getTensors())
    unit.takesNumTensors.push_back(attr.getTensors());
  switch (attr.getTakes()) {
  case EinsumKind::Any:
    break;
  case EinsumKind::Contraction:
    unit.takesKinds.push_back(model::EinsumKind::Contraction);
    break;
  case EinsumKind::Elementwise:
    unit.takesKinds.push_back(model::EinsumKind::Elementwise);
    break;
  case EinsumKind::Reduction:
    unit.takesKinds.push_back(model::EinsumKind::Reduction);
    break;
  case EinsumKind::Vector:
    unit.takesKinds = {model::EinsumKind::Elementwise,
                       model::EinsumKind::Reduction};
    break;
  }
  if (auto matrix = attr.getMatrix())
    unit.matrixUnit = model::MatrixUnit{matrix[0], matrix[1], matrix[2]};
  return unit;
}

model::Architecture mlir::accel::getArchitecture(TargetAttr target) {
  model::Architecture arch;
  arch.name = target.getName().str();
  for (Attribute level : target.getLevels())
    llvm::TypeSwitch<Attribute>(level)
        .Case<MemoryAttr>(
            [&](auto attr) { arch.nodes.push_back(toMemory(attr)); })
        .Case<FanoutAttr>(
            [&](auto attr) { arch.nodes.push_back(toFanout(attr)); })
        .Case<ComputeAttr>(
            [&](auto attr) { arch.nodes.push_back(toUnit(attr)); });
  return arch;
}

//===----------------------------------------------------------------------===//
// Plain data to attribute
//===----------------------------------------------------------------------===//

static TensorSetAttr fromTensorSet(MLIRContext *context,
                                   const model::TensorSet &set) {
  if (set.empty())
    return {};
  SmallVector<TensorTermSpec> terms;
  using Kind = model::TensorTerm::Kind;
  for (const model::TensorTerm &term : set.terms) {
    TensorTermSpec spec;
    switch (term.kind) {
    case Kind::All:
      spec.term = TensorTerm::All;
      break;
    case Kind::RoleIs:
      spec.term = static_cast<TensorTerm>(term.role);
      break;
    case Kind::ClassIs:
      spec.term = term.cls == model::TensorClass::Intermediate
                      ? TensorTerm::Intermediate
                      : TensorTerm::External;
      break;
    case Kind::NotHeldIn:
      spec.term = TensorTerm::NotIn;
      spec.level = StringAttr::get(context, term.level);
      break;
    }
    if (!term.unit.empty())
      spec.unit = StringAttr::get(context, term.unit);
    terms.push_back(spec);
  }
  return TensorSetAttr::get(context, terms);
}

static TensorSetAttr fromRoleSet(MLIRContext *context, model::RoleSet roles) {
  SmallVector<TensorTermSpec> terms;
  for (model::Role role :
       {model::Role::Input, model::Role::Weight, model::Role::Output})
    if (roles.contains(role))
      terms.push_back({static_cast<TensorTerm>(role), {}, {}});
  return TensorSetAttr::get(context, terms);
}

static Attribute fromNode(MLIRContext *context,
                          const model::MemoryLevel &memory) {
  const model::RoleWidth *widths = memory.widths;
  return MemoryAttr::get(
      context, StringAttr::get(context, memory.name),
      fromTensorSet(context, memory.keep),
      fromTensorSet(context, memory.mayKeep), memory.sizeBits,
      memory.sizeValues, memory.readJPerBit, memory.writeJPerBit,
      memory.readBitsPerS, memory.writeBitsPerS,
      memory.ports == model::Ports::Shared ? Port::Shared : Port::Separate,
      memory.leakW, widths[0].bitsScale, widths[1].bitsScale,
      widths[2].bitsScale, widths[0].bitsPerValue, widths[1].bitsPerValue,
      widths[2].bitsPerValue, memory.accumulates, memory.chargesEvictions,
      memory.slides, memory.pads, memory.exposesEnds, memory.readStartS,
      memory.buffering);
}

static Attribute fromNode(MLIRContext *context, const model::Fanout &fanout) {
  bool hasReuse = !(fanout.reuse == model::RoleSet::none());
  model::RoleSet implied = hasReuse ? fanout.reuse : model::RoleSet::all();
  return FanoutAttr::get(
      context, StringAttr::get(context, fanout.name), fanout.n,
      fanout.mayReuse == implied ? TensorSetAttr()
                                 : fromRoleSet(context, fanout.mayReuse),
      hasReuse ? fromRoleSet(context, fanout.reuse) : TensorSetAttr(),
      fanout.minUsage);
}

static Attribute fromNode(MLIRContext *context,
                          const model::ComputeUnit &unit) {
  EinsumKind takes = EinsumKind::Any;
  if (unit.takesKinds.size() > 1)
    takes = EinsumKind::Vector;
  else if (!unit.takesKinds.empty())
    switch (unit.takesKinds.front()) {
    case model::EinsumKind::Contraction:
      takes = EinsumKind::Contraction;
      break;
    case model::EinsumKind::Elementwise:
      takes = EinsumKind::Elementwise;
      break;
    case model::EinsumKind::Reduction:
      takes = EinsumKind::Reduction;
      break;
    default:
      break;
    }
  DenseI64ArrayAttr matrix;
  if (unit.matrixUnit)
    matrix = DenseI64ArrayAttr::get(context, {unit.matrixUnit->batch,
                                              unit.matrixUnit->blockIn,
                                              unit.matrixUnit->blockOut});
  return ComputeAttr::get(
      context, StringAttr::get(context, unit.name), takes,
      unit.takesNumTensors.empty() ? 0 : unit.takesNumTensors.front(),
      unit.jPerOp, unit.opsPerS, unit.leakW, unit.initOps, unit.startS,
      unit.opsPerConstantOp, unit.opsPerTensorOp, matrix);
}

TargetAttr mlir::accel::getTargetAttr(MLIRContext *context,
                                      const model::Architecture &arch) {
  SmallVector<Attribute> levels;
  for (const model::Architecture::Node &node : arch.nodes)
    levels.push_back(std::visit(
        [&](const auto &known) { return fromNode(context, known); }, node));
  return TargetAttr::get(context, StringAttr::get(context, arch.name), levels);
}
